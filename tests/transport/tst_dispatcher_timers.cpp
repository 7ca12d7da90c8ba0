#include "transport/DispatcherSupport.h"
#include "transport/TimerQueue.h"

#include <QElapsedTimer>

#include <algorithm>

using namespace std::chrono_literals;
using concierge::transport::TimerQueue;
using namespace concierge::test;

namespace {

/// Writes down which timers fired, and does on the way what it is told to.
class Recorder : public QObject
{
public:
    QList<int> fired;
    std::function<void(int)> then;

protected:
    void timerEvent(QTimerEvent *event) override
    {
        fired.append(event->timerId());
        if (then)
            then(event->timerId());
    }
};

constexpr TimerQueue::Time start = 1h + 123ms;

} // namespace

class TstDispatcherTimers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void queue_severalDue_fireByTimeThenByStart();
    void queue_preciseTimer_neverFiresEarly();
    void queue_coarseTimer_staysWithinItsTolerance_data();
    void queue_coarseTimer_staysWithinItsTolerance();
    void queue_missedTicks_areSkipped();
    void queue_zeroTimer_firesOncePerCallAndDoesNotCount();
    void queue_startedByAHandler_waitsForTheNextCall();
    void queue_removedByAnEarlierHandler_doesNotFire();
    void queue_removedByItsOwnHandler_isGone();
    void queue_replacedByItsOwnHandler_hasTheNewInterval();
    void queue_insideItsHandler_neitherFiresNorCountsForWaiting();
    void queue_removeAll_takesOnlyThatObjects();
    void queue_remaining_roundsUp();
    void loop_preciseTimer_isPrecise();
    void loop_registeredTimers_areReported();
    void loop_remainingTime_ofUnknownTimer_isMinusOne();
    void loop_excludedTimers_neitherFireNorEndTheWait();
    void loop_zeroTimerInNestedLoop_letsItSleep();
    void loop_objectDeletedByItsTimer_isForgotten();
    void loop_movedObject_keepsItsTimer();
};

void TstDispatcherTimers::queue_severalDue_fireByTimeThenByStart()
{
    TimerQueue queue;
    Recorder recorder;
    queue.add(1, 30, Qt::PreciseTimer, &recorder, start);
    queue.add(2, 10, Qt::PreciseTimer, &recorder, start);
    queue.add(3, 20, Qt::PreciseTimer, &recorder, start);
    queue.add(4, 10, Qt::PreciseTimer, &recorder, start);
    queue.add(5, 9, Qt::PreciseTimer, &recorder, start + 1ms);
    QCOMPARE(queue.fireDue(start + 20ms), 4);
    QCOMPARE(recorder.fired, (QList{2, 4, 5, 3}));
    QCOMPARE(*queue.untilNext(start + 20ms), TimerQueue::Time(0)); // 2, 4: every 10 ms
}

void TstDispatcherTimers::queue_preciseTimer_neverFiresEarly()
{
    TimerQueue queue;
    Recorder recorder;
    queue.add(1, 7, Qt::PreciseTimer, &recorder, start);
    for (int tick = 1; tick <= 100; ++tick) {
        QCOMPARE(queue.fireDue(start + 7ms * tick - 1ns), 0);
        QCOMPARE(queue.fireDue(start + 7ms * tick), 1);
    }
}

void TstDispatcherTimers::queue_coarseTimer_staysWithinItsTolerance_data()
{
    QTest::addColumn<qint64>("interval");
    QTest::addColumn<Qt::TimerType>("type");
    QTest::addColumn<qint64>("tolerance"); // ms
    for (const qint64 interval : {1, 19, 20, 33, 100, 110, 999, 5'000, 25'000, 3'600'000}) {
        QTest::addRow("coarse %lld", interval) << interval << Qt::CoarseTimer << interval * 5 / 100;
        QTest::addRow("very coarse %lld", interval)
            << interval << Qt::VeryCoarseTimer << (interval < 1000 ? interval * 5 / 100 : 500);
    }
}

