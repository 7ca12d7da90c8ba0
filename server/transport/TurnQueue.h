#pragma once

#include "shared/Clock.h"

#include <QtGlobal>

#include <boost/intrusive/list.hpp>

namespace concierge::transport {

/// What one connection has too much of for one turn of the event loop, and goes on with in later ones. Embed
/// or inherit; leaves its queue when destroyed. Thread: its queue's.
class TurnTask
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
    TurnTask() = default;
    virtual ~TurnTask() = default;
    TurnTask(const TurnTask &) = delete;
    TurnTask &operator=(const TurnTask &) = delete;

    /// One share of the work, out of the queue: who has more adds itself again. May destroy this. → the units
    /// it took; the first piece of work may take more than a share, as it cannot be divided.
    virtual int onTurn() = 0;
};

/// Fair shares of an io thread for those who send more than others: whoever speaks now and then is heard at
/// once, and waits for at most one turn's units of the rest, who go round. A unit is one packet, or half a
/// kilobyte of one; what a packet that takes a whole turn (128 KB and more) costs, all wait for, once a turn.
/// Thread: one.
class TurnQueue
{
public:
    static constexpr int share = 16;         ///< units of one connection, before others go on
    static constexpr int unitsPerTurn = 256; ///< of all that is queued: about a millisecond
    /// And no longer than that: some packets cost more than others of their size.
    static constexpr Microseconds timePerTurn{1'000};

    /// Without a clock, only units count.
    explicit TurnQueue(const Clock *clock = nullptr)
        : m_clock(clock)
    {}

    static constexpr int costOf(qsizetype bytes) noexcept { return 1 + static_cast<int>(bytes / 512); }

    /// At the end; it must not be queued yet.
    void add(TurnTask &task) { m_tasks.push_back(task); }
    /// A turn's worth of work. True: something was done, or is left to do, so another turn has to follow.
    bool run();

private:
    const Clock *const m_clock;
    boost::intrusive::list<TurnTask, boost::intrusive::constant_time_size<false>> m_tasks;
};

} // namespace concierge::transport
