#include "EngineFixture.h"

using namespace concierge;
using namespace concierge::test;
using metrics::Counter;
using namespace std::chrono_literals;

/// How sessions live on and end: heartbeat, close from above, drain.
class LifetimeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void heartbeat_pongInTime_goesOn_data();
    void heartbeat_pongInTime_goesOn();
    void heartbeat_noPong_isPingTimeout();
    void heartbeat_otherPackets_areNoPong();
    void heartbeat_pongUnasked_doesNotDelayThePing();
    void heartbeat_polling_pingTimeoutAnswersTheGet();
    void heartbeat_polling_pingWithoutGet_isKept();
    void heartbeat_acrossTheUpgrade_goesOn();

    void close_webSocket_sendsCloseAndFlushes();
    void close_polling_getWaiting_getsEverything_thenClose();
    void close_polling_noGet_nextGetGetsIt();
    void close_polling_getOfTheSameTurn_getsIt();
    void close_polling_noGetWithin30Seconds_isGone();
    void close_polling_whileWaiting_postIsOkAndIgnored();
    void close_duringUpgrade_goesOverTheWebSocket();
    void close_twice_firstReasonStays();
    void close_isNotToldFromWithin();

    void drain_closesEverySession_andRefusesHandshakes();
    void refuseHandshakes_sessionsGoOn();
};

void LifetimeTest::heartbeat_pongInTime_goesOn_data()
{
    QTest::addColumn<int>("rounds");
    QTest::newRow("one") << 1;
    QTest::newRow("many") << 5;
}

void LifetimeTest::heartbeat_pongInTime_goesOn()
{
    QFETCH(int, rounds);
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    for (int round = 0; round < rounds; ++round) {
        fixture.wait(24'900ms);
        QCOMPARE(socket->texts().count("2"), round);
        fixture.wait(150ms);
        QCOMPARE(socket->texts().count("2"), round + 1);
        fixture.wait(19'900ms);
        socket->receiveText("3");
    }
    QVERIFY(fixture.logs.front()->closes.isEmpty());
    QVERIFY(fixture.logs.front()->messages.isEmpty());
}

void LifetimeTest::heartbeat_noPong_isPingTimeout()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    fixture.wait(25'020ms);
    QCOMPARE(socket->texts().back(), QByteArray("2"));
    fixture.wait(19'900ms);
    QVERIFY(fixture.logs.front()->closes.isEmpty());
    fixture.wait(150ms);
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"ping timeout"});
    QVERIFY(socket->isClosing);
    QCOMPARE(fixture.engine->sessionCount(), 0);
}

void LifetimeTest::heartbeat_otherPackets_areNoPong()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    fixture.wait(25'020ms);
    for (int i = 0; i < 20; ++i) {
        socket->receiveText("4still here");
        fixture.wait(1'010ms);
    }
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"ping timeout"});
}

void LifetimeTest::heartbeat_pongUnasked_doesNotDelayThePing()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    fixture.wait(20'000ms);
    socket->receiveText("3");
    fixture.wait(5'050ms);
    QCOMPARE(socket->texts().back(), QByteArray("2"));
}

void LifetimeTest::heartbeat_polling_pingTimeoutAnswersTheGet()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto first = fixture.get(sid);
    fixture.wait(25'020ms);
    QCOMPARE(first->body(), QByteArray("2"));
    const auto second = fixture.get(sid);
    fixture.wait(20'020ms);
    QCOMPARE(second->body(), QByteArray("1"));
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"ping timeout"});
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
}

void LifetimeTest::heartbeat_polling_pingWithoutGet_isKept()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    fixture.wait(30'000ms);
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("2"));
    fixture.post(sid, "3");
    fixture.wait(20'000ms);
    QVERIFY(fixture.logs.front()->closes.isEmpty());
}

void LifetimeTest::heartbeat_acrossTheUpgrade_goesOn()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    fixture.wait(24'000ms);
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    fixture.wait(2'000ms); // the ping falls between
    socket->receiveText("5");
    QCOMPARE(socket->texts(), (QList<QByteArray>{"3probe", "2"}));
    socket->receiveText("3");
    fixture.wait(24'900ms);
    QCOMPARE(socket->texts().count("2"), 1);
    fixture.wait(200ms);
    QCOMPARE(socket->texts().count("2"), 2);
    fixture.wait(20'050ms);
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"ping timeout"});
}

void LifetimeTest::close_webSocket_sendsCloseAndFlushes()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    auto &session = *fixture.logs.front()->session;
    EngineFixture::sendText(session, "bye");
    session.close();
    fixture.turn();
    QCOMPARE(socket->texts().mid(1), (QList<QByteArray>{"4bye", "1"}));
    QVERIFY(socket->isClosing);
    QVERIFY(!socket->closeCode);
    QVERIFY(!socket->isDestroyed);
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"forced close"});
}

void LifetimeTest::close_polling_getWaiting_getsEverything_thenClose()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto &session = *fixture.logs.front()->session;
    const auto poll = fixture.get(sid);
    EngineFixture::sendText(session, "bye");
    session.close();
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4bye")); // the official client would lose it together with `1`
    QCOMPARE(fixture.engine->sessionCount(), 1);
    const auto last = fixture.get(sid);
    fixture.turn();
    QCOMPARE(last->body(), QByteArray("1"));
    QCOMPARE(fixture.engine->sessionCount(), 0);
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
}

