#pragma once

#include "shared/Clock.h"

#include <QtGlobal>

namespace concierge::chat {

/// Decides when a round of presence may go out and how much of it, so that presence keeps to `budget` bytes
/// per second: at once when it was quiet, then at most every `interval`. A second's worth may go at once;
/// what goes beyond has to be waited for. What must be sent outside rounds (spend) is paid from the same
/// budget, but rounds always get half of it. Thread: chat.
class PresencePace
{
public:
    PresencePace(Milliseconds interval, qint64 budget);

    /// Monotonic time at which the next round may begin.
    Milliseconds next() const;
    /// Whether the round has room for one more push. Every push of a round is told by sent(), its end by
    /// endRound().
    bool hasRoom(Milliseconds now);
    void sent(qint64 bytes);
    void endRound(Milliseconds now);

    void spend(qint64 bytes, Milliseconds now);

private:
    /// Fills with `rate` bytes a second to a second's worth. May be overdrawn.
    struct Bucket
    {
        void fill(Milliseconds now);
        Milliseconds positiveAt() const;

        double rate = 1;
        double bytes = 1;
        Milliseconds filledAt{};
    };

    const Milliseconds m_interval;
    Bucket m_all;
    Bucket m_rounds;
    Milliseconds m_earliest{}; // by the interval
};

} // namespace concierge::chat