void TstDispatcherTimers::queue_coarseTimer_staysWithinItsTolerance()
{
    QFETCH(qint64, interval);
    QFETCH(Qt::TimerType, type);
    QFETCH(qint64, tolerance);
    TimerQueue queue;
    Recorder recorder;
    queue.add(1, interval, type, &recorder, start);
    TimerQueue::Time now = start;
    for (int tick = 1; tick <= 200; ++tick) {
        now += *queue.untilNext(now);
        QCOMPARE(queue.fireDue(now), 1);
        const auto wrong = now - (start + std::chrono::milliseconds{interval} * tick); // of the sum: no drift
        QVERIFY2(std::chrono::abs(wrong) <= std::chrono::milliseconds{tolerance},
                 qPrintable(QString::number(wrong.count())));
    }
}

void TstDispatcherTimers::queue_missedTicks_areSkipped()
{
    TimerQueue queue;
    Recorder recorder;
    queue.add(1, 10, Qt::PreciseTimer, &recorder, start);
    QCOMPARE(queue.fireDue(start + 95ms), 1);
    QCOMPARE(*queue.untilNext(start + 95ms), TimerQueue::Time(10ms));
}

void TstDispatcherTimers::queue_zeroTimer_firesOncePerCallAndDoesNotCount()
{
    TimerQueue queue;
    Recorder recorder;
    queue.add(1, 0, Qt::CoarseTimer, &recorder, start);
    queue.add(2, 0, Qt::PreciseTimer, &recorder, start);
    QCOMPARE(queue.fireDue(start), 0);
    QCOMPARE(queue.fireDue(start), 0);
    QCOMPARE(recorder.fired, (QList{1, 2, 1, 2}));
    QCOMPARE(*queue.untilNext(start), TimerQueue::Time(0));
}

void TstDispatcherTimers::queue_startedByAHandler_waitsForTheNextCall()
{
    TimerQueue queue;
    Recorder recorder;
    recorder.then = [&](int id) {
        if (id == 1)
            queue.add(2, 0, Qt::PreciseTimer, &recorder, start + 10ms);
    };
    queue.add(1, 10, Qt::PreciseTimer, &recorder, start);
    queue.fireDue(start + 10ms);
    QCOMPARE(recorder.fired, (QList{1}));
    queue.fireDue(start + 10ms);
    QCOMPARE(recorder.fired, (QList{1, 2}));
}

void TstDispatcherTimers::queue_removedByAnEarlierHandler_doesNotFire()
{
    TimerQueue queue;
    Recorder recorder;
    recorder.then = [&](int) { QVERIFY(queue.remove(2)); };
    queue.add(1, 10, Qt::PreciseTimer, &recorder, start);
    queue.add(2, 10, Qt::PreciseTimer, &recorder, start);
    QCOMPARE(queue.fireDue(start + 10ms), 1);
    QCOMPARE(recorder.fired, (QList{1}));
}

void TstDispatcherTimers::queue_removedByItsOwnHandler_isGone()
{
    TimerQueue queue;
    Recorder recorder;
    recorder.then = [&](int id) {
        QVERIFY(queue.remove(id));
        QVERIFY(!queue.remove(id));
    };
    queue.add(1, 10, Qt::PreciseTimer, &recorder, start);
    QCOMPARE(queue.fireDue(start + 10ms), 1);
    QVERIFY(!queue.untilNext(start + 10ms));
    QCOMPARE(queue.fireDue(start + 1h), 0);
    // Its node is used again.
    recorder.then = nullptr;
    queue.add(7, 1, Qt::PreciseTimer, &recorder, start);
    queue.fireDue(start + 1ms);
    QCOMPARE(recorder.fired, (QList{1, 7}));
}

