#pragma once

#include "shared/Clock.h"

#include <QtGlobal>

#include <algorithm>

namespace concierge::redis {

/// Pauses between attempts: each up to twice the one before, and somewhere in the upper half of that, so that
/// the nodes of a cluster do not come back all at once. A value.
class Backoff
{
public:
    Backoff(Milliseconds first, Milliseconds most) noexcept
        : m_first(first)
        , m_most(most)
    {}

    /// `random`: evenly distributed.
    Milliseconds next(quint32 random) noexcept
    {
        m_limit = m_limit.count() == 0 ? m_first : std::min(2 * m_limit, m_most);
        const auto half = m_limit.count() / 2;
        return Milliseconds(m_limit.count() - half +
                            static_cast<qint64>((random * static_cast<quint64>(half + 1)) >> 32));
    }
    void reset() noexcept { m_limit = {}; }

private:
    Milliseconds m_first;
    Milliseconds m_most;
    Milliseconds m_limit{};
};

} // namespace concierge::redis
