#include "ConnectionFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::socketio;
using namespace concierge::test;
using transport::Frame;
using transport::SendStatus;

namespace {

using Lines = QList<QByteArray>;

QList<Frame> eventFrames(const QByteArray &json, const QList<QByteArray> &attachments = {})
{
    return encode({PacketType::Event, "/", {}, json, attachments});
}

} // namespace

/// How a handler answers CONNECT: now or later, with what recovery needs.
class ConnectRequestTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void accept_withPid_repliesIt_data();
    void accept_withPid_repliesIt();
    void accept_restored_data();
    void accept_restored();
    void accept_missedTooMuch_isSlowConsumer();
    void accept_missedMoreThanTheSessionTakes_goesOutAsThereIsRoom();
    void accept_tooMuchBehindWhatWasMissed_isSlowConsumer();
    void request_socketIsNotConnected();
    void request_sessionEndedFromWithin_endsTheSocket_data();
    void request_sessionEndedFromWithin_endsTheSocket();
    void deferred_authIsKept();
    void deferred_packetsAreHeldInOrder();
    void deferred_anotherNamespacesPackets_areHeldToo();
    void deferred_anotherNamespacesConnect_isHeldAndMayBeDeferredToo();
    void deferred_eventsForAConnectedNamespace_areHeldToo();
    void deferred_sendingGoesOn();
    void deferred_refused_goesOn();
    void deferred_refused_heldConnectMayTryAgain();
    void deferred_sessionEnds_isDisconnected_data();
    void deferred_sessionEnds_isDisconnected();
    void deferred_connectTimeout_closes_andALateAnswerDoesNothing_data();
    void deferred_connectTimeout_closes_andALateAnswerDoesNothing();
    void deferred_connectTimeout_acceptedInTime_doesNothing();
    void deferred_disconnect_closesTheSessionOnly();
    void deferred_closedByASibling_isDisconnected();
    void deferred_acceptedFromWithinASiblingsEnd();
    void accept_onAnyOtherSocket_doesNothing();
    void held_tooMuch_closes_data();
    void held_tooMuch_closes();
    void held_asMuchAsAllowed_isHandled_data();
    void held_asMuchAsAllowed_isHandled();
    void held_isCountedAnewByEachDeferral();
    void held_malformed_closesWhenItsTurnComes();
    void held_endOfTheSession_dropsTheRest();
    void proof_isForwarded();
    void proof_reachesEveryConnectedSocket();
    void proof_handlersMayEndSockets();
};

void ConnectRequestTest::accept_withPid_repliesIt_data()
{
    QTest::addColumn<bool>("isDeferred");
    QTest::addColumn<QByteArray>("nsp");
    QTest::addColumn<QByteArray>("pid");
    QTest::addColumn<QByteArray>("member");
    for (const bool isDeferred : {false, true}) {
        const QByteArray when = isDeferred ? ", later" : ", now";
        const auto row = [&](const char *name, const char *nsp, const QByteArray &pid,
                             const QByteArray &member) {
            QTest::newRow((name + when).constData()) << isDeferred << QByteArray(nsp) << pid << member;
        };
        row("none", "", {}, {});
        row("one", "", "aB_-9", R"(,"pid":"aB_-9")");
        row("in a namespace", "/custom,", "p", R"(,"pid":"p")");
        row("quotes", "", R"(a"b)", R"(,"pid":"a\"b")");
    }
}