void TstDispatcherTimers::queue_replacedByItsOwnHandler_hasTheNewInterval()
{
    TimerQueue queue;
    Recorder recorder;
    recorder.then = [&](int id) {
        queue.remove(id);
        queue.add(id, 50, Qt::PreciseTimer, &recorder, start + 10ms);
    };
    queue.add(1, 10, Qt::PreciseTimer, &recorder, start);
    queue.fireDue(start + 10ms);
    QCOMPARE(*queue.untilNext(start + 10ms), TimerQueue::Time(50ms));
    QCOMPARE(queue.timersOf(&recorder).size(), 1);
    recorder.then = nullptr;
    QCOMPARE(queue.fireDue(start + 59ms), 0);
    QCOMPARE(queue.fireDue(start + 60ms), 1);
}

void TstDispatcherTimers::queue_insideItsHandler_neitherFiresNorCountsForWaiting()
{
    TimerQueue queue;
    Recorder recorder;
    recorder.then = [&](int id) {
        if (id != 1)
            return;
        QCOMPARE(*queue.untilNext(start + 10ms), TimerQueue::Time(20ms)); // the other one's
        QCOMPARE(queue.fireDue(start + 30ms), 1);
    };
    queue.add(1, 10, Qt::PreciseTimer, &recorder, start);
    queue.add(2, 30, Qt::PreciseTimer, &recorder, start);
    QCOMPARE(queue.fireDue(start + 10ms), 1);
    QCOMPARE(recorder.fired, (QList{1, 2}));
    recorder.then = nullptr;
    queue.fireDue(start + 30ms);
    QCOMPARE(recorder.fired, (QList{1, 2, 1}));
}

void TstDispatcherTimers::queue_removeAll_takesOnlyThatObjects()
{
    TimerQueue queue;
    Recorder one;
    Recorder other;
    queue.add(1, 10, Qt::PreciseTimer, &one, start);
    queue.add(2, 10, Qt::PreciseTimer, &other, start);
    queue.add(3, 10, Qt::PreciseTimer, &one, start);
    QVERIFY(queue.removeAll(&one));
    QVERIFY(!queue.removeAll(&one));
    QCOMPARE(queue.fireDue(start + 10ms), 1);
    QCOMPARE(one.fired, QList<int>());
    QCOMPARE(other.fired, (QList{2}));
}

void TstDispatcherTimers::queue_remaining_roundsUp()
{
    TimerQueue queue;
    Recorder recorder;
    queue.add(1, 10, Qt::PreciseTimer, &recorder, start);
    QCOMPARE(queue.remaining(1, start).value(), 10);
    QCOMPARE(queue.remaining(1, start + 9ms + 1ns).value(), 1);
    QCOMPARE(queue.remaining(1, start + 10ms).value(), 0);
    QCOMPARE(queue.remaining(1, start + 20ms).value(), 0);
    QVERIFY(!queue.remaining(2, start));
}

void TstDispatcherTimers::loop_preciseTimer_isPrecise()
{
    constexpr qint64 interval = 5'000'000;
    std::vector<qint64> late;
    while (late.size() < 40) {
        QElapsedTimer clock;
        QTimer timer;
        timer.setTimerType(Qt::PreciseTimer);
        timer.setSingleShot(true);
        bool fired = false;
        connect(&timer, &QTimer::timeout, this, [&] {
            late.push_back(clock.nsecsElapsed() - interval);
            fired = true;
        });
        clock.start();
        timer.start(5);
        QVERIFY(runUntil([&] { return fired; }));
    }
    std::ranges::sort(late);
    QVERIFY2(late.front() >= 0, qPrintable(QString::number(late.front())));
    // A busy machine may delay many of them, though not all.
    QVERIFY2(late[10] < 1'500'000, qPrintable(QString::number(late[10])));
}

