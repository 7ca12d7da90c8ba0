#pragma once

#include "metrics/Histogram.h"
#include "shared/MonitorSnapshot.h"

#include <array>
#include <cstddef>

namespace concierge::app {

/// What came to a histogram within its last ten samples. Thread: the owner's.
class HistogramWindow
{
public:
    static constexpr std::size_t samples = 10;

    /// `total`: what the histogram has held since the start.
    void sample(const metrics::HistogramSnapshot &total) noexcept
    {
        m_recent = total;
        m_recent -= m_earlier[m_next];
        m_earlier[m_next] = total;
        m_next = (m_next + 1) % samples;
    }
    const metrics::HistogramSnapshot &recent() const noexcept { return m_recent; }

private:
    std::array<metrics::HistogramSnapshot, samples> m_earlier{};
    std::size_t m_next = 0; // the oldest
    metrics::HistogramSnapshot m_recent;
};

/// Of a histogram of microseconds.
inline LatencyFigures latencyFigures(const metrics::HistogramSnapshot &histogram)
{
    LatencyFigures figures;
    figures.count = static_cast<qint64>(histogram.count());
    if (figures.count == 0)
        return figures;
    const auto quantileMs = [&histogram](double share) { return histogram.quantile(share) / 1'000; };
    figures.p50Ms = quantileMs(0.5);
    figures.p95Ms = quantileMs(0.95);
    figures.p99Ms = quantileMs(0.99);
    figures.maxMs = quantileMs(1);
    return figures;
}

} // namespace concierge::app
