#include "GateFixture.h"

#include "transport/HttpEndpoint.h"

#include <QSignalSpy>
#include <QTest>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::transport;
using namespace std::chrono_literals;
using metrics::Counter;

namespace {
constexpr int patience = 20'000; // ms
}

/// The endpoint runs on this thread: clients here must not block.
class TestHttpEndpoint : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void request_isAnswered();
    void upgrade_is400();
    void deadline_closes();
    void destroyed_withOpenConnections_closesThem();

private:
    QByteArray talk(quint16 port, const QByteArray &wire);

    SystemClock m_clock;
    ScriptedListener m_listener{0};
};

/// What came until the server closed.
QByteArray TestHttpEndpoint::talk(quint16 port, const QByteArray &wire)
{
    QTcpSocket socket;
    QSignalSpy disconnected(&socket, &QTcpSocket::disconnected);
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
    socket.write(wire);
    return disconnected.wait(patience) ? socket.readAll() : QByteArray("still open");
}

void TestHttpEndpoint::request_isAnswered()
{
    metrics::ThreadCounters counters;
    HttpEndpoint endpoint({}, m_listener, m_clock, counters);
    QVERIFY(endpoint.listen(QHostAddress::LocalHost));
    const QByteArray answers =
        talk(endpoint.serverPort(), get("/a") + get("/worker?worker=1") + get("/b", "Connection: close\r\n"));
    QCOMPARE(answers.count("HTTP/1.1 200 OK"), 3);
    QVERIFY(answers.endsWith("GET /b "));
    QCOMPARE(counters.read(Counter::HttpRequests), 3U);
    QTRY_COMPARE_WITH_TIMEOUT(counters.read(Counter::TcpClosed), counters.read(Counter::TcpAccepted),
                              patience);
    QCOMPARE(counters.read(Counter::TcpAccepted), 1U);
}

void TestHttpEndpoint::upgrade_is400()
{
    metrics::ThreadCounters counters;
    HttpEndpoint endpoint({}, m_listener, m_clock, counters);
    QVERIFY(endpoint.listen(QHostAddress::LocalHost));
    QVERIFY(talk(endpoint.serverPort(), upgrade("/")).startsWith("HTTP/1.1 400 "));
}

void TestHttpEndpoint::deadline_closes()
{
    GateOptions options;
    options.headTimeout = 30ms;
    metrics::ThreadCounters counters;
    HttpEndpoint endpoint(options, m_listener, m_clock, counters);
    QVERIFY(endpoint.listen(QHostAddress::LocalHost));
    QVERIFY(talk(endpoint.serverPort(), "GET / HTTP/1.1\r\n").startsWith("HTTP/1.1 408 "));
    QCOMPARE(talk(endpoint.serverPort(), {}), QByteArray());
}

void TestHttpEndpoint::destroyed_withOpenConnections_closesThem()
{
    metrics::ThreadCounters counters;
    QTcpSocket socket;
    QSignalSpy readable(&socket, &QTcpSocket::readyRead);
    QSignalSpy disconnected(&socket, &QTcpSocket::disconnected);
    {
        HttpEndpoint endpoint({}, m_listener, m_clock, counters);
        QVERIFY(endpoint.listen(QHostAddress::LocalHost));
        socket.connectToHost(QHostAddress(QHostAddress::LocalHost), endpoint.serverPort());
        socket.write(get("/a"));
        QVERIFY(readable.wait(patience));
    }
    QVERIFY(disconnected.wait(patience));
    QCOMPARE(counters.read(Counter::TcpClosed), 1U);
}

QTEST_GUILESS_MAIN(TestHttpEndpoint)
#include "tst_http_endpoint.moc"