void TstDispatcherTimers::loop_registeredTimers_areReported()
{
    QObject object;
    const int id = object.startTimer(12345, Qt::VeryCoarseTimer);
    const auto timers = dispatcher().registeredTimers(&object);
    QCOMPARE(timers.size(), 1);
    QCOMPARE(timers.first().timerId, id);
    QCOMPARE(timers.first().interval, 12345);
    QCOMPARE(timers.first().timerType, Qt::VeryCoarseTimer);
    object.killTimer(id);
    QVERIFY(dispatcher().registeredTimers(&object).isEmpty());
}

void TstDispatcherTimers::loop_remainingTime_ofUnknownTimer_isMinusOne()
{
    QTimer timer;
    timer.start(100'000);
    QVERIFY(timer.remainingTime() > 90'000 && timer.remainingTime() <= 105'000);
    const int id = timer.timerId();
    timer.stop();
    QCOMPARE(dispatcher().remainingTime(id), -1);
}

void TstDispatcherTimers::loop_excludedTimers_neitherFireNorEndTheWait()
{
    Recorder recorder;
    recorder.startTimer(0);
    turn(QEventLoop::X11ExcludeTimers);
    QVERIFY(recorder.fired.isEmpty());
    // Would return at once for the timer; only the other thread's wake-up ends it.
    DispatcherThread other;
    std::atomic<bool> woken = false;
    IoEventDispatcher &ours = dispatcher();
    other.post([&] {
        QThread::yieldCurrentThread();
        woken = true;
        ours.wakeUp();
    });
    while (turn(QEventLoop::X11ExcludeTimers)) { // what is left from before
    }
    if (!woken)
        turn(QEventLoop::X11ExcludeTimers | QEventLoop::WaitForMoreEvents);
    QVERIFY(woken);
    QVERIFY(recorder.fired.isEmpty());
    turn();
    QCOMPARE(recorder.fired.size(), 1);
}

void TstDispatcherTimers::loop_zeroTimerInNestedLoop_letsItSleep()
{
    Recorder recorder;
    quint64 polls = 0;
    recorder.then = [&](int id) {
        recorder.killTimer(id);
        const int again = recorder.startTimer(0);
        recorder.then = [&](int) {
            QEventLoop nested;
            QTimer::singleShot(50, Qt::PreciseTimer, &nested, &QEventLoop::quit);
            const quint64 before = dispatcher().pollStatistics().polls;
            nested.exec();
            polls = dispatcher().pollStatistics().polls - before;
        };
        Q_UNUSED(again);
    };
    recorder.startTimer(0);
    QVERIFY(runUntil([&] { return polls > 0; }));
    QCOMPARE(recorder.fired.size(), 2);
    QVERIFY2(polls < 10, qPrintable(QString::number(polls)));
}

void TstDispatcherTimers::loop_objectDeletedByItsTimer_isForgotten()
{
    auto *object = new QObject(this);
    auto *timer = new QTimer(object);
    bool fired = false;
    connect(timer, &QTimer::timeout, this, [&] {
        fired = true;
        delete object;
    });
    timer->start(1);
    QVERIFY(runUntil([&] { return fired; }));
    QVERIFY(dispatcher().registeredTimers(timer).isEmpty());
    turn();
}

void TstDispatcherTimers::loop_movedObject_keepsItsTimer()
{
    DispatcherThread other;
    QTimer timer;
    std::atomic<QThread *> firedOn = nullptr;
    connect(
        &timer, &QTimer::timeout, &timer,
        [&] {
            firedOn = QThread::currentThread();
            timer.stop();
            dispatcher(); // the other thread's
        },
        Qt::DirectConnection);
    timer.start(1);
    timer.moveToThread(&other.thread());
    QVERIFY(QTest::qWaitFor([&] { return firedOn != nullptr; }, 30'000));
    QCOMPARE(firedOn.load(), &other.thread());
    other.run([&] { timer.moveToThread(QCoreApplication::instance()->thread()); });
}

int main(int argc, char **argv)
{
    return runWithDispatcher<TstDispatcherTimers>(argc, argv);
}
#include "tst_dispatcher_timers.moc"
