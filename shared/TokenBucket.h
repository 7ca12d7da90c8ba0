#pragma once

#include "shared/Clock.h"

#include <algorithm>
#include <cstdint>

namespace concierge {

/// How much of something may be taken: `perSecond` for long, `burst` at once. 0 a second: as much as there
/// is.
class RateLimit
{
public:
    constexpr RateLimit() noexcept = default;
    /// `perSecond` up to 1,000,000,000; a burst below 1 is 1.
    constexpr RateLimit(std::int64_t perSecond, std::int64_t burst) noexcept
        : m_intervalNs(perSecond > 0 ? std::max<std::int64_t>(second / perSecond, 1) : 0)
        , m_burstNs(m_intervalNs * std::max<std::int64_t>(burst, 1))
    {}

    constexpr bool isOff() const noexcept { return m_intervalNs == 0; }
    constexpr std::int64_t burst() const noexcept { return isOff() ? 0 : m_burstNs / m_intervalNs; }

private:
    friend class TokenBucket;
    static constexpr std::int64_t second = 1'000'000'000;
    std::int64_t m_intervalNs = 0; // in which one comes back
    std::int64_t m_burstNs = 0;    // in which all come back
};

/// What one peer has taken: one number, the time at which its bucket is full again (the generic cell rate
/// algorithm, ITU-T I.371). Full to begin with. The limit is its owner's, the same at each call; `now` is
/// monotonic and need not be finer than a turn of the event loop. Thread: one.
class TokenBucket
{
public:
    /// Takes `count`, but no more than the whole burst; or says that there are not so many.
    bool take(const RateLimit &limit, Microseconds now, std::int64_t count = 1) noexcept
    {
        if (limit.isOff())
            return true;
        const std::int64_t at = ns(now);
        const std::int64_t from = std::max(m_fullAt, at);
        const std::int64_t taken = std::min(count * limit.m_intervalNs, limit.m_burstNs);
        if (from + taken - at > limit.m_burstNs)
            return false;
        m_fullAt = from + taken;
        return true;
    }
    /// Takes `count` although they may not be there, and says how long it is until the debt is paid: nothing,
    /// where there is none.
    Microseconds charge(const RateLimit &limit, std::int64_t count, Microseconds now) noexcept
    {
        if (limit.isOff())
            return Microseconds(0);
        m_fullAt = std::max(m_fullAt, ns(now)) + count * limit.m_intervalNs;
        return untilPaid(limit, now);
    }
    /// How long it is until take() yields one.
    Microseconds untilNext(const RateLimit &limit, Microseconds now) const noexcept
    {
        return until(m_fullAt + limit.m_intervalNs - limit.m_burstNs, now);
    }
    Microseconds untilPaid(const RateLimit &limit, Microseconds now) const noexcept
    {
        return until(m_fullAt - limit.m_burstNs, now);
    }
    /// As good as a new one.
    bool isFull(Microseconds now) const noexcept { return m_fullAt <= ns(now); }

private:
    static std::int64_t ns(Microseconds time) noexcept { return time.count() * 1'000; }
    static Microseconds until(std::int64_t at, Microseconds now) noexcept
    {
        return Microseconds((std::max<std::int64_t>(at - ns(now), 0) + 999) / 1'000);
    }

    std::int64_t m_fullAt = 0; // ns
};

} // namespace concierge
