#include "GateFixture.h"

#include <QSignalSpy>
#include <QTest>
#include <QWebSocket>

#include <thread>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::transport;
using namespace std::chrono_literals;
using metrics::Counter;

namespace {
constexpr int patience = 60'000; // ms
}

class TestIoWorkers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connections_areDealtInTurn();
    void move_keepAliveConnection_servedByItsOwner();
    void move_pipelinedToAndFro_keepsOrder();
    void move_bodySentInPieces_arrives();
    void move_behindALargeAnswer_losesNothing();
    void move_upgrade_servedByItsOwner();
    void move_toAWorkerThatIsNone_stays_data();
    void move_toAWorkerThatIsNone_stays();
    void post_fromManyThreads_runsAllInOrder();
    void post_afterStop_doesNothing();
    void adopt_afterStop_closes();
    void turnHook_runsOnEveryTurn();
    void deadline_onTheWorker_fires();
    void manyConnections_httpAndWebSocket_allServed();
};

void TestIoWorkers::connections_areDealtInTurn()
{
    GateFixture gate({}, 3);
    QByteArrayList served;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(std::make_unique<RawClient>(gate.port()));
        served.append(clients.back()->ask(get("/worker")).body);
    }
    QCOMPARE(served, QByteArrayList({"0", "1", "2", "0", "1", "2"}));
}

void TestIoWorkers::move_keepAliveConnection_servedByItsOwner()
{
    GateFixture gate({}, 2);
    RawClient client(gate.port());
    for (const char *worker : {"0", "1", "1", "0", "1"})
        QCOMPARE(client.ask(get("/worker?worker=" + QByteArray(worker))).body, QByteArray(worker));
    QCOMPARE(gate.count(Counter::TcpAccepted), 1U);
    QCOMPARE(gate.count(Counter::TcpClosed), 0U);
    QCOMPARE(gate.count(Counter::HttpRequests), 5U);
}

void TestIoWorkers::move_pipelinedToAndFro_keepsOrder()
{
    GateFixture gate({}, 2);
    RawClient client(gate.port());
    QByteArray wire;
    for (int i = 0; i < 200; ++i)
        wire += get("/worker?worker=" + QByteArray::number(i / 3 % 2)) + post("/echo", QByteArray::number(i));
    client.send(wire);
    for (int i = 0; i < 200; ++i) {
        QCOMPARE(client.receive().body, QByteArray::number(i / 3 % 2));
        QCOMPARE(client.receive().body, "POST /echo " + QByteArray::number(i));
    }
}

