#include "metrics/Histogram.h"

#include <algorithm>
#include <cmath>

namespace concierge::metrics {

HistogramSnapshot &HistogramSnapshot::operator+=(const HistogramSnapshot &other) noexcept
{
    for (std::size_t i = 0; i < m_buckets.size(); ++i)
        m_buckets[i] += other.m_buckets[i];
    m_count += other.m_count;
    m_sum += other.m_sum;
    return *this;
}

HistogramSnapshot &HistogramSnapshot::operator-=(const HistogramSnapshot &earlier) noexcept
{
    for (std::size_t i = 0; i < m_buckets.size(); ++i)
        m_buckets[i] -= earlier.m_buckets[i];
    m_count -= earlier.m_count;
    m_sum -= earlier.m_sum;
    return *this;
}

double HistogramSnapshot::quantile(double share) const noexcept
{
    if (m_count == 0)
        return 0;
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(m_count)));
    const std::uint64_t wanted = std::clamp<std::uint64_t>(rank, 1, m_count);
    std::uint64_t seen = 0;
    std::size_t index = 0;
    for (; index + 1 < m_buckets.size(); ++index) {
        seen += m_buckets[index];
        if (seen >= wanted)
            break;
    }
    return Buckets::middleOf(index);
}

std::uint64_t HistogramSnapshot::countUpTo(double limit) const noexcept
{
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < m_buckets.size() && Buckets::middleOf(i) <= limit; ++i)
        count += m_buckets[i];
    return count;
}

HistogramSnapshot Histogram::read() const noexcept
{
    HistogramSnapshot snapshot;
    snapshot.m_sum = m_sum.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < m_buckets.size(); ++i) {
        snapshot.m_buckets[i] = m_buckets[i].load(std::memory_order_relaxed);
        snapshot.m_count += snapshot.m_buckets[i];
    }
    return snapshot;
}

} // namespace concierge::metrics
