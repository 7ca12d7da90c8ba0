#include "app/ClusterHealth.h"

namespace concierge::app {

ClusterHealth::Snapshot ClusterHealth::snapshot() const
{
    Snapshot snapshot;
    {
        const std::lock_guard lock(m_mutex);
        snapshot = m_rest;
    }
    snapshot.isUp = isUp();
    snapshot.eventsDropped = m_eventsDropped.load(std::memory_order_relaxed);
    snapshot.tellsDropped = m_tellsDropped.load(std::memory_order_relaxed);
    snapshot.subscriptionsRefused = m_subscriptionsRefused.load(std::memory_order_relaxed);
    return snapshot;
}

void ClusterHealth::up()
{
    const std::lock_guard lock(m_mutex);
    m_rest.problem.clear();
    m_isUp.store(true, std::memory_order_relaxed);
}

void ClusterHealth::down(const QString &problem)
{
    const std::lock_guard lock(m_mutex);
    m_rest.problem = problem;
    m_rest.others = m_rest.foreign = 0;
    m_isUp.store(false, std::memory_order_relaxed);
    m_isHeard.store(false, std::memory_order_relaxed);
}

void ClusterHealth::setOthers(qint64 others, qint64 foreign)
{
    const std::lock_guard lock(m_mutex);
    m_rest.others = others;
    m_rest.foreign = foreign;
    m_isHeard.store(foreign > 0, std::memory_order_relaxed);
}

void ClusterHealth::setAdapter(const cluster::AdapterCounters &counters)
{
    const std::lock_guard lock(m_mutex);
    m_rest.adapter = counters;
}

} // namespace concierge::app
