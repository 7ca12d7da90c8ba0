#include "GateFixture.h"

#include "support/ClientFrames.h"

#include <QSignalSpy>
#include <QTest>
#include <QWebSocket>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::transport;
using namespace std::chrono_literals;
using metrics::Counter;

namespace {

constexpr int patience = 20'000; // ms

/// A client that has connected.
class Client
{
public:
    explicit Client(quint16 port, const QString &path = QStringLiteral("/"))
    {
        QSignalSpy connected(&m_socket, &QWebSocket::connected);
        m_socket.open(QUrl(QStringLiteral("ws://127.0.0.1:%1%2").arg(port).arg(path)));
        m_isOpen = connected.wait(patience);
    }
    bool isOpen() const { return m_isOpen; }
    QWebSocket *operator->() { return &m_socket; }
    bool isClosed()
    {
        if (m_socket.state() == QAbstractSocket::UnconnectedState)
            return true;
        return QSignalSpy(&m_socket, &QWebSocket::disconnected).wait(patience);
    }
    QWebSocket &socket() { return m_socket; }

private:
    QWebSocket m_socket;
    bool m_isOpen = false;
};

} // namespace

class TestWebSocketGate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void message_isEchoed_data();
    void message_isEchoed();
    void message_sameFrameTwice_isSentTwice();
    void message_rightBehindTheHandshake_isHeard();
    void message_behindTheHandshake_beforeThePeerLeaves_isHeard();
    void message_inFragments_cutCharacter_isEchoed();
    void message_againstTheRules_closesWithTheCode_data();
    void message_againstTheRules_closesWithTheCode();
    void messages_ofOneThatFloods_letOthersIn_data();
    void messages_ofOneThatFloods_letOthersIn();
    void messages_ofACrowdThatIsNew_letOthersIn();
    void messages_manyAtOnce_thenTheEnd_areAllHeard();
    void ping_isAnswered();
    void ping_flood_unreadByThePeer_isAnsweredOnceItReads();
    void message_aboveMaxPayload_closesWith1009();
    void message_farAboveMaxPayload_closesWith1009();
    void message_atMaxPayload_passes();
    void close_fromTheServer_givesTheCode();
    void close_withoutCode_isAnEmptyFrame();
    void close_fromTheClient_isToldOnce();
    void close_fromTheClient_isEchoed_data();
    void close_fromTheClient_isEchoed();
    void close_fromTheServer_dataBehindItIsUnheard();
    void close_fromTheServer_peerThatGoesOn_isNotWaitedFor();
    void close_unansweredByThePeer_endsByDeadline();
    void close_unreadByThePeer_endsByDeadline();
    void destroy_withinItsCallback_closes();
    void flood_unreadByThePeer_isBufferedThenDropped();
    void flood_oneTurnBelowMax_isNotDropped();
    void flood_thenRead_isToldDrainedOnce();
    void stop_withOpenSockets_isQuiet();
};

void TestWebSocketGate::message_isEchoed_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("ascii") << QStringLiteral("hello");
    QTest::newRow("empty") << QString();
    QTest::newRow("non-ascii") << QStringLiteral("h\u00E9 \u20AC \U0001F600");
    QTest::newRow("zero") << QStringLiteral("a") + QChar(0) + QStringLiteral("b");
    // Where the frame's length changes its form.
    for (const int size : {1, 125, 126, 127, 65'535, 65'536, 65'537, 1'000'000})
        QTest::addRow("%d bytes", size) << QString(size, u'x');
}

void TestWebSocketGate::message_isEchoed()
{
    QFETCH(QString, text);
    GateFixture gate;
    Client client(gate.port());
    QVERIFY(client.isOpen());
    QSignalSpy texts(&client.socket(), &QWebSocket::textMessageReceived);
    QSignalSpy binaries(&client.socket(), &QWebSocket::binaryMessageReceived);
    client->sendTextMessage(text);
    QVERIFY(texts.wait(patience));
    QCOMPARE(texts.first().first().toString(), text);
    client->sendBinaryMessage(text.toUtf8());
    QVERIFY(binaries.wait(patience));
    QCOMPARE(binaries.first().first().toByteArray(), text.toUtf8());
    QCOMPARE(gate.count(Counter::BytesIn), 2U * static_cast<quint64>(text.toUtf8().size()));
    QCOMPARE(gate.count(Counter::BytesOut), 2U * static_cast<quint64>(text.toUtf8().size()));
}

void TestWebSocketGate::message_sameFrameTwice_isSentTwice()
{
    GateFixture gate;
    Client client(gate.port());
    QSignalSpy texts(&client.socket(), &QWebSocket::textMessageReceived);
    QSignalSpy binaries(&client.socket(), &QWebSocket::binaryMessageReceived);
    client->sendTextMessage(QStringLiteral("twice"));
    QVERIFY(binaries.wait(patience));
    QCOMPARE(texts.size(), 2);
    QCOMPARE(texts[0].first().toString(), QStringLiteral("h\u00E9llo"));
    QCOMPARE(texts[1].first().toString(), QStringLiteral("h\u00E9llo"));
}

void TestWebSocketGate::message_rightBehindTheHandshake_isHeard()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/") + clientFrame("early") + clientFrame("bird")).status, 101);
    QCOMPARE(client.take(13), QByteArray("\x81\x05"
                                         "early\x81\x04"
                                         "bird"));
}

