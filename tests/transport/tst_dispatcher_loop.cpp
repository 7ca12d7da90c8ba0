#include "transport/DispatcherSupport.h"
#include "transport/IoDispatcherFactory.h"

#include <QPointer>

#include <atomic>

using namespace std::chrono_literals;
using namespace concierge::test;

class TstDispatcherLoop : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        dispatcher().setTurnEndHandler(nullptr);
        while (turn()) {
        }
    }

    void postedEvent_isDeliveredAndCounts();
    void postedEvent_letsAWaitingTurnReturn();
    void signals_tellWhenItSleeps();
    void postedEvent_thatPostsAnother_leavesItToTheNextTurn();
    void nestedLoop_servesPostedEventsTimersAndNotifiers();
    void deleteLater_fromEverywhere_data();
    void deleteLater_fromEverywhere();
    void turnEnd_isCalledOnceATurnAfterPostedEvents();
    void turnEnd_whatItPosts_isNotSleptOver();
    void turnEnd_whatItEnablesOrStarts_isServed();
    void turnEnd_inNestedLoop_isNotReentered();
    void factory_setsTheTurnEnd();
};

void TstDispatcherLoop::postedEvent_isDeliveredAndCounts()
{
    bool called = false;
    QVERIFY(!turn());
    QMetaObject::invokeMethod(
        this, [&] { called = true; }, Qt::QueuedConnection);
    QVERIFY(!called);
    QVERIFY(turn());
    QVERIFY(called);
    QVERIFY(!turn());
}

void TstDispatcherLoop::postedEvent_letsAWaitingTurnReturn()
{
    bool called = false;
    QTimer guard;
    guard.setSingleShot(true);
    guard.start(20s);
    QMetaObject::invokeMethod(
        this, [&] { called = true; }, Qt::QueuedConnection);
    while (!called)
        turn(QEventLoop::WaitForMoreEvents);
    QVERIFY(guard.isActive());
}

void TstDispatcherLoop::signals_tellWhenItSleeps()
{
    int slept = 0;
    int awoke = 0;
    QObject context;
    connect(&dispatcher(), &QAbstractEventDispatcher::aboutToBlock, &context, [&] { ++slept; });
    connect(&dispatcher(), &QAbstractEventDispatcher::awake, &context, [&] { ++awoke; });
    turn();
    QCOMPARE(slept, 0);
    QCOMPARE(awoke, 1);
    QTimer::singleShot(1ms, &context, [] {});
    turn(QEventLoop::WaitForMoreEvents);
    QCOMPARE(slept, 1);
    QCOMPARE(awoke, 2);
    // What a slot of aboutToBlock posts is not slept over.
    bool called = false;
    connect(&dispatcher(), &QAbstractEventDispatcher::aboutToBlock, &context, [&] {
        QMetaObject::invokeMethod(
            &context, [&] { called = true; }, Qt::QueuedConnection);
    });
    QTimer guard;
    guard.setSingleShot(true);
    guard.start(20s);
    turn(QEventLoop::WaitForMoreEvents);
    turn();
    QVERIFY(called);
    QVERIFY(guard.isActive());
}

void TstDispatcherLoop::postedEvent_thatPostsAnother_leavesItToTheNextTurn()
{
    int delivered = 0;
    std::function<void()> post = [&] {
        QMetaObject::invokeMethod(
            this,
            [&] {
                if (++delivered % 3)
                    post();
            },
            Qt::QueuedConnection);
    };
    post();
    for (int i = 1; i <= 3; ++i) {
        QVERIFY(turn(QEventLoop::WaitForMoreEvents));
        QCOMPARE(delivered, i);
    }
    while (turn()) {
    }
    QCOMPARE(delivered, 3);
}

void TstDispatcherLoop::nestedLoop_servesPostedEventsTimersAndNotifiers()
{
    // Each kind of handler runs a loop that can only end by the next kind.
    SocketPair pair;
    QSocketNotifier reader(pair.nearEnd(), QSocketNotifier::Read);
    QStringList order;
    QEventLoop outer;
    QEventLoop byTimer;
    QEventLoop byNotifier;
    QEventLoop byPost;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        pair.drain();
        order << QStringLiteral("notifier");
        QMetaObject::invokeMethod(
            this,
            [&] {
                order << QStringLiteral("posted");
                QTimer::singleShot(1ms, this, [&] {
                    order << QStringLiteral("timer");
                    byTimer.quit();
                });
                byTimer.exec();
                order << QStringLiteral("posted done");
                byPost.quit();
            },
            Qt::QueuedConnection);
        byPost.exec();
        order << QStringLiteral("notifier done");
        byNotifier.quit();
    });
    QTimer::singleShot(0, this, [&] {
        pair.feed();
        byNotifier.exec();
        order << QStringLiteral("all done");
        outer.quit();
    });
    outer.exec();
    QCOMPARE(order.join(u','), QStringLiteral("notifier,posted,timer,posted done,notifier done,all done"));
}

