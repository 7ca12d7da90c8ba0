#include "metrics/Metrics.h"

namespace concierge::metrics {

ThreadCounters &Metrics::registerThread()
{
    const std::lock_guard lock(m_mutex);
    return *m_threads.emplace_back(std::make_unique<ThreadCounters>(&m_sessionPeak));
}

Snapshot Metrics::snapshot() const
{
    Snapshot sum;
    const std::lock_guard lock(m_mutex);
    for (const auto &thread : m_threads) {
        for (std::size_t i = 0; i < sum.values.size(); ++i)
            sum.values[i] += thread->read(static_cast<Counter>(i));
    }
    return sum;
}

} // namespace concierge::metrics