void TestWebSocketGate::message_behindTheHandshake_beforeThePeerLeaves_isHeard()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.send(upgrade("/") + clientFrame("early") + clientFrame("bye"));
    client.socket().disconnectFromHost();
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
    QCOMPARE(gate.count(Counter::BytesIn), 8U);
}

void TestWebSocketGate::message_inFragments_cutCharacter_isEchoed()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(ClientFrame{Opcode::Text, "a\xE2\x82", false}.wire() + ping("between"));
    QCOMPARE(client.take(9), QByteArray("\x8A\x07"
                                        "between"));
    client.send(ClientFrame{Opcode::Continuation, "\xAC", true}.wire());
    QCOMPARE(client.take(6), QByteArray("\x81\x04"
                                        "a\xE2\x82\xAC"));
}

void TestWebSocketGate::message_againstTheRules_closesWithTheCode_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<int>("code");
    QTest::newRow("not masked") << ClientFrame{.payload = "x", .isMasked = false}.wire() << 1002;
    QTest::newRow("unknown opcode") << ClientFrame{static_cast<Opcode>(3), "x"}.wire() << 1002;
    QTest::newRow("no UTF-8") << ClientFrame{Opcode::Text, "\xFF"}.wire() << 1007;
    QTest::newRow("announced too long") << ClientFrame{.payload = "x", .announced = 1'000'001}.wire() << 1009;
}

void TestWebSocketGate::message_againstTheRules_closesWithTheCode()
{
    QFETCH(QByteArray, wire);
    QFETCH(int, code);
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(clientFrame("good") + wire + clientFrame("unheard"));
    QCOMPARE(client.take(10), "\x81\x04good" + closeFrame(static_cast<quint16>(code)));
    QVERIFY(client.isClosedByServer());
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
    QCOMPARE(gate.count(Counter::BytesIn), 4U);
    QCOMPARE(gate.count(Counter::TcpClosed), 1U);
}