void LifetimeTest::close_polling_noGet_nextGetGetsIt()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto &session = *fixture.logs.front()->session;
    EngineFixture::sendText(session, "bye");
    session.close();
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes,
             QList<QByteArray>{"forced close"}); // the layer above does not wait
    QCOMPARE(fixture.engine->sessionCount(), 1);
    fixture.wait(29'000ms);
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4bye"));
    const auto last = fixture.get(sid);
    fixture.turn();
    QCOMPARE(last->body(), QByteArray("1"));
    QCOMPARE(fixture.engine->sessionCount(), 0);
    QCOMPARE(fixture.logs.front()->closes.size(), 1);
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
    QCOMPARE(fixture.count(Counter::SessionsClosed), 1U);
}

void LifetimeTest::close_polling_getOfTheSameTurn_getsIt()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    fixture.logs.front()->session->close();
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("1"));
    QCOMPARE(fixture.engine->sessionCount(), 0);
}

void LifetimeTest::close_polling_noGetWithin30Seconds_isGone()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    fixture.logs.front()->session->close();
    fixture.wait(30'050ms);
    QCOMPARE(fixture.engine->sessionCount(), 0);
    QCOMPARE(fixture.get(sid)->body(), unknownSid);
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"forced close"});
}

void LifetimeTest::close_polling_whileWaiting_postIsOkAndIgnored()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    fixture.logs.front()->session->close();
    fixture.turn();
    QCOMPARE(fixture.post(sid, "4late")->body(), QByteArray("ok"));
    QCOMPARE(fixture.post(sid, "3")->body(), QByteArray("ok"));
    fixture.turn();
    QVERIFY(fixture.logs.front()->messages.isEmpty());
    QCOMPARE(fixture.engine->sessionCount(), 1);
    QCOMPARE(fixture.post(sid, "1")->body(), QByteArray("ok"));
    fixture.turn();
    QCOMPARE(fixture.engine->sessionCount(), 0);
}

void LifetimeTest::close_duringUpgrade_goesOverTheWebSocket()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto &session = *fixture.logs.front()->session;
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    EngineFixture::sendText(session, "bye");
    session.close();
    fixture.turn();
    socket->receiveText("5"); // the client will not poll again
    fixture.turn();
    QCOMPARE(socket->texts(), (QList<QByteArray>{"3probe", "4bye", "1"}));
    QVERIFY(socket->isClosing);
    QCOMPARE(fixture.engine->sessionCount(), 0);
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"forced close"});
}

void LifetimeTest::close_twice_firstReasonStays()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    auto &session = *fixture.logs.front()->session;
    session.close(CloseReason::ParseError);
    session.close(CloseReason::ForcedClose);
    socket->disconnect();
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"parse error"});
}

void LifetimeTest::close_isNotToldFromWithin()
{
    EngineFixture fixture;
    fixture.openWebSocket();
    const auto log = fixture.logs.front();
    log->session->close();
    QVERIFY(log->closes.isEmpty());
    QVERIFY(log->session);
    fixture.turn();
    QCOMPARE(log->closes.size(), 1);
    QVERIFY(!log->session);
    fixture.turn();
    QCOMPARE(log->closes.size(), 1);
}

void LifetimeTest::drain_closesEverySession_andRefusesHandshakes()
{
    EngineFixture fixture;
    const QByteArray waiting = fixture.openPolling();
    const auto poll = fixture.get(waiting);
    const QByteArray between = fixture.openPolling();
    const auto socket = fixture.openWebSocket();
    fixture.engine->drain();
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("1"));
    QCOMPARE(socket->texts().back(), QByteArray("1"));
    QVERIFY(socket->isClosing);
    for (const auto &log : fixture.logs)
        QCOMPARE(log->closes, QList<QByteArray>{"server shutting down"});
    QCOMPARE(fixture.engine->sessionCount(), 1);
    const auto late = fixture.get(between);
    fixture.turn();
    QCOMPARE(late->body(), QByteArray("1"));
    QCOMPARE(fixture.engine->sessionCount(), 0);

    const auto handshake = fixture.request(makeRequest("GET", "/socket.io/?EIO=4&transport=polling"));
    QCOMPARE(handshake->status(), 503);
    QVERIFY(handshake->header("Retry-After").toInt() > 0);
    const auto upgrade =
        fixture.engine->onUpgradeRequest(makeRequest("GET", "/socket.io/?EIO=4&transport=websocket"));
    QVERIFY(upgrade);
    QCOMPARE(upgrade->status, 503);
    // One whose handshake was accepted just before.
    auto log = std::make_shared<WebSocketLog>();
    fixture.engine->onWebSocket(makeRequest("GET", "/socket.io/?EIO=4&transport=websocket"),
                                std::make_unique<FakeWebSocket>(log));
    QVERIFY(log->isClosing);
    QCOMPARE(fixture.logs.size(), 3U);
}

void LifetimeTest::refuseHandshakes_sessionsGoOn()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    fixture.engine->refuseHandshakes();
    const auto handshake = fixture.request(makeRequest("GET", "/socket.io/?EIO=4&transport=polling"));
    QCOMPARE(handshake->status(), 503);
    QCOMPARE(fixture.openWebSocket(), nullptr);
    EngineFixture::sendText(*fixture.logs.front()->session, "still here");
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4still here"));
    QVERIFY(fixture.logs.front()->closes.isEmpty());
}

QTEST_APPLESS_MAIN(LifetimeTest)
#include "LifetimeTest.moc"
