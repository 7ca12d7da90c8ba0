#pragma once

#include "store/SqliteWriter.h"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

namespace concierge::store {

/// Keeps everything in DATA_DIR/concierge.db. `Stored` survives kill -9, and with Durability::Full the loss
/// of power too. In memory are the positions, the members of chats, and what is on its way to the disk.
///
/// What several calls ask for is written by one commit. While the disk takes nothing, see SqliteWriter,
/// append() is answered `Failed`; so it is when WriteQueue has no room.
///
/// Thread: chat, open() and the destructor excepted: those are called on another one, before the chat is and
/// after it was.
class SqliteInbox final : public chat::Inbox
{
public:
    /// Runs what it is given on the chat's thread, in order. Called on the store's thread.
    using Executor = std::function<void(std::function<void()>)>;

    /// Waits until the database is open and read. An entry waits at most `ttl`. `clock` outlives the inbox.
    static Result<std::unique_ptr<SqliteInbox>, StoreError> open(const DatabaseOptions &options,
                                                                 const Clock &clock, Milliseconds ttl);
    /// Writes what is still to be written.
    ~SqliteInbox() override;
    SqliteInbox(const SqliteInbox &) = delete;
    SqliteInbox &operator=(const SqliteInbox &) = delete;

    /// Where answers go: before anything is asked for.
    void answerThrough(Executor executor);
    /// A line for the log of what there was when it was opened.
    QString summary() const { return m_content.summary; }
    /// Runs `task` on the store's thread, between two commits. Thread: any, as long as the inbox lives.
    void post(std::function<void()> task) { m_writer->queue().push(std::move(task)); }
    /// Writes that wait for the store's thread. Thread: any.
    qint64 queued() { return m_writer->queue().size(); }
    /// For who has other things written by the same commits. It lives as long as the inbox.
    WriteQueue &queue() { return m_writer->queue(); }
    /// Of when it was opened.
    const OutgoingContent &outgoing() const noexcept { return m_content.outgoing; }
    /// No number of an outgoing message was this or above it before.
    qint64 firstOutgoing() const;
    /// Outlives the inbox.
    std::shared_ptr<const StoreHealth> health() const { return m_writer->sharedHealth(); }

    void setListener(chat::InboxListener *listener) override { m_listener = listener; }
    chat::InboxPosition firstPosition() const override;
    QByteArray secret() const override { return m_content.secret; }
    std::vector<quint64> takeEvidence() override;

    void append(const UserId &user, chat::InboxPosition position, chat::Entry entry) override;
    void load(const UserId &user, chat::InboxPosition after, LoadCallback done) override;
    bool remove(const UserId &user, chat::InboxPosition position) override;
    qsizetype waiting(const UserId &user) const override;
    bool hasEntries(const UserId &user) const override { return m_content.waiting.hasEntries(user); }
    void sweep(SweepCallback done) override;

    quint64 record(QByteArray block) override;
    void forget(quint64 upTo) override;
    std::vector<chat::LedgerBlock> takeLedger() override;

    void addMember(const ChatId &chat, const UserId &user, MemberCallback done) override;
    void removeMember(const ChatId &chat, const UserId &user, MemberCallback done) override;
    QList<UserId> members(const ChatId &chat) const override { return m_content.members.value(chat); }
    QList<ChatId> chatsOf(const UserId &user) const override { return m_content.chatsOf.value(user); }

private:
    struct Load
    {
        UserId user;
        chat::InboxPosition after = 0;
        LoadCallback done;
    };
    using Membership = std::pair<ChatId, UserId>;

    SqliteInbox(const Clock &clock, Milliseconds ttl);

    Milliseconds expired() const { return m_clock.wall() - m_ttl; }
    void refuse(const UserId &user, chat::InboxPosition position);
    void startLoads();
    void startSweep(chat::InboxPosition after, SweepCallback done);
    void post(StoreAnswers answers); // on the store's thread
    void take(StoreAnswers &answers);
    void takeWrite(Write &write);
    void takeAppend(Write &write);
    void takeMembership(Write &write);
    void writeMembership(Write::Kind kind, const Membership &membership, MemberCallback done);
    void waitForMembership(const Membership &membership, MemberCallback done);
    static void tellMembership(Write &write, bool isStored);
    void takePage(PageAnswer &page);
    void dropMissing(const UserId &user, const std::vector<chat::InboxPosition> &positions);
    void takeSweep(SweepAnswer &answer);
    void tellSize()
    {
        m_writer->health().setWaiting(m_content.waiting.messages(), m_content.waiting.users());
    }

    const Clock &m_clock;
    const Milliseconds m_ttl;
    StoreContent m_content;
    chat::InboxListener *m_listener = nullptr;
    std::unordered_map<chat::InboxPosition, WritePointer> m_appends; // that have not been answered
    std::map<Membership, WritePointer> m_memberWrites; // the latest of each that has not been written
    WritePointer m_forget;                             // the last one
    quint64 m_lastBlock = 0;
    quint64 m_lastRead = 0;
    std::deque<Load> m_waitingLoads;
    std::unordered_map<quint64, Load> m_loads; // the store is reading
    std::unordered_map<quint64, SweepCallback> m_sweeps;
    chat::InboxPosition m_sweptTo = 0; // whatever is on the disk up to here has been removed
    const std::shared_ptr<const char> m_alive = std::make_shared<char>();

    std::mutex m_executorMutex;
    Executor m_executor;                    // guarded by m_executorMutex
    std::unique_ptr<SqliteWriter> m_writer; // the last: its thread calls post()
};

} // namespace concierge::store
