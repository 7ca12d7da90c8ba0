#include "transport/DeadlineWheel.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace concierge::transport {

namespace {
constexpr qint64 never = std::numeric_limits<qint64>::max();
}

Deadline::~Deadline()
{
    cancel();
}

void Deadline::cancel() noexcept
{
    if (m_wheel)
        m_wheel->unlink(*this);
}

DeadlineWheel::DeadlineWheel(const Clock &clock, Milliseconds granularity)
    : m_clock(clock)
    , m_granularity(granularity)
    , m_slots(slotCount)
    , m_tick(clock.monotonic() / granularity)
    , m_nextKnown(never)
{
    for (Sentinel &slot : m_slots)
        slot.m_previous = slot.m_next = &slot;
    m_firing.m_previous = m_firing.m_next = &m_firing;
}

DeadlineWheel::~DeadlineWheel()
{
    for (Sentinel &slot : m_slots) {
        while (slot.m_next != &slot)
            unlink(*slot.m_next);
    }
    while (m_firing.m_next != &m_firing)
        unlink(*m_firing.m_next);
}

/// Rounded up, so that nothing fires early.
DeadlineWheel::Tick DeadlineWheel::tickOf(Milliseconds due) const noexcept
{
    return (due + m_granularity - Milliseconds(1)) / m_granularity;
}

void DeadlineWheel::arm(Deadline &deadline, Milliseconds after)
{
    armAt(deadline, m_clock.monotonic() + after);
}

void DeadlineWheel::armNext(Deadline &deadline, Milliseconds after)
{
    // Where the thread stood still, a peer gets its whole time all the same.
    const Milliseconds now = m_clock.monotonic();
    armAt(deadline, std::max<Milliseconds>(deadline.m_tick * m_granularity, now - 2 * m_granularity) + after);
}

void DeadlineWheel::armAt(Deadline &deadline, Milliseconds due)
{
    deadline.cancel();
    deadline.m_tick = std::max(tickOf(due), m_tick + 1);
    deadline.m_wheel = this;
    link(deadline, slotOf(deadline.m_tick));
    if (deadline.m_tick < m_nextKnown) {
        m_nextKnown = deadline.m_tick;
        if (m_reschedule)
            m_reschedule();
    }
}

void DeadlineWheel::link(Deadline &deadline, std::size_t slot) noexcept
{
    Deadline &head = m_slots[slot];
    deadline.m_previous = head.m_previous;
    deadline.m_next = &head;
    head.m_previous->m_next = &deadline;
    head.m_previous = &deadline;
    m_used[slot / 64] |= std::uint64_t(1) << (slot % 64);
}

void DeadlineWheel::unlink(Deadline &deadline) noexcept
{
    deadline.m_previous->m_next = deadline.m_next;
    deadline.m_next->m_previous = deadline.m_previous;
    deadline.m_wheel = nullptr;
    const std::size_t slot = slotOf(deadline.m_tick);
    if (m_slots[slot].m_next == &m_slots[slot])
        m_used[slot / 64] &= ~(std::uint64_t(1) << (slot % 64));
}

void DeadlineWheel::advance()
{
    const Tick now = m_clock.monotonic() / m_granularity;
    const Tick first = std::max(m_tick + 1, now - static_cast<Tick>(slotCount) + 1);
    m_tick = std::max(m_tick, now);
    for (Tick tick = first; tick <= now; ++tick) {
        const std::size_t slot = slotOf(tick);
        if (m_used[slot / 64] >> (slot % 64) & 1U)
            fireSlot(slot, now);
        else if (m_used[slot / 64] == 0)
            tick += static_cast<Tick>(63 - slot % 64); // the rest of this word is empty, too
    }
}

/// Handlers may arm, cancel and destroy any deadline: the slot's list is moved aside and taken from the
/// front.
void DeadlineWheel::fireSlot(std::size_t slot, Tick now)
{
    Sentinel &head = m_slots[slot];
    head.m_next->m_previous = m_firing.m_previous; // behind what an advance() further out has left there
    m_firing.m_previous->m_next = head.m_next;
    head.m_previous->m_next = &m_firing;
    m_firing.m_previous = head.m_previous;
    head.m_previous = head.m_next = &head;
    m_used[slot / 64] &= ~(std::uint64_t(1) << (slot % 64));
    while (m_firing.m_next != &m_firing) {
        Deadline &deadline = *m_firing.m_next;
        unlink(deadline);
        if (deadline.m_tick > now) { // of a later round
            deadline.m_wheel = this;
            link(deadline, slotOf(deadline.m_tick));
            continue;
        }
        deadline.onDeadline();
    }
}

std::optional<Milliseconds> DeadlineWheel::nextDue() const
{
    const std::size_t from = slotOf(m_tick + 1);
    for (std::size_t i = 0; i <= m_used.size(); ++i) {
        const std::size_t word = (from / 64 + i) % m_used.size();
        std::uint64_t bits = m_used[word];
        if (i == 0)
            bits &= ~std::uint64_t(0) << (from % 64);
        if (bits == 0)
            continue;
        const std::size_t slot = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        m_nextKnown = m_tick + 1 + static_cast<Tick>((slot + slotCount - from) % slotCount);
        return m_nextKnown * m_granularity;
    }
    m_nextKnown = never;
    return std::nullopt;
}

void DeadlineWheel::setRescheduleHandler(std::function<void()> handler)
{
    m_reschedule = std::move(handler);
}

} // namespace concierge::transport
