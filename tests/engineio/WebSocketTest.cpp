#include "EngineFixture.h"

using namespace concierge;
using namespace concierge::test;
using metrics::Counter;
using namespace std::chrono_literals;

/// Sessions over WebSocket, and the move from polling to it.
class WebSocketTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handshake_sendsExactlyTheOpenPacket();
    void messages_goBothWays();
    void messages_thatCameEarly_reachTheListener();
    void message_base64Text_isBinary();
    void message_malformed_closes_data();
    void message_malformed_closes();
    void closePacket_closesAtOnce();
    void peerGone_closes();
    void closeHandshakeUnanswered_isCutOff();
    void messageAfterClose_isIgnored();

    void upgrade_complete_movesTheSession();
    void upgrade_packetsOfTheTurn_goWithTheGet();
    void upgrade_nothingIsLostOrReordered();
    void upgrade_getAfterTheProbe_isLetGoAtOnce();
    void upgrade_getStillWaiting_isLetGo_andItsPacketsMove();
    void upgrade_probeTwice_isAnsweredTwice();
    void upgrade_otherPacket_abandons_data();
    void upgrade_otherPacket_abandons();
    void upgrade_timeout_abandons_andMayBeTriedAgain();
    void upgrade_webSocketGone_staysOnPolling();
    void upgrade_secondWebSocket_isClosed();
    void upgrade_afterUpgrade_webSocketIsClosed_andGetIsBadRequest();
    void upgrade_sessionEndsMeanwhile_closesTheProbe();
    void upgrade_sessionGoneBetweenCheckAndOpen_closes();
    void upgrade_packetsThatCameEarly_count();
    void upgrade_getPipelinedBehindTheLastOne_isBadRequest();
};

void WebSocketTest::handshake_sendsExactlyTheOpenPacket()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    QCOMPARE(socket->sent.size(), 1);
    QCOMPARE(socket->sent.front().kind, FrameKind::Text);
    const QByteArray sid = EngineFixture::sidIn(socket->texts().front());
    QCOMPARE(sid.size(), 20);
    QCOMPARE(socket->texts().front(), "0{\"sid\":\"" + sid +
                                          "\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
                                          "\"maxPayload\":1000000}");
    QVERIFY(fixture.logs.front()->session->isWebSocket());
}

void WebSocketTest::messages_goBothWays()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    socket->receiveText("4hello");
    socket->receiveText("4");
    socket->receive({FrameKind::Binary, "\x01\x02"});
    QCOMPARE(fixture.logs.front()->texts(), (QList<QByteArray>{"hello", "", "<binary>\x01\x02"}));

    const std::array frames{Frame{FrameKind::Text, "4world"}, Frame{FrameKind::Binary, "\x03"}};
    QCOMPARE(fixture.logs.front()->session->send(frames), SendStatus::Sent);
    QCOMPARE(socket->texts().mid(1),
             (QList<QByteArray>{"4world", "<binary>\x03"})); // at once, not at the turn's end
}

void WebSocketTest::messages_thatCameEarly_reachTheListener()
{
    EngineFixture fixture;
    const auto socket = fixture.connect("/socket.io/?EIO=4&transport=websocket",
                                        {{FrameKind::Text, "4one"}, {FrameKind::Text, "4two"}});
    QCOMPARE(fixture.logs.front()->texts(), (QList<QByteArray>{"one", "two"}));

    fixture.onOpened = [](engineio::Session &session) { session.close(); };
    fixture.connect("/socket.io/?EIO=4&transport=websocket", {{FrameKind::Text, "4one"}});
    fixture.turn();
    QVERIFY(fixture.logs.back()->messages.isEmpty());
}

void WebSocketTest::message_base64Text_isBinary()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    socket->receiveText("bAQIDBA==");
    QCOMPARE(fixture.logs.front()->texts(), QList<QByteArray>{"<binary>\x01\x02\x03\x04"});
}

