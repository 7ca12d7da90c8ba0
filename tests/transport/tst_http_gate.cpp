#include "GateFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::transport;
using namespace std::chrono_literals;
using metrics::Counter;

namespace {
constexpr int patience = 20'000; // ms

GateOptions patient()
{
    GateOptions options;
    options.headTimeout = options.bodyTimeout = options.keepAliveTimeout = options.closeTimeout = 60'000ms;
    return options;
}
} // namespace

class TestHttpGate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void request_inPieces_isAnswered();
    void response_head_isComplete();
    void response_toHead_hasNoBody();
    void keepAlive_severalRequests_oneConnection();
    void keepAlive_connectionClose_isClosedAfterTheAnswer_data();
    void keepAlive_connectionClose_isClosedAfterTheAnswer();
    void keepAlive_http10WithKeepAlive_staysOpen();
    void drain_answersEndTheConnection();
    void drain_idleConnection_isClosed();
    void requests_ofManyWhoLeaveAtOnce_areAllServed();
    void pipelined_answersKeepTheirOrder();
    void pipelined_behindAHeldRequest_waits();
    void pipelined_withoutReading_isHeldBack();
    void badRequest_is400AndClosed();
    void tooLargeHead_is431AndClosed();
    void tooLargeBody_is413AndClosed_data();
    void tooLargeBody_is413AndClosed();
    void expectContinue_isInvited();
    void expectContinue_bodySentAlready_isNotInvited();
    void headDeadline_partOfAHead_is408();
    void headDeadline_nothingSent_closesSilently();
    void headDeadline_afterAnAnswer_countsFromTheFirstByte();
    void bodyDeadline_is408();
    void idleDeadline_closesSilently();
    void lingerDeadline_peerThatStays_isDropped();
    void heldRequest_outlivesTheDeadlines();
    void heldRequest_peerGoesAway_aborts();
    void heldRequest_dropped_closes();
    void bodyBegins_isToldOnceAndEnds();
    void bodyBegins_peerGoesAway_ends();
    void counters_add_up();
};

void TestHttpGate::request_inPieces_isAnswered()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.socket().setSocketOption(QAbstractSocket::LowDelayOption, 1);
    const QByteArray wire = post("/echo", "some body");
    for (const char byte : wire)
        client.send(QByteArrayView(&byte, 1));
    const RawResponse response = client.receive();
    QCOMPARE(response.status, 200);
    QCOMPARE(response.body, QByteArray("POST /echo some body"));
}

void TestHttpGate::response_head_isComplete()
{
    GateFixture gate;
    RawClient client(gate.port());
    const RawResponse response = client.ask(get("/echo"));
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("content-type"), QByteArray("text/plain"));
    QCOMPARE(response.header("content-length"), QByteArray::number(response.body.size()));
    QCOMPARE(response.header("connection"), QByteArray("keep-alive"));
    QVERIFY(response.header("date").endsWith(" GMT"));
    QCOMPARE(response.header("vary"), QByteArray()); // CORS is off
}

void TestHttpGate::response_toHead_hasNoBody()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n" + get("/second"));
    const RawResponse response = client.receive(false);
    QCOMPARE(response.header("content-length"), QByteArray::number(int(qstrlen("HEAD /echo "))));
    QCOMPARE(client.receive().body, QByteArray("GET /second "));
}

void TestHttpGate::keepAlive_severalRequests_oneConnection()
{
    GateFixture gate;
    RawClient client(gate.port());
    for (int i = 0; i < 20; ++i)
        QCOMPARE(client.ask(post("/echo", QByteArray::number(i))).body,
                 "POST /echo " + QByteArray::number(i));
    QCOMPARE(gate.count(Counter::TcpAccepted), 1U);
    QCOMPARE(gate.count(Counter::HttpRequests), 20U);
}

void TestHttpGate::keepAlive_connectionClose_isClosedAfterTheAnswer_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::newRow("1.1 close") << get("/echo", "Connection: close\r\n");
    QTest::newRow("1.0") << QByteArray("GET /echo HTTP/1.0\r\n\r\n");
}