void ConnectRequestTest::accept_withPid_repliesIt()
{
    QFETCH(bool, isDeferred);
    QFETCH(QByteArray, nsp);
    QFETCH(QByteArray, pid);
    QFETCH(QByteArray, member);
    ConnectionFixture fixture;
    RecordingHandler &handler = nsp.isEmpty() ? fixture.main : fixture.custom;
    const ConnectAcceptance acceptance{{}, pid, {}};
    handler.decision = isDeferred ? ConnectDecision(ConnectDeferred()) : ConnectDecision(acceptance);
    fixture.session.receive('0' + nsp);
    if (isDeferred) {
        QVERIFY(fixture.session.takeSent().isEmpty());
        QCOMPARE(handler.takeLog(), (Lines{"request {}"}));
        QVERIFY(!handler.requesting->isConnected());
        QCOMPARE(fixture.count(Counter::SocketsConnected), 0U);
        handler.requesting->accept(acceptance);
    }
    const Lines sent = fixture.session.takeSent();
    QCOMPARE(sent, (Lines{"40" + nsp + "{\"sid\":\"" + sidIn(sent.value(0)) + '"' + member + '}'}));
    QCOMPARE(handler.log.last(), QByteArray("connected {}"));
    QCOMPARE(handler.sockets.size(), 1);
    QCOMPARE(handler.sockets.first(), handler.requesting);
    QCOMPARE(handler.sockets.first()->id().utf8(), sidIn(sent.first()));
    QVERIFY(handler.sockets.first()->isConnected());
    QCOMPARE(fixture.count(Counter::SocketsConnected), 1U);
}

void ConnectRequestTest::accept_restored_data()
{
    QTest::addColumn<bool>("isDeferred");
    QTest::newRow("now") << false;
    QTest::newRow("later") << true;
}

void ConnectRequestTest::accept_restored()
{
    QFETCH(bool, isDeferred);
    ConnectionFixture fixture;
    const ConnectAcceptance acceptance{SocketId("formerSocketId_-0123"), "former-pid",
                                       eventFrames(R"(["a",{"_placeholder":true,"num":0},"1"])", {"x"}) +
                                           eventFrames(R"(["b","2"])")};
    fixture.main.decision = isDeferred ? ConnectDecision(ConnectDeferred()) : ConnectDecision(acceptance);
    fixture.main.connected = [](Socket &socket) { socket.emitEvent("hello", {}); };
    fixture.session.receive(R"(0{"pid":"former-pid","offset":"0"})");
    if (isDeferred)
        fixture.main.requesting->accept(acceptance);
    QCOMPARE(fixture.session.takeSent(),
             (Lines{R"(451-["a",{"_placeholder":true,"num":0},"1"])", "<binary>x", R"(42["b","2"])",
                    R"(40{"sid":"formerSocketId_-0123","pid":"former-pid"})", R"(42["hello"])"}));
    QCOMPARE(fixture.main.sockets.first()->id().utf8(), QByteArray("formerSocketId_-0123"));
    QCOMPARE(fixture.main.takeLog().last(), QByteArray(R"(connected {"pid":"former-pid","offset":"0"})"));
}

void ConnectRequestTest::accept_missedTooMuch_isSlowConsumer()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    fixture.session.nextStatus = SendStatus::Dropped;
    fixture.main.requesting->accept({{}, "p", eventFrames(R"(["a"])")});
    fixture.session.endTurn();
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}", "connected {}", "disconnected slow consumer"}));
    QCOMPARE(fixture.count(Counter::SocketsConnected), fixture.count(Counter::SocketsClosed));
}