void WebSocketTest::message_malformed_closes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("reason");
    QTest::newRow("letters") << QByteArray("abc") << QByteArray("parse error");
    QTest::newRow("empty") << QByteArray() << QByteArray("parse error");
    QTest::newRow("bad base64") << QByteArray("b*") << QByteArray("parse error");
    QTest::newRow("ping, wrong direction") << QByteArray("2") << QByteArray("transport error");
    QTest::newRow("open, wrong direction") << QByteArray("0") << QByteArray("transport error");
    QTest::newRow("noop, wrong direction") << QByteArray("6") << QByteArray("transport error");
}

void WebSocketTest::message_malformed_closes()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, reason);
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    socket->receiveText(text);
    socket->receiveText("4late");
    QVERIFY(fixture.logs.front()->closes.isEmpty());
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{reason});
    QVERIFY(fixture.logs.front()->messages.isEmpty());
    QVERIFY(socket->isClosing);
    QVERIFY(!socket->closeCode);
    QCOMPARE(socket->sent.size(), 1);
    QVERIFY(!socket->isDestroyed);
    socket->disconnect();
    fixture.turn();
    QVERIFY(socket->isDestroyed);
}

void WebSocketTest::closePacket_closesAtOnce()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    socket->receiveText("1");
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport close"});
    QVERIFY(socket->isClosing);
    QCOMPARE(fixture.engine->sessionCount(), 0);
}

void WebSocketTest::peerGone_closes()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    socket->disconnect();
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport close"});
    QVERIFY(socket->isDestroyed);
}

void WebSocketTest::closeHandshakeUnanswered_isCutOff()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    fixture.logs.front()->session->close();
    fixture.turn();
    fixture.wait(29'900ms);
    QVERIFY(!socket->isDestroyed);
    fixture.wait(200ms);
    QVERIFY(socket->isDestroyed);
}

void WebSocketTest::messageAfterClose_isIgnored()
{
    EngineFixture fixture;
    const auto socket = fixture.openWebSocket();
    fixture.logs.front()->session->close();
    socket->receiveText("4late");
    socket->receive({FrameKind::Binary, "late"});
    fixture.turn();
    socket->receiveText("4later");
    fixture.turn();
    QVERIFY(fixture.logs.front()->messages.isEmpty());
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"forced close"});
}

void WebSocketTest::upgrade_complete_movesTheSession()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    const auto socket = fixture.probe(sid);
    QVERIFY(socket->sent.isEmpty());
    socket->receiveText("2probe");
    fixture.turn();
    QCOMPARE(socket->texts(), QList<QByteArray>{"3probe"});
    QCOMPARE(poll->body(), QByteArray("6"));
    QVERIFY(!fixture.logs.front()->session->isWebSocket());
    socket->receiveText("5");
    QVERIFY(fixture.logs.front()->session->isWebSocket());
    QCOMPARE(fixture.count(Counter::SessionsUpgraded), 1U);

    socket->receiveText("4hello");
    QCOMPARE(fixture.logs.front()->texts(), QList<QByteArray>{"hello"});
    EngineFixture::sendText(*fixture.logs.front()->session, "world");
    QCOMPARE(socket->texts().back(), QByteArray("4world"));
    fixture.wait(11'000ms); // the upgrade's time-out is off
    QVERIFY(!socket->isClosing);
    QCOMPARE(fixture.logs.size(), 1U);
    QCOMPARE(fixture.engine->sessionCount(), 1);
}

void WebSocketTest::upgrade_packetsOfTheTurn_goWithTheGet()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    EngineFixture::sendText(*fixture.logs.front()->session, "one");
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4one"));
}

