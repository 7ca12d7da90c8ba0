#include "FakeFeed.h"
#include "FeedClient.h"
#include "MonitorTest.h"

#ifdef Q_OS_UNIX
#include <unistd.h>
#endif

using namespace concierge;
using namespace concierge::monitor;
using concierge::monitor::test::FakeFeed;
using concierge::monitor::test::patient;

namespace {

/// Everything that takes seconds takes milliseconds.
constexpr FeedTimes quick{std::chrono::milliseconds(150), std::chrono::milliseconds(10),
                          std::chrono::milliseconds(40), std::chrono::milliseconds(120)};

} // namespace

class TestFeedClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connect_withServer_isGreetedAndSubscribes()
    {
        FakeFeed server;
        server.hello.version = QStringLiteral("9.8.7");
        QVERIFY(server.listen());
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Connected);
        QCOMPARE(client.hello()->version, QStringLiteral("9.8.7"));
        QVERIFY(!client.isNewerServer());
        QTRY_COMPARE(server.count(QStringLiteral("subscribe")), 1);
        const QJsonArray topics = server.requests.front().value(QLatin1String("topics")).toArray();
        QVERIFY(topics.contains(QStringLiteral("snapshot")) && topics.contains(QStringLiteral("log")));
    }

    void connect_withoutServer_saysSoAndConnectsOnceItComes()
    {
        FakeFeed server;
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::NotRunning);
        QVERIFY(server.listen());
        QTRY_COMPARE(client.state(), FeedState::Connected);
    }

