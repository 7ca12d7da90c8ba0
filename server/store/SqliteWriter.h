#pragma once

#include "chat/Inbox.h"
#include "store/SqliteDatabase.h"
#include "store/SqliteTables.h"
#include "store/StoreHealth.h"
#include "store/WaitingIndex.h"
#include "store/WriteQueue.h"

#include <QHash>
#include <QList>

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace concierge::store {

/// What a database held when it was opened.
struct StoreContent
{
    QByteArray secret;
    qint64 run = 0;
    chat::InboxPosition lastPosition = 0; ///< the highest there is
    WaitingIndex waiting;
    std::vector<quint64> evidence; ///< see Inbox::takeEvidence()
    QHash<ChatId, QList<UserId>> members;
    QHash<UserId, QList<ChatId>> chatsOf; ///< the same from the other side; none is empty
    std::vector<chat::LedgerBlock> ledger;
    OutgoingContent outgoing;
    QString summary; ///< for the log: where, how much, how long it took

    void addMember(const ChatId &chat, const UserId &user)
    {
        auto room = members.find(chat);
        if (room == members.end())
            room = members.insert(chat, {});
        room->append(user);
        chatsOf[user].append(room.key()); // one text for all its members
    }
};

struct PageAnswer
{
    quint64 id = 0;
    std::vector<chat::WaitingEntry> entries;  ///< without those that have expired
    std::vector<chat::InboxPosition> missing; ///< that are not in the database
    chat::InboxPosition reached = 0;          ///< the last that was looked at
    bool isFailed = false;
};

struct SweepAnswer
{
    quint64 id = 0;
    std::vector<chat::ExpiredEntry> entries;
    std::optional<Milliseconds> nextStoredAt; ///< of the oldest that has not expired
    bool isCut = false;                       ///< there may be more
    bool isFailed = false;
};

/// What the store's thread has done since it said so last.
struct StoreAnswers
{
    std::vector<WritePointer> writes;  ///< that are done: written, failed or cancelled
    std::vector<WritePointer> delayed; ///< that could not be written, and are tried further
    std::vector<PageAnswer> pages;
    std::vector<SweepAnswer> sweeps;
};

/// The store's thread: the one writer of the database, and its reader.
///
/// What arrives while a commit runs is the next commit. When one fails, what of it is refusable has failed;
/// everything else is kept and tried again every second, and until that succeeds appends fail at once:
/// nothing that was answered with `Stored` is ever lost by it. Reads come between commits and take about half
/// of the time when there are many of both.
class SqliteWriter
{
public:
    using Handler = std::function<void(StoreAnswers)>;

    /// Waits until the database is open and read. The handler is called on the store's
    /// thread, with answers to what is pushed to queue(). Thread: the caller's, as the rest.
    static Result<std::unique_ptr<SqliteWriter>, StoreError> open(const DatabaseOptions &options,
                                                                  StoreContent &content, Handler handler);
    /// Writes what is queued, and waits for the disk to do so.
    ~SqliteWriter();
    SqliteWriter(const SqliteWriter &) = delete;
    SqliteWriter &operator=(const SqliteWriter &) = delete;

    WriteQueue &queue() noexcept { return m_queue; }
    StoreHealth &health() noexcept { return *m_health; }
    /// It may outlive this object.
    std::shared_ptr<const StoreHealth> sharedHealth() const { return m_health; }

private:
    using Time = std::chrono::steady_clock::time_point;

    explicit SqliteWriter(Handler handler);

    // All on the store's thread.
    std::optional<StoreError> prepare(const DatabaseOptions &options, StoreContent &content);
    bool readAll(Milliseconds now, StoreContent &content);
    void serve();
    void close();
    void writeBatch();
    bool write(const std::vector<WritePointer> &batch);
    bool apply(const Write &write);
    std::pair<quint64, quint64> filesNow() const;
    bool commit(quint64 writes, Time begin);
    void done(std::vector<WritePointer> writes, chat::StoreResult result);
    void failed(std::vector<WritePointer> batch);
    void refuseFresh();
    void tryAgain();
    bool probe();
    void works();
    void doReads();
    PageAnswer readPage(const Read &read);
    SweepAnswer sweep(const Read &read);
    void noteReading(bool isDone);
    void measure();
    void findOldest();

    const Handler m_handler;
    WriteQueue m_queue;
    const std::shared_ptr<StoreHealth> m_health = std::make_shared<StoreHealth>();
    std::unique_ptr<SqliteDatabase> m_database;
    std::unique_ptr<SqliteTables> m_tables;
    bool m_isFailing = false;
    std::pair<quint64, quint64> m_files; // filesNow(), when they were opened
    bool m_isGone = false;               // those, at the last commit
    bool m_isReadFailing = false;
    Time m_readFailed;
    Time m_failingSince;
    Time m_nextTry; // while it fails
    Time m_measured;
    std::chrono::steady_clock::duration m_lastCommit{};
    qint64 m_probes = 0;
    static constexpr chat::InboxPosition unknown = std::numeric_limits<chat::InboxPosition>::max();
    chat::InboxPosition m_oldestFrom = unknown; // no message on the disk is before it
    std::thread m_thread;                       // the last: it uses all of the above
};

} // namespace concierge::store
