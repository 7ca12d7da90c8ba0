#include "support/FakeClock.h"
#include "transport/TurnQueue.h"

#include <QList>
#include <QTest>

#include <memory>

using namespace concierge;
using namespace concierge::transport;
using test::FakeClock;

namespace {

/// So many pieces of work of a cost, done as a connection does them: a share at a time, at least one piece.
class Work final : public TurnTask
{
public:
    Work(TurnQueue &queue, QList<char> &log, char name, int pieces, int cost = 1)
        : m_queue(queue)
        , m_log(log)
        , m_name(name)
        , m_pieces(pieces)
        , m_cost(cost)
    {
        m_queue.add(*this);
    }
    int left() const { return m_pieces; }

private:
    int onTurn() override
    {
        int used = 0;
        while (m_pieces > 0 && (used == 0 || used + m_cost <= TurnQueue::share)) {
            used += m_cost;
            --m_pieces;
        }
        m_log.append(m_name);
        if (m_pieces > 0)
            m_queue.add(*this);
        return used;
    }

    TurnQueue &m_queue;
    QList<char> &m_log;
    const char m_name;
    int m_pieces;
    const int m_cost;
};

} // namespace

class TestTurnQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingToDo_needsNoTurn()
    {
        TurnQueue queue;
        QVERIFY(!queue.run());
    }

    void work_goesRound_aShareEach()
    {
        TurnQueue queue;
        QList<char> log;
        Work first(queue, log, 'a', 3 * TurnQueue::share);
        Work second(queue, log, 'b', TurnQueue::share);
        Work third(queue, log, 'c', 2 * TurnQueue::share);
        QVERIFY(queue.run()); // a turn for what came of it
        QCOMPARE(log, (QList<char>{'a', 'b', 'c', 'a', 'c', 'a'}));
        QVERIFY(!queue.run());
    }

    void turn_endsWhenItsTimeIsUsed()
    {
        class Slow final : public TurnTask
        {
        public:
            Slow(FakeClock &clock, int &done)
                : m_clock(clock)
                , m_done(done)
            {}
            int onTurn() override
            {
                ++m_done;
                m_clock.advance(Milliseconds(1));
                return 1;
            }

        private:
            FakeClock &m_clock;
            int &m_done;
        };
        FakeClock clock;
        TurnQueue queue(&clock);
        int done = 0;
        Slow first(clock, done);
        Slow second(clock, done);
        queue.add(first);
        queue.add(second);
        QVERIFY(queue.run());
        QCOMPARE(done, 1);
        QVERIFY(queue.run());
        QCOMPARE(done, 2);
        QVERIFY(!queue.run());
    }

    void turn_endsWhenItsUnitsAreUsed()
    {
        TurnQueue queue;
        QList<char> log;
        constexpr int turns = 3;
        Work flood(queue, log, 'a', turns * TurnQueue::unitsPerTurn);
        for (int i = 1; i <= turns; ++i) {
            QVERIFY(queue.run());
            QCOMPARE(flood.left(), (turns - i) * TurnQueue::unitsPerTurn);
        }
        QVERIFY(!queue.run());
    }

    void whatIsMoreThanATurn_isOneATurn_andKeepsNobodyOut()
    {
        TurnQueue queue;
        QList<char> log;
        Work first(queue, log, 'a', 2, TurnQueue::costOf(1'000'000));
        Work second(queue, log, 'b', 2, TurnQueue::costOf(1'000'000));
        Work small(queue, log, 'c', 1);
        QVERIFY(queue.run());
        QCOMPARE(log, (QList<char>{'a'}));
        QVERIFY(queue.run());
        QCOMPARE(log, (QList<char>{'a', 'b'}));
        QVERIFY(queue.run());
        QCOMPARE(log, (QList<char>{'a', 'b', 'c', 'a'}));
        QVERIFY(queue.run());
        QVERIFY(!queue.run());
    }

    void whoIsDestroyed_hasLeft()
    {
        TurnQueue queue;
        QList<char> log;
        auto gone = std::make_unique<Work>(queue, log, 'a', 1);
        Work there(queue, log, 'b', 1);
        gone.reset();
        QVERIFY(queue.run());
        QCOMPARE(log, (QList<char>{'b'}));
    }

    void cost_data()
    {
        QTest::addColumn<qsizetype>("bytes");
        QTest::addColumn<int>("units");
        QTest::newRow("nothing") << qsizetype(0) << 1;
        QTest::newRow("a chat message") << qsizetype(511) << 1;
        QTest::newRow("half a kilobyte") << qsizetype(512) << 2;
        QTest::newRow("a turn") << qsizetype(130'560) << TurnQueue::unitsPerTurn;
    }
    void cost()
    {
        QFETCH(qsizetype, bytes);
        QFETCH(int, units);
        QCOMPARE(TurnQueue::costOf(bytes), units);
    }
};

QTEST_GUILESS_MAIN(TestTurnQueue)
#include "tst_turn_queue.moc"