void TestHttpGate::keepAlive_connectionClose_isClosedAfterTheAnswer()
{
    QFETCH(QByteArray, request);
    GateFixture gate;
    RawClient client(gate.port());
    client.send(request + get("/never"));
    const RawResponse response = client.receive();
    QCOMPARE(response.body, QByteArray("GET /echo "));
    QCOMPARE(response.header("connection"), QByteArray("close"));
    QVERIFY(client.isClosedByServer());
}

void TestHttpGate::keepAlive_http10WithKeepAlive_staysOpen()
{
    GateFixture gate;
    RawClient client(gate.port());
    const QByteArray request = "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    QCOMPARE(client.ask(request).header("connection"), QByteArray("keep-alive"));
    QCOMPARE(client.ask(request).status, 200);
}

void TestHttpGate::drain_answersEndTheConnection()
{
    GateFixture gate(patient());
    RawClient early(gate.port());
    early.send("GET /echo HTTP/1.1\r\n"); // under way when the drain begins
    RawClient waiting(gate.port());
    waiting.send(get("/hold"));
    QVERIFY(gate.listener().held.tryAcquire(1, patience));
    gate.worker().post([&gate] { gate.worker().drain(); });
    gate.settle();
    early.send("Host: x\r\n\r\n");
    QCOMPARE(early.receive().header("connection"), QByteArray("close"));
    QVERIFY(early.isClosedByServer());
    RawClient late(gate.port());
    QCOMPARE(late.ask(get("/release")).header("connection"), QByteArray("close"));
    QVERIFY(late.isClosedByServer());
    QCOMPARE(waiting.receive().header("connection"), QByteArray("close"));
    QVERIFY(waiting.isClosedByServer());
}

void TestHttpGate::drain_idleConnection_isClosed()
{
    GateFixture gate(patient());
    RawClient client(gate.port());
    QCOMPARE(client.ask(get("/echo")).header("connection"), QByteArray("keep-alive"));
    gate.worker().post([&gate] { gate.worker().drain(); });
    QVERIFY(client.isClosedByServer());
}

/// More than a turn has shares for, and each has gone when its turn comes.
void TestHttpGate::requests_ofManyWhoLeaveAtOnce_areAllServed()
{
    constexpr int count = 100;
    GateFixture gate(patient());
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<RawClient>(gate.port()));
        QCOMPARE(clients.back()->ask(get("/")).status, 200);
    }
    QSemaphore isHeld, release;
    gate.worker().post([&] {
        isHeld.release();
        release.acquire();
    });
    isHeld.acquire();
    for (const auto &client : clients) {
        client->send(post("/", "last words"));
        client->socket().disconnectFromHost();
    }
    release.release();
    QTRY_COMPARE_WITH_TIMEOUT(gate.count(Counter::TcpClosed), std::uint64_t(count), patience);
    QCOMPARE(gate.count(Counter::HttpRequests), std::uint64_t(2 * count));
}

void TestHttpGate::pipelined_answersKeepTheirOrder()
{
    GateFixture gate;
    RawClient client(gate.port());
    constexpr int count = 5'000; // more than one read buffer, more than one write
    QByteArray wire;
    for (int i = 0; i < count; ++i)
        wire += post("/echo", QByteArray::number(i));
    client.send(wire);
    for (int i = 0; i < count; ++i)
        QCOMPARE(client.receive().body, "POST /echo " + QByteArray::number(i));
}

void TestHttpGate::pipelined_behindAHeldRequest_waits()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.send(get("/hold") + get("/second") + get("/third"));
    gate.listener().held.acquire();
    gate.settle();
    QCOMPARE(gate.count(Counter::HttpRequests), 1U);
    RawClient other(gate.port());
    QCOMPARE(other.ask(get("/release")).body, QByteArray("released"));
    QCOMPARE(client.receive().body, QByteArray("held"));
    QCOMPARE(client.receive().body, QByteArray("GET /second "));
    QCOMPARE(client.receive().body, QByteArray("GET /third "));
}

