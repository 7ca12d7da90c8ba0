#include "transport/DispatcherSupport.h"

#include <QSemaphore>

#include <atomic>
#include <thread>

using namespace std::chrono_literals;
using namespace concierge::test;

class TstDispatcherWakeups : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        while (turn()) { // nothing for the next test
        }
    }

    void interrupt_duringTheTurn_endsIt();
    void interrupt_beforeTheTurn_keepsItFromSleeping_data();
    void interrupt_beforeTheTurn_keepsItFromSleeping();
    void wakeUp_byOwnThread_endsTheNextWaitWithoutAWrite();
    void wakeUp_manyThreadsPosting_loseNothing();
    void wakeUp_alone_isNeverLost();
    void wakeUp_ofABusyThread_isCoalesced();
    void exit_takenByANestedTurn_stillEndsTheLoop();
    void exit_fromAnotherThread_isNeverLost();
    void thread_quit_endsIt();
    void thread_twoAtOnce_pingPong();
};

void TstDispatcherWakeups::interrupt_duringTheTurn_endsIt()
{
    SocketPair pair;
    QSocketNotifier reader(pair.nearEnd(), QSocketNotifier::Read);
    int fired = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] { ++fired; });
    pair.feed();
    QMetaObject::invokeMethod(
        this, [] { dispatcher().interrupt(); }, Qt::QueuedConnection);
    QVERIFY(!turn(QEventLoop::WaitForMoreEvents));
    QCOMPARE(fired, 0);
    QVERIFY(turn(QEventLoop::WaitForMoreEvents));
    QCOMPARE(fired, 1);
}

void TstDispatcherWakeups::interrupt_beforeTheTurn_keepsItFromSleeping_data()
{
    QTest::addColumn<QEventLoop::ProcessEventsFlags>("flags");
    QTest::newRow("processEvents") << QEventLoop::ProcessEventsFlags(QEventLoop::WaitForMoreEvents);
    QTest::newRow("exec") << (QEventLoop::WaitForMoreEvents | QEventLoop::EventLoopExec);
}

void TstDispatcherWakeups::interrupt_beforeTheTurn_keepsItFromSleeping()
{
    QFETCH(QEventLoop::ProcessEventsFlags, flags);
    QTimer guard;
    guard.setSingleShot(true);
    guard.start(20s);
    dispatcher().interrupt();
    turn(flags);
    QVERIFY(guard.isActive());
}

void TstDispatcherWakeups::wakeUp_byOwnThread_endsTheNextWaitWithoutAWrite()
{
    const quint64 before = dispatcher().pollStatistics().wakes;
    for (int i = 0; i < 1000; ++i)
        dispatcher().wakeUp();
    QVERIFY(turn(QEventLoop::WaitForMoreEvents));
    QVERIFY(!turn());
    QCOMPARE(dispatcher().pollStatistics().wakes, before);
}

void TstDispatcherWakeups::wakeUp_manyThreadsPosting_loseNothing()
{
    constexpr int threads = 4;
    constexpr int each = 25'000;
    int received = 0;
    std::vector<std::thread> senders;
    for (int i = 0; i < threads; ++i) {
        senders.emplace_back([&] {
            for (int n = 0; n < each; ++n)
                QMetaObject::invokeMethod(
                    this, [&received] { ++received; }, Qt::QueuedConnection);
        });
    }
    const bool all = runUntil([&] { return received == threads * each; }, 100s);
    for (std::thread &sender : senders)
        sender.join();
    QVERIFY2(all, qPrintable(QString::number(received)));
}

