#pragma once

#include "chat/Journal.h"
#include "store/OutgoingTable.h"
#include "store/WriteQueue.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace concierge::store {

class SqliteInbox;

/// How much waits for the platform's back end. Thread: any.
class OutboxCounts
{
public:
    explicit OutboxCounts(const OutgoingContent &content, qint64 maxBytes);

    qint64 pending() const noexcept { return m_pending.load(std::memory_order_relaxed); }
    qint64 setAside() const noexcept { return m_setAside.load(std::memory_order_relaxed); }
    /// Of both.
    qint64 bytes() const noexcept { return m_bytes.load(std::memory_order_relaxed); }
    qint64 maxBytes() const noexcept { return m_maxBytes; }
    bool hasRoom() const noexcept { return bytes() < m_maxBytes; }

private:
    friend class WebhookOutbox;
    std::atomic<qint64> m_pending;
    std::atomic<qint64> m_setAside;
    std::atomic<qint64> m_asideBytes;
    std::atomic<qint64> m_bytes;
    const qint64 m_maxBytes;
};

/// Messages that the platform's back end is to have, in the database of the inbox: an entry survives by the
/// commit that it shares with the inbox's own, and leaves when the back end has taken it.
///
/// Bound: `maxBytes` on disk, about; then hasRoom() says no, and nothing is dropped. Thread: the chat's for
/// the Journal, any for the rest.
class WebhookOutbox final : public chat::Journal
{
public:
    /// `inbox` is open, and its writer outlives the last call of this object.
    WebhookOutbox(SqliteInbox &inbox, qint64 maxBytes);

    /// Told on the chat's thread when something more is to be posted, and after what is `done` below;
    /// nullptr: nobody is.
    void setListener(std::function<void()> somethingIsThere);

    bool hasRoom() const override { return m_counts->hasRoom(); }
    void write(chat::JournalEntry entry, Callback done) override;

    /// The back end has these, whose numbers are from one to the other.
    void drop(qint64 from, qint64 to, const OutgoingCount &count);
    /// The back end refuses that one.
    void setAside(const Outgoing &message, const QString &reason);
    /// All that were set aside are to be posted again, or are given up for lost. `done`, on the chat's
    /// thread: that is written.
    void restoreAside(std::function<void()> done);
    void dropAside(std::function<void()> done);

    /// Outlives the outbox.
    std::shared_ptr<const OutboxCounts> counts() const { return m_counts; }

private:
    void forAside(Write::Kind kind, std::function<void()> done);

    WriteQueue &m_queue;
    const std::shared_ptr<OutboxCounts> m_counts;
    qint64 m_next; // number; the chat's
    std::mutex m_mutex;
    std::function<void()> m_listener; // guarded by m_mutex
};

/// Reads what waits, by a connection of its own: nobody who writes waits for it. Thread: the one that opened
/// it, its end included.
class OutboxReader
{
public:
    /// `databasePath`: where an inbox is open.
    explicit OutboxReader(const QString &databasePath);

    /// False: see problem().
    bool open();
    /// Those behind `after`, the oldest first, at most `most` of them and, but for the first, `bytes` in all.
    /// False: they cannot be read now.
    bool readBehind(qint64 after, int most, qint64 bytes, std::vector<Outgoing> &found);
    bool readAside(int most, std::vector<Outgoing> &found);
    /// One line for the operator.
    QString problem() const;

private:
    SqliteConnection m_connection;
    QSqlError m_error;
    OutgoingTable m_table;
};

} // namespace concierge::store
