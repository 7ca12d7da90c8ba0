#pragma once

#include "metrics/LagProbe.h"
#include "shared/Clock.h"
#include "shared/MonitorSnapshot.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

namespace concierge::app {

struct WatchedThread
{
    QString name;
    /// Has the task run on that thread as soon as it comes round to it, or drops it. Called on the main
    /// thread.
    std::function<void(std::function<void()>)> post;
    std::function<qint64()> waiting; ///< what waits in its mailbox
};

/// Measures how long a new task waits for its turn, on the main thread and on those given, four times a
/// second. Thread: main.
class LagWatch final : public QObject
{
    Q_OBJECT

public:
    static constexpr Milliseconds interval{250};

    /// `clock` outlives this object and every task that is on its way.
    LagWatch(std::vector<WatchedThread> threads, const Clock &clock, QObject *parent = nullptr);

    void start();
    /// What the timer calls: how late that is tells how the main thread fares.
    void probe();
    /// The worst since the last call, "main" first. A thread that has not answered shows the time for which
    /// it has not.
    QList<ThreadFigures> take();

private:
    const std::vector<WatchedThread> m_threads;
    const Clock &m_clock;
    std::vector<std::shared_ptr<metrics::LagProbe>> m_probes; // by thread
    QTimer m_timer;
    Microseconds m_expected{}; // the next probe(); 0: not started
    Microseconds m_worst{};    // of the main thread
};

} // namespace concierge::app
