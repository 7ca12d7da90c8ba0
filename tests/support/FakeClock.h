#pragma once

#include "shared/Clock.h"

namespace concierge::test {

/// Time that moves only when told to. Monotonic and wall time advance together.
class FakeClock final : public Clock
{
public:
    Milliseconds monotonic() const override { return m_monotonic; }
    Milliseconds wall() const override { return m_wall; }
    void advance(Milliseconds by)
    {
        m_monotonic += by;
        m_wall += by;
    }

private:
    Milliseconds m_monotonic{1'000'000};
    Milliseconds m_wall{1'700'000'000'000};
};

} // namespace concierge::test