void ConnectRequestTest::accept_missedMoreThanTheSessionTakes_goesOutAsThereIsRoom()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    const QByteArray big(40'000, 'b');
    QList<transport::Frame> missed;
    for (const char n : {'1', '2', '3'})
        missed += eventFrames("[\"" + QByteArray(1, n) + big + "\"]");
    fixture.session.nextStatus = SendStatus::Buffered;
    fixture.main.requesting->accept({{}, "p", missed});
    QCOMPARE(fixture.session.takeSent().size(), 1); // the others wait, and so does all that follows
    Socket &socket = *fixture.main.sockets.first();
    QVERIFY(socket.isConnected());
    QVERIFY(!socket.isWritable());
    QVERIFY(socket.bytesToWrite() > 80'000);
    QCOMPARE(socket.emitEvent("later", {}), SendStatus::Buffered);
    QCOMPARE(socket.send(eventFrames(R"(["volatile"])"), true), SendStatus::Dropped);
    socket.requestProof(7);
    QVERIFY(fixture.session.takeSent().isEmpty());
    QVERIFY(fixture.session.proofMarks.isEmpty());

    fixture.session.drain();
    const auto sent = fixture.session.takeSent();
    QCOMPARE(sent.size(), 4);
    QVERIFY(sent[0].startsWith("42[\"2"));
    QVERIFY(sent[1].startsWith("42[\"3"));
    QVERIFY(sent[2].startsWith("40{"));
    QCOMPARE(sent[3], QByteArray(R"(42["later"])"));
    QCOMPARE(fixture.session.proofMarks, QList<quint64>{7}); // not for what was not sent
    QVERIFY(socket.isWritable());
    QCOMPARE(fixture.main.takeLog().last(), QByteArray("drained"));
}

void ConnectRequestTest::accept_tooMuchBehindWhatWasMissed_isSlowConsumer()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    fixture.session.nextStatus = SendStatus::Buffered;
    const QByteArray big(1'000'000, 'b');
    fixture.main.requesting->accept({{}, "p", eventFrames("[\"" + big + "\"]") + eventFrames(R"(["2"])")});
    Socket &socket = *fixture.main.sockets.first();
    for (int i = 0; i < 4; ++i)
        QCOMPARE(socket.send(eventFrames("[\"" + big + "\"]")), SendStatus::Buffered);
    QCOMPARE(socket.send(eventFrames("[\"" + big + "\"]")), SendStatus::Dropped);
    QVERIFY(fixture.session.closed == engineio::CloseReason::SlowConsumer);
}

void ConnectRequestTest::request_socketIsNotConnected()
{
    ConnectionFixture fixture;
    fixture.main.request = [&] {
        Socket &socket = *fixture.main.requesting;
        QVERIFY(!socket.isConnected());
        QVERIFY(!socket.isWritable());
        QCOMPARE(socket.nsp(), QByteArray("/"));
        QCOMPARE(socket.id().utf8().size(), 20);
        QCOMPARE(socket.emitEvent("early", {}), SendStatus::Dropped);
        socket.requestProof(1);
        socket.disconnect();
        socket.disconnect(true);
        socket.tag = 7;
    };
    fixture.session.receive("0");
    QCOMPARE(fixture.session.takeSent().size(), 1);
    QVERIFY(fixture.session.proofMarks.isEmpty());
    QVERIFY(!fixture.session.closed);
    QCOMPARE(fixture.main.sockets.value(0)->tag, 7U);
}

void ConnectRequestTest::request_sessionEndedFromWithin_endsTheSocket_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<Lines>("log");
    QTest::newRow("accept") << QByteArray("accept")
                            << Lines{"request {}", "disconnected forced server close"};
    QTest::newRow("defer") << QByteArray("defer") << Lines{"request {}", "disconnected forced server close"};
    QTest::newRow("refuse") << QByteArray("refuse") << Lines{"request {}"};
}

void ConnectRequestTest::request_sessionEndedFromWithin_endsTheSocket()
{
    QFETCH(QByteArray, answer);
    QFETCH(Lines, log);
    ConnectionFixture fixture;
    Socket &main = fixture.join();
    fixture.custom.request = [&main] { main.disconnect(true); };
    if (answer == "defer")
        fixture.custom.decision = ConnectDeferred();
    else if (answer == "refuse")
        fixture.custom.decision = ConnectRefusal{"no", {}};
    fixture.session.receive("0/custom,");
    QCOMPARE(fixture.session.takeSent(), (Lines{"41"}));
    QCOMPARE(fixture.custom.takeLog(), log);
    fixture.session.endTurn();
    QVERIFY(fixture.custom.log.isEmpty());
    QCOMPARE(fixture.count(Counter::SocketsConnected), fixture.count(Counter::SocketsClosed));
}

