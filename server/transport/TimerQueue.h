#pragma once

#include <QAbstractEventDispatcher>
#include <QHash>

#include <chrono>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace concierge::transport {

/// The timers of one event dispatcher, ordered by the moment they are due and, within the same moment, by the
/// order they were started. Knows no clock: the caller says what time it is (steady, any epoch).
///
/// Qt::PreciseTimer is due exactly `interval` after `now` and never fires early; Qt::CoarseTimer is moved by
/// at most 2.5 % so that neighbours share a wake; Qt::VeryCoarseTimer is moved to the nearest full second.
/// Shifts do not add up over the repeats. Nothing is allocated by firing, nor by stopping and starting again.
/// Thread: its dispatcher's.
class TimerQueue
{
public:
    using Time = std::chrono::nanoseconds;

    void add(int id, qint64 intervalMs, Qt::TimerType type, QObject *object, Time now);
    bool remove(int id);
    bool removeAll(const QObject *object);

    /// In the order of their start is not promised, as Qt does not promise it.
    QList<QAbstractEventDispatcher::TimerInfo> timersOf(const QObject *object) const;
    /// Milliseconds, rounded up; 0 when due, nothing for an unknown id.
    std::optional<qint64> remaining(int id, Time now) const;
    /// Zero when one is due; nothing when there is nothing to wait for. A timer inside its own handler does
    /// not count: a nested loop must sleep through it.
    std::optional<Time> untilNext(Time now) const;

    /// Sends a QTimerEvent for each timer due at `now`, each at most once; those started meanwhile wait for
    /// the next call, and a timer whose handler is running (we are in a nested loop) is left alone. Returns
    /// how many fired, zero timers not counted: as in Qt, they are no reason to say "something happened".
    int fireDue(Time now);

private:
    struct Key
    {
        Time due;
        quint64 order;
        // Not <=>: of a duration, libc++ has it from 17 on.
        friend bool operator<(const Key &a, const Key &b)
        {
            return std::tie(a.due, a.order) < std::tie(b.due, b.order);
        }
    };
    struct Timer
    {
        int id;
        Qt::TimerType type;
        qint64 interval;
        QObject *object;
        Time nominal; ///< due before coarseness moved it
        Key key;
        bool firing;
        bool removed; ///< while firing
    };
    using Queue = std::map<Key, Timer>;

    void schedule(Queue::node_type node);
    bool fire(Queue::node_type node, Time now);
    void erase(Timer &timer);

    Queue m_queue;
    std::vector<Queue::node_type> m_spare;
    QHash<int, Timer *> m_byId; ///< nodes keep their address while they move
    quint64 m_order = 0;
};

} // namespace concierge::transport
