#include "shared/TokenBucket.h"

#include <QTest>

using namespace concierge;
using namespace std::chrono_literals;

class TestTokenBucket : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void take_givesTheBurstAtOnce_thenTheRate_data()
    {
        QTest::addColumn<qint64>("rate");
        QTest::addColumn<qint64>("burst");
        QTest::addColumn<Microseconds>("after"); // the burst is taken
        QTest::addColumn<int>("more");
        const auto row = [](const char *name, qint64 rate, qint64 burst, Microseconds after, int more) {
            QTest::newRow(name) << rate << burst << after << more;
        };
        row("at once", 10, 5, 0us, 0);
        row("just before the next", 10, 5, 99ms, 0);
        row("the next", 10, 5, 100ms, 1);
        row("two and a half", 10, 5, 250ms, 2);
        row("not more than the burst, however long", 10, 5, 3600s, 5);
        row("a rate that does not divide a second", 3, 1, 334ms, 1);
        row("a burst of nothing is one", 1, 0, 1s, 1);
        row("a million a second", 1'000'000, 1'000, 10us, 10);
    }
    void take_givesTheBurstAtOnce_thenTheRate()
    {
        QFETCH(qint64, rate);
        QFETCH(qint64, burst);
        QFETCH(Microseconds, after);
        QFETCH(int, more);
        const RateLimit limit(rate, burst);
        TokenBucket bucket;
        const Microseconds start = 5s;
        const auto takeAll = [&](Microseconds now) {
            int taken = 0;
            while (taken <= 10'000 && bucket.take(limit, now))
                ++taken;
            return taken;
        };
        QCOMPARE(takeAll(start), int(std::max<qint64>(burst, 1)));
        QCOMPARE(takeAll(start + after), more);
    }

    void take_refused_costsNothing()
    {
        const RateLimit limit(10, 1);
        TokenBucket bucket;
        QVERIFY(bucket.take(limit, 1s));
        for (int i = 0; i < 1'000; ++i)
            QVERIFY(!bucket.take(limit, 1s));
        QCOMPARE(bucket.untilNext(limit, 1s), Microseconds(100ms));
        QVERIFY(bucket.take(limit, 1s + 100ms));
    }

    void take_ofMany_isAllOrNothing_butNeverMoreThanTheBurst()
    {
        const RateLimit limit(10, 5);
        TokenBucket bucket;
        QVERIFY(bucket.take(limit, 1s, 3));
        QVERIFY(!bucket.take(limit, 1s, 3));
        QVERIFY(bucket.take(limit, 1s, 2)); // the refused one cost nothing
        QVERIFY(!bucket.take(limit, 1s));
        QVERIFY(bucket.take(limit, 10s, 100));
        QVERIFY(!bucket.take(limit, 10s));
    }

    void rateOfZero_isNoLimit()
    {
        const RateLimit limit(0, 5);
        QVERIFY(limit.isOff());
        TokenBucket bucket;
        for (int i = 0; i < 1'000; ++i)
            QVERIFY(bucket.take(limit, 0us));
        QCOMPARE(bucket.charge(limit, 1'000'000'000, 0us), Microseconds(0));
    }

    void charge_beyondTheBurst_saysWhenTheDebtIsPaid()
    {
        const RateLimit limit(1'000'000, 2'000'000); // bytes
        TokenBucket bucket;
        QCOMPARE(bucket.charge(limit, 2'000'000, 1s), Microseconds(0));
        QCOMPARE(bucket.charge(limit, 500'000, 1s), Microseconds(500ms));
        QCOMPARE(bucket.untilPaid(limit, 1s + 200ms), Microseconds(300ms));
        QCOMPARE(bucket.charge(limit, 1, 1s + 500ms), Microseconds(1));
        QCOMPARE(bucket.untilPaid(limit, 10s), Microseconds(0));
        QVERIFY(bucket.isFull(10s));
    }
};

QTEST_APPLESS_MAIN(TestTokenBucket)
#include "tst_token_bucket.moc"