void ConnectRequestTest::deferred_authIsKept()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive(R"(0{"token":"t","n":[1, 2]})");
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(),
             (Lines{R"(request {"token":"t","n":[1, 2]})", R"(connected {"token":"t","n":[1, 2]})"}));
}

void ConnectRequestTest::deferred_packetsAreHeldInOrder()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.main.connected = [](Socket &socket) { socket.emitEvent("hello", {}); };
    fixture.main.event = [](Socket &socket, const Event &event) {
        if (event.ackId)
            socket.ack(*event.ackId, event.arguments, event.attachments);
    };
    fixture.session.receive("0");
    fixture.session.receive(R"(21["a",1])");
    fixture.session.receive(R"(52-2["b",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])");
    fixture.session.receiveBinary("one");
    fixture.session.receiveBinary("two");
    fixture.session.receive(R"(2["c"])");
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}"}));
    QVERIFY(fixture.session.takeSent().isEmpty());
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(), (Lines{"connected {}", "event a 1 #1",
                                            R"(event b {"_placeholder":true,"num":1} )"
                                            R"({"_placeholder":true,"num":0} <one> <two> #2)",
                                            "event c"}));
    const Lines sent = fixture.session.takeSent();
    QCOMPARE(sent.size(), 6);
    QVERIFY(sent[0].startsWith("40{"));
    QCOMPARE(sent[1], QByteArray(R"(42["hello"])"));
    QCOMPARE(sent[2], QByteArray("431[1]"));
    QVERIFY(sent[3].startsWith("462-2["));
    fixture.session.receive(R"(2["d"])"); // nothing is held any more
    QCOMPARE(fixture.main.takeLog(), (Lines{"event d"}));
}

void ConnectRequestTest::deferred_anotherNamespacesPackets_areHeldToo()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    for (const char *packet : {"0", "0/custom,", R"(2["a"])", R"(2/custom,["b"])", "0/x,"})
        fixture.session.receive(packet);
    QVERIFY(fixture.custom.log.isEmpty());
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}", "connected {}", "event a"}));
    QCOMPARE(fixture.custom.takeLog(), (Lines{"request {}", "connected {}", "event b"}));
    const Lines sent = fixture.session.takeSent();
    QCOMPARE(sent.size(), 3);
    QVERIFY(sent[0].startsWith("40{"));
    QVERIFY(sent[1].startsWith("40/custom,{"));
    QCOMPARE(sent[2], QByteArray(R"(44/x,{"message":"Invalid namespace"})"));
}

void ConnectRequestTest::deferred_anotherNamespacesConnect_isHeldAndMayBeDeferredToo()
{
    ConnectionFixture fixture;
    fixture.main.decision = fixture.custom.decision = ConnectDeferred();
    for (const char *packet : {"0", R"(2["a"])", R"(0/custom,{"c":1})", R"(2["b"])", R"(2/custom,["c"])"})
        fixture.session.receive(packet);
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}", "connected {}", "event a"}));
    QCOMPARE(fixture.custom.takeLog(), (Lines{R"(request {"c":1})"}));
    fixture.session.receive(R"(2["d"])");
    QVERIFY(fixture.main.log.isEmpty());
    fixture.custom.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(), (Lines{"event b", "event d"}));
    QCOMPARE(fixture.custom.takeLog(), (Lines{R"(connected {"c":1})", "event c"}));
}

void ConnectRequestTest::deferred_eventsForAConnectedNamespace_areHeldToo()
{
    ConnectionFixture fixture;
    fixture.join();
    fixture.custom.decision = ConnectDeferred();
    fixture.session.receive("0/custom,");
    fixture.session.receive(R"(2["a"])");
    fixture.session.receive("1");
    QVERIFY(fixture.main.log.isEmpty());
    fixture.custom.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(), (Lines{"event a", "disconnected client namespace disconnect"}));
}