void TestWebSocketGate::messages_ofOneThatFloods_letOthersIn_data()
{
    QTest::addColumn<QByteArray>("flood");
    QTest::addColumn<int>("messages");
    QTest::addColumn<int>("most"); // of them before the other's
    QByteArray small;
    for (int i = 0; i < 4'000; ++i)
        small += clientFrame(QByteArray::number(i));
    QTest::newRow("many") << small << 4'000 << 16;
    QByteArray large;
    for (int i = 0; i < 60; ++i)
        large += clientFrame(QByteArray(16'384, 'x'));
    QTest::newRow("large") << large << 60 << 0;
}

/// Both have spoken while the worker was busy, the one that floods first.
void TestWebSocketGate::messages_ofOneThatFloods_letOthersIn()
{
    QFETCH(QByteArray, flood);
    QFETCH(int, messages);
    QFETCH(int, most);
    GateFixture gate;
    RawClient flooding(gate.port());
    RawClient other(gate.port());
    QCOMPARE(flooding.ask(upgrade("/")).status, 101);
    QCOMPARE(other.ask(upgrade("/")).status, 101);
    for (RawClient *client : {&flooding, &other}) { // neither is new any more
        client->send(clientFrame("hi"));
        QCOMPARE(client->take(4), QByteArray("\x81\x02hi"));
    }
    QSemaphore isHeld, release;
    gate.worker().post([&] {
        isHeld.release();
        release.acquire();
    });
    isHeld.acquire();
    const qsizetype atOnce = std::min<qsizetype>(flood.size(), 60'000); // as is read
    flooding.send(flood.first(atOnce));
    other.send(clientFrame("mark"));
    release.release();
    flooding.send(flood.sliced(atOnce));
    QCOMPARE(other.take(6), QByteArray("\x81\x04mark"));
    QVERIFY2(gate.listener().heardAtMark - 2 <= most, QByteArray::number(gate.listener().heardAtMark));

    QByteArray echoed; // of the flood, in order
    for (int i = 0; i < messages; ++i) {
        QByteArray head = flooding.take(2);
        QVERIFY(head.size() == 2 && head.front() == '\x81');
        qsizetype size = head.back();
        if (size == 126)
            size = qFromBigEndian<quint16>(flooding.take(2).constData());
        const QByteArray text = flooding.take(size);
        QCOMPARE(text, messages == 60 ? QByteArray(16'384, 'x') : QByteArray::number(i));
    }
    QCOMPARE(gate.listener().heard, 2 + messages + 1);
}

/// They all speak for the first time, before the one who was there does.
void TestWebSocketGate::messages_ofACrowdThatIsNew_letOthersIn()
{
    GateFixture gate;
    RawClient other(gate.port());
    QCOMPARE(other.ask(upgrade("/")).status, 101);
    other.send(clientFrame("hi"));
    QCOMPARE(other.take(4), QByteArray("\x81\x02hi"));
    std::vector<std::unique_ptr<RawClient>> crowd;
    for (int i = 0; i < 50; ++i) {
        crowd.push_back(std::make_unique<RawClient>(gate.port()));
        QCOMPARE(crowd.back()->ask(upgrade("/")).status, 101);
    }
    QSemaphore isHeld, release;
    gate.worker().post([&] {
        isHeld.release();
        release.acquire();
    });
    isHeld.acquire();
    for (const auto &client : crowd)
        client->send(clientFrame("new"));
    other.send(clientFrame("mark"));
    release.release();
    QCOMPARE(other.take(6), QByteArray("\x81\x04mark"));
    QCOMPARE(gate.listener().heardAtMark.load(), 1);
    for (const auto &client : crowd)
        QCOMPARE(client->take(5), QByteArray("\x81\x03new"));
}

void TestWebSocketGate::messages_manyAtOnce_thenTheEnd_areAllHeard()
{
    GateFixture gate;
    RawClient client(gate.port());
    QByteArray bytes = upgrade("/");
    for (int i = 0; i < 3'000; ++i)
        bytes += clientFrame("x");
    client.send(bytes);
    client.socket().disconnectFromHost();
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
    QCOMPARE(gate.listener().heard, 3'000);
    gate.settle();
    QVERIFY(!gate.listener().closed.tryAcquire(1, 0)); // told once
}

void TestWebSocketGate::ping_isAnswered()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(ping("are you there") + ping({}) + ClientFrame{Opcode::Pong, "unasked"}.wire());
    QCOMPARE(client.take(17), QByteArray("\x8A\x0D"
                                         "are you there\x8A\x00",
                                         17));
    QCOMPARE(gate.count(Counter::BytesIn), 0U);
}

void TestWebSocketGate::ping_flood_unreadByThePeer_isAnsweredOnceItReads()
{
    GateOptions options;
    options.outboxSoftBytes = 10'000;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.socket().setReadBufferSize(1);
    client.send(clientFrame("flood"));
    QVERIFY(gate.listener().flooded.tryAcquire(1, patience));
    const qint64 flooded = (gate.listener().sent + gate.listener().buffered) * qint64(60'004);
    QByteArray pings;
    for (int i = 0; i < 100'000; ++i)
        pings += ping(QByteArray::number(i));
    client.send(pings + ping("the last") + clientFrame("heard"));
    QTRY_COMPARE_WITH_TIMEOUT(gate.count(Counter::BytesIn), 10U, patience);
    client.socket().setReadBufferSize(0);
    client.take(flooded);
    // RFC 6455, 5.5.3: one pong may answer many pings.
    QCOMPARE(client.take(17), QByteArray("\x81\x05heard\x8A\x08the last"));
}

void TestWebSocketGate::message_aboveMaxPayload_closesWith1009()
{
    GateOptions options;
    options.maxPayload = 1'000;
    GateFixture gate(options);
    Client client(gate.port());
    client->sendBinaryMessage(QByteArray(1'001, 'x'));
    QVERIFY(client.isClosed());
    QCOMPARE(client->closeCode(), QWebSocketProtocol::CloseCodeTooMuchData);
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
}

void TestWebSocketGate::message_farAboveMaxPayload_closesWith1009()
{
    GateFixture gate;
    Client client(gate.port());
    client->sendBinaryMessage(QByteArray(3'000'000, 'x')); // still being sent when the answer is given
    QVERIFY(client.isClosed());
    QCOMPARE(client->closeCode(), QWebSocketProtocol::CloseCodeTooMuchData);
}

void TestWebSocketGate::message_atMaxPayload_passes()
{
    GateOptions options;
    options.maxPayload = 1'000;
    GateFixture gate(options);
    Client client(gate.port());
    QSignalSpy binaries(&client.socket(), &QWebSocket::binaryMessageReceived);
    client->sendBinaryMessage(QByteArray(1'000, 'x'));
    QVERIFY(binaries.wait(patience));
}

void TestWebSocketGate::close_fromTheServer_givesTheCode()
{
    GateFixture gate;
    Client client(gate.port());
    QSignalSpy texts(&client.socket(), &QWebSocket::textMessageReceived);
    client->sendTextMessage(QStringLiteral("first"));
    client->sendTextMessage(QStringLiteral("close"));
    QVERIFY(client.isClosed());
    QCOMPARE(texts.size(), 1); // what was sent before the close arrives
    QCOMPARE(static_cast<int>(client->closeCode()), 4001);
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
    gate.settle();
    QVERIFY(!gate.listener().closed.tryAcquire());
    QCOMPARE(gate.listener().calledWithin.load(), 0);
    QCOMPARE(gate.count(Counter::TcpClosed), 1U);
}

void TestWebSocketGate::close_withoutCode_isAnEmptyFrame()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(clientFrame("hello") + clientFrame("bye"));
    QCOMPARE(client.take(9), QByteArray("\x81\x05"
                                        "hello\x88\x00",
                                        9));
    client.send(closing());
    QVERIFY(client.isClosedByServer());
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
}

void TestWebSocketGate::close_fromTheClient_isToldOnce()
{
    GateFixture gate;
    Client client(gate.port());
    client->close();
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
    gate.settle();
    QVERIFY(!gate.listener().closed.tryAcquire());
    QCOMPARE(gate.count(Counter::TcpClosed), 1U);
}

void TestWebSocketGate::close_fromTheClient_isEchoed_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<QByteArray>("echo");
    QTest::newRow("empty") << QByteArray() << QByteArray("\x88\x00", 2);
    QTest::newRow("code") << QByteArray("\x03\xE9") << QByteArray("\x88\x02\x03\xE9");
    QTest::newRow("code and reason") << QByteArray("\x0F\xA1why") << QByteArray("\x88\x02\x0F\xA1");
    QTest::newRow("no such code") << QByteArray("\x03\xED") << QByteArray("\x88\x02\x03\xEA");
}

void TestWebSocketGate::close_fromTheClient_isEchoed()
{
    QFETCH(QByteArray, payload);
    QFETCH(QByteArray, echo);
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(clientFrame("last") + closing(payload) + clientFrame("unheard"));
    QCOMPARE(client.take(6 + echo.size()), "\x81\x04last" + echo);
    QVERIFY(client.isClosedByServer());
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
    QCOMPARE(gate.count(Counter::BytesIn), 4U);
    QCOMPARE(gate.count(Counter::TcpClosed), 1U);
}

void TestWebSocketGate::close_fromTheServer_dataBehindItIsUnheard()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(clientFrame("close") + clientFrame("unheard") + ping("unanswered"));
    QCOMPARE(client.take(4), closeFrame(4001));
    client.send(clientFrame(QByteArray(50'000, 'x')));
    client.send(closing("\x0F\xA1"));
    QVERIFY(client.isClosedByServer());
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
    QCOMPARE(gate.count(Counter::BytesIn), 5U);
    QCOMPARE(gate.listener().calledWithin.load(), 0);
}

void TestWebSocketGate::close_fromTheServer_peerThatGoesOn_isNotWaitedFor()
{
    GateOptions options;
    options.closeTimeout = 1h;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(clientFrame("close") + clientFrame("x").repeated(5'000));
    QCOMPARE(client.take(4), closeFrame(4001));
    QVERIFY(client.isClosedByServer());
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
    QCOMPARE(gate.listener().heard, 1);
}

void TestWebSocketGate::close_unansweredByThePeer_endsByDeadline()
{
    GateOptions options;
    options.closeTimeout = 100ms;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(clientFrame("close"));
    QCOMPARE(client.take(4), closeFrame(4001));
    QVERIFY(client.isClosedByServer());
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
}

void TestWebSocketGate::close_unreadByThePeer_endsByDeadline()
{
    GateOptions options;
    options.closeTimeout = 100ms;
    options.outboxMaxBytes = 20'000'000;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.socket().setReadBufferSize(1);
    client.send(clientFrame("flood"));
    QVERIFY(gate.listener().flooded.tryAcquire(1, patience));
    client.send(clientFrame("close"));
    QVERIFY(gate.listener().closed.tryAcquire(1, patience));
}

void TestWebSocketGate::destroy_withinItsCallback_closes()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.send(clientFrame("destroy") + clientFrame("unheard")); // in one read
    QVERIFY(client.isClosedByServer());
    gate.settle();
    QVERIFY(!gate.listener().closed.tryAcquire());
    QCOMPARE(gate.count(Counter::TcpClosed), 1U);
}

void TestWebSocketGate::flood_unreadByThePeer_isBufferedThenDropped()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.socket().setReadBufferSize(1);
    client.send(clientFrame("flood"));
    QVERIFY(gate.listener().flooded.tryAcquire(1, patience));
    QCOMPARE(gate.listener().dropped.load(), 1);
    QVERIFY(gate.listener().sent > 0);      // what the kernel takes
    QVERIFY(gate.listener().buffered > 60); // 4 MB less the soft limit, in frames of 60 kB
    // What was accepted arrives in full.
    client.socket().setReadBufferSize(0);
    const qint64 expected = (gate.listener().sent + gate.listener().buffered) * qint64(60'004);
    qint64 received = 0;
    while (received < expected && client.socket().waitForReadyRead(patience))
        received += client.socket().readAll().size();
    QCOMPARE(received, expected);
}

void TestWebSocketGate::flood_oneTurnBelowMax_isNotDropped()
{
    // All frames of one turn are larger together than the outbox, and the peer reads.
    GateOptions options;
    options.outboxSoftBytes = 1'000;
    options.outboxMaxBytes = 20'000;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    QByteArray wire;
    for (int i = 0; i < 100; ++i)
        wire += clientFrame(QByteArray(500, 'x'));
    client.send(wire);
    qint64 received = 0;
    while (received < 100 * 504 && client.socket().waitForReadyRead(patience))
        received += client.socket().readAll().size();
    QCOMPARE(received, qint64(100 * 504));
}

void TestWebSocketGate::flood_thenRead_isToldDrainedOnce()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(upgrade("/")).status, 101);
    client.socket().setReadBufferSize(1);
    client.send(clientFrame("flood"));
    QVERIFY(gate.listener().flooded.tryAcquire(1, patience));
    gate.settle();
    QVERIFY(!gate.listener().drained.tryAcquire());
    client.socket().setReadBufferSize(0);
    client.take((gate.listener().sent + gate.listener().buffered) * qsizetype(60'004));
    QVERIFY(gate.listener().drained.tryAcquire(1, patience));
    client.send(clientFrame("hello"));
    QCOMPARE(client.take(7), QByteArray("\x81\x05hello"));
    gate.settle();
    QVERIFY(!gate.listener().drained.tryAcquire());
    QCOMPARE(gate.listener().calledWithin.load(), 0);
}

void TestWebSocketGate::stop_withOpenSockets_isQuiet()
{
    GateFixture gate;
    Client first(gate.port());
    Client second(gate.port());
    RawClient inHandshake(gate.port());
    inHandshake.send("GET / HTTP/1.1\r\n");
    RawClient held(gate.port());
    held.send(get("/hold"));
    gate.listener().held.acquire();
    gate.stop();
    QVERIFY(first.isClosed());
    QVERIFY(second.isClosed());
    QVERIFY(held.isClosedByServer());
    QCOMPARE(gate.count(Counter::TcpAccepted), gate.count(Counter::TcpClosed));
}

QTEST_GUILESS_MAIN(TestWebSocketGate)
#include "tst_websocket_gate.moc"
