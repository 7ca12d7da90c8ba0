#include "transport/IoEventDispatcher.h"

#include <QCoreApplication>
#include <QScopedValueRollback>
#include <QThread>

#include <limits>
#include <utility>

namespace concierge::transport {

namespace {

TimerQueue::Time now()
{
    return std::chrono::steady_clock::now().time_since_epoch();
}

} // namespace

IoEventDispatcher::IoEventDispatcher(QObject *parent)
    : QAbstractEventDispatcher(parent)
{}

IoEventDispatcher::~IoEventDispatcher() = default;

void IoEventDispatcher::setTurnEndHandler(std::function<void()> handler)
{
    Q_ASSERT(!m_inTurnEnd);
    m_turnEnd = std::move(handler);
}

bool IoEventDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    const quint64 turn = ++m_turns;
    bool mayBlock = flags.testFlag(QEventLoop::WaitForMoreEvents);
    // A wake may announce a posted event, an interrupt, or a change its sender has made somewhere. What was
    // posted before it is sent in this turn.
    const bool woken = m_wake.exchange(Wake::Busy) == Wake::Requested || std::exchange(m_wokenByPoll, false);
    const bool interrupted = m_interrupt.exchange(false);
    // exec() looks at nothing but exit() between two turns, and that comes as an interrupt. Other callers
    // look at whatever they wait for, so a turn that answers a wake returns to them instead of sleeping.
    if (flags.testFlag(QEventLoop::EventLoopExec) ? interrupted : woken)
        mayBlock = false;

    Q_EMIT awake();
    QCoreApplication::sendPostedEvents();
    endTurn();
    if (m_interrupt)
        return false;

    if (mayBlock && m_wake != Wake::Requested) {
        Q_EMIT aboutToBlock();
        if (m_interrupt)
            return false;
    }
    // A nested loop has taken wakes that were meant for us too: let our caller look before we sleep.
    mayBlock = mayBlock && turn == m_turns;

    const bool withNotifiers = !flags.testFlag(QEventLoop::ExcludeSocketNotifiers);
    const bool withTimers = !flags.testFlag(QEventLoop::X11ExcludeTimers);
    bool happened = poll(mayBlock, withNotifiers, withTimers) || woken;
    if (withNotifiers && activateNotifiers() > 0)
        happened = true;
    if (withTimers && m_timers.fireDue(now()) > 0)
        happened = true;
    return happened;
}

void IoEventDispatcher::endTurn()
{
    if (!m_turnEnd || m_inTurnEnd)
        return;
    const QScopedValueRollback inside(m_inTurnEnd, true);
    m_turnEnd();
}

/// True when there was a wake-up.
bool IoEventDispatcher::poll(bool mayBlock, bool withNotifiers, bool withTimers)
{
    constexpr auto noWait = Poller::TimePoint::min();
    std::optional<Poller::TimePoint> deadline = noWait;
    if (mayBlock) {
        deadline.reset();
        const TimerQueue::Time current = now();
        if (const auto next = withTimers ? m_timers.untilNext(current) : std::nullopt)
            deadline = *next > TimerQueue::Time::zero() ? Poller::TimePoint{current + *next} : noWait;
    }
    if (deadline != noWait) {
        Wake busy = Wake::Busy;
        if (!m_wake.compare_exchange_strong(busy, Wake::Sleeping))
            deadline = noWait;
    }
    m_poller.gather(deadline, withNotifiers ? Poller::Notifiers::Included : Poller::Notifiers::Excluded);
    m_wokenByPoll = m_wake.exchange(Wake::Busy) == Wake::Requested;
    return m_wokenByPoll;
}

int IoEventDispatcher::activateNotifiers()
{
    int activated = 0;
    QEvent event(QEvent::SockAct);
    while (QSocketNotifier *notifier = m_poller.takeReady()) {
        QCoreApplication::sendEvent(notifier, &event);
        ++activated;
    }
    return activated;
}

bool IoEventDispatcher::onOwnThread(const char *operation, const QObject *object) const
{
    if (object->thread() == thread() && thread() == QThread::currentThread())
        return true;
    qWarning("IoEventDispatcher::%s: the object belongs to another thread", operation);
    return false;
}

void IoEventDispatcher::registerSocketNotifier(QSocketNotifier *notifier)
{
    if (onOwnThread("registerSocketNotifier", notifier))
        m_poller.add(notifier);
}

void IoEventDispatcher::unregisterSocketNotifier(QSocketNotifier *notifier)
{
    if (onOwnThread("unregisterSocketNotifier", notifier))
        m_poller.remove(notifier);
}

void IoEventDispatcher::registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object)
{
    if (interval >= 0 && onOwnThread("registerTimer", object))
        m_timers.add(timerId, interval, timerType, object, now());
}

bool IoEventDispatcher::unregisterTimer(int timerId)
{
    return onOwnThread("unregisterTimer", this) && m_timers.remove(timerId);
}

bool IoEventDispatcher::unregisterTimers(QObject *object)
{
    return onOwnThread("unregisterTimers", object) && m_timers.removeAll(object);
}

QList<QAbstractEventDispatcher::TimerInfo> IoEventDispatcher::registeredTimers(QObject *object) const
{
    return m_timers.timersOf(object);
}

int IoEventDispatcher::remainingTime(int timerId)
{
    constexpr qint64 most = std::numeric_limits<int>::max();
    return static_cast<int>(std::min(m_timers.remaining(timerId, now()).value_or(-1), most));
}

void IoEventDispatcher::wakeUp()
{
    // A busy thread looks at the flag before it sleeps; only a sleeping one needs the system call.
    if (m_wake.exchange(Wake::Requested) == Wake::Sleeping)
        m_poller.wake();
}

void IoEventDispatcher::interrupt()
{
    m_interrupt = true;
    wakeUp();
}

} // namespace concierge::transport