void TstDispatcherLoop::deleteLater_fromEverywhere_data()
{
    QTest::addColumn<QString>("from");
    for (const char *from : {"posted", "timer", "notifier", "turnEnd"})
        QTest::newRow(from) << QString::fromLatin1(from);
}

void TstDispatcherLoop::deleteLater_fromEverywhere()
{
    QFETCH(QString, from);
    QPointer<QObject> victim = new QObject(this);
    const auto condemn = [victim] {
        if (victim)
            victim->deleteLater();
    };
    SocketPair pair;
    pair.feed();
    QSocketNotifier reader(pair.nearEnd(), QSocketNotifier::Read);
    reader.setEnabled(from == u"notifier");
    QTimer timer;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        pair.drain();
        condemn();
    });
    connect(&timer, &QTimer::timeout, this, condemn);
    QEventLoop loop;
    QTimer guard;
    guard.setSingleShot(true);
    connect(&guard, &QTimer::timeout, &loop, &QEventLoop::quit);
    connect(victim, &QObject::destroyed, &loop, &QEventLoop::quit);
    guard.start(20s);
    if (from == u"timer")
        timer.start(0);
    if (from == u"turnEnd")
        dispatcher().setTurnEndHandler(condemn);
    if (from == u"posted")
        QMetaObject::invokeMethod(this, condemn, Qt::QueuedConnection);
    loop.exec();
    QVERIFY(!victim);
    QVERIFY(guard.isActive());
}

void TstDispatcherLoop::turnEnd_isCalledOnceATurnAfterPostedEvents()
{
    SocketPair pair;
    QSocketNotifier reader(pair.nearEnd(), QSocketNotifier::Read);
    QStringList order;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        pair.drain();
        order << QStringLiteral("notifier");
        QMetaObject::invokeMethod(
            this, [&] { order << QStringLiteral("posted"); }, Qt::QueuedConnection);
    });
    dispatcher().setTurnEndHandler([&] { order << QStringLiteral("end"); });
    pair.feed();
    turn();
    turn();
    turn();
    QCOMPARE(order.join(u','), QStringLiteral("end,notifier,posted,end,end"));
}

void TstDispatcherLoop::turnEnd_whatItPosts_isNotSleptOver()
{
    QTimer guard;
    guard.setSingleShot(true);
    guard.start(20s);
    int delivered = 0;
    QEventLoop loop;
    connect(&guard, &QTimer::timeout, &loop, &QEventLoop::quit);
    dispatcher().setTurnEndHandler([&] {
        QMetaObject::invokeMethod(
            &loop,
            [&] {
                if (++delivered == 10)
                    loop.quit();
            },
            Qt::QueuedConnection);
    });
    loop.exec();
    QCOMPARE(delivered, 10);
    QVERIFY(guard.isActive());
}

void TstDispatcherLoop::turnEnd_whatItEnablesOrStarts_isServed()
{
    SocketPair pair;
    QSocketNotifier writer(pair.nearEnd(), QSocketNotifier::Write);
    writer.setEnabled(false);
    QTimer timer;
    timer.setSingleShot(true);
    int written = 0;
    int timedOut = 0;
    connect(&writer, &QSocketNotifier::activated, this, [&] {
        ++written;
        writer.setEnabled(false);
    });
    connect(&timer, &QTimer::timeout, this, [&] { ++timedOut; });
    dispatcher().setTurnEndHandler([&] { writer.setEnabled(true); });
    QVERIFY(turn(QEventLoop::WaitForMoreEvents)); // in the same turn
    QCOMPARE(written, 1);
    dispatcher().setTurnEndHandler([&] { timer.start(1); });
    QVERIFY(turn(QEventLoop::WaitForMoreEvents));
    dispatcher().setTurnEndHandler(nullptr);
    QVERIFY(timedOut == 1 || runUntil([&] { return timedOut == 1; }));
}

void TstDispatcherLoop::turnEnd_inNestedLoop_isNotReentered()
{
    int calls = 0;
    int depth = 0;
    int deepest = 0;
    dispatcher().setTurnEndHandler([&] {
        ++calls;
        deepest = std::max(deepest, ++depth);
        turn();
        --depth;
    });
    turn();
    QCOMPARE(calls, 1);
    QCOMPARE(deepest, 1);
    // In a nested loop that is not its own it is called.
    dispatcher().setTurnEndHandler([&] { ++calls; });
    QMetaObject::invokeMethod(
        this, [&] { turn(); }, Qt::QueuedConnection);
    turn();
    QCOMPARE(calls, 3);
}

void TstDispatcherLoop::factory_setsTheTurnEnd()
{
    std::atomic<int> ends = 0;
    QThread thread;
    auto made = concierge::transport::makeIoDispatcher([&] { ++ends; });
    QVERIFY(made);
    thread.setEventDispatcher(made.release());
    thread.start();
    QMetaObject::invokeMethod(
        thread.eventDispatcher(), [] {}, Qt::BlockingQueuedConnection);
    thread.quit();
    thread.wait();
    QVERIFY(ends > 0);
}

int main(int argc, char **argv)
{
    return runWithDispatcher<TstDispatcherLoop>(argc, argv);
}
#include "tst_dispatcher_loop.moc"