void WebSocketTest::upgrade_nothingIsLostOrReordered()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    auto &session = *fixture.logs.front()->session;
    QByteArray seen;
    const auto poll = fixture.get(sid);
    const auto socket = fixture.probe(sid);
    EngineFixture::sendText(session, "one");
    fixture.turn();
    seen += poll->body();
    EngineFixture::sendText(session, "two"); // no GET waits
    socket->receiveText("2probe");
    const std::array binary{Frame{FrameKind::Text, "4three"}, Frame{FrameKind::Binary, "\x03"}};
    session.send(binary);
    fixture.turn();
    fixture.post(sid, "4from polling"); // the client may still post
    socket->receiveText("5");
    EngineFixture::sendText(session, "four");
    socket->receiveText("4from websocket");
    fixture.turn();
    QCOMPARE(seen, QByteArray("4one"));
    QCOMPARE(socket->texts(), (QList<QByteArray>{"3probe", "4two", "4three", "<binary>\x03", "4four"}));
    QCOMPARE(fixture.logs.front()->texts(), (QList<QByteArray>{"from polling", "from websocket"}));
}

void WebSocketTest::upgrade_getAfterTheProbe_isLetGoAtOnce()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    fixture.turn();
    const auto poll = fixture.get(sid);
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("6"));
}

void WebSocketTest::upgrade_getStillWaiting_isLetGo_andItsPacketsMove()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    EngineFixture::sendText(*fixture.logs.front()->session, "one");
    socket->receiveText("5"); // in the same turn
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("6"));
    QCOMPARE(socket->texts(), (QList<QByteArray>{"3probe", "4one"}));
}

void WebSocketTest::upgrade_probeTwice_isAnsweredTwice()
{
    EngineFixture fixture;
    const auto socket = fixture.probe(fixture.openPolling());
    socket->receiveText("2probe");
    socket->receiveText("2probe");
    QCOMPARE(socket->texts(), (QList<QByteArray>{"3probe", "3probe"}));
    QVERIFY(!socket->isClosing);
}

void WebSocketTest::upgrade_otherPacket_abandons_data()
{
    QTest::addColumn<bool>("isProbed");
    QTest::addColumn<Frame>("frame");
    const auto text = [](const char *bytes) { return Frame{FrameKind::Text, bytes}; };
    QTest::newRow("upgrade without probe") << false << text("5");
    QTest::newRow("message first") << false << text("4hello");
    QTest::newRow("ping without probe") << false << text("2");
    QTest::newRow("malformed first") << false << text("abc");
    QTest::newRow("empty first") << false << text("");
    QTest::newRow("binary first") << false << Frame{FrameKind::Binary, "2probe"};
    QTest::newRow("message after probe") << true << text("4hello");
    QTest::newRow("pong after probe") << true << text("3");
    QTest::newRow("close after probe") << true << text("1");
    QTest::newRow("upgrade with data") << true << text("5x");
    QTest::newRow("binary after probe") << true << Frame{FrameKind::Binary, "5"};
}

void WebSocketTest::upgrade_otherPacket_abandons()
{
    QFETCH(bool, isProbed);
    QFETCH(Frame, frame);
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto socket = fixture.probe(sid);
    if (isProbed)
        socket->receiveText("2probe");
    socket->receive(frame);
    socket->receiveText("4late");
    fixture.turn();
    QVERIFY(socket->isClosing);
    QVERIFY(fixture.logs.front()->messages.isEmpty());
    QVERIFY(fixture.logs.front()->closes.isEmpty());

    // Polling goes on, and waits again.
    const auto poll = fixture.get(sid);
    fixture.turn();
    QVERIFY(!poll->isAnswered());
    EngineFixture::sendText(*fixture.logs.front()->session, "still here");
    fixture.turn();
    QCOMPARE(poll->body(), QByteArray("4still here"));
    QCOMPARE(fixture.count(Counter::SessionsUpgraded), 0U);
}

void WebSocketTest::upgrade_timeout_abandons_andMayBeTriedAgain()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    fixture.wait(9'950ms);
    QVERIFY(!socket->isClosing);
    fixture.wait(100ms);
    QVERIFY(socket->isClosing);
    QVERIFY(fixture.logs.front()->closes.isEmpty());
    const auto again = fixture.probe(sid);
    again->receiveText("2probe");
    again->receiveText("5");
    QVERIFY(fixture.logs.front()->session->isWebSocket());
    QVERIFY(!again->isClosing);
}

