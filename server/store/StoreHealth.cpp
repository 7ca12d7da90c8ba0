#include "store/StoreHealth.h"

#include <algorithm>

namespace concierge::store {

StoreHealth::Snapshot StoreHealth::snapshot() const
{
    Snapshot snapshot;
    snapshot.isWorking = isWorking();
    snapshot.messages = m_messages.load(std::memory_order_relaxed);
    snapshot.users = m_users.load(std::memory_order_relaxed);
    if (const qint64 oldest = m_oldest.load(std::memory_order_relaxed); oldest != none)
        snapshot.oldest = Milliseconds(oldest);
    snapshot.queued = m_queued.load(std::memory_order_relaxed);
    snapshot.commits = m_commits.load(std::memory_order_relaxed);
    snapshot.writes = m_writes.load(std::memory_order_relaxed);
    snapshot.lastCommit = std::chrono::microseconds(m_lastCommit.load(std::memory_order_relaxed));
    snapshot.longestCommit = std::chrono::microseconds(m_longestCommit.load(std::memory_order_relaxed));
    snapshot.bytesOnDisk = m_bytesOnDisk.load(std::memory_order_relaxed);
    const std::lock_guard lock(m_mutex);
    snapshot.problem = m_problem;
    return snapshot;
}

void StoreHealth::works()
{
    m_isWorking.store(true, std::memory_order_relaxed);
}

void StoreHealth::fails(const QString &problem)
{
    const std::lock_guard lock(m_mutex);
    m_problem = problem;
    m_isWorking.store(false, std::memory_order_relaxed);
}

void StoreHealth::committed(quint64 writes, std::chrono::microseconds duration)
{
    m_commits.fetch_add(1, std::memory_order_relaxed);
    m_writes.fetch_add(writes, std::memory_order_relaxed);
    m_commitTime.add(static_cast<std::uint64_t>(duration.count()));
    if (writes > 0)
        m_commitWrites.add(writes);
    m_lastCommit.store(duration.count(), std::memory_order_relaxed);
    m_longestCommit.store(std::max(m_longestCommit.load(std::memory_order_relaxed), qint64(duration.count())),
                          std::memory_order_relaxed);
}

} // namespace concierge::store