void ConnectRequestTest::deferred_sendingGoesOn()
{
    ConnectionFixture fixture;
    Socket &main = fixture.join();
    fixture.custom.decision = ConnectDeferred();
    fixture.session.receive("0/custom,");
    main.emitEvent("a", {});
    QCOMPARE(fixture.custom.requesting->emitEvent("early", {}), SendStatus::Dropped);
    QCOMPARE(fixture.session.takeSent(), (Lines{R"(42["a"])"}));
}

void ConnectRequestTest::deferred_refused_goesOn()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    for (const char *packet : {"0", "0/custom,", R"(2/custom,["a"])"})
        fixture.session.receive(packet);
    fixture.main.requesting->refuse({"no", R"({"code":7})"});
    const Lines sent = fixture.session.takeSent();
    QCOMPARE(sent.size(), 2);
    QCOMPARE(sent[0], QByteArray(R"(44{"message":"no","data":{"code":7}})"));
    QVERIFY(sent[1].startsWith("40/custom,{"));
    QCOMPARE(fixture.custom.takeLog(), (Lines{"request {}", "connected {}", "event a"}));
    fixture.session.lose(CloseReason::TransportClose);
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}"})); // no onDisconnected
    QCOMPARE(fixture.count(Counter::SocketsConnected), 1U);
    QCOMPARE(fixture.count(Counter::SocketsClosed), 1U);
}

void ConnectRequestTest::deferred_refused_heldConnectMayTryAgain()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    fixture.session.receive(R"(0{"again":1})");
    Socket *first = fixture.main.requesting;
    first->refuse({"no", {}});
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}", R"(request {"again":1})"}));
    QVERIFY(fixture.main.requesting != first);
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(), (Lines{R"(connected {"again":1})"}));
    QVERIFY(!fixture.session.closed);
}

void ConnectRequestTest::deferred_sessionEnds_isDisconnected_data()
{
    QTest::addColumn<int>("reason");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](CloseReason reason, const char *text) {
        QTest::newRow(text) << static_cast<int>(reason) << QByteArray(text);
    };
    row(CloseReason::TransportClose, "transport close");
    row(CloseReason::PingTimeout, "ping timeout");
    row(CloseReason::ServerShutdown, "server shutting down");
}

void ConnectRequestTest::deferred_sessionEnds_isDisconnected()
{
    QFETCH(int, reason);
    QFETCH(QByteArray, text);
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.main.disconnected = [](Socket &socket) {
        QVERIFY(!socket.isConnected());
        socket.accept({});
        socket.refuse({"no", {}});
        socket.disconnect(true);
    };
    fixture.session.receive("0");
    fixture.session.receive(R"(2["a"])");
    fixture.session.lose(static_cast<CloseReason>(reason));
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}", "disconnected " + text}));
    QVERIFY(fixture.session.takeSent().isEmpty());
    QCOMPARE(fixture.count(Counter::SocketsConnected), 0U);
    QCOMPARE(fixture.count(Counter::SocketsClosed), 0U);
}

void ConnectRequestTest::deferred_connectTimeout_closes_andALateAnswerDoesNothing_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<Lines>("log");
    QTest::newRow("none") << QByteArray() << Lines{"request {}", "disconnected forced server close"};
    QTest::newRow("accept") << QByteArray("accept")
                            << Lines{"request {}", "disconnected forced server close"};
    QTest::newRow("refuse") << QByteArray("refuse") << Lines{"request {}"};
}

