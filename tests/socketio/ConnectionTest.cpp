#include "ConnectionFixture.h"

#include <QSet>
#include <QTest>

#include <array>

using namespace concierge;
using namespace concierge::socketio;
using namespace concierge::test;
using transport::Frame;
using transport::FrameKind;
using transport::SendStatus;

/// What a session's packets do: joining and leaving namespaces, events, and what ends the session.
class ConnectionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connect_isAnsweredWithASocketId();
    void connect_socketIds_areUnique();
    void connect_auth_reachesTheHandler_data();
    void connect_auth_reachesTheHandler();
    void connect_namespace_isAnsweredThere_data();
    void connect_namespace_isAnsweredThere();
    void connect_unknownNamespace_isRefused_data();
    void connect_unknownNamespace_isRefused();
    void connect_refused_getsMessageAndData_data();
    void connect_refused_getsMessageAndData();
    void connect_afterRefusal_mayTryAgain();
    void connectReply_isWrittenBeforeWhatTheHandlerSends();
    void connectTimeout_withoutNamespace_closes();
    void connectTimeout_afterARefusal_closes();
    void connectTimeout_afterJoining_doesNothing();
    void connectTimeout_afterLeaving_doesNothing();
    void event_reachesTheHandler_data();
    void event_reachesTheHandler();
    void event_deep_reachesTheHandlerWithItsDepth_data();
    void event_deep_reachesTheHandlerWithItsDepth();
    void event_ackIdBeyond64Bits_isHandledWithoutAck();
    void event_binary_reachesTheHandlerWhole();
    void pipelinedBehindConnect_isHandledInOrder();
    void disconnectThenConnect_inOneRead_reconnects();
    void disconnect_byClient_leavesOneNamespaceOnly();
    void tolerated_keepsTheSession_data();
    void tolerated_keepsTheSession();
    void malformed_closesTheSession_data();
    void malformed_closesTheSession();
    void afterClosing_nothingIsHandled();
};

void ConnectionTest::connect_isAnsweredWithASocketId()
{
    ConnectionFixture fixture;
    fixture.session.receive("0");
    const QList<QByteArray> sent = fixture.session.takeSent();
    QCOMPARE(sent.size(), 1);
    const QByteArray sid = sidIn(sent.first());
    QCOMPARE(sent.first(), "40{\"sid\":\"" + sid + "\"}");
    QCOMPARE(sid.size(), 20);
    QVERIFY(sid != fixture.session.sid().utf8());
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"request {}", "connected {}"}));
    QCOMPARE(fixture.main.sockets.size(), 1);
    Socket &socket = *fixture.main.sockets.first();
    QCOMPARE(socket.id().utf8(), sid);
    QCOMPARE(socket.nsp(), QByteArray("/"));
    QVERIFY(socket.isConnected());
    QCOMPARE(&socket.handshake(), &fixture.session.request);
    QCOMPARE(fixture.main.lastHandshake, &fixture.session.request);
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::connect_socketIds_areUnique()
{
    ConnectionFixture fixture;
    QSet<QByteArray> ids;
    for (int i = 0; i < 200; ++i) {
        fixture.session.receive("0");
        ids.insert(sidIn(fixture.session.takeSent().first()));
        fixture.session.receive("1");
    }
    QCOMPARE(ids.size(), 200);
}

void ConnectionTest::connect_auth_reachesTheHandler_data()
{
    QTest::addColumn<QByteArray>("packet");
    QTest::addColumn<QByteArray>("auth");
    QTest::newRow("none") << QByteArray("0") << QByteArray("{}");
    QTest::newRow("empty") << QByteArray("0{}") << QByteArray("{}");
    QTest::newRow("token") << QByteArray(R"(0{"token":"123"})") << QByteArray(R"({"token":"123"})");
    QTest::newRow("explicit /") << QByteArray(R"(0/,{"token":"123"})") << QByteArray(R"({"token":"123"})");
    QTest::newRow("white space") << QByteArray("0 { \"a\" : 1 }\n") << QByteArray("{ \"a\" : 1 }");
}

void ConnectionTest::connect_auth_reachesTheHandler()
{
    QFETCH(QByteArray, packet);
    QFETCH(QByteArray, auth);
    ConnectionFixture fixture;
    fixture.session.receive(packet);
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"request " + auth, "connected " + auth}));
}

void ConnectionTest::connect_namespace_isAnsweredThere_data()
{
    QTest::addColumn<QByteArray>("packet");
    QTest::newRow("with comma") << QByteArray("0/custom,");
    QTest::newRow("without comma") << QByteArray("0/custom");
    QTest::newRow("with auth") << QByteArray("0/custom,{\"a\":1}");
}

