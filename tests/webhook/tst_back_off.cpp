#include "webhook/BackOff.h"
#include "webhook/Signature.h"

#include <QtTest>

using namespace concierge;
using namespace concierge::webhook;

class BackOffTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void next_doublesUpToTheLongest_withChance();
    void next_isWhatTheOtherSideAsksFor_upToAnHour();
    void reset_beginsAnew();
    void retryAfter_isSecondsOrADate_data();
    void retryAfter_isSecondsOrADate();
    void signature_isOfTimeAndBody_byEachKey();
};

void BackOffTest::next_doublesUpToTheLongest_withChance()
{
    QSet<qint64> lasts;
    for (int round = 0; round < 50; ++round) {
        BackOff backOff(Milliseconds(1'000), Milliseconds(300'000));
        qint64 whole = 1'000;
        for (int i = 0; i < 40; ++i) {
            const qint64 wait = backOff.next({}).count();
            QVERIFY2(wait >= whole / 2 && wait <= whole, qPrintable(QString::number(wait)));
            whole = std::min<qint64>(2 * whole, 300'000);
            lasts.insert(wait);
        }
    }
    QVERIFY(lasts.size() > 100);
}

void BackOffTest::next_isWhatTheOtherSideAsksFor_upToAnHour()
{
    BackOff backOff(Milliseconds(1'000), Milliseconds(300'000));
    QCOMPARE(backOff.next(Milliseconds(30'000)), Milliseconds(30'000));
    QVERIFY(backOff.next(Milliseconds(1)) >= Milliseconds(1'000)); // our own is more
    QCOMPARE(backOff.next(Milliseconds(86'400'000)), Milliseconds(3'600'000));
}

void BackOffTest::reset_beginsAnew()
{
    BackOff backOff(Milliseconds(1'000), Milliseconds(300'000));
    for (int i = 0; i < 10; ++i)
        backOff.next({});
    backOff.reset();
    QVERIFY(backOff.next({}) <= Milliseconds(1'000));
}

void BackOffTest::retryAfter_isSecondsOrADate_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<qint64>("ms"); // -1: nothing
    QTest::newRow("seconds") << QByteArray("120") << qint64(120'000);
    QTest::newRow("none at all") << QByteArray("0") << qint64(0);
    QTest::newRow("a date") << QByteArray("Tue, 14 Nov 2023 22:13:50 GMT") << qint64(30'000);
    QTest::newRow("a date that is over") << QByteArray("Tue, 14 Nov 2023 22:13:00 GMT") << qint64(0);
    QTest::newRow("negative") << QByteArray("-5") << qint64(-1);
    QTest::newRow("words") << QByteArray("soon") << qint64(-1);
    QTest::newRow("missing") << QByteArray() << qint64(-1);
}

void BackOffTest::retryAfter_isSecondsOrADate()
{
    QFETCH(QByteArray, header);
    QFETCH(qint64, ms);
    const auto wait = retryAfter(header, Milliseconds(1'700'000'000'000)); // 22:13:20
    QCOMPARE(wait ? qint64(wait->count()) : -1, ms);
}

/// The hex was made with Node's crypto.
void BackOffTest::signature_isOfTimeAndBody_byEachKey()
{
    const QByteArray key = "0123456789abcdef0123456789abcdef";
    const QByteArray hex = "f05f2539e3ae1c49aec5f8cfdad75ef6b06480b133973ffbb7ec9e18827af177";
    QCOMPARE(signatureOf("{\"a\":1}", Milliseconds(1'700'000'000'999), {key}), "t=1700000000,v1=" + hex);
    const QByteArray two = signatureOf("{\"a\":1}", Milliseconds(1'700'000'000'000), {"another key", key});
    QCOMPARE(two.count("v1="), 2);
    QVERIFY(two.endsWith(",v1=" + hex));
}

QTEST_GUILESS_MAIN(BackOffTest)
#include "tst_back_off.moc"
