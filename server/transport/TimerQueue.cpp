#include "transport/TimerQueue.h"

#include <QCoreApplication>
#include <QTimerEvent>

#include <bit>

namespace concierge::transport {

namespace {

using namespace std::chrono_literals;
using Time = TimerQueue::Time;

/// What a coarse timer's moment is rounded to. 5 % of less than 20 ms is below our resolution: precise.
Time grain(qint64 intervalMs, Qt::TimerType type)
{
    if (type == Qt::VeryCoarseTimer && intervalMs >= 1000)
        return 1s;
    if (type == Qt::PreciseTimer || intervalMs < 20)
        return Time{1};
    return std::chrono::milliseconds{std::bit_floor(static_cast<quint64>(intervalMs) / 20)};
}

Time roundTo(Time moment, Time unit)
{
    return (moment + unit / 2) / unit * unit;
}

} // namespace

void TimerQueue::add(int id, qint64 intervalMs, Qt::TimerType type, QObject *object, Time now)
{
    remove(id);
    if (m_spare.empty()) {
        Queue one;
        one.try_emplace(Key{});
        m_spare.push_back(one.extract(one.begin()));
    }
    Queue::node_type node = std::move(m_spare.back());
    m_spare.pop_back();

    const Time nominal = now + std::chrono::milliseconds{intervalMs};
    Timer &timer = node.mapped();
    timer = Timer{.id = id,
                  .type = type,
                  .interval = intervalMs,
                  .object = object,
                  .nominal = nominal,
                  .key = {roundTo(nominal, grain(intervalMs, type)), 0},
                  .firing = false,
                  .removed = false};
    m_byId.insert(id, &timer);
    schedule(std::move(node));
}

void TimerQueue::schedule(Queue::node_type node)
{
    Timer &timer = node.mapped();
    timer.key.order = ++m_order;
    node.key() = timer.key;
    m_queue.insert(std::move(node));
}

void TimerQueue::erase(Timer &timer)
{
    // A firing timer's node is in the hands of fire(), which puts it away.
    if (timer.firing)
        timer.removed = true;
    else
        m_spare.push_back(m_queue.extract(timer.key));
}

bool TimerQueue::remove(int id)
{
    Timer *timer = m_byId.take(id);
    if (!timer)
        return false;
    erase(*timer);
    return true;
}

bool TimerQueue::removeAll(const QObject *object)
{
    bool any = false;
    for (auto it = m_byId.begin(); it != m_byId.end();) {
        if (it.value()->object == object) {
            erase(*it.value());
            it = m_byId.erase(it);
            any = true;
        } else {
            ++it;
        }
    }
    return any;
}

QList<QAbstractEventDispatcher::TimerInfo> TimerQueue::timersOf(const QObject *object) const
{
    QList<QAbstractEventDispatcher::TimerInfo> found;
    for (const Timer *timer : m_byId) {
        if (timer->object == object)
            found.emplaceBack(timer->id, static_cast<int>(timer->interval), timer->type);
    }
    return found;
}

std::optional<qint64> TimerQueue::remaining(int id, Time now) const
{
    const Timer *timer = m_byId.value(id);
    if (!timer)
        return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(std::max(timer->key.due - now, Time::zero())).count();
}

std::optional<Time> TimerQueue::untilNext(Time now) const
{
    if (m_queue.empty())
        return std::nullopt;
    return std::max(m_queue.begin()->first.due - now, Time::zero());
}

int TimerQueue::fireDue(Time now)
{
    const quint64 last = m_order;
    int fired = 0;
    while (!m_queue.empty()) {
        const Key &first = m_queue.begin()->first;
        // Whatever was scheduled during this call is due at `now` at the earliest and ordered last, so
        // nothing of ours is behind it.
        if (first.due > now || first.order > last)
            break;
        if (fire(m_queue.extract(m_queue.begin()), now))
            ++fired;
    }
    return fired;
}

/// True when the timer counts as an event.
bool TimerQueue::fire(Queue::node_type node, Time now)
{
    Timer &timer = node.mapped();
    const std::chrono::milliseconds interval{timer.interval};
    timer.nominal += interval;
    // Ticks that were missed are skipped, not made up for.
    if (timer.nominal < now)
        timer.nominal = now + interval;
    timer.key.due = roundTo(timer.nominal, grain(timer.interval, timer.type));

    // Out of the queue while its handler runs: a nested loop neither fires it nor wakes for it.
    timer.firing = true;
    QTimerEvent event(timer.id);
    QCoreApplication::sendEvent(timer.object, &event);
    timer.firing = false;

    const bool counts = timer.interval > 0;
    if (timer.removed)
        m_spare.push_back(std::move(node));
    else
        schedule(std::move(node));
    return counts;
}

} // namespace concierge::transport