void ConnectionTest::connect_namespace_isAnsweredThere()
{
    QFETCH(QByteArray, packet);
    ConnectionFixture fixture;
    fixture.session.receive(packet);
    const QList<QByteArray> sent = fixture.session.takeSent();
    QCOMPARE(sent, (QList<QByteArray>{"40/custom,{\"sid\":\"" + sidIn(sent.value(0)) + "\"}"}));
    QCOMPARE(fixture.custom.sockets.size(), 1);
    QCOMPARE(fixture.custom.sockets.first()->nsp(), QByteArray("/custom"));
    QVERIFY(fixture.main.log.isEmpty());
}

void ConnectionTest::connect_unknownNamespace_isRefused_data()
{
    QTest::addColumn<QByteArray>("nsp");
    QTest::newRow("unknown") << QByteArray("/x");
    QTest::newRow("longer") << QByteArray("/custom2");
    QTest::newRow("trailing slash") << QByteArray("/custom/");
    QTest::newRow("other case") << QByteArray("/Custom");
    QTest::newRow("with a query") << QByteArray("/custom?a=b"); // in protocol 5 a query is the transport's
}

void ConnectionTest::connect_unknownNamespace_isRefused()
{
    QFETCH(QByteArray, nsp);
    ConnectionFixture fixture;
    fixture.session.receive("0" + nsp + ",{}");
    QCOMPARE(fixture.session.takeSent(),
             (QList<QByteArray>{"44" + nsp + R"(,{"message":"Invalid namespace"})"}));
    QVERIFY(!fixture.session.closed);
    QVERIFY(fixture.main.log.isEmpty());
}

void ConnectionTest::connect_refused_getsMessageAndData_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QByteArray>("reply");
    QTest::newRow("message") << QByteArray("unauthorized") << QByteArray()
                             << QByteArray(R"(44{"message":"unauthorized"})");
    QTest::newRow("data") << QByteArray("no") << QByteArray(R"({"code":7})")
                          << QByteArray(R"(44{"message":"no","data":{"code":7}})");
    QTest::newRow("escapes") << QByteArray("say \"please\"") << QByteArray()
                             << QByteArray(R"(44{"message":"say \"please\""})");
}

void ConnectionTest::connect_refused_getsMessageAndData()
{
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, data);
    QFETCH(QByteArray, reply);
    ConnectionFixture fixture;
    fixture.main.decision = ConnectRefusal{message, data};
    fixture.session.receive("0");
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{reply}));
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"request {}"}));
    QCOMPARE(fixture.count(Counter::SocketsConnected), 0U);
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::connect_afterRefusal_mayTryAgain()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectRefusal{"no", {}};
    fixture.session.receive("0");
    fixture.main.decision = ConnectAcceptance();
    fixture.session.receive("0");
    QCOMPARE(fixture.main.sockets.size(), 1);
}

void ConnectionTest::connectReply_isWrittenBeforeWhatTheHandlerSends()
{
    ConnectionFixture fixture;
    fixture.main.connected = [](Socket &socket) { socket.emitEvent("hello", {}); };
    fixture.session.receive("0");
    const QList<QByteArray> sent = fixture.session.takeSent();
    QCOMPARE(sent.size(), 2);
    QVERIFY(sent[0].startsWith("40{"));
    QCOMPARE(sent[1], QByteArray(R"(42["hello"])"));
}

void ConnectionTest::connectTimeout_withoutNamespace_closes()
{
    ConnectionFixture fixture;
    fixture.clock.advance(Milliseconds(999));
    fixture.deadlines.advance();
    QVERIFY(!fixture.session.closed);
    fixture.clock.advance(Milliseconds(100));
    fixture.deadlines.advance();
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
}

void ConnectionTest::connectTimeout_afterARefusal_closes()
{
    ConnectionFixture fixture;
    fixture.session.receive("0/x,");
    fixture.clock.advance(Milliseconds(1100));
    fixture.deadlines.advance();
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
}