void TestIoWorkers::move_bodySentInPieces_arrives()
{
    GateFixture gate({}, 2);
    RawClient client(gate.port());
    const QByteArray body(500'000, 'x');
    const QByteArray wire = post("/echo?worker=1", body);
    client.send(wire.first(300));
    client.send(wire.sliced(300));
    QCOMPARE(client.receive().body, "POST /echo " + body);
}

void TestIoWorkers::move_behindALargeAnswer_losesNothing()
{
    GateFixture gate({}, 2);
    RawClient client(gate.port());
    client.socket().setReadBufferSize(1); // so that the answer does not fit into the kernel at once
    client.send(get("/big?bytes=30000000") + get("/worker?worker=1"));
    RawClient other(gate.port());
    QCOMPARE(other.ask(get("/echo")).status, 200);
    client.socket().setReadBufferSize(0);
    QCOMPARE(client.receive().body.size(), 30'000'000);
    QCOMPARE(client.receive().body, QByteArray("1"));
}

void TestIoWorkers::move_upgrade_servedByItsOwner()
{
    GateFixture gate({}, 2);
    for (int i = 0; i < 4; ++i) { // from either worker
        QWebSocket client;
        QSignalSpy texts(&client, &QWebSocket::textMessageReceived);
        client.open(QUrl(QStringLiteral("ws://127.0.0.1:%1/worker?worker=1").arg(gate.port())));
        QVERIFY(texts.wait(patience));
        QCOMPARE(texts.first().first().toString(), QStringLiteral("1"));
        client.sendTextMessage(QStringLiteral("hello"));
        QVERIFY(texts.wait(patience));
        QCOMPARE(texts.last().first().toString(), QStringLiteral("hello"));
    }
}

void TestIoWorkers::move_toAWorkerThatIsNone_stays_data()
{
    QTest::addColumn<QByteArray>("worker");
    QTest::newRow("too large") << QByteArray("7");
    QTest::newRow("negative") << QByteArray("-1");
}

void TestIoWorkers::move_toAWorkerThatIsNone_stays()
{
    QFETCH(QByteArray, worker);
    GateFixture gate({}, 2);
    RawClient client(gate.port());
    QCOMPARE(client.ask(get("/worker?worker=" + worker)).body, QByteArray("0"));
}

void TestIoWorkers::post_fromManyThreads_runsAllInOrder()
{
    GateFixture gate;
    constexpr int threads = 4;
    constexpr int posts = 5'000;
    std::array<int, threads> last{}; // the worker's until settle()
    bool isOrdered = true;
    std::vector<std::thread> posters;
    for (int t = 0; t < threads; ++t) {
        posters.emplace_back([&, t] {
            for (int i = 1; i <= posts; ++i) {
                gate.worker().post([&, t, i] {
                    auto &before = last[static_cast<std::size_t>(t)];
                    isOrdered = isOrdered && before == i - 1;
                    before = i;
                });
            }
        });
    }
    for (std::thread &poster : posters)
        poster.join();
    gate.settle();
    QVERIFY(isOrdered);
    for (const int count : last)
        QCOMPARE(count, posts);
}

void TestIoWorkers::post_afterStop_doesNothing()
{
    GateFixture gate;
    gate.stop();
    const auto witness = std::make_shared<int>(0);
    gate.worker().post([witness] { ++*witness; });
    QCOMPARE(witness.use_count(), 1);
    QCOMPARE(*witness, 0);
}

void TestIoWorkers::adopt_afterStop_closes()
{
    GateFixture gate;
    gate.stop();
    class Taker : public QTcpServer
    {
    public:
        explicit Taker(IoWorker &worker)
            : m_worker(worker)
        {}

    protected:
        void incomingConnection(qintptr descriptor) override { m_worker.adopt(descriptor); }

    private:
        IoWorker &m_worker;
    } taker(gate.worker());
    QVERIFY(taker.listen(QHostAddress::LocalHost));
    QTcpSocket client;
    QSignalSpy disconnected(&client, &QTcpSocket::disconnected);
    client.connectToHost(QHostAddress(QHostAddress::LocalHost), taker.serverPort());
    QVERIFY(disconnected.wait(patience));
}

void TestIoWorkers::turnHook_runsOnEveryTurn()
{
    GateFixture gate;
    QSemaphore ran;
    gate.worker().post([&] { gate.worker().addTurnHook([&ran] { ran.release(); }); });
    QVERIFY(ran.tryAcquire(1, patience)); // at the end of the turn in which it was added
    while (ran.tryAcquire()) {
    }
    gate.settle();
    QVERIFY(ran.tryAcquire(1, patience));
}

void TestIoWorkers::deadline_onTheWorker_fires()
{
    struct Alarm final : Deadline
    {
        QSemaphore fired;
        void onDeadline() override { fired.release(); }
    };
    Alarm early;
    Alarm late;
    {
        GateFixture gate;
        SystemClock clock;
        const Milliseconds start = clock.monotonic();
        gate.worker().post([&] {
            gate.worker().deadlines().arm(late, 120ms);
            gate.worker().deadlines().arm(early, 40ms);
        });
        QVERIFY(early.fired.tryAcquire(1, patience));
        QVERIFY(clock.monotonic() - start >= 40ms);
        QVERIFY(!late.fired.tryAcquire() || clock.monotonic() - start >= 120ms);
        QVERIFY(late.fired.tryAcquire(1, patience));
        QVERIFY(clock.monotonic() - start >= 120ms);
    }
}

void TestIoWorkers::manyConnections_httpAndWebSocket_allServed()
{
    GateFixture gate({}, 2);
    constexpr int count = 500;
    int echoed = 0;
    int answered = 0;
    std::vector<std::unique_ptr<QObject>> clients;
    for (int i = 0; i < count; ++i) {
        // A WebSocket, beside an HTTP connection that moves to another worker.
        auto socket = std::make_unique<QWebSocket>();
        QWebSocket *webSocket = socket.get();
        connect(webSocket, &QWebSocket::connected, webSocket,
                [webSocket, i] { webSocket->sendTextMessage(QString::number(i)); });
        connect(webSocket, &QWebSocket::textMessageReceived, webSocket,
                [&echoed, i](const QString &text) { echoed += text == QString::number(i) ? 1 : 0; });
        webSocket->open(QUrl(QStringLiteral("ws://127.0.0.1:%1/?worker=%2").arg(gate.port()).arg(i % 2)));
        clients.push_back(std::move(socket));
        if (i % 5 != 0)
            continue;
        auto plain = std::make_unique<QTcpSocket>();
        QTcpSocket *http = plain.get();
        connect(http, &QTcpSocket::connected, http, [http, i] {
            http->write(get("/worker?worker=" + QByteArray::number(i % 2)) +
                        get("/echo", "Connection: close\r\n"));
        });
        connect(http, &QTcpSocket::disconnected, http,
                [&answered, http] { answered += http->readAll().count("HTTP/1.1 200 OK") == 2 ? 1 : 0; });
        http->connectToHost(QHostAddress(QHostAddress::LocalHost), gate.port());
        clients.push_back(std::move(plain));
    }
    QTRY_COMPARE_WITH_TIMEOUT(echoed, count, patience);
    QTRY_COMPARE_WITH_TIMEOUT(answered, count / 5, patience);
    clients.clear();
    QTRY_COMPARE_WITH_TIMEOUT(gate.count(Counter::TcpClosed), gate.count(Counter::TcpAccepted), patience);
    QCOMPARE(gate.count(Counter::TcpAccepted), static_cast<std::uint64_t>(count + count / 5));
}

QTEST_GUILESS_MAIN(TestIoWorkers)
#include "tst_io_workers.moc"
