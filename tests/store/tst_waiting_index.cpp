#include "store/WaitingIndex.h"

#include <QTest>

#include <random>
#include <set>

using namespace concierge;
using namespace concierge::store;

class TestWaitingIndex : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void behind_isInTheOrderOfPositions_whateverTheOrderOfAdding()
    {
        WaitingIndex index;
        const UserId bob("bob");
        for (const int position : {5, 3, 9, 4})
            index.add(bob, position, true);
        index.add(UserId("cid"), 6, true);
        QCOMPARE(index.behind(bob, 0, 10), (std::vector<qint64>{3, 4, 5, 9}));
        QCOMPARE(index.behind(bob, 4, 10), (std::vector<qint64>{5, 9}));
        QCOMPARE(index.behind(bob, 3, 2), (std::vector<qint64>{4, 5}));
        QCOMPARE(index.behind(bob, 9, 2), std::vector<qint64>());
        QCOMPARE(index.behind(UserId("eve"), 0, 2), std::vector<qint64>());
        QCOMPARE(index.last(bob), qint64(9));
        QCOMPARE(index.last(UserId("eve")), qint64(0));
        QCOMPARE(index.size(), 5);
        QCOMPARE(index.users(), 2);
    }

    void messages_areCountedWithoutReceipts()
    {
        WaitingIndex index;
        const UserId bob("bob");
        index.add(bob, 1, true);
        index.add(bob, 2, false);
        index.add(UserId("cid"), 3, true);
        QCOMPARE(index.messages(), 2);
        QVERIFY(index.remove(bob, 2));
        QCOMPARE(index.messages(), 2);
        QVERIFY(index.remove(bob, 1));
        QVERIFY(!index.remove(bob, 1));
        QCOMPARE(index.messages(), 1);
        QCOMPARE(index.size(), 1);
    }

    void positions_ofAnyRun_areKept()
    {
        WaitingIndex index;
        const UserId bob("bob");
        const qint64 large = (qint64(1) << 62) + 7;
        index.add(bob, large, true);
        index.add(bob, large + 1, false);
        QCOMPARE(index.behind(bob, large - 1, 10), (std::vector<qint64>{large, large + 1}));
        QCOMPARE(index.messages(bob), 1);
        QVERIFY(index.remove(bob, large));
        QCOMPARE(index.messages(bob), 0);
        QVERIFY(index.contains(bob, large + 1));
    }

    void addAndRemove_inAnyOrder_areWhatASetDoes()
    {
        std::mt19937 random(7); // NOLINT: the same each time
        WaitingIndex index;
        std::set<qint64> expected;
        const UserId bob("bob");
        qint64 last = 0;
        for (int i = 0; i < 20'000; ++i) {
            if (random() % 2 == 0 || expected.empty()) {
                index.add(bob, ++last, true);
                expected.insert(last);
            } else {
                // Mostly the oldest, as it is when a user comes.
                auto victim = expected.begin();
                std::advance(victim, random() % 4 == 0 ? static_cast<int>(random() % expected.size()) : 0);
                QVERIFY(index.remove(bob, *victim));
                QVERIFY(!index.remove(bob, *victim));
                expected.erase(victim);
            }
            QCOMPARE(index.messages(bob), static_cast<qsizetype>(expected.size()));
            QCOMPARE(index.hasEntries(bob), !expected.empty());
            if (i % 100 == 0)
                QCOMPARE(index.behind(bob, 0, 100'000),
                         std::vector<qint64>(expected.begin(), expected.end()));
        }
    }
};

QTEST_GUILESS_MAIN(TestWaitingIndex)
#include "tst_waiting_index.moc"
