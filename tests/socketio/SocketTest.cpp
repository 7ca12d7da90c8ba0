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

/// What a Socket offers to the layer above: acknowledgements, emitting, disconnecting, in every order.
class SocketTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
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

void SocketTest::ack_isSentOnce()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(217["a"])");
    const QByteArrayView answer = R"({"ok":true})";
    socket.ack(17, {&answer, 1});
    socket.ack(17, {&answer, 1});
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{R"(4317[{"ok":true}])"}));
}

void SocketTest::ack_sameIdTwice_isAnsweredTwice()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(21["a"])");
    fixture.session.receive(R"(21["b"])");
    for (int i = 0; i < 3; ++i)
        socket.ack(1, {});
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"431[]", "431[]"}));
}

void SocketTest::ack_unknownId_isNotSent()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(21["a"])");
    socket.ack(2, {});
    QVERIFY(fixture.session.takeSent().isEmpty());
}

void SocketTest::ack_withAttachments_isBinary()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    fixture.session.receive(R"(21["a"])");
    const QByteArrayView answer = R"({"_placeholder":true,"num":0})";
    socket.ack(1, {&answer, 1}, {"bytes"});
    QCOMPARE(fixture.session.takeSent(),
             (QList<QByteArray>{R"(461-1[{"_placeholder":true,"num":0}])", "<binary>bytes"}));
}

void SocketTest::ack_inNamespace_namesIt()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join("/custom");
    fixture.session.receive(R"(2/custom,1["a"])");
    socket.ack(1, {});
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"43/custom,1[]"}));
}

void SocketTest::tooManyUnanswered_closes()
{
    ConnectionFixture fixture;
    fixture.join();
    quint64 id = 0;
    for (; id < 1'000'000 && !fixture.session.closed; ++id)
        fixture.session.receive('2' + QByteArray::number(id) + R"(["a"])");
    QCOMPARE(id, 131'073U);
    QVERIFY(fixture.main.sockets.isEmpty());
}

void SocketTest::emitEvent_data()
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

void SocketTest::emitEvent()
{
    QFETCH(QByteArray, nsp);
    QFETCH(QList<QByteArray>, arguments);
    QFETCH(QList<QByteArray>, attachments);
    QFETCH(QList<QByteArray>, sent);
    ConnectionFixture fixture;
    Socket &socket = fixture.join(nsp);
    const std::vector<QByteArrayView> views(arguments.begin(), arguments.end());
    fixture.session.nextStatus = SendStatus::Buffered;
    QCOMPARE(socket.emitEvent("e", views, attachments), SendStatus::Buffered);
    QCOMPARE(fixture.session.wereVolatile, QList<bool>{false}); // one call: all or none
    QCOMPARE(fixture.session.takeSent(), sent);
}

void SocketTest::emitWithAck_idsStartAtZero_perSocket()
{
    ConnectionFixture fixture;
    Socket &main = fixture.join();
    Socket &custom = fixture.join("/custom");
    const auto ignore = [](const auto &, const auto &) {};
    main.emitWithAck("a", {}, ignore);
    main.emitWithAck("b", {}, ignore);
    custom.emitWithAck("c", {}, ignore);
    QCOMPARE(fixture.session.takeSent(),
             (QList<QByteArray>{R"(420["a"])", R"(421["b"])", R"(42/custom,0["c"])"}));
}

void SocketTest::emitWithAck_firstAckWins()
{
    ConnectionFixture fixture;
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

void SocketTest::emitWithAck_binaryAck_givesAttachments()
{
    ConnectionFixture fixture;
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

void SocketTest::emitWithAck_dropped_keepsNoHandler()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    auto token = std::make_shared<int>();
    fixture.session.nextStatus = SendStatus::Dropped;
    QCOMPARE(socket.emitWithAck("a", {}, [token](const auto &, const auto &) {}), SendStatus::Dropped);
    QCOMPARE(token.use_count(), 1);
}

void SocketTest::emitWithAck_handlerIsDroppedWithTheSocket()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    auto token = std::make_shared<int>();
    socket.emitWithAck("a", {}, [token](const auto &, const auto &) {});
    QCOMPARE(token.use_count(), 2);
    fixture.session.receive("1");
    QCOMPARE(token.use_count(), 1);
}

void SocketTest::send_sameFrames_toManySockets()
{
    ConnectionFixture fixture;
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

void SocketTest::send_volatile_isPassedOn()
{
    ConnectionFixture fixture;
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

void SocketTest::disconnect_byServer_tellsTheClient()
{
    ConnectionFixture fixture;
    fixture.join();
    Socket &socket = fixture.join("/custom");
    socket.disconnect();
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"41/custom,"}));
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"disconnected server namespace disconnect"}));
    QVERIFY(fixture.main.log.isEmpty());
    QVERIFY(!fixture.session.closed);
}

