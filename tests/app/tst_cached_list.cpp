#include "app/ClientFacts.h"
#include "monitoring/CachedList.h"
#include "support/FakeClock.h"

#include <QtTest>

using namespace concierge;
using namespace concierge::app;
using namespace concierge::monitoring;
using concierge::test::FakeClock;

namespace {

using List = CachedList<ClientFacts, feed::ClientPage>;

ClientFacts client(int number, const char *address = "10.0.0.1")
{
    ClientFacts facts;
    facts.ref = {0, static_cast<quint64>(number)};
    facts.sid = SocketId("sid" + QByteArray::number(number));
    facts.address = QHostAddress(QLatin1String(address));
    facts.isWebSocket = number % 2 == 0;
    facts.queued = 1'000 - number;
    facts.chat.user = UserId("user" + QByteArray::number(number).rightJustified(6, '0'));
    facts.chat.status = number % 3 == 0 ? chat::Status::Idle : chat::Status::Online;
    facts.chat.since = Milliseconds(number);
    return facts;
}

std::vector<ClientFacts> clients(int count)
{
    std::vector<ClientFacts> rows;
    for (int i = 0; i < count; ++i)
        rows.push_back(client((i * 7'919) % count)); // in disorder
    return rows;
}

/// A list whose rows come when told to.
struct Fixture
{
    explicit Fixture(std::vector<ClientFacts> clientRows)
        : rows(std::move(clientRows))
        , list([this](auto done) { open.push_back(std::move(done)); },
               [](feed::ClientPage &page, const ClientFacts &facts) {
                   page.rows.append(facts.row(Milliseconds(0)));
               },
               clock)
    {}

    void ask(const feed::ListRequest &request)
    {
        list.request(request, [this](auto page) { pages.push_back(std::move(page)); });
    }
    void gathered()
    {
        const auto done = open.front();
        open.erase(open.begin());
        done(rows);
    }
    feed::ClientPage answer(const feed::ListRequest &request)
    {
        ask(request);
        if (!open.empty())
            gathered();
        return *pages.back();
    }

    std::vector<ClientFacts> rows;
    FakeClock clock;
    std::vector<std::function<void(List::Rows)>> open;
    std::vector<Result<feed::ClientPage, feed::ReplyError>> pages;
    List list;
};

} // namespace

class CachedListTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pages_ofOneOrder_coverAllRowsOnce()
    {
        Fixture fixture(clients(1'001));
        QStringList users;
        for (qint64 offset = 0; offset < 1'001; offset += 500) {
            const feed::ClientPage page = fixture.answer({offset, 500, QStringLiteral("user"), {}});
            QCOMPARE(page.total, qint64(1'001));
            for (const feed::ClientRow &row : page.rows)
                users << row.user;
        }
        QCOMPARE(users.size(), qsizetype(1'001));
        QStringList sorted = users;
        std::sort(sorted.begin(), sorted.end());
        QCOMPARE(users, sorted);
        QCOMPARE(sorted.removeDuplicates(), qsizetype(0));
        QVERIFY(fixture.answer({5'000, 500, {}, {}}).rows.isEmpty());
    }

    void column_sorts_bothWays_data()
    {
        QTest::addColumn<QString>("column");
        for (const auto &column : ClientFacts::columns())
            QTest::newRow(column.name) << QString::fromLatin1(column.name);
    }
    void column_sorts_bothWays()
    {
        QFETCH(QString, column);
        Fixture fixture({client(2, "10.0.0.9"), client(1, "10.0.0.10"), client(3, "9.0.0.1")});
        fixture.rows[0].chat.devices = 5;
        fixture.rows[1].chat.lastEvent = Milliseconds(9);
        const auto valueOf = [&column](const feed::ClientRow &row) {
            const QJsonValue value = fields::toJson(row).value(column);
            // Addresses by number, not by text.
            if (column == QLatin1String("address"))
                return QVariant(QHostAddress(value.toString()).toIPv4Address());
            return value.toVariant();
        };
        for (const bool isDescending : {false, true}) {
            const feed::ClientPage page =
                fixture.answer({0, 10, (isDescending ? QStringLiteral("-") : QString()) + column, {}});
            QCOMPARE(page.rows.size(), qsizetype(3));
            for (qsizetype i = 1; i < page.rows.size(); ++i) {
                const auto order = QVariant::compare(valueOf(page.rows[i - 1]), valueOf(page.rows[i]));
                QVERIFY(order != (isDescending ? QPartialOrdering::Less : QPartialOrdering::Greater));
            }
        }
    }

    void filter_looksIntoTextColumns_inAnyCase_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<int>("matched");
        QTest::newRow("user") << QStringLiteral("USER000003") << 1;
        QTest::newRow("sid") << QStringLiteral("Sid2") << 1;
        QTest::newRow("address") << QStringLiteral("10.0.0") << 4;
        QTest::newRow("transport") << QStringLiteral("polling") << 2;
        QTest::newRow("nothing") << QStringLiteral("zebra") << 0;
    }
    void filter_looksIntoTextColumns_inAnyCase()
    {
        QFETCH(QString, filter);
        QFETCH(int, matched);
        Fixture fixture({client(0), client(1), client(2), client(3)});
        const feed::ClientPage page = fixture.answer({0, 10, {}, filter});
        QCOMPARE(page.total, qint64(4));
        QCOMPARE(page.matched, qint64(matched));
        QCOMPARE(page.rows.size(), qsizetype(matched));
    }

    void unknownColumn_isABadRequest_thatNamesThem()
    {
        Fixture fixture({client(0)});
        fixture.ask({0, 10, QStringLiteral("-colour"), {}});
        fixture.gathered();
        QVERIFY(!fixture.pages.back());
        QCOMPARE(fixture.pages.back().error().code, QStringLiteral("bad_request"));
        QVERIFY(fixture.pages.back().error().message.contains(QStringLiteral("lastSeen")));
    }

    void rows_areGatheredOnce_forAllWhoAskMeanwhile_andForTwoSeconds()
    {
        Fixture fixture(clients(10));
        fixture.ask({});
        fixture.ask({});
        QCOMPARE(fixture.open.size(), std::size_t(1));
        fixture.gathered();
        QCOMPARE(fixture.pages.size(), std::size_t(2));
        fixture.clock.advance(Milliseconds(1'999));
        fixture.ask({});
        QCOMPARE(fixture.pages.size(), std::size_t(3)); // from what is there
        fixture.clock.advance(Milliseconds(1));
        fixture.ask({});
        QCOMPARE(fixture.open.size(), std::size_t(1));
        QCOMPARE(fixture.pages.size(), std::size_t(3));
    }

    void gathering_takesATenthOfTheTimeAtMost()
    {
        Fixture fixture(clients(10));
        fixture.ask({});
        fixture.clock.advance(Milliseconds(1'000));
        fixture.gathered();
        fixture.clock.advance(Milliseconds(8'999));
        fixture.ask({});
        QVERIFY(fixture.open.empty());
        fixture.clock.advance(Milliseconds(1));
        fixture.ask({});
        QCOMPARE(fixture.open.size(), std::size_t(1));
    }

    void invalidated_isGatheredAgain()
    {
        Fixture fixture(clients(10));
        fixture.answer({});
        fixture.list.invalidate();
        fixture.ask({});
        QCOMPARE(fixture.open.size(), std::size_t(1));
    }

    void invalidatedWhileGathering_isGatheredAgain()
    {
        Fixture fixture(clients(10));
        fixture.ask({});
        fixture.list.invalidate();
        fixture.gathered();
        QCOMPARE(fixture.pages.size(), std::size_t(1));
        fixture.ask({});
        QCOMPARE(fixture.open.size(), std::size_t(1));
        fixture.gathered();
        fixture.ask({});
        QVERIFY(fixture.open.empty());
    }

    void rows_areDroppedAMinuteAfterTheLastRequest()
    {
        Fixture fixture(clients(10));
        fixture.answer({});
        fixture.clock.advance(Milliseconds(59'999));
        fixture.list.tidy();
        QVERIFY(fixture.list.isKept());
        fixture.clock.advance(Milliseconds(1));
        fixture.list.tidy();
        QVERIFY(!fixture.list.isKept());
    }

    void fiftyThousand_areSortedAndFilteredInABlink()
    {
        Fixture fixture(clients(50'000));
        QElapsedTimer time;
        time.start();
        fixture.answer({0, 500, QStringLiteral("-user"), {}});
        qInfo() << "50,000 rows sorted in" << time.restart() << "ms";
        fixture.answer({40'000, 500, QStringLiteral("-user"), {}});
        qInfo() << "another page of them in" << time.restart() << "ms";
        fixture.answer({0, 500, QStringLiteral("address"), QStringLiteral("user0")});
        qInfo() << "filtered in" << time.elapsed() << "ms";
        QCOMPARE(fixture.pages.back()->matched, qint64(50'000));
    }
};

QTEST_GUILESS_MAIN(CachedListTest)
#include "tst_cached_list.moc"
