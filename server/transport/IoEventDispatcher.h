#pragma once

#include "transport/Poller.h"
#include "transport/TimerQueue.h"

#include <QAbstractEventDispatcher>

#include <atomic>
#include <functional>

namespace concierge::transport {

/// The event dispatcher of an io thread: QThread::setEventDispatcher. The cost of a turn depends on the
/// descriptors that are ready, not on those that are watched (Qt's own on Unix poll() over all of them).
///
/// One turn is: posted events; the turn-end handler; wait; ready notifiers; due timers. It keeps what Qt's
/// dispatchers promise: nested loops, timers of all types (see TimerQueue), zero timers once a turn, a
/// removed notifier never fires, `WaitForMoreEvents`, `ExcludeSocketNotifiers`, `X11ExcludeTimers`.
/// Descriptors: see Poller. Nothing is allocated in a turn once the buffers have grown.
/// Thread: its own; wakeUp() and interrupt(): any. Not on Windows: makeIoDispatcher().
class IoEventDispatcher final : public QAbstractEventDispatcher
{
    Q_OBJECT

public:
    explicit IoEventDispatcher(QObject *parent = nullptr);
    ~IoEventDispatcher() override;

    /// `handler` runs once a turn, after posted events and before readiness is asked for again, whether that
    /// will block or not; in nested loops too, but never inside itself. What it posts, starts or enables is
    /// seen to before the thread sleeps. Set it before the thread runs or on it, not from within the handler.
    void setTurnEndHandler(std::function<void()> handler);

    bool processEvents(QEventLoop::ProcessEventsFlags flags) override;

    void registerSocketNotifier(QSocketNotifier *notifier) override;
    void unregisterSocketNotifier(QSocketNotifier *notifier) override;

    void registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object) override;
    bool unregisterTimer(int timerId) override;
    bool unregisterTimers(QObject *object) override;
    QList<TimerInfo> registeredTimers(QObject *object) const override;
    int remainingTime(int timerId) override;

    /// Many calls cost one write, and none while the thread is busy.
    void wakeUp() override;
    void interrupt() override;

    /// What readiness cost so far.
    const Poller::Statistics &pollStatistics() const noexcept { return m_poller.statistics(); }

private:
    enum class Wake : quint8 { Busy, Sleeping, Requested };

    bool onOwnThread(const char *operation, const QObject *object) const;
    void endTurn();
    bool poll(bool mayBlock, bool withNotifiers, bool withTimers);
    int activateNotifiers();

    Poller m_poller;
    TimerQueue m_timers;
    std::function<void()> m_turnEnd;
    bool m_inTurnEnd = false;
    quint64 m_turns = 0;
    bool m_wokenByPoll = false; ///< and what that announced has not been sent yet
    std::atomic<Wake> m_wake{Wake::Busy};
    std::atomic<bool> m_interrupt{false};
};

} // namespace concierge::transport
