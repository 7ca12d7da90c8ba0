#include "metrics/Metrics.h"

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
