#include "GateFixture.h"

#include "support/ClientFrames.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::transport;
using metrics::Counter;

namespace {
constexpr int patience = 20'000; // ms
}

/// How a WebSocket begins: RFC 6455, 4.2.
class TestWebSocketHandshake : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void upgrade_onAUsedConnection_works();
    void upgrade_pipelinedBehindARequest_works();
    void upgrade_wrongHandshake_isRefusedWithAText_data();
    void upgrade_wrongHandshake_isRefusedWithAText();
    void upgrade_unusualHandshake_isAccepted_data();
    void upgrade_unusualHandshake_isAccepted();
    void upgrade_peerGoesAway_leaksNothing();
};

void TestWebSocketHandshake::upgrade_onAUsedConnection_works()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(get("/echo")).status, 200);
    const RawResponse response = client.ask(upgrade("/"));
    QCOMPARE(response.status, 101);
    QCOMPARE(response.header("sec-websocket-accept"), QByteArray("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

void TestWebSocketHandshake::upgrade_pipelinedBehindARequest_works()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.send(get("/echo") + upgrade("/"));
    QCOMPARE(client.receive().status, 200);
    QCOMPARE(client.receive().status, 101);
}

void TestWebSocketHandshake::upgrade_wrongHandshake_isRefusedWithAText_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<QByteArray>("blamed");
    const QByteArray asked("Upgrade: websocket\r\nConnection: Upgrade\r\n");
    const QByteArray version("Sec-WebSocket-Version: 13\r\n");
    const QByteArray key("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    const auto keyOf = [](QByteArrayView text) {
        return "Sec-WebSocket-Key: " + text.toByteArray() + "\r\n";
    };
    QTest::newRow("no version") << asked + key << QByteArray("Sec-WebSocket-Version");
    QTest::newRow("version 99") << asked + key + "Sec-WebSocket-Version: 99\r\n"
                                << QByteArray("Sec-WebSocket-Version");
    QTest::newRow("version 8, among others") << asked + key + version + "Sec-WebSocket-Version: 8\r\n"
                                             << QByteArray("Sec-WebSocket-Version");
    QTest::newRow("no key") << asked + version << QByteArray("Sec-WebSocket-Key");
    QTest::newRow("two keys") << asked + version + key + key << QByteArray("Sec-WebSocket-Key");
    QTest::newRow("empty key") << asked + version + keyOf("") << QByteArray("Sec-WebSocket-Key");
    QTest::newRow("short key") << asked + version + keyOf("abc") << QByteArray("Sec-WebSocket-Key");
    QTest::newRow("15 bytes") << asked + version + keyOf("MTIzNDU2Nzg5MDEyMzQ1")
                              << QByteArray("Sec-WebSocket-Key");
    QTest::newRow("17 bytes") << asked + version + keyOf("MTIzNDU2Nzg5MDEyMzQ1Njc=")
                              << QByteArray("Sec-WebSocket-Key");
    QTest::newRow("no base64") << asked + version + keyOf("dGhl!HNhbXBsZSBub25jZQ==")
                               << QByteArray("Sec-WebSocket-Key");
    QTest::newRow("body") << asked + version + key + "Content-Length: 10\r\n" << QByteArray("body");
    QTest::newRow("chunked body") << asked + version + key + "Transfer-Encoding: chunked\r\n"
                                  << QByteArray("body");
}

void TestWebSocketHandshake::upgrade_wrongHandshake_isRefusedWithAText()
{
    QFETCH(QByteArray, headers);
    QFETCH(QByteArray, blamed);
    GateFixture gate;
    RawClient client(gate.port());
    const RawResponse response = client.ask(get("/", headers));
    QCOMPARE(response.status, 400);
    QVERIFY(response.header("content-type").startsWith("text/plain"));
    QVERIFY2(response.body.contains(blamed), response.body);
    QCOMPARE(response.header("sec-websocket-version"),
             blamed == "Sec-WebSocket-Version" ? QByteArray("13") : QByteArray());
    QVERIFY(client.isClosedByServer());
    QCOMPARE(gate.count(Counter::HttpRefused), 1U);
}

void TestWebSocketHandshake::upgrade_unusualHandshake_isAccepted_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::newRow("list") << QByteArray("Upgrade: foo, websocket\r\nConnection: keep-alive, upgrade\r\n");
    QTest::newRow("capitals") << QByteArray("UPGRADE: WebSocket\r\nCONNECTION: UPGRADE\r\n");
    QTest::newRow("list in several fields")
        << QByteArray("Upgrade: foo\r\nUpgrade: websocket\r\nConnection: close\r\nConnection: Upgrade\r\n");
    QTest::newRow("empty body") << QByteArray(
        "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n");
    QTest::newRow("offers") << QByteArray(
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: a, b\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate\r\n");
}

void TestWebSocketHandshake::upgrade_unusualHandshake_isAccepted()
{
    QFETCH(QByteArray, headers);
    GateFixture gate;
    RawClient client(gate.port());
    const RawResponse response =
        client.ask(get("/", headers + "Sec-WebSocket-Version: 13\r\n"
                                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    QCOMPARE(response.status, 101);
    QCOMPARE(response.headers, (HeaderList{{"Upgrade", "websocket"},
                                           {"Connection", "Upgrade"},
                                           {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}}));
}

void TestWebSocketHandshake::upgrade_peerGoesAway_leaksNothing()
{
    GateFixture gate;
    constexpr unsigned count = 50;
    for (unsigned i = 0; i < count; ++i) {
        RawClient client(gate.port());
        client.send(upgrade("/"));
        client.socket().abort();
    }
    QTRY_COMPARE_WITH_TIMEOUT(gate.count(Counter::TcpAccepted), count, patience);
    QTRY_COMPARE_WITH_TIMEOUT(gate.count(Counter::TcpClosed), count, patience);
}

QTEST_GUILESS_MAIN(TestWebSocketHandshake)
#include "tst_websocket_handshake.moc"
