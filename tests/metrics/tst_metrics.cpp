#include "metrics/Metrics.h"

#include <QSet>
#include <QTest>

#include <thread>
#include <vector>

using namespace concierge::metrics;

class TestMetrics : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void snapshot_ofSeveralThreads_isTheirSum()
    {
        Metrics metrics;
        constexpr int threads = 4;
        constexpr std::uint64_t additions = 100'000;
        std::vector<std::thread> running;
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&metrics] {
                ThreadCounters &counters = metrics.registerThread();
                for (std::uint64_t n = 0; n < additions; ++n)
                    counters.add(Counter::MessagesIn);
                counters.add(Counter::BytesOut, 7);
            });
        }
        for (std::thread &thread : running)
            thread.join();
        const Snapshot sum = metrics.snapshot();
        QCOMPARE(sum[Counter::MessagesIn], threads * additions);
        QCOMPARE(sum[Counter::BytesOut], std::uint64_t(threads * 7));
        QCOMPARE(sum[Counter::BytesIn], std::uint64_t(0));
    }

    void refusalsAndRejections_areCountedByReasonAndAltogether()
    {
        Metrics metrics;
        ThreadCounters &one = metrics.registerThread();
        ThreadCounters &other = metrics.registerThread();
        one.refused(Refused::Origin);
        other.refused(Refused::Origin);
        other.refused(Refused::TooLarge);
        one.rejected(0);
        other.rejected(maxCodes - 1);
        const Snapshot sum = metrics.snapshot();
        QCOMPARE(sum.refused[static_cast<std::size_t>(Refused::Origin)], std::uint64_t(2));
        QCOMPARE(sum.refused[static_cast<std::size_t>(Refused::TooLarge)], std::uint64_t(1));
        QCOMPARE(sum[Counter::HttpRefused], std::uint64_t(3));
        QCOMPARE(sum.rejected[0], std::uint64_t(1));
        QCOMPARE(sum.rejected[maxCodes - 1], std::uint64_t(1));
        QCOMPARE(sum[Counter::EventsRejected], std::uint64_t(2));
    }

    void reasons_haveNamesOfTheirOwn()
    {
        QSet<QByteArray> names;
        for (std::size_t i = 0; i < static_cast<std::size_t>(Refused::RefusedCount); ++i)
            names.insert(toString(static_cast<Refused>(i)));
        QCOMPARE(names.size(), static_cast<qsizetype>(Refused::RefusedCount));
        QVERIFY(!names.contains(QByteArray()));
    }

    void latency_ofSeveralThreads_isTheirSum()
    {
        Metrics metrics;
        metrics.registerThread().latency(Latency::Delivery).add(3);
        metrics.registerThread().latency(Latency::Delivery).add(5, 2);
        metrics.registerThread().latency(Latency::Proof).add(1'000);
        QCOMPARE(metrics.latency(Latency::Delivery).count(), std::uint64_t(3));
        QCOMPARE(metrics.latency(Latency::Delivery).sum(), std::uint64_t(13));
        QCOMPARE(metrics.latency(Latency::Proof).count(), std::uint64_t(1));
    }

    void sessionPeak_isTheHighestSinceItWasTaken()
    {
        SessionPeak peak;
        peak.opened();
        peak.opened();
        peak.closed();
        QCOMPARE(peak.highest(), std::int64_t(2));
        QCOMPARE(peak.take(), std::int64_t(2));
        QCOMPARE(peak.take(), std::int64_t(1)); // still there
        peak.closed();
        QCOMPARE(peak.take(), std::int64_t(1));
        QCOMPARE(peak.take(), std::int64_t(0));
    }

    void snapshot_whileAnotherThreadCounts_neverGoesBack()
    {
        Metrics metrics;
        ThreadCounters &counters = metrics.registerThread();
        std::atomic<bool> stop{false};
        std::thread writer([&] {
            while (!stop)
                counters.add(Counter::BytesIn);
        });
        std::uint64_t last = 0;
        for (int i = 0; i < 10'000; ++i) {
            const std::uint64_t now = metrics.snapshot()[Counter::BytesIn];
            if (now < last) {
                stop = true;
                writer.join();
                QFAIL("a counter went back");
            }
            last = now;
        }
        stop = true;
        writer.join();
    }

    void threadCounters_areACacheLineApart() { QCOMPARE(alignof(ThreadCounters), std::size_t(64)); }
};

QTEST_GUILESS_MAIN(TestMetrics)
#include "tst_metrics.moc"