void TstDispatcherWakeups::wakeUp_alone_isNeverLost()
{
    // Nothing but the wake-up tells the waiting side: losing one would leave both waiting.
    constexpr int rounds = 20'000;
    std::atomic<int> asked = 0;
    QSemaphore answered;
    IoEventDispatcher &ours = dispatcher();
    std::thread other([&] {
        for (int i = 0; i < rounds; ++i) {
            ++asked;
            ours.wakeUp();
            answered.acquire();
        }
    });
    int seen = 0;
    while (seen < rounds) {
        const bool arrived = runUntil([&] { return asked > seen; });
        if (!arrived)
            break;
        ++seen;
        answered.release();
    }
    answered.release(rounds);
    other.join();
    QCOMPARE(seen, rounds);
}

void TstDispatcherWakeups::wakeUp_ofABusyThread_isCoalesced()
{
    // The thread does not sleep while the others call: no write at all.
    const quint64 before = dispatcher().pollStatistics().wakes;
    std::vector<std::thread> callers;
    IoEventDispatcher &ours = dispatcher();
    for (int i = 0; i < 4; ++i) {
        callers.emplace_back([&ours] {
            for (int n = 0; n < 100'000; ++n)
                ours.wakeUp();
        });
    }
    for (std::thread &caller : callers)
        caller.join();
    QVERIFY(turn(QEventLoop::WaitForMoreEvents));
    QVERIFY(!turn());
    QCOMPARE(dispatcher().pollStatistics().wakes, before);
}

void TstDispatcherWakeups::exit_takenByANestedTurn_stillEndsTheLoop()
{
    QTimer guard;
    guard.setSingleShot(true);
    guard.start(20s);
    QEventLoop loop;
    QMetaObject::invokeMethod(
        &loop,
        [&loop] {
            loop.quit();
            QCoreApplication::processEvents(); // forgets the interrupt and its wake
        },
        Qt::QueuedConnection);
    connect(&guard, &QTimer::timeout, &loop, &QEventLoop::quit);
    loop.exec();
    QVERIFY(guard.isActive());
}

void TstDispatcherWakeups::exit_fromAnotherThread_isNeverLost()
{
    QTimer guard;
    guard.setSingleShot(true);
    guard.start(60s);
    QSemaphore entered;
    std::atomic<QEventLoop *> current = nullptr;
    constexpr int rounds = 5000;
    std::thread other([&] {
        for (int i = 0; i < rounds; ++i) {
            entered.acquire();
            current.load()->exit(i);
        }
    });
    int ended = 0;
    for (int i = 0; i < rounds; ++i) {
        QEventLoop loop;
        current = &loop;
        // Released within the loop: exec() itself forgets an exit that came before it.
        QMetaObject::invokeMethod(
            &loop, [&] { entered.release(); }, Qt::QueuedConnection);
        connect(&guard, &QTimer::timeout, &loop, [&loop] { loop.exit(-1); });
        if (loop.exec() == i)
            ++ended;
    }
    other.join();
    QCOMPARE(ended, rounds);
}

void TstDispatcherWakeups::thread_quit_endsIt()
{
    for (int i = 0; i < 100; ++i) {
        QThread thread;
        thread.setEventDispatcher(new IoEventDispatcher); // the thread takes it
        thread.start();
        if (i % 2)
            QMetaObject::invokeMethod(
                thread.eventDispatcher(), [] {}, Qt::BlockingQueuedConnection);
        thread.quit();
        QVERIFY(thread.wait(30'000));
    }
}

void TstDispatcherWakeups::thread_twoAtOnce_pingPong()
{
    constexpr int rounds = 10'000;
    DispatcherThread one;
    DispatcherThread two;
    QSemaphore done;
    std::function<void(int)> ping;
    std::function<void(int)> pong;
    ping = [&](int n) {
        if (n == 0)
            done.release();
        else
            two.post([&pong, n] { pong(n); });
    };
    pong = [&](int n) { one.post([&ping, n] { ping(n - 1); }); };
    one.post([&] { ping(rounds); });
    QVERIFY(done.tryAcquire(1, 100'000));
}

int main(int argc, char **argv)
{
    return runWithDispatcher<TstDispatcherWakeups>(argc, argv);
}
#include "tst_dispatcher_wakeups.moc"