void ConnectionTest::connectTimeout_afterJoining_doesNothing()
{
    ConnectionFixture fixture;
    fixture.session.receive("0/custom,");
    fixture.clock.advance(Milliseconds(5000));
    fixture.deadlines.advance();
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::connectTimeout_afterLeaving_doesNothing()
{
    ConnectionFixture fixture;
    fixture.join();
    fixture.session.receive("1");
    fixture.clock.advance(Milliseconds(5000));
    fixture.deadlines.advance();
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::event_reachesTheHandler_data()
{
    QTest::addColumn<QByteArray>("packet");
    QTest::addColumn<QByteArray>("line");
    const auto row = [](const char *name, const QByteArray &packet, const QByteArray &line) {
        QTest::newRow(name) << packet << line;
    };
    row("name only", R"(2["a"])", "event a");
    row("arguments", R"(2["a",1.0,"x\u0041",{"b": [null]}])", R"(event a 1.0 "x\u0041" {"b": [null]})");
    row("ack id", R"(217["a",true])", "event a true #17");
    row("ack id 0", R"(20["a"])", "event a #0");
    row("escaped name", R"(2["\u0061\n"])", "event a\n");
    row("numeric name", "2[12.50,1]", "event 12.50 1");
    row("explicit /", R"(2/,1["a"])", "event a #1");
    row("empty name", R"(2["",1])", "event  1");
}

void ConnectionTest::event_reachesTheHandler()
{
    QFETCH(QByteArray, packet);
    QFETCH(QByteArray, line);
    ConnectionFixture fixture;
    fixture.join();
    fixture.session.receive(packet);
    QCOMPARE(fixture.main.takeLog(), QList<QByteArray>{line});
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::event_deep_reachesTheHandlerWithItsDepth_data()
{
    QTest::addColumn<int>("depth");
    for (const int depth : {2, 64, 1'023, 1'024, 1'025, 1'026, 10'000})
        QTest::newRow(qPrintable(QString::number(depth))) << depth;
}

void ConnectionTest::event_deep_reachesTheHandlerWithItsDepth()
{
    QFETCH(int, depth);
    ConnectionFixture fixture;
    fixture.join();
    QList<int> depths;
    fixture.main.event = [&](Socket &, const Event &event) { depths += event.depth; };
    const QByteArray deep = QByteArray(depth - 1, '[') + QByteArray(depth - 1, ']');
    fixture.session.receive("2[\"a\"," + deep + ']');
    fixture.session.receive("51-[\"b\"," + deep + ']');
    fixture.session.receiveBinary("x");
    QCOMPARE(depths, (QList<int>{depth, depth}));
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::event_ackIdBeyond64Bits_isHandledWithoutAck()
{
    ConnectionFixture fixture;
    fixture.join();
    fixture.session.receive(R"(218446744073709551615["a"])");
    fixture.session.receive(R"(218446744073709551616["b"])");
    fixture.session.receive("31" + QByteArray(30, '0') + "[]");
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"event a #18446744073709551615", "event b"}));
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::event_binary_reachesTheHandlerWhole()
{
    ConnectionFixture fixture;
    fixture.join();
    fixture.session.receive(R"(52-3["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])");
    QVERIFY(fixture.main.log.isEmpty());
    fixture.session.receiveBinary("one");
    QVERIFY(fixture.main.log.isEmpty());
    fixture.session.receiveBinary("two");
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{R"(event a {"_placeholder":true,"num":1} )"
                                                        R"({"_placeholder":true,"num":0} <one> <two> #3)"}));
}

void ConnectionTest::pipelinedBehindConnect_isHandledInOrder()
{
    ConnectionFixture fixture;
    for (const char *packet : {"0", R"(2["a"])", "0/custom,", R"(2["b"])", R"(2/custom,["c"])"})
        fixture.session.receive(packet);
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"request {}", "connected {}", "event a", "event b"}));
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"request {}", "connected {}", "event c"}));
}

void ConnectionTest::disconnectThenConnect_inOneRead_reconnects()
{
    ConnectionFixture fixture;
    const QByteArray first = fixture.join().id().utf8();
    fixture.session.receive("1");
    fixture.session.receive("0");
    QCOMPARE(fixture.main.takeLog(),
             (QList<QByteArray>{"disconnected client namespace disconnect", "request {}", "connected {}"}));
    const QList<QByteArray> sent = fixture.session.takeSent();
    QCOMPARE(sent.size(), 1);
    QVERIFY(!sidIn(sent.first()).isEmpty());
    QVERIFY(sidIn(sent.first()) != first);
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::disconnect_byClient_leavesOneNamespaceOnly()
{
    ConnectionFixture fixture;
    fixture.join();
    fixture.join("/custom");
    fixture.session.receive("1/custom,");
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"disconnected client namespace disconnect"}));
    QVERIFY(fixture.main.log.isEmpty());
    QVERIFY(fixture.session.takeSent().isEmpty());
    fixture.session.receive(R"(2["a"])");
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"event a"}));
    fixture.session.receive("1");
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::tolerated_keepsTheSession_data()
{
    QTest::addColumn<QByteArray>("packet");
    QTest::newRow("EVENT without payload") << QByteArray("2");
    QTest::newRow("EVENT without payload, with id") << QByteArray("21");
    QTest::newRow("ACK with an unknown id") << QByteArray("35[]");
    QTest::newRow("ACK with a large id") << QByteArray("318446744073709551615[]");
    QTest::newRow("ACK without id") << QByteArray("3[]");
    QTest::newRow("ACK without payload") << QByteArray("30");
    QTest::newRow("ACK without anything") << QByteArray("3");
}