void TestHttpGate::pipelined_withoutReading_isHeldBack()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.socket().setReadBufferSize(1);
    constexpr unsigned count = 200;
    QByteArray wire;
    for (unsigned i = 0; i < count; ++i)
        wire += get("/big?bytes=200000");
    client.send(wire); // 40 MB of answers: more than the kernel takes
    RawClient other(gate.port());
    QCOMPARE(other.ask(get("/echo")).status, 200);
    gate.settle();
    QVERIFY(gate.count(Counter::HttpRequests) < count);
    client.socket().setReadBufferSize(0);
    for (unsigned i = 0; i < count; ++i)
        QCOMPARE(client.receive().body.size(), 200'000);
}

void TestHttpGate::badRequest_is400AndClosed()
{
    GateFixture gate;
    RawClient client(gate.port());
    const RawResponse response = client.ask("GET / HTTP/1.1\r\nno header\r\n\r\n" + get("/never"));
    QCOMPARE(response.status, 400);
    QCOMPARE(response.header("connection"), QByteArray("close"));
    QVERIFY(client.isClosedByServer());
    QCOMPARE(gate.count(Counter::HttpRefused), 1U);
}

void TestHttpGate::tooLargeHead_is431AndClosed()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(get("/echo", "X: " + QByteArray(100'000, 'x') + "\r\n")).status, 431);
    QVERIFY(client.isClosedByServer());
}

void TestHttpGate::tooLargeBody_is413AndClosed_data()
{
    QTest::addColumn<QByteArray>("request");
    const QByteArray body(2'000'000, 'x');
    QTest::newRow("announced and sent") << post("/echo", body);
    QTest::newRow("announced") << QByteArray(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n");
    QTest::newRow("expecting") << QByteArray("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n"
                                             "Expect: 100-continue\r\n\r\n");
    QTest::newRow("chunked") << "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "1e8480\r\n" +
                                    body;
}

void TestHttpGate::tooLargeBody_is413AndClosed()
{
    QFETCH(QByteArray, request);
    GateFixture gate;
    RawClient client(gate.port());
    const RawResponse response = client.ask(request); // though all of the body is sent first
    QCOMPARE(response.status, 413);
    QCOMPARE(response.header("connection"), QByteArray("close"));
    QVERIFY(client.isClosedByServer());
}

void TestHttpGate::expectContinue_isInvited()
{
    GateFixture gate;
    RawClient client(gate.port());
    const QByteArray head =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n";
    QCOMPARE(client.ask(head).status, 100);
    QCOMPARE(client.ask("hi").body, QByteArray("POST /echo hi"));
}

void TestHttpGate::expectContinue_bodySentAlready_isNotInvited()
{
    GateFixture gate;
    RawClient client(gate.port());
    QCOMPARE(client.ask(post("/echo", "hi", "Expect: 100-continue\r\n")).status, 200);
}

void TestHttpGate::headDeadline_partOfAHead_is408()
{
    GateOptions options = patient();
    options.headTimeout = 50ms;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask("GET / HTTP/1.1\r\nHost: a\r\n").status, 408);
    QVERIFY(client.isClosedByServer());
    QCOMPARE(gate.count(Counter::HttpRefused), 1U);
}

void TestHttpGate::headDeadline_nothingSent_closesSilently()
{
    GateOptions options = patient();
    options.headTimeout = 50ms;
    GateFixture gate(options);
    RawClient client(gate.port()); // as browsers do, in case they need one more
    QVERIFY(client.isClosedByServer());
}

void TestHttpGate::headDeadline_afterAnAnswer_countsFromTheFirstByte()
{
    GateOptions options = patient();
    options.headTimeout = 50ms;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask(get("/echo")).status, 200);
    QCOMPARE(client.ask("GET").status, 408);
}

void TestHttpGate::bodyDeadline_is408()
{
    GateOptions options = patient();
    options.bodyTimeout = 50ms;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell").status, 408);
    QVERIFY(client.isClosedByServer());
}

void TestHttpGate::idleDeadline_closesSilently()
{
    GateOptions options = patient();
    options.keepAliveTimeout = 50ms;
    GateFixture gate(options);
    RawClient client(gate.port());
    QCOMPARE(client.ask(get("/echo")).status, 200);
    QVERIFY(client.isClosedByServer());
}

void TestHttpGate::lingerDeadline_peerThatStays_isDropped()
{
    GateFixture gate(patient());
    RawClient client(gate.port());
    QCOMPARE(client.ask(get("/echo", "Connection: close\r\n")).status, 200);
    QTRY_COMPARE_WITH_TIMEOUT(gate.count(Counter::TcpClosed), 1U, patience);
}

void TestHttpGate::heldRequest_outlivesTheDeadlines()
{
    GateOptions options;
    options.headTimeout = options.bodyTimeout = options.keepAliveTimeout = 30ms;
    GateFixture gate(options);
    RawClient client(gate.port());
    client.send(get("/hold"));
    gate.listener().held.acquire();
    RawClient idle(gate.port());
    QVERIFY(idle.isClosedByServer()); // its deadline was armed after the held one's
    RawClient other(gate.port());
    QCOMPARE(other.ask(get("/release")).status, 200);
    QCOMPARE(client.receive().body, QByteArray("held"));
}

void TestHttpGate::heldRequest_peerGoesAway_aborts()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.send(get("/hold") + get("/second"));
    gate.listener().held.acquire();
    client.socket().abort();
    QVERIFY(gate.listener().aborted.tryAcquire(1, patience));
    gate.settle();
    QCOMPARE(gate.count(Counter::TcpClosed), 1U);
    RawClient other(gate.port());
    QCOMPARE(other.ask(get("/release")).status, 200);
    QVERIFY(!gate.listener().aborted.tryAcquire());
}

