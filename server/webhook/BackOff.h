#pragma once

#include "shared/Clock.h"

#include <QByteArray>
#include <QRandomGenerator>

#include <algorithm>
#include <optional>

namespace concierge::webhook {

/// How long to wait after a failure: `first`, then twice as long each time, up to `longest`; of that between
/// half and all, by chance, so that many servers do not come back at the same moment. Thread: one.
class BackOff
{
public:
    BackOff(Milliseconds first, Milliseconds longest)
        : m_first(first)
        , m_longest(longest)
    {}

    /// `asked`: how long the other side asks us to stay away; it counts where it is more, up to an hour.
    Milliseconds next(std::optional<Milliseconds> asked);
    void reset() noexcept { m_failures = 0; }

private:
    const Milliseconds m_first;
    const Milliseconds m_longest;
    int m_failures = 0;
    QRandomGenerator m_random = QRandomGenerator::securelySeeded();
};

/// A Retry-After header's value: seconds, or a date. `wall`: now. Nothing: it says neither. Source: RFC 9110,
/// 10.2.3.
std::optional<Milliseconds> retryAfter(const QByteArray &header, Milliseconds wall);

} // namespace concierge::webhook