void SocketTest::disconnect_closingTheConnection_leavesAllNamespaces()
{
    ConnectionFixture fixture;
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

void SocketTest::disconnect_fromWithinEachCall_data()
{
    QTest::addColumn<QByteArray>("place");
    QTest::addColumn<bool>("closeConnection");
    for (const char *place : {"connected", "event", "ack"}) {
        QTest::newRow(place) << QByteArray(place) << false;
        QTest::newRow(qPrintable(QStringLiteral("%1, closing").arg(QLatin1String(place))))
            << QByteArray(place) << true;
    }
}

void SocketTest::disconnect_fromWithinEachCall()
{
    QFETCH(QByteArray, place);
    QFETCH(bool, closeConnection);
    ConnectionFixture fixture;
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

void SocketTest::disconnect_twice_isHarmless()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    socket.disconnect();
    socket.disconnect();
    QCOMPARE(fixture.session.takeSent(), (QList<QByteArray>{"41"}));
    QCOMPARE(fixture.main.takeLog().size(), 1);
}

void SocketTest::disconnect_fromWithinOnDisconnected_ofASibling()
{
    ConnectionFixture fixture;
    fixture.join();
    Socket &custom = fixture.join("/custom");
    fixture.main.disconnected = [&](Socket &) { custom.disconnect(true); };
    fixture.session.receive("1");
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"disconnected server namespace disconnect"}));
    QCOMPARE(fixture.session.closed, std::optional(CloseReason::ForcedClose));
}

void SocketTest::afterDisconnect_sendsAreDropped()
{
    ConnectionFixture fixture;
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

void SocketTest::disconnectOutsideOfACall_keepsTheObjectUntilTheNextOne()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    socket.disconnect();
    QVERIFY(!socket.isConnected());
    QCOMPARE(socket.nsp(), QByteArray("/"));
    fixture.session.receive("0");
    QCOMPARE(fixture.main.sockets.size(), 1);
}

void SocketTest::ackHandler_mayEndItsSocket()
{
    ConnectionFixture fixture;
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

void SocketTest::sessionClosed_tellsTheHandlers_data()
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

void SocketTest::sessionClosed_tellsTheHandlers()
{
    QFETCH(int, reason);
    QFETCH(QByteArray, text);
    ConnectionFixture fixture;
    fixture.join();
    fixture.join("/custom");
    fixture.session.lose(static_cast<CloseReason>(reason));
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"disconnected " + text}));
    QCOMPARE(fixture.custom.takeLog(), (QList<QByteArray>{"disconnected " + text}));
    fixture.clock.advance(Milliseconds(5000));
    fixture.deadlines.advance(); // nothing is armed any more
}

void SocketTest::slowConsumer_endsTheSockets()
{
    ConnectionFixture fixture;
    Socket &socket = fixture.join();
    fixture.session.nextStatus = SendStatus::Dropped;
    QCOMPARE(socket.emitEvent("a", {}), SendStatus::Dropped);
    fixture.session.endTurn();
    QCOMPARE(fixture.main.takeLog(), (QList<QByteArray>{"disconnected slow consumer"}));
}

void SocketTest::counters_countSockets()
{
    ConnectionFixture fixture;
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

QTEST_APPLESS_MAIN(SocketTest)
#include "SocketTest.moc"