#ifdef Q_OS_UNIX
    void connect_withoutPermission_isDenied()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("feed.sock"));
        QLocalServer server;
        QVERIFY(server.listen(path));
        QVERIFY(QFile::setPermissions(path, QFileDevice::Permissions()));
        FeedClient client(path, patient);
        // Root may do everything, so it is nobody for as long as the connection is asked for.
        const bool isRoot = geteuid() == 0;
        QVERIFY(!isRoot || seteuid(65'534) == 0);
        client.start();
        const FeedState state = client.state();
        QVERIFY(!isRoot || seteuid(0) == 0);
        QCOMPARE(state, FeedState::Denied);
    }
#endif

    void lostConnection_isSaidAndMadeAgain()
    {
        FakeFeed server;
        QVERIFY(server.listen());
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Connected);
        server.close();
        QTRY_COMPARE(client.state(), FeedState::NotRunning);
        QVERIFY(server.listen());
        QTRY_COMPARE(client.state(), FeedState::Connected);
        QCOMPARE(server.connections, 2);
    }

    void silence_isStale_andFiguresEndIt()
    {
        FakeFeed server;
        QVERIFY(server.listen());
        FeedClient client(server.name(), quick);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Stale);
        server.send(test::healthySnapshot(1'000));
        QTRY_COMPARE(client.state(), FeedState::Connected);
        QCOMPARE(client.snapshot()->connections.now, 1'320);
    }

    void newerServer_isUnderstoodAsFarAsBothKnow()
    {
        FakeFeed server;
        server.hello.protocol = feed::protocol + 7;
        QVERIFY(server.listen());
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Connected);
        QVERIFY(client.isNewerServer());
        server.send(QByteArray("{\"type\":\"hologram\",\"of\":3}\n"));
        server.send(
            QByteArray("{\"type\":\"snapshot\",\"users\":{\"online\":4,\"asleep\":1},\"moods\":[]}\n"));
        QTRY_VERIFY(client.snapshot());
        QCOMPARE(client.snapshot()->users.online, 4);
        QCOMPARE(client.state(), FeedState::Connected);
    }

    void alertsOfAnotherVersion_areReadAsFarAsTheyAreKnown()
    {
        FakeFeed server;
        QVERIFY(server.listen());
        FeedClient client(server.name(), patient);
        QList<Alert> changes;
        connect(&client, &FeedClient::alertChanged, &client,
                [&](const feed::AlertChange &change) { changes.append(change.alert); });
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Connected);
        server.send(QByteArray(
            R"({"type":"snapshot","time":5,"alerts":[{"code":"a","text":"A.","values":{"free":"lots","total":7,"x":null}},)"
            R"({"code":3},"b",{"code":"c","values":[1]}]})"
            "\n"));
        QTRY_VERIFY(client.snapshot());
        QCOMPARE(client.state(), FeedState::Connected);
        QCOMPARE(client.snapshot()->time, 5);
        const QList<Alert> alerts = client.snapshot()->alerts;
        QCOMPARE(alerts.size(), 2);
        QCOMPARE(alerts[0].text, QStringLiteral("A."));
        QCOMPARE(alerts[0].values, (QMap<QString, double>{{QStringLiteral("total"), 7}}));
        QCOMPARE(alerts[1].code, QStringLiteral("c"));
        server.send(QByteArray(
            R"({"type":"alert","isActive":true,"alert":{"code":"d","values":{"free":"lots","total":7}}})"
            "\n"));
        QTRY_COMPARE(changes.size(), 1);
        QCOMPARE(changes[0].values, (QMap<QString, double>{{QStringLiteral("total"), 7}}));
    }

    void whatIsNoFeed_isIncompatible_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("not JSON") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
        QTest::newRow("an array") << QByteArray("[1]\n");
        QTest::newRow("no greeting first") << QByteArray("{\"type\":\"snapshot\"}\n");
        QTest::newRow("a greeting without a version") << QByteArray("{\"type\":\"hello\"}\n");
        QTest::newRow("a field of another type") << QByteArray("{\"type\":\"hello\",\"protocol\":\"one\"}\n");
        QTest::newRow("figures of another type")
            << QByteArray("{\"type\":\"hello\",\"protocol\":1}\n{\"type\":\"snapshot\",\"users\":7}\n");
    }
    void whatIsNoFeed_isIncompatible()
    {
        QFETCH(QByteArray, bytes);
        FakeFeed server;
        server.greets = false;
        QVERIFY(server.listen());
        connect(&server, &FakeFeed::connected, &server, [&] { server.send(bytes); });
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Incompatible);
        QVERIFY(!client.refusal().isEmpty());
    }

    void lineWithoutEnd_isIncompatibleAndNotKept()
    {
        FakeFeed server;
        QVERIFY(server.listen());
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Connected);
        server.send(QByteArray(feed::maxAnswerLine + 2, 'x'));
        QTRY_COMPARE_WITH_TIMEOUT(client.state(), FeedState::Incompatible, 20'000);
    }

    void lastWordOfTheServer_staysUntilItGreetsAgain()
    {
        FakeFeed server;
        server.greets = false;
        QVERIFY(server.listen());
        connect(&server, &FakeFeed::connected, &server, [&] {
            if (server.connections > 1)
                return;
            server.send(
                feed::errorLine({QStringLiteral("too_many_monitors"), QStringLiteral("16 are enough")}));
        });
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Refused);
        QCOMPARE(client.refusal(), QStringLiteral("16 are enough"));
        server.greets = true;
        server.drop();
        QTRY_COMPARE(client.state(), FeedState::Connected);
        QVERIFY(client.refusal().isEmpty());
    }

    void oneLookAtAFullServer_isNoConnection()
    {
        FakeFeed server;
        server.hello.isFull = true;
        QVERIFY(server.listen());
        connect(&server, &FakeFeed::connected, &server, [&] {
            server.send(test::healthySnapshot(5));
            server.send(
                feed::errorLine({QStringLiteral("too_many_monitors"), QStringLiteral("16 are enough")}));
        });
        FeedClient client(server.name(), patient);
        QList<FeedState> seen;
        connect(&client, &FeedClient::stateChanged, &client, [&] { seen.append(client.state()); });
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Refused);
        for (const int next : {2, 3}) {
            server.drop();
            QTRY_COMPARE(server.connections, next);
        }
        QCOMPARE(seen, QList<FeedState>{FeedState::Refused});
        QVERIFY(!client.snapshot() && server.requests.empty());
        QCOMPARE(client.refusal(), QStringLiteral("16 are enough"));
    }

    void request_isAnsweredByItsId()
    {
        FakeFeed server;
        server.answer = [](const QJsonObject &request) -> std::optional<QByteArray> {
            const QJsonValue id = request.value(QLatin1String("id"));
            if (request.value(QLatin1String("type")).toString() == QLatin1String("drain"))
                return feed::errorReplyLine(id, {QStringLiteral("busy"), QStringLiteral("later")});
            return feed::replyLine(id, {{QStringLiteral("bytes"), 12}});
        };
        QVERIFY(server.listen());
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Connected);
        int bytes = 0;
        QString code;
        client.request(QLatin1String("backup"), {}, this, [&](const FeedClient::Reply &reply) {
            bytes = reply ? reply.value().value(QLatin1String("bytes")).toInt() : -1;
        });
        client.request(QLatin1String("drain"), {}, this, [&](const FeedClient::Reply &reply) {
            code = reply ? QString() : reply.error().code;
        });
        QTRY_COMPARE(bytes, 12);
        QTRY_COMPARE(code, QStringLiteral("busy"));
    }

    void request_thatNobodyAnswers_failsByTimeOut()
    {
        FakeFeed server;
        QVERIFY(server.listen());
        FeedClient client(server.name(), quick);
        client.start();
        QTRY_VERIFY(client.hello());
        QString code;
        client.request(QLatin1String("history"), {}, this, [&](const FeedClient::Reply &reply) {
            code = reply ? QString() : reply.error().code;
        });
        QTRY_COMPARE(code, QStringLiteral("timeout"));
    }

    void request_failsAtOnceWithoutServer_andWithALostOne()
    {
        FakeFeed server;
        FeedClient client(server.name(), patient);
        QStringList codes;
        const auto note = [&](const FeedClient::Reply &reply) {
            codes.append(reply ? QStringLiteral("ok") : reply.error().code);
        };
        client.request(QLatin1String("drain"), {}, this, note);
        QCOMPARE(codes, QStringList(QStringLiteral("disconnected")));
        QVERIFY(server.listen());
        client.start();
        QTRY_COMPARE(client.state(), FeedState::Connected);
        client.request(QLatin1String("drain"), {}, this, note);
        QTRY_COMPARE(server.count(QStringLiteral("drain")), 1);
        server.close();
        QTRY_COMPARE(codes.size(), 2);
        QCOMPARE(codes.constLast(), QStringLiteral("disconnected"));
    }

    void requests_areBounded_andGoneContextsHearNothing()
    {
        FakeFeed server;
        QVERIFY(server.listen());
        FeedClient client(server.name(), patient);
        client.start();
        QTRY_COMPARE(server.count(QStringLiteral("subscribe")), 1);
        int called = 0;
        int refused = 0;
        auto context = std::make_unique<QObject>();
        for (int index = 0; index < FeedClient::maxRequests + 5; ++index)
            client.request(QLatin1String("history"), {}, context.get(), [&](const FeedClient::Reply &reply) {
                ++called;
                refused += !reply && reply.error().code == QLatin1String("busy");
            });
        // One place is the subscription's, which has no answer yet either.
        QCOMPARE(refused, 6);
        context.reset();
        server.close();
        QTRY_COMPARE(client.state(), FeedState::NotRunning);
        QCOMPARE(called, refused);
    }
};

CONCIERGE_MONITOR_TEST(TestFeedClient)
#include "tst_feed_client.moc"