void TestHttpGate::heldRequest_dropped_closes()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.send(get("/drop"));
    QVERIFY(client.isClosedByServer());
}

void TestHttpGate::bodyBegins_isToldOnceAndEnds()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    QVERIFY(gate.listener().bodies.tryAcquire(1, patience));
    QVERIFY(!gate.listener().bodyEnds.tryAcquire());
    client.send("a");
    QCOMPARE(client.ask("bc").body, QByteArray("POST /echo abc"));
    QVERIFY(gate.listener().bodyEnds.tryAcquire());
    QVERIFY(!gate.listener().bodies.tryAcquire());
    QCOMPARE(client.ask(post("/echo", "x")).status, 200); // complete at once: never told
    QVERIFY(!gate.listener().bodies.tryAcquire());
}

void TestHttpGate::bodyBegins_peerGoesAway_ends()
{
    GateFixture gate;
    RawClient client(gate.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    QVERIFY(gate.listener().bodies.tryAcquire(1, patience));
    client.socket().abort();
    QVERIFY(gate.listener().bodyEnds.tryAcquire(1, patience));
}

void TestHttpGate::counters_add_up()
{
    GateFixture gate;
    {
        RawClient client(gate.port());
        QCOMPARE(client.ask(post("/echo", "hello")).status, 200);
        QCOMPARE(client.ask(post("/echo", "hello")).status, 200);
    }
    QTRY_COMPARE_WITH_TIMEOUT(gate.count(Counter::TcpClosed), 1U, patience);
    QCOMPARE(gate.count(Counter::TcpAccepted), 1U);
    QCOMPARE(gate.count(Counter::BytesIn), 10U);
    QCOMPARE(gate.count(Counter::BytesOut), 2 * qstrlen("POST /echo hello"));
}

QTEST_GUILESS_MAIN(TestHttpGate)
#include "tst_http_gate.moc"
