#include "TelemetryFixture.h"
#include "chat/ErrorCode.h"

#include <QtTest>

#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <thread>
#include <vector>

using namespace concierge;
using namespace concierge::app;
using metrics::Counter;
using Fixture = test::TelemetryFixture;

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
        QCOMPARE(first.store.folder, QStringLiteral("/"));
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
        f.store->setWaiting(9, 4);
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

    void peakToday_ofBeforeTheRestart_isKnown_untilMidnight()
    {
        Fixture f;
        f.telemetry.knowPeakToday(7);
        f.counters.sessionOpened();
        QCOMPARE(f.telemetry.current().connections.peakToday, qint64(7));
        const MonitorSnapshot &now = f.sampleAfter(Milliseconds(1'000));
        QCOMPARE(now.connections.peakToday, qint64(7));
        QCOMPARE(now.connections.peak, qint64(1));
        QCOMPARE(f.sampleAfter(std::chrono::hours(24)).connections.peakToday, qint64(1));
    }

    void reasonsAndCodes_areThoseThatOccurred()
    {
        Fixture f;
        f.counters.refused(metrics::Refused::Origin);
        f.counters.refused(metrics::Refused::Origin);
        f.counters.refused(metrics::Refused::UnknownSession);
        f.counters.rejected(static_cast<quint8>(chat::ErrorCode::InboxFull));
        const MonitorSnapshot &now = f.sampleAfter(Milliseconds(1'000));
        QCOMPARE(now.connections.refused, (QMap<QString, qint64>{{QStringLiteral("origin"), 2},
                                                                 {QStringLiteral("unknown_session"), 1}}));
        QCOMPARE(now.messages.rejected, (QMap<QString, qint64>{{QStringLiteral("inbox_full"), 1}}));
        QCOMPARE(now.rates.refused, 3.0);
    }

    void transports_addUpToTheConnections()
    {
        Fixture f;
        for (int i = 0; i < 5; ++i)
            f.counters.sessionOpened();
        f.counters.add(Counter::WebSocketsOpened, 3);
        f.counters.add(Counter::WebSocketsClosed, 1);
        f.counters.sessionClosed();
        const MonitorSnapshot now = f.telemetry.current();
        QCOMPARE(now.connections.webSocket, qint64(2));
        QCOMPARE(now.connections.polling, qint64(2));
    }

    void latencies_areOfTheLastTenSamples()
    {
        Fixture f;
        metrics::Histogram &delivery = f.counters.latency(metrics::Latency::Delivery);
        QVERIFY(!f.sampleAfter(Milliseconds(1'000)).delivery.p50Ms);
        delivery.add(8'000, 99);
        delivery.add(64'000);
        const LatencyFigures &first = f.sampleAfter(Milliseconds(1'000)).delivery;
        QCOMPARE(first.count, qint64(100));
        const auto isAbout = [](double found, double wanted) {
            return std::abs(found - wanted) <= wanted / 32;
        };
        QVERIFY(isAbout(*first.p50Ms, 8));
        QVERIFY(isAbout(*first.p99Ms, 8));
        QVERIFY(isAbout(*first.maxMs, 64));
        for (int i = 1; i < 10; ++i)
            QCOMPARE(f.sampleAfter(Milliseconds(1'000)).delivery.count, qint64(100));
        QCOMPARE(f.sampleAfter(Milliseconds(1'000)).delivery, LatencyFigures());
        f.counters.latency(metrics::Latency::Proof).add(2'000);
        f.store->committed(6, std::chrono::microseconds(3'000));
        f.store->committed(2, std::chrono::microseconds(3'000));
        const MonitorSnapshot &last = f.sampleAfter(Milliseconds(1'000));
        QVERIFY(isAbout(*last.proof.p95Ms, 2));
        QVERIFY(isAbout(*last.commit.p95Ms, 3));
        QCOMPARE(last.store.batch, 4.0);
        QCOMPARE(last.delivery.count, qint64(0));
    }

    void waiting_agesBetweenTwoLooksOfTheStore()
    {
        Fixture f;
        QVERIFY(!f.telemetry.current().waiting.oldestMs);
        f.store->setWaiting(3, 2);
        f.store->setOldest(f.clock.wall());
        f.clock.advance(Milliseconds(90'000));
        const WaitingFigures waiting = f.telemetry.current().waiting;
        QCOMPARE(waiting.messages, qint64(3));
        QCOMPARE(waiting.users, qint64(2));
        QCOMPARE(waiting.oldestMs, std::optional<qint64>(90'000));
        f.store->setWaiting(0, 0); // what the store has not looked at yet
        QVERIFY(!f.telemetry.current().waiting.oldestMs);
    }

    void system_tellsOfTheDiskAndTheDescriptors()
    {
        const Fixture f;
        const MonitorSnapshot now = f.telemetry.current();
        QVERIFY(now.store.diskTotal > 0);
        QVERIFY(now.store.diskFree <= now.store.diskTotal);
        QVERIFY(!now.store.lastBackup);
#ifdef Q_OS_LINUX
        QVERIFY(now.process.descriptors > 2);
        QVERIFY(now.process.descriptorsMax == 0 || now.process.descriptorsMax >= now.process.descriptors);
#endif
    }

    void lag_ofAThreadThatHangs_showsWhileItHangs()
    {
        test::FakeClock clock;
        std::vector<std::function<void()>> posted;
        LagWatch watch({{QStringLiteral("io-0"),
                         [&posted](std::function<void()> task) { posted.push_back(std::move(task)); },
                         [] { return qint64(7); }}},
                       clock);
        watch.probe();
        QCOMPARE(posted.size(), std::size_t(1));
        clock.advance(Milliseconds(900));
        watch.probe(); // none is sent behind the one that is out
        QCOMPARE(posted.size(), std::size_t(1));
        const QList<ThreadFigures> hanging = watch.take();
        QCOMPARE(hanging.size(), 2);
        QCOMPARE(hanging[0].name, QStringLiteral("main"));
        QCOMPARE(hanging[1].name, QStringLiteral("io-0"));
        QCOMPARE(hanging[1].lagMs, 900.0);
        QCOMPARE(hanging[1].waiting, qint64(7));
        posted[0]();
        QCOMPARE(watch.take()[1].lagMs, 900.0); // told once more: the answer came within this second
        QCOMPARE(watch.take()[1].lagMs, 0.0);
        watch.probe();
        QCOMPARE(posted.size(), std::size_t(2));
    }

    void lag_ofTheMainThread_isHowLateItsTimerIs()
    {
        test::FakeClock clock;
        LagWatch watch({}, clock);
        watch.probe();
        clock.advance(LagWatch::interval + Milliseconds(120));
        watch.probe();
        clock.advance(LagWatch::interval);
        watch.probe();
        QCOMPARE(watch.take()[0].lagMs, 120.0);
        QCOMPARE(watch.take()[0].lagMs, 0.0);
    }

    void lag_ofARealThread_isAnswered()
    {
        const SystemClock clock;
        std::mutex mutex;
        std::vector<std::function<void()>> tasks;
        std::atomic<bool> stop{false};
        std::atomic<int> ran{0};
        LagWatch watch({{QStringLiteral("io-0"),
                         [&](std::function<void()> task) {
                             const std::lock_guard lock(mutex);
                             tasks.push_back(std::move(task));
                         },
                         [] { return qint64(0); }}},
                       clock);
        std::thread watched([&] {
            while (!stop) {
                std::vector<std::function<void()>> mine;
                {
                    const std::lock_guard lock(mutex);
                    mine.swap(tasks);
                }
                for (const auto &task : mine) {
                    task();
                    ++ran;
                }
            }
        });
        while (ran < 100) {
            watch.probe();
            watch.take();
        }
        stop = true;
        watched.join();
        QVERIFY(watch.take()[1].lagMs >= 0);
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
