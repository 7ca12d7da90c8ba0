#include "chat/ErrorCode.h"
#include "chat/LastSeen.h"
#include "chat/MessageIds.h"
#include "chat/PresencePace.h"

#include <QRegularExpression>
#include <QSet>
#include <QTest>

using namespace concierge;
using namespace concierge::chat;

class TestChatParts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void toString_isTheContractsName_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("name");
        constexpr std::array names{"invalid_payload", "not_registered", "unauthorized", "forbidden",
                                   "sender_mismatch", "rate_limited",   "too_large",    "inbox_full",
                                   "unavailable",     "unknown_event"};
        for (std::size_t i = 0; i < names.size(); ++i)
            QTest::newRow(names[i]) << static_cast<int>(i) << QByteArray(names[i]);
    }
    void toString_isTheContractsName()
    {
        QFETCH(int, code);
        QFETCH(QByteArray, name);
        QCOMPARE(toString(static_cast<ErrorCode>(code)), QByteArrayView(name));
    }

    void messageId_isAUuidOfVersionSevenWithItsTime()
    {
        MessageIds ids;
        const QByteArray id = ids.next(Milliseconds(0x0123'4567'89AB)).utf8();
        const QRegularExpression form(
            QStringLiteral("^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"));
        QVERIFY2(form.match(QString::fromLatin1(id)).hasMatch(), id.constData());
    }

    void messageIds_sortByTheirMaking_data()
    {
        QTest::addColumn<int>("step"); // milliseconds after every 100 ids
        QTest::newRow("the clock stands still") << 0;
        QTest::newRow("the clock runs") << 1;
        QTest::newRow("the clock goes back") << -5;
    }
    void messageIds_sortByTheirMaking()
    {
        QFETCH(int, step);
        MessageIds ids;
        Milliseconds wall(1'700'000'000'000);
        QSet<QByteArray> all;
        QByteArray last;
        constexpr int count = 20'000; // more than a millisecond's counter holds
        for (int i = 0; i < count; ++i) {
            const QByteArray id = ids.next(wall).utf8();
            QVERIFY(id > last);
            all.insert(id);
            last = id;
            if (i % 100 == 99)
                wall += Milliseconds(step);
        }
        QCOMPARE(all.size(), count);
    }

    void messageIds_ofTwoGenerators_differ()
    {
        MessageIds one;
        MessageIds two;
        const Milliseconds wall(1'700'000'000'000);
        for (int i = 0; i < 100; ++i)
            QVERIFY(one.next(wall) != two.next(wall));
    }

    void lastSeen_dropsTheLongestGone()
    {
        LastSeen seen(2);
        seen.insert(UserId("ann"), Milliseconds(1));
        seen.insert(UserId("bob"), Milliseconds(2));
        seen.insert(UserId("ann"), Milliseconds(3)); // again, so bob is the longest gone
        seen.insert(UserId("cid"), Milliseconds(4));
        QCOMPARE(seen.find(UserId("ann")), std::optional(Milliseconds(3)));
        QCOMPARE(seen.find(UserId("bob")), std::nullopt);
        QCOMPARE(seen.find(UserId("cid")), std::optional(Milliseconds(4)));
        seen.remove(UserId("cid"));
        seen.remove(UserId("nobody"));
        QCOMPARE(seen.find(UserId("cid")), std::nullopt);
        QCOMPARE(seen.size(), 1);
    }

    void pace_whenQuiet_isAtOnceThenByTheInterval()
    {
        PresencePace pace(Milliseconds(250), 1'000);
        const Milliseconds now(1'000'000);
        QVERIFY(pace.next() <= now);
        QVERIFY(pace.hasRoom(now));
        pace.sent(10);
        pace.endRound(now);
        QCOMPARE(pace.next(), now + Milliseconds(250));
    }

    void pace_afterMoreThanTheBudget_waitsForIt()
    {
        PresencePace pace(Milliseconds(250), 1'000);
        const Milliseconds now(1'000'000);
        QVERIFY(pace.hasRoom(now));
        pace.sent(4'000); // one second's worth was there
        QVERIFY(!pace.hasRoom(now));
        pace.endRound(now);
        QCOMPARE(pace.next(), now + Milliseconds(3'001));
        QVERIFY(!pace.hasRoom(now + Milliseconds(3'000)));
        QVERIFY(pace.hasRoom(now + Milliseconds(3'001)));
    }

    void pace_afterSpendingOutsideRounds_leavesThemTheirHalf()
    {
        PresencePace pace(Milliseconds(250), 1'000);
        const Milliseconds now(1'000'000);
        pace.spend(1'000'000, now);
        QVERIFY(pace.hasRoom(now)); // the rounds' own half second
        pace.sent(500);
        QVERIFY(!pace.hasRoom(now));
        QVERIFY(pace.next() > now);
        QVERIFY(pace.next() <= now + Milliseconds(2'001)); // what was spent is not held against them for ever
    }
};

QTEST_GUILESS_MAIN(TestChatParts)
#include "tst_chat_parts.moc"