void ConnectRequestTest::deferred_connectTimeout_closes_andALateAnswerDoesNothing()
{
    QFETCH(QByteArray, answer);
    QFETCH(Lines, log);
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    fixture.session.receive(R"(2["a"])");
    fixture.clock.advance(Milliseconds(1'100));
    fixture.deadlines.advance();
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
    if (answer == "accept")
        fixture.main.requesting->accept({});
    else if (answer == "refuse")
        fixture.main.requesting->refuse({"no", {}});
    fixture.session.endTurn();
    QCOMPARE(fixture.main.takeLog(), log);
    QVERIFY(fixture.session.takeSent().isEmpty());
}

void ConnectRequestTest::deferred_connectTimeout_acceptedInTime_doesNothing()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    fixture.clock.advance(Milliseconds(900));
    fixture.deadlines.advance();
    fixture.main.requesting->accept({});
    fixture.clock.advance(Milliseconds(5'000));
    fixture.deadlines.advance();
    QVERIFY(!fixture.session.closed);
}

void ConnectRequestTest::deferred_disconnect_closesTheSessionOnly()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    fixture.main.requesting->disconnect();
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}"})); // it has joined nothing: refuse() is the word
    fixture.main.requesting->disconnect(true);
    QCOMPARE(fixture.main.takeLog(), (Lines{"disconnected forced server close"}));
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
    QVERIFY(fixture.session.takeSent().isEmpty());
    fixture.session.endTurn();
    QVERIFY(fixture.main.log.isEmpty());
}

void ConnectRequestTest::deferred_closedByASibling_isDisconnected()
{
    ConnectionFixture fixture;
    Socket &main = fixture.join();
    fixture.custom.decision = ConnectDeferred();
    fixture.session.receive("0/custom,");
    main.disconnect(true);
    QCOMPARE(fixture.session.takeSent(), (Lines{"41"}));
    QCOMPARE(fixture.custom.takeLog(), (Lines{"request {}", "disconnected forced server close"}));
}

void ConnectRequestTest::deferred_acceptedFromWithinASiblingsEnd()
{
    ConnectionFixture fixture;
    Socket &main = fixture.join();
    fixture.custom.decision = ConnectDeferred();
    fixture.main.disconnected = [&](Socket &) { fixture.custom.requesting->accept({}); };
    fixture.session.receive("0/custom,");
    fixture.session.receive(R"(2/custom,["a"])");
    main.disconnect(true);
    QCOMPARE(fixture.custom.takeLog(),
             (Lines{"request {}", "connected {}", "event a", "disconnected server namespace disconnect"}));
    QCOMPARE(fixture.count(Counter::SocketsConnected), 2U);
    QCOMPARE(fixture.count(Counter::SocketsClosed), 2U);
}

void ConnectRequestTest::accept_onAnyOtherSocket_doesNothing()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    const SocketId id = socket.id();
    socket.accept({SocketId("other"), "p", {}});
    socket.refuse({"no", {}});
    QVERIFY(socket.isConnected());
    QCOMPARE(socket.id(), id);
    socket.disconnect();
    socket.accept({});
    QVERIFY(!socket.isConnected());
    QCOMPARE(fixture.session.takeSent(), (Lines{"41"}));
}

void ConnectRequestTest::held_tooMuch_closes_data()
{
    QTest::addColumn<Lines>("packets");
    QTest::newRow("bytes") << Lines{"2[\"" + QByteArray(600'000, 'x') + "\"]",
                                    "2[\"" + QByteArray(400'000, 'x') + "\"]"};
    QTest::newRow("frames") << Lines(1'025, "2[\"a\"]");
    QTest::newRow("empty frames") << Lines(1'025, "");
}

void ConnectRequestTest::held_tooMuch_closes()
{
    QFETCH(Lines, packets);
    ConnectionFixture fixture;
    fixture.join("/custom");
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    for (const QByteArray &packet : packets) {
        QVERIFY(!fixture.session.closed);
        fixture.session.receive(packet);
    }
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ParseError));
    QCOMPARE(fixture.main.takeLog(), (Lines{"request {}", "disconnected parse error"}));
    QCOMPARE(fixture.custom.takeLog(), (Lines{"disconnected parse error"}));
}

void ConnectRequestTest::held_asMuchAsAllowed_isHandled_data()
{
    QTest::addColumn<Lines>("packets");
    QTest::newRow("bytes") << Lines{"2[\"" + QByteArray(1'000'000 - 5, 'x') + "\"]"};
    QTest::newRow("frames") << Lines(1'024, "2[\"a\"]");
}

void ConnectRequestTest::held_asMuchAsAllowed_isHandled()
{
    QFETCH(Lines, packets);
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.session.receive("0");
    for (const QByteArray &packet : packets)
        fixture.session.receive(packet);
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.takeLog().size(), 2 + packets.size());
    QVERIFY(!fixture.session.closed);
}

void ConnectRequestTest::held_isCountedAnewByEachDeferral()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    const QByteArray big = "2[\"" + QByteArray(700'000, 'x') + "\"]";
    for (int round = 0; round < 3; ++round) {
        fixture.session.receive("0");
        fixture.session.receive(big);
        fixture.session.receive("1");
        fixture.main.requesting->accept({});
    }
    fixture.session.receive("0");
    fixture.session.receive(big);
    fixture.session.receive("1");
    fixture.session.receive("0"); // deferred behind the first 700,000
    fixture.main.requesting->accept({});
    fixture.session.receive(big);
    QVERIFY(!fixture.session.closed);
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.sockets.size(), 1);
}

void ConnectRequestTest::held_malformed_closesWhenItsTurnComes()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    for (const char *packet : {"0", R"(2["a"])", "7", R"(2["b"])"})
        fixture.session.receive(packet);
    QVERIFY(!fixture.session.closed);
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(),
             (Lines{"request {}", "connected {}", "event a", "disconnected parse error"}));
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ParseError));
}