void ConnectionTest::tolerated_keepsTheSession()
{
    QFETCH(QByteArray, packet);
    ConnectionFixture fixture;
    fixture.join();
    fixture.session.receive(packet);
    QVERIFY(!fixture.session.closed);
    QVERIFY(fixture.main.log.isEmpty());
    QVERIFY(fixture.session.takeSent().isEmpty());
    fixture.session.receive(R"(2["a"])");
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"event a"}));
}

void ConnectionTest::malformed_closesTheSession_data()
{
    // PROTOCOL.md, "Socket.IO 5": on a session that has joined `/`; "<…>" is binary.
    QTest::addColumn<QList<QByteArray>>("packets");
    const auto row = [](const char *name, const QList<QByteArray> &packets) {
        QTest::newRow(name) << packets;
    };
    row("empty", {""});
    row("unknown packet type", {"7"});
    row("letters", {"abc"});
    row("payload not matching the type", {R"(2{"a":1})"});
    row("EVENT array empty", {"2[]"});
    row("first element true", {"2[true]"});
    row("reserved event name", {R"(2["disconnecting"])"});
    row("bad JSON", {R"(2["a")"});
    row("second CONNECT", {"0"});
    row("second CONNECT, explicit /", {"0/,{}"});
    row("CONNECT_ERROR", {R"(4{"message":"x"})"});
    row("CONNECT_ERROR without payload", {"4"});
    row("CONNECT_ERROR for a namespace not joined", {"4/custom,{}"});
    row("EVENT for a namespace not joined", {R"(2/custom,["a"])"});
    row("EVENT without payload for a namespace not joined", {"2/custom,"});
    row("ACK for a namespace not joined", {"3/custom,1[]"});
    row("DISCONNECT for a namespace not joined", {"1/custom,"});
    row("DISCONNECT for an unknown namespace", {"1/x"});
    row("DISCONNECT twice", {"1", "1"});
    row("EVENT behind DISCONNECT", {"1", R"(2["a"])"});
    row("DISCONNECT with payload", {"1{}"});
    row("CONNECT payload not an object", {"0/custom,[]"});
    row("binary without header", {"<x>"});
    row("binary behind a complete packet", {R"(51-["a"])", "<x>", "<y>"});
    row("text inside an unfinished binary packet", {R"(51-["a"])", R"(2["b"])"});
    row("CONNECT inside an unfinished binary packet", {R"(51-["a"])", "0/custom,"});
    row("0 attachments", {R"(50-["a"])"});
    row("11 attachments", {R"(511-["a"])"});
    row("placeholder out of range", {R"(51-["a",{"_placeholder":true,"num":1}])"});
    row("binary event for a namespace not joined", {R"(51-/custom,["a"])", "<x>"});
}

void ConnectionTest::malformed_closesTheSession()
{
    QFETCH(QList<QByteArray>, packets);
    ConnectionFixture fixture;
    fixture.join();
    for (const QByteArray &packet : packets) {
        QVERIFY(!fixture.session.closed);
        if (packet.startsWith('<'))
            fixture.session.receiveBinary(packet.sliced(1).chopped(1));
        else
            fixture.session.receive(packet);
    }
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ParseError));
    QVERIFY(fixture.main.sockets.isEmpty());
    fixture.session.endTurn();
    QCOMPARE(fixture.main.log.count("disconnected parse error") +
                 fixture.main.log.count("disconnected client namespace disconnect"),
             1);
    QCOMPARE(fixture.count(Counter::SocketsClosed), 1U);
}

void ConnectionTest::afterClosing_nothingIsHandled()
{
    ConnectionFixture fixture;
    fixture.join();
    engineio::SessionListener &listener = *fixture.session.listener;
    listener.onSessionMessage(FrameKind::Text, "7");
    fixture.main.takeLog();
    listener.onSessionMessage(FrameKind::Text, "0");
    listener.onSessionMessage(FrameKind::Text, "2[\"a\"]");
    listener.onSessionMessage(FrameKind::Binary, "x");
    QVERIFY(fixture.main.log.isEmpty());
    QVERIFY(fixture.session.takeSent().isEmpty());
}

QTEST_APPLESS_MAIN(ConnectionTest)
#include "ConnectionTest.moc"
