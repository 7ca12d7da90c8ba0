#pragma once

#include <chrono>

namespace concierge {

using Milliseconds = std::chrono::milliseconds;
using Microseconds = std::chrono::microseconds;

/// Time as the program sees it. Tests use a FakeClock. Thread: any.
class Clock
{
public:
    virtual ~Clock() = default;
    /// Never goes back; only differences mean something.
    virtual Milliseconds monotonic() const = 0;
    /// monotonic(), as fine as this clock is.
    virtual Microseconds precise() const { return monotonic(); }
    /// Since 1970-01-01T00:00:00Z; may be set by the operator and jump.
    virtual Milliseconds wall() const = 0;
};

class SystemClock final : public Clock
{
public:
    Milliseconds monotonic() const override;
    Microseconds precise() const override;
    Milliseconds wall() const override;
};

} // namespace concierge
