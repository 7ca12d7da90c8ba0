#include "chat/PresencePace.h"

#include <algorithm>
#include <cmath>

namespace concierge::chat {

PresencePace::PresencePace(Milliseconds interval, qint64 budget)
    : m_interval(interval)
{
    m_all.rate = m_all.bytes = static_cast<double>(std::max<qint64>(budget, 2));
    m_rounds.rate = m_rounds.bytes = m_all.rate / 2;
}

void PresencePace::Bucket::fill(Milliseconds now)
{
    const auto passed = static_cast<double>((now - filledAt).count());
    bytes = std::min(rate, bytes + rate * passed / 1000);
    filledAt = now;
}

Milliseconds PresencePace::Bucket::positiveAt() const
{
    if (bytes > 0)
        return filledAt;
    return filledAt + Milliseconds(static_cast<qint64>(std::floor(-bytes * 1000 / rate)) + 1);
}

Milliseconds PresencePace::next() const
{
    return std::max(m_earliest, std::min(m_all.positiveAt(), m_rounds.positiveAt()));
}

bool PresencePace::hasRoom(Milliseconds now)
{
    m_all.fill(now);
    m_rounds.fill(now);
    return m_all.bytes > 0 || m_rounds.bytes > 0;
}

void PresencePace::sent(qint64 bytes)
{
    m_all.bytes -= static_cast<double>(bytes);
    // The rounds' half owes no more than the whole does, or than a second's worth: while nothing else is sent
    // the rounds take all of the budget, and that is no reason to have less than half of it afterwards.
    const double floor = std::min(m_all.bytes, -m_rounds.rate);
    m_rounds.bytes = std::max(floor, m_rounds.bytes - static_cast<double>(bytes));
}

void PresencePace::endRound(Milliseconds now)
{
    m_earliest = now + m_interval;
}

void PresencePace::spend(qint64 bytes, Milliseconds now)
{
    m_all.fill(now);
    // Not below a second's worth: what a storm of registrations cost must not silence the rounds long after
    // it.
    m_all.bytes = std::max(std::min(m_all.bytes, -m_all.rate), m_all.bytes - static_cast<double>(bytes));
}

} // namespace concierge::chat
