#include "socketio/Json.h"
#include "socketio/Server.h"
#include "support/FakeClock.h"
#include "support/FakeSession.h"

#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include <array>
#include <functional>

using namespace concierge;
using namespace concierge::socketio;
using engineio::CloseReason;
using metrics::Counter;
using transport::Frame;
using transport::FrameKind;
using transport::SendStatus;

namespace {

/// Writes down every call; a test may hang what it wants done on it.
class RecordingHandler final : public NamespaceHandler
{
public:
    std::optional<ConnectRefusal> onConnectRequest(const transport::HttpRequest &handshake,
                                                   QByteArrayView auth) override
    {
        log += "request " + auth.toByteArray();
        lastHandshake = &handshake;
        if (request)
            request();
        return refusal;
    }
    void onConnected(Socket &socket, QByteArrayView auth) override
    {
        log += "connected " + auth.toByteArray();
        sockets.append(&socket);
        if (connected)
            connected(socket);
    }
    void onEvent(Socket &socket, const Event &received) override
    {
        QByteArray line = "event " + received.name.toByteArray();
        for (const QByteArrayView argument : received.arguments)
            line += ' ' + argument.toByteArray();
        for (const QByteArray &attachment : received.attachments)
            line += " <" + attachment + '>';
        if (received.ackId)
            line += " #" + QByteArray::number(*received.ackId);
        log += line;
        if (event)
            event(socket, received);
    }
    void onDisconnected(Socket &socket, DisconnectReason reason) override
    {
        log +=
            "disconnected " + toString(reason).toByteArray() + (socket.isConnected() ? " but connected" : "");
        sockets.removeOne(&socket);
        if (disconnected)
            disconnected(socket);
    }

    QList<QByteArray> takeLog() { return std::exchange(log, {}); }

    std::optional<ConnectRefusal> refusal;
    std::function<void()> request;
    std::function<void(Socket &)> connected;
    std::function<void(Socket &, const Event &)> event;
    std::function<void(Socket &)> disconnected;
    const transport::HttpRequest *lastHandshake = nullptr;
    QList<Socket *> sockets;
    QList<QByteArray> log;
};

/// A server with the namespaces `/` and `/custom`, and one session.
struct Fixture
{
    Fixture()
    {
        server.addNamespace("/", main);
        server.addNamespace("/custom", custom);
        session.listener = server.onSession(session);
    }
    ~Fixture() { session.lose(CloseReason::TransportClose); }

    /// Joins and forgets about it.
    Socket &join(const QByteArray &nsp = "/")
    {
        session.receive(nsp == "/" ? QByteArray("0") : "0" + nsp + ',');
        session.takeSent();
        RecordingHandler &handler = nsp == "/" ? main : custom;
        handler.takeLog();
        return *handler.sockets.last();
    }
    quint64 count(Counter counter) const { return counters.read(counter); }

    test::FakeClock clock;
    transport::DeadlineWheel deadlines{clock};
    metrics::ThreadCounters counters;
    RecordingHandler main;
    RecordingHandler custom;
    Server server{ServerOptions{Milliseconds(1000)}, deadlines, counters};
    test::FakeSession session;
};

QByteArray sidIn(const QByteArray &connectReply)
{
    static const QRegularExpression pattern(QStringLiteral("\"sid\":\"([A-Za-z0-9_-]{20})\""));
    return pattern.match(QString::fromUtf8(connectReply)).captured(1).toUtf8();
}

} // namespace

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
    void event_binary_reachesTheHandlerWhole();
    void pipelinedBehindConnect_isHandledInOrder();
    void disconnectThenConnect_inOneRead_reconnects();
    void disconnect_byClient_leavesOneNamespaceOnly();
    void tolerated_keepsTheSession_data();
    void tolerated_keepsTheSession();
    void malformed_closesTheSession_data();
    void malformed_closesTheSession();
    void afterClosing_nothingIsHandled();
    void ack_isSentOnce();
    void ack_sameIdTwice_isAnsweredTwice();
    void ack_unknownId_isNotSent();
    void ack_withAttachments_isBinary();
    void ack_inNamespace_namesIt();
    void tooManyUnanswered_closes();
    void emitEvent_data();
    void emitEvent();
    void emitWithAck_idsStartAtZero_perSocket();
    void emitWithAck_firstAckWins();
    void emitWithAck_binaryAck_givesAttachments();
    void emitWithAck_dropped_keepsNoHandler();
    void emitWithAck_handlerIsDroppedWithTheSocket();
    void send_sameFrames_toManySockets();
    void send_volatile_isPassedOn();
    void disconnect_byServer_tellsTheClient();
    void disconnect_closingTheConnection_leavesAllNamespaces();
    void disconnect_fromWithinEachCall_data();
    void disconnect_fromWithinEachCall();
    void disconnect_twice_isHarmless();
    void disconnect_fromWithinOnDisconnected_ofASibling();
    void afterDisconnect_sendsAreDropped();
    void disconnectOutsideOfACall_keepsTheObjectUntilTheNextOne();
    void ackHandler_mayEndItsSocket();
    void sessionClosed_tellsTheHandlers_data();
    void sessionClosed_tellsTheHandlers();
    void slowConsumer_endsTheSockets();
    void counters_countSockets();
};

