#pragma once

#include "metrics/Histogram.h"
#include "shared/Clock.h"

#include <QString>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

namespace concierge::store {

/// How the store fares. The chat's thread writes what waits, the store's the rest; any reads.
class StoreHealth
{
public:
    struct Snapshot
    {
        bool isWorking = true;
        QString problem;     ///< why it does not work, and what to do; the latest one when it works
        qint64 messages = 0; ///< that wait for users
        qint64 users = 0;    ///< that something waits for
        std::optional<Milliseconds> oldest; ///< wall time at which the oldest message was stored
        qint64 queued = 0;                  ///< writes that the disk has not had
        quint64 commits = 0;                ///< since the start
        quint64 writes = 0;                 ///< in them
        std::chrono::microseconds lastCommit{};
        std::chrono::microseconds longestCommit{};
        qint64 bytesOnDisk = 0;
    };
    Snapshot snapshot() const;
    bool isWorking() const noexcept { return m_isWorking.load(std::memory_order_relaxed); }

    void works();
    void fails(const QString &problem);
    void committed(quint64 writes, std::chrono::microseconds duration);
    void setWaiting(qint64 messages, qint64 users) noexcept
    {
        m_messages.store(messages, std::memory_order_relaxed);
        m_users.store(users, std::memory_order_relaxed);
    }
    void setOldest(std::optional<Milliseconds> storedAt) noexcept
    {
        m_oldest.store(storedAt ? storedAt->count() : none, std::memory_order_relaxed);
    }
    void setQueued(qint64 queued) noexcept { m_queued.store(queued, std::memory_order_relaxed); }
    void setBytesOnDisk(qint64 bytes) noexcept { m_bytesOnDisk.store(bytes, std::memory_order_relaxed); }

    metrics::HistogramSnapshot commitTime() const noexcept { return m_commitTime.read(); } ///< µs
    metrics::HistogramSnapshot commitWrites() const noexcept { return m_commitWrites.read(); }

private:
    static constexpr qint64 none = -1;

    std::atomic<bool> m_isWorking{true};
    std::atomic<qint64> m_messages{0};
    std::atomic<qint64> m_users{0};
    std::atomic<qint64> m_oldest{none};
    std::atomic<qint64> m_queued{0};
    std::atomic<quint64> m_commits{0};
    std::atomic<quint64> m_writes{0};
    std::atomic<qint64> m_lastCommit{0};
    std::atomic<qint64> m_longestCommit{0};
    std::atomic<qint64> m_bytesOnDisk{0};
    metrics::Histogram m_commitTime;
    metrics::Histogram m_commitWrites;
    mutable std::mutex m_mutex;
    QString m_problem; // guarded by m_mutex
};

} // namespace concierge::store
