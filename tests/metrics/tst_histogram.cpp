#include "metrics/Histogram.h"
#include "metrics/LagProbe.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

using namespace concierge::metrics;
using namespace std::chrono_literals;

class TestHistogram : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bucket_ofAnyValue_isOffByAThirtySecondAtMost()
    {
        std::uint64_t value = 0;
        std::size_t last = 0;
        while (value <= Buckets::largest) {
            const std::size_t index = Buckets::indexOf(value);
            QVERIFY(index < Buckets::count);
            QVERIFY2(index == last || index == last + 1, "buckets follow each other");
            last = index;
            const double middle = Buckets::middleOf(index);
            QVERIFY2(std::abs(middle - double(value)) <= double(value) / 32,
                     qPrintable(QString::number(value)));
            value += std::max<std::uint64_t>(value / 1'000, 1);
        }
        QCOMPARE(Buckets::indexOf(Buckets::largest), Buckets::count - 1);
    }

    void bucket_ofMoreThanTheLargest_isTheLast()
    {
        QCOMPARE(Buckets::indexOf(Buckets::largest + 1), Buckets::count - 1);
        QCOMPARE(Buckets::indexOf(~std::uint64_t(0)), Buckets::count - 1);
    }

    void quantile_ofRandomValues_isThatOfTheSorted_data()
    {
        QTest::addColumn<double>("share");
        for (const double share : {0.01, 0.5, 0.95, 0.99, 0.999, 1.0})
            QTest::addRow("%g", share) << share;
    }
    void quantile_ofRandomValues_isThatOfTheSorted()
    {
        QFETCH(double, share);
        std::mt19937 random(4); // NOLINT: the same every time
        std::lognormal_distribution<double> distribution(6, 2);
        Histogram histogram;
        std::vector<std::uint64_t> values(20'000);
        for (std::uint64_t &value : values) {
            value = static_cast<std::uint64_t>(distribution(random));
            histogram.add(value);
        }
        std::sort(values.begin(), values.end());
        const auto rank = static_cast<std::size_t>(std::ceil(share * double(values.size())));
        const auto expected = double(values[rank - 1]);
        const double found = histogram.read().quantile(share);
        QVERIFY2(std::abs(found - expected) <= expected / 32,
                 qPrintable(QStringLiteral("%1 for %2").arg(found).arg(expected)));
    }

    void quantile_ofNothing_isZero()
    {
        QCOMPARE(HistogramSnapshot().quantile(0.5), 0.0);
        QCOMPARE(HistogramSnapshot().count(), std::uint64_t(0));
    }

    void quantile_ofOneValue_isThatForAllShares()
    {
        Histogram histogram;
        histogram.add(7);
        for (const double share : {0.001, 0.5, 1.0})
            QCOMPARE(histogram.read().quantile(share), 7.0);
    }

    void difference_ofTwoMoments_holdsWhatCameBetween()
    {
        Histogram histogram;
        histogram.add(5, 100);
        const HistogramSnapshot before = histogram.read();
        histogram.add(9, 3);
        HistogramSnapshot between = histogram.read();
        between -= before;
        QCOMPARE(between.count(), std::uint64_t(3));
        QCOMPARE(between.sum(), std::uint64_t(27));
        QCOMPARE(between.quantile(0.5), 9.0);
        between += before;
        QCOMPARE(between.count(), std::uint64_t(103));
        QCOMPARE(between.quantile(0.5), 5.0);
    }

    void countUpTo_growsWithTheLimit_upToAll()
    {
        Histogram histogram;
        for (const std::uint64_t value : {1U, 10U, 100U, 1'000U, 1'000'000U})
            histogram.add(value);
        const HistogramSnapshot all = histogram.read();
        QCOMPARE(all.countUpTo(0.5), std::uint64_t(0));
        QCOMPARE(all.countUpTo(10), std::uint64_t(2));
        QCOMPARE(all.countUpTo(1'032), std::uint64_t(4));
        QCOMPARE(all.countUpTo(1e12), all.count());
    }

    void read_whileAnotherThreadAdds_neverGoesBack()
    {
        Histogram histogram;
        std::atomic<bool> stop{false};
        std::thread writer([&] {
            for (std::uint64_t value = 1; !stop; value = value * 5 % 100'003)
                histogram.add(value);
        });
        std::uint64_t last = 0;
        bool isGrowing = true;
        for (int i = 0; i < 2'000; ++i) {
            const std::uint64_t now = histogram.read().count();
            isGrowing = isGrowing && now >= last;
            last = now;
        }
        stop = true;
        writer.join();
        QVERIFY(isGrowing);
    }

    void probe_thatIsAnswered_tellsTheWorstOnce()
    {
        LagProbe probe;
        QVERIFY(probe.send(100us));
        probe.answered(130us);
        QVERIFY(probe.send(200us));
        probe.answered(250us);
        QVERIFY(probe.send(300us));
        probe.answered(310us);
        QCOMPARE(probe.take(400us).count(), 50);
        QCOMPARE(probe.take(500us).count(), 0);
    }

    void probe_thatIsStillOut_countsWithItsAge_andNoOtherIsSent()
    {
        LagProbe probe;
        QVERIFY(probe.send(1'000us));
        QVERIFY(!probe.send(2'000us));
        QCOMPARE(probe.take(5'000us).count(), 4'000);
        QCOMPARE(probe.take(9'000us).count(), 8'000);
        probe.answered(10'000us);
        QCOMPARE(probe.take(20'000us).count(), 9'000);
        QVERIFY(probe.send(21'000us));
    }

    void probe_betweenTwoThreads_isAnsweredEachTime()
    {
        LagProbe probe;
        std::atomic<std::int64_t> posted{0};
        constexpr std::int64_t count = 2'000;
        std::thread watched([&] {
            for (std::int64_t seen = 0; seen < count;) {
                if (posted.load() == seen)
                    continue;
                ++seen;
                probe.answered(LagProbe::Time(10 * seen + 3));
            }
        });
        std::int64_t worst = 0;
        for (std::int64_t sent = 1; sent <= count;) {
            if (probe.send(LagProbe::Time(10 * sent)))
                posted = sent++;
            worst = std::max<std::int64_t>(worst, probe.take(LagProbe::Time(0)).count());
        }
        watched.join();
        worst = std::max<std::int64_t>(worst, probe.take(LagProbe::Time(0)).count());
        QCOMPARE(worst, 3);
    }
};

QTEST_GUILESS_MAIN(TestHistogram)
#include "tst_histogram.moc"