void ConnectionTest::connect_isAnsweredWithASocketId()
{
    Fixture fixture;
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
    Fixture fixture;
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
    Fixture fixture;
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
    Fixture fixture;
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
    Fixture fixture;
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
    Fixture fixture;
    fixture.main.refusal = ConnectRefusal{message, data};
    fixture.session.receive("0");
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{reply}));
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"request {}"}));
    QCOMPARE(fixture.count(Counter::SocketsConnected), 0U);
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::connect_afterRefusal_mayTryAgain()
{
    Fixture fixture;
    fixture.main.refusal = ConnectRefusal{"no", {}};
    fixture.session.receive("0");
    fixture.main.refusal.reset();
    fixture.session.receive("0");
    QCOMPARE(fixture.main.sockets.size(), 1);
}

void ConnectionTest::connectReply_isWrittenBeforeWhatTheHandlerSends()
{
    Fixture fixture;
    fixture.main.connected = [](Socket &socket) { socket.emitEvent("hello", {}); };
    fixture.session.receive("0");
    const QList<QByteArray> sent = fixture.session.takeSent();
    QCOMPARE(sent.size(), 2);
    QVERIFY(sent[0].startsWith("40{"));
    QCOMPARE(sent[1], QByteArray(R"(42["hello"])"));
}

void ConnectionTest::connectTimeout_withoutNamespace_closes()
{
    Fixture fixture;
    fixture.clock.advance(Milliseconds(999));
    fixture.deadlines.advance();
    QVERIFY(!fixture.session.closed);
    fixture.clock.advance(Milliseconds(100));
    fixture.deadlines.advance();
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
}

void ConnectionTest::connectTimeout_afterARefusal_closes()
{
    Fixture fixture;
    fixture.session.receive("0/x,");
    fixture.clock.advance(Milliseconds(1100));
    fixture.deadlines.advance();
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
}

void ConnectionTest::connectTimeout_afterJoining_doesNothing()
{
    Fixture fixture;
    fixture.session.receive("0/custom,");
    fixture.clock.advance(Milliseconds(5000));
    fixture.deadlines.advance();
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::connectTimeout_afterLeaving_doesNothing()
{
    Fixture fixture;
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
    Fixture fixture;
    fixture.join();
    fixture.session.receive(packet);
    QCOMPARE(fixture.main.takeLog(), QList<QByteArray>{line});
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::event_binary_reachesTheHandlerWhole()
{
    Fixture fixture;
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
    Fixture fixture;
    for (const char *packet : {"0", R"(2["a"])", "0/custom,", R"(2["b"])", R"(2/custom,["c"])"})
        fixture.session.receive(packet);
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"request {}", "connected {}", "event a", "event b"}));
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"request {}", "connected {}", "event c"}));
}

void ConnectionTest::disconnectThenConnect_inOneRead_reconnects()
{
    Fixture fixture;
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
    Fixture fixture;
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
    Fixture fixture;
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
    row("too deep", {"2[\"a\"," + QByteArray(1024, '[') + QByteArray(1024, ']') + ']'});
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
    Fixture fixture;
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
    Fixture fixture;
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

void ConnectionTest::ack_isSentOnce()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(217["a"])");
    const QByteArrayView answer = R"({"ok":true})";
    socket.ack(17, {&answer, 1});
    socket.ack(17, {&answer, 1});
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{R"(4317[{"ok":true}])"}));
}

void ConnectionTest::ack_sameIdTwice_isAnsweredTwice()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(21["a"])");
    fixture.session.receive(R"(21["b"])");
    for (int i = 0; i < 3; ++i)
        socket.ack(1, {});
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"431[]", "431[]"}));
}

void ConnectionTest::ack_unknownId_isNotSent()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(21["a"])");
    socket.ack(2, {});
    QVERIFY(fixture.session.takeSent().isEmpty());
}

