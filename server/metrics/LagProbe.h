#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace concierge::metrics {

/// How long a new task waits for its turn on a thread. The watcher posts a task there that answers; times are
/// any clock's that never goes back. Thread: answered() the watched one's, the rest the watcher's.
class LagProbe
{
public:
    using Time = std::chrono::microseconds;

    /// False: the task before is still out, so none must be posted now.
    bool send(Time now) noexcept
    {
        if (m_sent.load(std::memory_order_acquire) != none)
            return false;
        m_sent.store(now.count(), std::memory_order_release);
        return true;
    }
    void answered(Time now) noexcept
    {
        const std::int64_t waited = now.count() - m_sent.load(std::memory_order_acquire);
        std::int64_t worst = m_worst.load(std::memory_order_relaxed);
        while (worst < waited && !m_worst.compare_exchange_weak(worst, waited, std::memory_order_relaxed)) {
        }
        m_sent.store(none, std::memory_order_release);
    }
    /// The worst since the last call; a task that is still out counts with its age.
    Time take(Time now) noexcept
    {
        const std::int64_t worst = m_worst.exchange(0, std::memory_order_relaxed);
        const std::int64_t sent = m_sent.load(std::memory_order_acquire);
        return Time(std::max<std::int64_t>(worst, sent == none ? 0 : now.count() - sent));
    }

private:
    static constexpr std::int64_t none = -1;

    std::atomic<std::int64_t> m_sent{none};
    std::atomic<std::int64_t> m_worst{0};
};

} // namespace concierge::metrics