void ConnectRequestTest::held_endOfTheSession_dropsTheRest()
{
    ConnectionFixture fixture;
    fixture.main.decision = ConnectDeferred();
    fixture.main.connected = [](Socket &socket) { socket.disconnect(true); };
    fixture.session.receive("0");
    fixture.session.receive(R"(2["a"])");
    fixture.main.requesting->accept({});
    QCOMPARE(fixture.main.takeLog(),
             (Lines{"request {}", "connected {}", "disconnected server namespace disconnect"}));
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
}

void ConnectRequestTest::proof_isForwarded()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    socket.requestProof(5);
    socket.requestProof(9);
    QCOMPARE(fixture.session.proofMarks, (QList<quint64>{5, 9}));
    fixture.session.prove(9);
    QCOMPARE(fixture.main.takeLog(), (Lines{"proven 9"}));
    socket.disconnect();
    socket.requestProof(10);
    QCOMPARE(fixture.session.proofMarks.size(), 2);
}

void ConnectRequestTest::proof_reachesEveryConnectedSocket()
{
    ConnectionFixture fixture;
    fixture.join();
    fixture.custom.decision = ConnectDeferred();
    fixture.session.receive("0/custom,");
    fixture.session.prove(1);
    QCOMPARE(fixture.main.takeLog(), (Lines{"proven 1"}));
    QCOMPARE(fixture.custom.takeLog(), (Lines{"request {}"}));
    fixture.custom.requesting->requestProof(2); // deferred: nothing was sent to it
    QVERIFY(fixture.session.proofMarks.isEmpty());
    fixture.custom.requesting->accept({});
    fixture.session.prove(2);
    QCOMPARE(fixture.main.takeLog(), (Lines{"proven 2"}));
    QCOMPARE(fixture.custom.takeLog(), (Lines{"connected {}", "proven 2"}));
}

void ConnectRequestTest::proof_handlersMayEndSockets()
{
    ConnectionFixture fixture;
    fixture.join();
    fixture.join("/custom");
    fixture.main.proven = [](Socket &socket) { socket.disconnect(); };
    fixture.session.prove(1);
    QCOMPARE(fixture.main.takeLog(), (Lines{"proven 1", "disconnected server namespace disconnect"}));
    QCOMPARE(fixture.custom.takeLog(), (Lines{"proven 1"}));
    fixture.custom.proven = [](Socket &socket) { socket.disconnect(true); };
    fixture.session.prove(2);
    QCOMPARE(fixture.custom.takeLog(), (Lines{"proven 2", "disconnected server namespace disconnect"}));
}

QTEST_APPLESS_MAIN(ConnectRequestTest)
#include "ConnectRequestTest.moc"