void ConnectionTest::ack_withAttachments_isBinary()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(21["a"])");
    const QByteArrayView answer = R"({"_placeholder":true,"num":0})";
    socket.ack(1, {&answer, 1}, {"bytes"});
    QCOMPARE(fixture.session.takeSent(),
             (QList<QByteArray>{R"(461-1[{"_placeholder":true,"num":0}])", "<binary>bytes"}));
}

void ConnectionTest::ack_inNamespace_namesIt()
{
    Fixture fixture;
    Socket &socket = fixture.join("/custom");
    fixture.session.receive(R"(2/custom,1["a"])");
    socket.ack(1, {});
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"43/custom,1[]"}));
}

void ConnectionTest::tooManyUnanswered_closes()
{
    Fixture fixture;
    fixture.join();
    quint64 id = 0;
    for (; id < 1'000'000 && !fixture.session.closed; ++id)
        fixture.session.receive('2' + QByteArray::number(id) + R"(["a"])");
    QCOMPARE(id, 131'073U);
    QVERIFY(fixture.main.sockets.isEmpty());
}

void ConnectionTest::emitEvent_data()
{
    QTest::addColumn<QByteArray>("nsp");
    QTest::addColumn<QList<QByteArray>>("arguments");
    QTest::addColumn<QList<QByteArray>>("attachments");
    QTest::addColumn<QList<QByteArray>>("sent");
    using List = QList<QByteArray>;
    QTest::newRow("bare") << QByteArray("/") << List() << List() << List{R"(42["e"])"};
    QTest::newRow("arguments") << QByteArray("/") << List{"1", "{}"} << List() << List{R"(42["e",1,{}])"};
    QTest::newRow("namespace") << QByteArray("/custom") << List{"1"} << List()
                               << List{R"(42/custom,["e",1])"};
    QTest::newRow("binary") << QByteArray("/custom") << List{R"({"_placeholder":true,"num":0})"} << List{"x"}
                            << List{R"(451-/custom,["e",{"_placeholder":true,"num":0}])", "<binary>x"};
}

void ConnectionTest::emitEvent()
{
    QFETCH(QByteArray, nsp);
    QFETCH(QList<QByteArray>, arguments);
    QFETCH(QList<QByteArray>, attachments);
    QFETCH(QList<QByteArray>, sent);
    Fixture fixture;
    Socket &socket = fixture.join(nsp);
    const std::vector<QByteArrayView> views(arguments.begin(), arguments.end());
    fixture.session.nextStatus = SendStatus::Buffered;
    QCOMPARE(socket.emitEvent("e", views, attachments), SendStatus::Buffered);
    QCOMPARE(fixture.session.wereVolatile, QList<bool>{false}); // one call: all or none
    QCOMPARE(fixture.session.takeSent(), sent);
}

void ConnectionTest::emitWithAck_idsStartAtZero_perSocket()
{
    Fixture fixture;
    Socket &main = fixture.join();
    Socket &custom = fixture.join("/custom");
    const auto ignore = [](const auto &, const auto &) {};
    main.emitWithAck("a", {}, ignore);
    main.emitWithAck("b", {}, ignore);
    custom.emitWithAck("c", {}, ignore);
    QCOMPARE(fixture.session.takeSent(),
             (QList<QByteArray>{R"(420["a"])", R"(421["b"])", R"(42/custom,0["c"])"}));
}

void ConnectionTest::emitWithAck_firstAckWins()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    QList<QByteArray> answers;
    const auto note = [&](const std::vector<QByteArrayView> &arguments,
                          const QList<QByteArray> &attachments) {
        QVERIFY(attachments.isEmpty());
        for (const QByteArrayView argument : arguments)
            answers.append(argument.toByteArray());
        answers.append("|");
    };
    socket.emitWithAck("a", {}, note);
    socket.emitWithAck("b", {}, note);
    socket.emitWithAck("c", {}, note);
    fixture.session.receive(R"(31["second",2])");
    fixture.session.receive(R"(31["again"])");
    fixture.session.receive("30[]");
    fixture.session.receive("32");
    QCOMPARE(answers, (QList<QByteArray>{R"("second")", "2", "|", "|", "|"}));
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::emitWithAck_binaryAck_givesAttachments()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    QByteArray attachment;
    QByteArray argument;
    socket.emitWithAck("a", {}, [&](const auto &arguments, const auto &attachments) {
        argument = arguments.at(0).toByteArray();
        attachment = attachments.first();
    });
    fixture.session.receive(R"(61-0[{"_placeholder":true,"num":0}])");
    fixture.session.receiveBinary("bytes");
    QCOMPARE(argument, QByteArray(R"({"_placeholder":true,"num":0})"));
    QCOMPARE(attachment, QByteArray("bytes"));
}

