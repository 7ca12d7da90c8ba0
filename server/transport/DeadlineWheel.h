#pragma once

#include "shared/Clock.h"

#include <QtGlobal>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace concierge::transport {

class DeadlineWheel;

/// Something that is due at a time. Embed or inherit; unlinks itself when destroyed.
class Deadline
{
public:
    Deadline() = default;
    virtual ~Deadline();
    Deadline(const Deadline &) = delete;
    Deadline &operator=(const Deadline &) = delete;

    bool isArmed() const noexcept { return m_wheel != nullptr; }
    void cancel() noexcept;

protected:
    /// Called once per arming, disarmed already; may arm again, or destroy any Deadline, itself too.
    virtual void onDeadline() = 0;

private:
    friend class DeadlineWheel;
    DeadlineWheel *m_wheel = nullptr;
    Deadline *m_previous = nullptr;
    Deadline *m_next = nullptr;
    qint64 m_tick = 0; // in the wheel's granularity
};

/// All deadlines of one thread: heartbeats, request heads, handshakes. O(1) to arm and cancel, intrusive, no
/// allocation. Fires never early and at most one slot (`granularity`) late. Thread: one.
///
/// Does not own a timer: the owner calls advance() and asks nextDue() when to come back.
class DeadlineWheel
{
public:
    explicit DeadlineWheel(const Clock &clock, Milliseconds granularity = Milliseconds(8));
    ~DeadlineWheel();

    /// Arms, or moves, `deadline` to now + `after`.
    void arm(Deadline &deadline, Milliseconds after);
    /// The same for one that has just fired, counted from when it was due, so that lateness does not add up.
    void armNext(Deadline &deadline, Milliseconds after);
    /// Fires everything that is due.
    void advance();
    /// When to call advance() next (monotonic); nothing when empty. Never later than the earliest deadline
    /// plus its rounding; sooner only when that lies more than one round of the wheel (4096 slots) ahead.
    std::optional<Milliseconds> nextDue() const;
    /// Called when an arm() makes nextDue() earlier than it was.
    void setRescheduleHandler(std::function<void()> handler);
    const Clock &clock() const noexcept { return m_clock; }

private:
    friend class Deadline;
    using Tick = qint64;

    struct Sentinel final : Deadline
    {
        void onDeadline() override {}
    };

    static constexpr std::size_t slotCount = 4096; // times 8 ms: one round is longer than a ping interval

    static std::size_t slotOf(Tick tick) noexcept { return static_cast<std::size_t>(tick) % slotCount; }
    Tick tickOf(Milliseconds due) const noexcept;
    void armAt(Deadline &deadline, Milliseconds due);
    void link(Deadline &deadline, std::size_t slot) noexcept;
    void unlink(Deadline &deadline) noexcept;
    void fireSlot(std::size_t slot, Tick now);

    const Clock &m_clock;
    const Milliseconds m_granularity;
    std::vector<Sentinel> m_slots;                      // heads of circular lists
    std::array<std::uint64_t, slotCount / 64> m_used{}; // a bit a slot
    Sentinel m_firing;
    Tick m_tick = 0;          // everything up to here has fired
    mutable Tick m_nextKnown; // what nextDue() said last
    std::function<void()> m_reschedule;
};

} // namespace concierge::transport
