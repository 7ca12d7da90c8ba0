#pragma once

#include "chat/Inbox.h"
#include "chat/Journal.h"
#include "shared/Clock.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace concierge::store {

/// One thing to be written. What it says does not change once it is queued.
struct Write
{
    enum class Kind : quint8 {
        Append,
        Remove,
        AddMember,
        RemoveMember,
        Record,
        Forget,
        Outgoing,     ///< a message for the platform's back end; and what becomes of those:
        DropOutgoing, ///< from `number` to `until`
        SetAside,     ///< `bytes` says why
        RestoreAside, ///< all that were set aside
        DropAside     ///< all that were set aside
    };
    enum class State : quint8 { Queued, Taken, Cancelled };

    Kind kind = Kind::Append;
    State state = State::Queued;                          ///< the queue's
    chat::StoreResult result = chat::StoreResult::Stored; ///< the store's thread's, until it is handed over
    qint64 number = 0; ///< a position, a ledger block's, or an outgoing message's
    qint64 until = 0;
    UserId user;
    QByteArray bytes; ///< a chat's id, or a ledger block
    Milliseconds storedAt{};
    chat::Entry entry;
    chat::JournalEntry outgoing;
    qint64 cost = 0; ///< of `outgoing`
    /// Called on the chat's thread once it is written, or could not be; may be empty.
    std::function<void(bool isStored)> written;
    std::vector<chat::InboxPosition> refused; ///< the chat's: later ones of the user that found no room
    std::shared_ptr<Write> before; ///< the chat's: the one of the same membership that it was queued behind
    std::vector<chat::Inbox::MemberCallback> done; ///< the chat's: who waits for a membership
    bool isDelayed = false; ///< the chat's: those have been told that it is not written
};
using WritePointer = std::shared_ptr<Write>;

/// Something to be read, once everything that was queued before it has been written or has failed.
struct Read
{
    enum class Kind : quint8 { Page, Sweep };

    Kind kind = Kind::Page;
    quint64 id = 0;
    std::vector<chat::InboxPosition> positions; ///< of a page
    chat::InboxPosition after = 0;              ///< of a sweep
    Milliseconds expired{};                     ///< what was stored then or earlier has expired
    quint64 behind = 0;                         ///< the queue's: writes that come first
};

/// Whether it may fail: whoever asked is told so, and asks again. What else there is must be written.
inline bool isRefusable(const Write &write)
{
    return write.kind == Write::Kind::Append || write.kind == Write::Kind::Outgoing;
}

/// What waits for the store's thread.
///
/// Bounds: what is refusable alone, by number and by bytes; what else there is cannot be refused, and is
/// bounded by what it undoes: a removal by an entry on disk, a member that comes or goes by the memberships
/// there are. Thread: those above the line the chat's, pushes any; those below it the store's.
class WriteQueue
{
public:
    static constexpr std::size_t maxAppends = 262'144;
    static constexpr qsizetype maxBytes = 64'000'000; ///< of costOf()
    static constexpr std::size_t batchWrites = 4'096;
    static constexpr qsizetype batchBytes = 8'000'000; ///< the last one may go over it

    /// False: it is refusable, and there is no room for it.
    bool push(const WritePointer &write);
    /// True: it has not been taken, and never will be written.
    bool cancel(Write &write);
    void push(Read read);
    /// To be run between two batches. Thread: any.
    void push(std::function<void()> task);
    void stop();

    // --

    /// Sleeps until there is something to do, or until then.
    void wait(std::optional<std::chrono::steady_clock::time_point> until);
    /// What to write next, cancelled ones included: those that were put back first.
    std::vector<WritePointer> takeBatch();
    /// While nothing can be written: takes what is refusable (`appends`), and keeps the others for later.
    struct Unwritten
    {
        std::vector<WritePointer> appends;
        std::vector<WritePointer> kept;
    };
    Unwritten takeUnwritten();
    /// They could not be written and are tried again, before all others. None is refusable.
    void putBack(const std::vector<WritePointer> &writes);
    /// The next one whose turn has come.
    std::optional<Read> takeRead();
    std::vector<std::function<void()>> takeTasks();
    bool hasFresh();
    bool hasKept();
    qint64 size();
    bool isStopping();

private:
    bool isRoomFor(const Write &write) const;
    void take(std::deque<WritePointer> &from, std::vector<WritePointer> &into, qsizetype &bytes);
    void taken(Write &write);
    void dropCancelled();
    bool isReadDue() const { return !m_reads.empty() && m_reads.front().behind <= m_taken; }

    std::mutex m_mutex; // guards everything below
    std::condition_variable m_wake;
    bool m_isAsleep = false;
    bool m_isStopping = false;
    std::deque<WritePointer> m_kept; // could not be written so far
    std::size_t m_cancelled = 0;     // since m_kept was gone through
    std::deque<WritePointer> m_fresh;
    std::deque<Read> m_reads;
    std::vector<std::function<void()>> m_tasks;
    std::size_t m_appends = 0; // that are refusable, in m_fresh
    qsizetype m_bytes = 0;     // of them
    quint64 m_pushed = 0;
    quint64 m_taken = 0; // of m_pushed; from m_fresh they go in order
};

} // namespace concierge::store