void ConnectionTest::emitWithAck_dropped_keepsNoHandler()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    auto token = std::make_shared<int>();
    fixture.session.nextStatus = SendStatus::Dropped;
    QCOMPARE(socket.emitWithAck("a", {}, [token](const auto &, const auto &) {}), SendStatus::Dropped);
    QCOMPARE(token.use_count(), 1);
}

void ConnectionTest::emitWithAck_handlerIsDroppedWithTheSocket()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    auto token = std::make_shared<int>();
    socket.emitWithAck("a", {}, [token](const auto &, const auto &) {});
    QCOMPARE(token.use_count(), 2);
    fixture.session.receive("1");
    QCOMPARE(token.use_count(), 1);
}

void ConnectionTest::send_sameFrames_toManySockets()
{
    Fixture fixture;
    test::FakeSession other;
    other.listener = fixture.server.onSession(other);
    other.receive("0");
    other.takeSent();
    fixture.join();
    const QList<Frame> frames = encode({PacketType::Event, "/", {}, R"(["a"])", {"x"}});
    QCOMPARE(fixture.main.sockets.size(), 2);
    for (Socket *socket : fixture.main.sockets)
        QCOMPARE(socket->send(frames), SendStatus::Sent);
    QCOMPARE(other.sent, frames);
    QCOMPARE(other.sent.first().data.constData(), frames.first().data.constData()); // not copied
    other.lose(CloseReason::TransportClose);
}

void ConnectionTest::send_volatile_isPassedOn()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    const QList<Frame> frames = encode({PacketType::Event, "/", {}, R"(["a"])", {}});
    socket.send(frames, true);
    socket.send(frames);
    QCOMPARE(fixture.session.wereVolatile, (QList<bool>{true, false}));
    fixture.session.nextStatus = SendStatus::Dropped;
    QCOMPARE(socket.send(frames, true), SendStatus::Dropped);
    QVERIFY(socket.isConnected());
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::disconnect_byServer_tellsTheClient()
{
    Fixture fixture;
    fixture.join();
    Socket &socket = fixture.join("/custom");
    socket.disconnect();
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"41/custom,"}));
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"disconnected server namespace disconnect"}));
    QVERIFY(fixture.main.log.isEmpty());
    QVERIFY(!fixture.session.closed);
}

void ConnectionTest::disconnect_closingTheConnection_leavesAllNamespaces()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    fixture.join("/custom");
    socket.disconnect(true);
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"41", "41/custom,"}));
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"disconnected server namespace disconnect"}));
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"disconnected server namespace disconnect"}));
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
    fixture.session.endTurn();
    QVERIFY(fixture.main.log.isEmpty());
}

void ConnectionTest::disconnect_fromWithinEachCall_data()
{
    QTest::addColumn<QByteArray>("place");
    QTest::addColumn<bool>("closeConnection");
    for (const char *place : {"connected", "event", "ack"}) {
        QTest::newRow(place) << QByteArray(place) << false;
        QTest::newRow(qPrintable(QStringLiteral("%1, closing").arg(QLatin1String(place))))
            << QByteArray(place) << true;
    }
}

void ConnectionTest::disconnect_fromWithinEachCall()
{
    QFETCH(QByteArray, place);
    QFETCH(bool, closeConnection);
    Fixture fixture;
    int calls = 0;
    // Everything that is still allowed on a socket that has just ended; a sanitizer sees if it is gone.
    const auto end = [&](Socket &socket) {
        socket.disconnect(closeConnection);
        QVERIFY(!socket.isConnected());
        QCOMPARE(socket.emitEvent("late", {}), SendStatus::Dropped);
        socket.ack(1, {});
        socket.disconnect(true);
        socket.tag = 7;
        QCOMPARE(socket.id().utf8().size(), 20);
        ++calls;
    };
    if (place == "connected")
        fixture.main.connected = end;
    if (place == "event")
        fixture.main.event = [&](Socket &socket, const Event &event) {
            end(socket);
            QCOMPARE(event.arguments.front().toByteArray(), QByteArray("1"));
        };
    if (place == "ack") {
        fixture.main.connected = [&](Socket &socket) {
            socket.emitWithAck("a", {}, [&](const auto &arguments, const auto &) {
                end(socket);
                QCOMPARE(arguments.at(0).toByteArray(), QByteArray("1"));
            });
        };
    }
    for (const char *packet : {"0", R"(21["a",1])", R"(30["1"])"}) {
        if (!fixture.session.closed && fixture.main.sockets.size() + (*packet == '0') > 0)
            fixture.session.receive(QByteArray(packet).replace("\"1\"", "1"));
    }
    QCOMPARE(calls, 1);
    QCOMPARE(fixture.main.log.count("disconnected server namespace disconnect"), 1);
    QCOMPARE(fixture.session.takeSent().count("41"), 1);
    QCOMPARE(fixture.session.closed.has_value(), closeConnection);
}

