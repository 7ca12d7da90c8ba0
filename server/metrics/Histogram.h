#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace concierge::metrics {

/// Log-linear buckets, the same for all histograms: whole numbers below 16 have one each, and every octave
/// above is cut into 16. A value is told as the middle of its bucket, which is off by 1/32 (3.1 %) at most.
/// Of microseconds they reach to 4.5 minutes; what is longer counts as that. 3.1 KiB.
struct Buckets
{
    static constexpr unsigned stepBits = 4;
    static constexpr unsigned steps = 1U << stepBits; // of an octave
    static constexpr unsigned octaves = 28;
    static constexpr std::size_t count = (octaves - stepBits + 1) * steps;
    static constexpr std::uint64_t largest = (std::uint64_t(1) << octaves) - 1;

    static constexpr std::size_t indexOf(std::uint64_t value) noexcept
    {
        if (value < steps)
            return static_cast<std::size_t>(value);
        if (value > largest)
            return count - 1;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - stepBits - 1;
        return shift * steps + static_cast<std::size_t>(value >> shift);
    }
    static constexpr double middleOf(std::size_t index) noexcept
    {
        if (index < 2 * steps)
            return static_cast<double>(index);
        const auto shift = static_cast<unsigned>(index / steps) - 1;
        const std::uint64_t first = std::uint64_t(index - shift * steps) << shift;
        const std::uint64_t last = first + (std::uint64_t(1) << shift) - 1;
        return (static_cast<double>(first) + static_cast<double>(last)) / 2;
    }
};

/// What histograms held at a moment, or between two. Values. Thread: any.
class HistogramSnapshot
{
public:
    HistogramSnapshot &operator+=(const HistogramSnapshot &other) noexcept;
    HistogramSnapshot &operator-=(const HistogramSnapshot &earlier) noexcept;

    std::uint64_t count() const noexcept { return m_count; }
    std::uint64_t sum() const noexcept { return m_sum; } ///< exact
    /// The least value that at least this share (above 0, at most 1) of all are not above; 0 where there are
    /// none. 1 gives the largest.
    double quantile(double share) const noexcept;
    /// How many are not above `limit`, by the middles of their buckets.
    std::uint64_t countUpTo(double limit) const noexcept;

private:
    friend class Histogram;

    std::array<std::uint64_t, Buckets::count> m_buckets{};
    std::uint64_t m_count = 0;
    std::uint64_t m_sum = 0;
};

/// Counts values by size. Only one thread adds (plain load and store, relaxed); any thread reads.
class Histogram
{
public:
    void add(std::uint64_t value, std::uint64_t times = 1) noexcept
    {
        grow(m_buckets[Buckets::indexOf(value)], times);
        grow(m_sum, value * times);
    }
    /// Counts that come meanwhile may be in or not. A bucket never goes back.
    HistogramSnapshot read() const noexcept;

private:
    static void grow(std::atomic<std::uint64_t> &cell, std::uint64_t by) noexcept
    {
        cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }

    std::array<std::atomic<std::uint64_t>, Buckets::count> m_buckets{};
    std::atomic<std::uint64_t> m_sum{0};
};

} // namespace concierge::metrics
