#pragma once

#include "chat/Types.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace concierge::chat {

/// Where an entry stands among all that were ever made: above 0, later is greater, never used twice, also
/// not across restarts.
using InboxPosition = qint64;

/// What a user is to hear, now or when it is back.
using Entry = std::variant<std::shared_ptr<const Message>, std::shared_ptr<const Receipt>>;

/// Bytes that an entry takes in memory and, nearly, on the wire and on disk.
qsizetype costOf(const Entry &entry);

struct WaitingEntry
{
    InboxPosition position = 0;
    Entry entry;
};

/// Some of what waits, oldest first. Empty: nothing waits beyond where the page was to begin.
struct InboxPage
{
    static constexpr qsizetype maxEntries = 1'000;
    static constexpr qsizetype maxBytes = 1'000'000; ///< of costOf(); one entry alone may be larger

    std::vector<WaitingEntry> entries;
    bool isFailed = false; ///< the store could not read; what it has is not lost
};

struct ExpiredEntry
{
    UserId user;
    WaitingEntry waiting;
};

/// What a sweep found.
struct Expired
{
    std::vector<ExpiredEntry> entries; ///< at most InboxPage::maxEntries; more may be due
    Milliseconds nextDue{};            ///< wall time at which the next sweep can find something
};

/// A part of the ledger of ids: bytes whose meaning is the Ledger's. Numbers grow, and start at 1.
struct LedgerBlock
{
    quint64 number = 0;
    QByteArray bytes;
};

enum class StoreResult : quint8 {
    Stored,
    Removed, ///< by remove(), before it was stored: it never will be
    Failed   ///< it is not stored and never will be
};

/// Hears what became of what an Inbox was given. Thread: chat.
class InboxListener
{
public:
    virtual ~InboxListener() = default;
    /// Once for each append(), in their order for each user.
    virtual void appended(const UserId &user, InboxPosition position, StoreResult result) = 0;
    /// The blocks up to this number survive from now on.
    virtual void recorded(quint64 number) = 0;
};

/// Entries that wait for users, who belongs to which chat, and the ledger's blocks.
///
/// Order: by position, which the caller draws and which must grow from call to call. Guarantee: `Stored` is
/// said when the entry survives whatever this store survives (the memory one: nothing beyond the process),
/// never before. Calls return at once; answers come on the chat thread, in the order of the calls, possibly
/// from within the call; those of load() and sweep() may come later than their turn. None comes after the
/// destructor. Thread: chat.
class Inbox
{
public:
    virtual ~Inbox() = default;

    using LoadCallback = std::function<void(InboxPage)>;
    using SweepCallback = std::function<void(Expired)>;
    using MemberCallback = std::function<void(bool isStored)>;

    /// The listener outlives its last answer; nullptr: nobody hears any more.
    virtual void setListener(InboxListener *listener) = 0;
    /// Every position that is drawn in this process must be at least this.
    virtual InboxPosition firstPosition() const = 0;
    /// A secret of this store, of 32 bytes, the same after each restart.
    virtual QByteArray secret() const = 0;

    /// evidenceHash() of each message that waited when the store was opened and whose id its sender gave: it
    /// may be repeated by a sender that never had its answer. Sorted; the second call has none.
    virtual std::vector<quint64> takeEvidence() = 0;

    virtual void append(const UserId &user, InboxPosition position, Entry entry) = 0;
    /// What waits for `user` behind `after` (0: from the beginning), without what has expired. It stays until
    /// remove(). Where nothing waits there, the answer comes from within the call.
    virtual void load(const UserId &user, InboxPosition after, LoadCallback done) = 0;
    /// Whether it waited; it does not any more, also when its append() has not been answered yet. Expired
    /// ones still wait here.
    virtual bool remove(const UserId &user, InboxPosition position) = 0;
    /// How many messages (not receipts) wait for `user`, those included whose append() has not been answered;
    /// load() brings them too.
    virtual qsizetype waiting(const UserId &user) const = 0;
    /// Whether anything at all waits for `user`, receipts included.
    virtual bool hasEntries(const UserId &user) const = 0;
    /// What has waited for longer than the time to live, the oldest first. It stays until remove().
    virtual void sweep(SweepCallback done) = 0;

    /// Writes a block of the ledger; recorded() follows with its number or a later one.
    virtual quint64 record(QByteArray block) = 0;
    /// Drops all blocks up to this number.
    virtual void forget(quint64 upTo) = 0;
    /// The blocks there were when the store was opened, in order; the second call has none.
    virtual std::vector<LedgerBlock> takeLedger() = 0;

    /// From here on the user belongs to the chat, or does not; doing so twice is harmless. `done`, which may
    /// be empty, is told whether that survives. Not: the store cannot write at present, and goes on trying.
    virtual void addMember(const ChatId &chat, const UserId &user, MemberCallback done) = 0;
    virtual void removeMember(const ChatId &chat, const UserId &user, MemberCallback done) = 0;
    /// In the order of joining.
    virtual QList<UserId> members(const ChatId &chat) const = 0;
    /// The chats that the user belongs to, in no order. Costs nothing but a look-up.
    virtual QList<ChatId> chatsOf(const UserId &user) const = 0;
};

} // namespace concierge::chat