void ConnectionTest::disconnect_twice_isHarmless()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    socket.disconnect();
    socket.disconnect();
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"41"}));
    QCOMPARE(fixture.main.takeLog().size(), 1);
}

void ConnectionTest::disconnect_fromWithinOnDisconnected_ofASibling()
{
    Fixture fixture;
    fixture.join();
    Socket &custom = fixture.join("/custom");
    fixture.main.disconnected = [&](Socket &) { custom.disconnect(true); };
    fixture.session.receive("1");
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"disconnected server namespace disconnect"}));
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
}

void ConnectionTest::afterDisconnect_sendsAreDropped()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(21["a"])");
    fixture.main.disconnected = [](Socket &ended) {
        QCOMPARE(ended.emitEvent("late", {}), SendStatus::Dropped);
        QCOMPARE(ended.emitWithAck("late", {}, [](const auto &, const auto &) {}), SendStatus::Dropped);
        ended.ack(1, {});
    };
    socket.disconnect();
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"41"}));
}

void ConnectionTest::disconnectOutsideOfACall_keepsTheObjectUntilTheNextOne()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    socket.disconnect();
    QVERIFY(!socket.isConnected());
    QCOMPARE(socket.nsp(), QByteArray("/"));
    fixture.session.receive("0");
    QCOMPARE(fixture.main.sockets.size(), 1);
}

void ConnectionTest::ackHandler_mayEndItsSocket()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    auto token = std::make_shared<int>(1);
    int seen = 0;
    socket.emitWithAck("a", {}, [&, token](const auto &, const auto &) {
        socket.disconnect(true);
        seen = *token; // its own captures outlive the end of the socket
    });
    fixture.session.receive("30[]");
    QCOMPARE(seen, 1);
}

void ConnectionTest::sessionClosed_tellsTheHandlers_data()
{
    QTest::addColumn<int>("reason");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](CloseReason reason, const char *text) {
        QTest::newRow(text) << static_cast<int>(reason) << QByteArray(text);
    };
    row(CloseReason::TransportClose, "transport close");
    row(CloseReason::TransportError, "transport error");
    row(CloseReason::PingTimeout, "ping timeout");
    row(CloseReason::ParseError, "parse error");
    row(CloseReason::ForcedClose, "forced server close");
    row(CloseReason::SlowConsumer, "slow consumer");
    row(CloseReason::ServerShutdown, "server shutting down");
}

void ConnectionTest::sessionClosed_tellsTheHandlers()
{
    QFETCH(int, reason);
    QFETCH(QByteArray, text);
    Fixture fixture;
    fixture.join();
    fixture.join("/custom");
    fixture.session.lose(static_cast<CloseReason>(reason));
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"disconnected " + text}));
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"disconnected " + text}));
    fixture.clock.advance(Milliseconds(5000));
    fixture.deadlines.advance(); // nothing is armed any more
}

void ConnectionTest::slowConsumer_endsTheSockets()
{
    Fixture fixture;
    Socket &socket = fixture.join();
    fixture.session.nextStatus = SendStatus::Dropped;
    QCOMPARE(socket.emitEvent("a", {}), SendStatus::Dropped);
    fixture.session.endTurn();
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"disconnected slow consumer"}));
}

void ConnectionTest::counters_countSockets()
{
    Fixture fixture;
    fixture.join();
    fixture.join("/custom");
    QCOMPARE(fixture.count(Counter::SocketsConnected), 2U);
    QCOMPARE(fixture.count(Counter::SocketsClosed), 0U);
    fixture.session.receive("1");
    QCOMPARE(fixture.count(Counter::SocketsClosed), 1U);
    fixture.session.receive("0");
    QCOMPARE(fixture.count(Counter::SocketsConnected), 3U);
    fixture.session.lose(CloseReason::PingTimeout);
    QCOMPARE(fixture.count(Counter::SocketsClosed), 3U);
}

QTEST_APPLESS_MAIN(ConnectionTest)
#include "ConnectionTest.moc"
