#include "app/Telemetry.h"
#include "store/StoreHealth.h"
#include "support/FakeClock.h"

#include <QtTest>

#include <chrono>
#include <thread>
#include <vector>

using namespace concierge;
using namespace concierge::app;
using metrics::Counter;

namespace {

struct Fixture
{
    TelemetrySources sources()
    {
        return {.usersOnline = [] { return qint64(2); },
                .usersIdle = [] { return qint64(1); },
                .isDraining = [this] { return isDraining; },
                .store = store,
                .storeFolder = QStringLiteral("/data")};
    }
    const MonitorSnapshot &sampleAfter(Milliseconds time)
    {
        clock.advance(time);
        telemetry.sample();
        return telemetry.snapshot();
    }

    bool isDraining = false;
    std::shared_ptr<store::StoreHealth> store = std::make_shared<store::StoreHealth>();
    test::FakeClock clock;
    metrics::Metrics metrics;
    metrics::ThreadCounters &counters = metrics.registerThread();
    Telemetry telemetry{metrics, sources(), clock};
};

} // namespace

class TestTelemetry : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void snapshot_beforeTheFirstSample_isThatOfTheStart()
    {
        const Fixture f;
        const MonitorSnapshot &first = f.telemetry.snapshot();
        QCOMPARE(first.version, QStringLiteral(CONCIERGE_VERSION));
        QCOMPARE(first.time, qint64(f.clock.wall().count()));
        QCOMPARE(first.uptimeMs, qint64(0));
        QCOMPARE(first.users.online, qint64(2));
        QCOMPARE(first.store.folder, QStringLiteral("/data"));
        QVERIFY(first.process.rssBytes > 1'000'000);
    }

    void sample_ofCounters_isToldOnceAndHasTheirSums()
    {
        Fixture f;
        int told = 0;
        QObject::connect(&f.telemetry, &Telemetry::sampled, &f.telemetry, [&told] { ++told; });
        f.counters.add(Counter::MessagesIn, 3);
        f.metrics.registerThread().add(Counter::MessagesIn, 4);
        f.counters.add(Counter::MessagesDelivered, 5);
        f.counters.add(Counter::MessagesStored, 6);
        f.counters.add(Counter::BytesIn, 700);
        f.counters.add(Counter::BytesOut, 800);
        f.store->setWaiting(9);
        const MonitorSnapshot &now = f.sampleAfter(Milliseconds(2'000));
        QCOMPARE(told, 1);
        QCOMPARE(now.messages.received, qint64(7));
        QCOMPARE(now.messages.delivered, qint64(5));
        QCOMPARE(now.messages.stored, qint64(6));
        QCOMPARE(now.bytesIn, qint64(700));
        QCOMPARE(now.bytesOut, qint64(800));
        QCOMPARE(now.waiting.messages, qint64(9));
        QCOMPARE(now.uptimeMs, qint64(2'000));
        QCOMPARE(now.rates.received, 3.5);
        QCOMPARE(now.rates.bytesOut, 400.0);
        QCOMPARE(f.sampleAfter(Milliseconds(1'000)).rates.received, 0.0);
    }

    void current_betweenSamples_hasTheCountsOfNowAndTheRatesOfTheSample()
    {
        Fixture f;
        f.counters.add(Counter::MessagesIn, 3);
        f.sampleAfter(Milliseconds(1'000));
        f.counters.add(Counter::MessagesIn);
        f.isDraining = true;
        f.store->fails(QStringLiteral("the disk is full"));
        const MonitorSnapshot now = f.telemetry.current();
        QCOMPARE(now.messages.received, qint64(4));
        QCOMPARE(now.rates.received, 3.0);
        QCOMPARE(now.state, QStringLiteral("draining"));
        QCOMPARE(now.store.problem, QStringLiteral("the disk is full"));
        QVERIFY(!now.store.isWorking);
        QCOMPARE(f.telemetry.snapshot().messages.received, qint64(3));
    }

    void peak_betweenTwoSamples_isNotMissed()
    {
        Fixture f;
        f.sampleAfter(Milliseconds(1'000));
        for (int i = 0; i < 9; ++i)
            f.counters.sessionOpened();
        for (int i = 0; i < 7; ++i)
            f.counters.sessionClosed();
        QCOMPARE(f.telemetry.current().connections.peak, qint64(9));
        const MonitorSnapshot &now = f.sampleAfter(Milliseconds(1'000));
        QCOMPARE(now.connections.now, qint64(2));
        QCOMPARE(now.connections.total, qint64(9));
        QCOMPARE(now.connections.peak, qint64(9));
        QCOMPARE(now.connections.peakAt, now.time);
        const qint64 then = now.time;
        QCOMPARE(f.sampleAfter(Milliseconds(1'000)).connections.peakAt, then);
    }

    void peakToday_afterMidnight_beginsAnew()
    {
        Fixture f;
        for (int i = 0; i < 5; ++i)
            f.counters.sessionOpened();
        QCOMPARE(f.sampleAfter(Milliseconds(1'000)).connections.peakToday, qint64(5));
        f.counters.sessionClosed();
        f.sampleAfter(Milliseconds(1'000)); // the peak of this day is told of
        const MonitorSnapshot &now = f.sampleAfter(std::chrono::hours(24));
        QCOMPARE(now.connections.peakToday, qint64(4));
        QCOMPARE(now.connections.peak, qint64(5));
    }

    void peak_ofSeveralThreads_isTheirSumAtATime()
    {
        Fixture f;
        constexpr int threads = 4;
        constexpr int sessions = 20'000;
        std::vector<std::thread> running;
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&f] {
                metrics::ThreadCounters &own = f.metrics.registerThread();
                own.sessionOpened();
                for (int n = 0; n < sessions; ++n) {
                    own.sessionOpened();
                    own.sessionClosed();
                }
            });
        }
        for (int i = 0; i < 100; ++i)
            f.telemetry.sample();
        for (std::thread &thread : running)
            thread.join();
        const MonitorSnapshot &now = f.sampleAfter(Milliseconds(1'000));
        QCOMPARE(now.connections.now, qint64(threads));
        QVERIFY(now.connections.peak > threads);
        QVERIFY(now.connections.peak <= 2 * threads);
    }
};

QTEST_GUILESS_MAIN(TestTelemetry)
#include "tst_telemetry.moc"