void WebSocketTest::upgrade_webSocketGone_staysOnPolling()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    socket->disconnect();
    fixture.turn();
    QVERIFY(socket->isDestroyed);
    QVERIFY(fixture.logs.front()->closes.isEmpty());
    const auto poll = fixture.get(sid);
    fixture.turn();
    QVERIFY(!poll->isAnswered());
    fixture.wait(11'000ms);
    QVERIFY(fixture.logs.front()->closes.isEmpty());
}

void WebSocketTest::upgrade_secondWebSocket_isClosed()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto first = fixture.probe(sid);
    const auto second = fixture.probe(sid);
    QVERIFY(second->isClosing);
    QVERIFY(!first->isClosing);
    first->receiveText("2probe");
    first->receiveText("5");
    QVERIFY(fixture.logs.front()->session->isWebSocket());
}

void WebSocketTest::upgrade_afterUpgrade_webSocketIsClosed_andGetIsBadRequest()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto first = fixture.probe(sid);
    first->receiveText("2probe");
    first->receiveText("5");
    const auto second = fixture.probe(sid);
    QVERIFY(second);
    QVERIFY(second->isClosing);
    QCOMPARE(fixture.get(sid)->body(), badRequest);
    QCOMPARE(fixture.post(sid, "4hello")->body(), badRequest);
    fixture.turn();
    first->receiveText("4hello");
    QCOMPARE(fixture.logs.front()->texts(), QList<QByteArray>{"hello"});
    QVERIFY(fixture.logs.front()->closes.isEmpty());
}

void WebSocketTest::upgrade_sessionEndsMeanwhile_closesTheProbe()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    fixture.post(sid, "1");
    fixture.turn();
    QVERIFY(socket->isClosing);
    socket->receiveText("5");
    socket->disconnect();
    fixture.turn();
    QCOMPARE(fixture.logs.front()->closes, QList<QByteArray>{"transport close"});
}

void WebSocketTest::upgrade_sessionGoneBetweenCheckAndOpen_closes()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto upgrade = makeRequest("GET", "/socket.io/?EIO=4&transport=websocket&sid=" + sid);
    QVERIFY(!fixture.engine->onUpgradeRequest(upgrade));
    fixture.post(sid, "1");
    fixture.turn();
    auto log = std::make_shared<WebSocketLog>();
    fixture.engine->onWebSocket(upgrade, std::make_unique<FakeWebSocket>(log));
    QVERIFY(log->isClosing);
}

void WebSocketTest::upgrade_packetsThatCameEarly_count()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto wrong = fixture.probe(sid, {{FrameKind::Text, "4hello"}, {FrameKind::Text, "2probe"}});
    QVERIFY(wrong->isClosing);
    QVERIFY(wrong->sent.isEmpty());
    QVERIFY(!fixture.logs.front()->session->isWebSocket());

    const auto socket = fixture.probe(
        sid, {{FrameKind::Text, "2probe"}, {FrameKind::Text, "5"}, {FrameKind::Text, "4hello"}});
    QVERIFY(fixture.logs.front()->session->isWebSocket());
    QCOMPARE(fixture.logs.front()->texts(), QList<QByteArray>{"hello"});
    fixture.wait(11'000ms);
    QVERIFY(!socket->isClosing);
}

void WebSocketTest::upgrade_getPipelinedBehindTheLastOne_isBadRequest()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = fixture.get(sid);
    EngineFixture::Exchange pipelined;
    poll->onAnswered = [&fixture, &pipelined, &sid] {
        pipelined = fixture.get(sid);
        EngineFixture::sendText(*fixture.logs.front()->session, "two");
    };
    const auto socket = fixture.probe(sid);
    socket->receiveText("2probe");
    EngineFixture::sendText(*fixture.logs.front()->session, "one");
    socket->receiveText("5");
    fixture.turn();
    QCOMPARE(pipelined->body(), badRequest);
    QCOMPARE(socket->texts(), (QList<QByteArray>{"3probe", "4one", "4two"}));
}

QTEST_APPLESS_MAIN(WebSocketTest)
#include "WebSocketTest.moc"
