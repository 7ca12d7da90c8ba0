#include "shared/ByteBuilder.h"
#include "shared/Clock.h"
#include "shared/Ids.h"
#include "shared/Result.h"

#include <QHash>
#include <QTest>

#include <type_traits>

using namespace concierge;

class TestShared : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ids_ofDifferentKinds_doNotConvert()
    {
        static_assert(!std::is_convertible_v<UserId, ChatId>);
        static_assert(!std::is_constructible_v<UserId, ChatId>);
        static_assert(!std::is_convertible_v<QByteArray, UserId>);
        QHash<UserId, int> table{{UserId("ann"), 1}};
        QCOMPARE(table.value(UserId("ann")), 1);
        QVERIFY(!table.contains(UserId("Ann")));
    }

    void result_holdsEitherValueOrError()
    {
        const Result<int, QByteArray> good = 7;
        QVERIFY(good.hasValue());
        QCOMPARE(*good, 7);
        const Result<int, QByteArray> bad = QByteArray("no");
        QVERIFY(!bad);
        QCOMPARE(bad.error(), QByteArray("no"));
    }

    void byteBuilder_joinsPieces_data()
    {
        QTest::addColumn<int>("room");
        for (const int room : {0, 1, 5, 12, 13, 100})
            QTest::addRow("room for %d", room) << room;
    }
    void byteBuilder_joinsPieces()
    {
        QFETCH(int, room);
        ByteBuilder builder(room);
        builder += "ab\0c"; // a literal is taken as long as it is
        builder += QByteArrayView();
        builder += 'd';
        builder += QByteArray(3, 'e');
        std::memcpy(builder.claim(4), "fghi", 4);
        QCOMPARE(builder.take(), QByteArray("ab\0cdeeefghi", 12));
    }
    void byteBuilder_ofNothing_isEmpty()
    {
        ByteBuilder builder(10);
        QCOMPARE(builder.take(), QByteArray());
    }

    void systemClock_doesNotGoBack()
    {
        const SystemClock clock;
        Milliseconds last = clock.monotonic();
        for (int i = 0; i < 1000; ++i) {
            const Milliseconds now = clock.monotonic();
            QVERIFY(now >= last);
            last = now;
        }
        QVERIFY(clock.wall() > Milliseconds(1'700'000'000'000)); // after 2023
    }
};

QTEST_GUILESS_MAIN(TestShared)
#include "tst_shared.moc"
