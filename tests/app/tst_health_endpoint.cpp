#include "TelemetryFixture.h"
#include "app/HealthEndpoint.h"
#include "app/MetricsLog.h"
#include "app/ProcessStats.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpSocket>
#include <QtTest>

using namespace concierge;
using namespace concierge::app;

namespace {

/// A server with three sessions and forty messages.
struct Figures : test::TelemetryFixture
{
    Figures()
    {
        for (int i = 0; i < 3; ++i)
            counters.sessionOpened();
        counters.add(metrics::Counter::MessagesIn, 40);
    }
};

transport::HttpRequest request(const QByteArray &method, const QByteArray &path)
{
    transport::HttpRequest made;
    made.method = method;
    made.path = path;
    return made;
}

} // namespace

class HealthEndpointTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void health_get_hasTheSeedsKeysFirst();
    void health_whileDraining_staysHealthyAndSaysSo();
    void ready_whileDraining_is503();
    void ready_whileTheStoreTakesNothing_is503WithTheReason();
    void ready_whileRedisIsLost_is503WithTheReason();
    void ready_whileNobodyComesIn_is503WithTheReason_data();
    void ready_whileNobodyComesIn_is503WithTheReason();
    void answer_methodAndPath_giveTheStatus_data();
    void answer_methodAndPath_giveTheStatus();
    void listen_overTheNetwork_answersGetAndHead();
    void memoryUsage_ofThisProcess_isPlausible();
    void metricsLog_everySixtiethSample_logsTheSeedsLine();
};

void HealthEndpointTest::health_get_hasTheSeedsKeysFirst()
{
    Figures figures;
    HealthEndpoint endpoint(figures.telemetry);
    figures.clock.advance(Milliseconds(61'250));
    const auto response = endpoint.answer(request("GET", "/health"));
    QCOMPARE(response.status, 200);
    QCOMPARE(response.contentType, QByteArray("application/json; charset=utf-8"));
    QVERIFY2(response.body.startsWith(
                 "{\"status\":\"healthy\",\"connections\":3,\"uptime\":61.250,\"memory\":{\"rss\":"),
             response.body.constData());
    const QJsonObject object = QJsonDocument::fromJson(response.body).object();
    QCOMPARE(object[QLatin1String("timestamp")].toString(), QStringLiteral("2023-11-14T22:14:21.250Z"));
    QCOMPARE(object[QLatin1String("memory")].toObject().keys(),
             (QStringList{QStringLiteral("arrayBuffers"), QStringLiteral("external"),
                          QStringLiteral("heapTotal"), QStringLiteral("heapUsed"), QStringLiteral("rss")}));
    QCOMPARE(object[QLatin1String("version")].toString(), QStringLiteral(CONCIERGE_VERSION));
    QCOMPARE(object[QLatin1String("peakConnections")].toInt(), 3);
    QCOMPARE(object[QLatin1String("usersOnline")].toInt(), 2);
    QCOMPARE(object[QLatin1String("usersIdle")].toInt(), 1);
    QCOMPARE(object[QLatin1String("totalMessages")].toInt(), 40);
    QCOMPARE(object[QLatin1String("draining")].toBool(true), false);
    QCOMPARE(object[QLatin1String("storeWorking")].toBool(), true);
    QCOMPARE(object[QLatin1String("waitingMessages")].toInt(-1), 0);
    QVERIFY(object[QLatin1String("deliveryP95Ms")].isNull());
}

void HealthEndpointTest::health_whileDraining_staysHealthyAndSaysSo()
{
    Figures figures;
    figures.isDraining = true;
    HealthEndpoint endpoint(figures.telemetry);
    const auto response = endpoint.answer(request("GET", "/health"));
    QCOMPARE(response.status, 200);
    QVERIFY2(response.body.contains("\"draining\":true"), response.body.constData());
}

void HealthEndpointTest::ready_whileDraining_is503()
{
    Figures figures;
    HealthEndpoint endpoint(figures.telemetry);
    const auto before = endpoint.answer(request("GET", "/ready"));
    QCOMPARE(before.status, 200);
    QCOMPARE(before.body, QByteArray("{\"status\":\"ready\"}"));
    figures.isDraining = true;
    const auto after = endpoint.answer(request("GET", "/ready"));
    QCOMPARE(after.status, 503);
    QCOMPARE(after.body, QByteArray("{\"status\":\"draining\"}"));
}

void HealthEndpointTest::ready_whileTheStoreTakesNothing_is503WithTheReason()
{
    Figures figures;
    figures.store->fails(QStringLiteral("the \"disk\" is full"));
    HealthEndpoint endpoint(figures.telemetry);
    const auto answer = endpoint.answer(request("GET", "/ready"));
    QCOMPARE(answer.status, 503);
    QCOMPARE(answer.body, QByteArray("{\"status\":\"unavailable\",\"reason\":\"the \\\"disk\\\" is full\"}"));
    const auto health = endpoint.answer(request("GET", "/health"));
    QCOMPARE(health.status, 200);
    QVERIFY2(health.body.startsWith("{\"status\":\"degraded\","), health.body.constData());
}

void HealthEndpointTest::ready_whileRedisIsLost_is503WithTheReason()
{
    test::TelemetryFixture figures(true);
    HealthEndpoint endpoint(figures.telemetry);
    figures.cluster->up();
    QCOMPARE(endpoint.answer(request("GET", "/ready")).status, 200);
    QVERIFY(endpoint.answer(request("GET", "/health")).body.contains("\"redis\":\"up\""));
    figures.cluster->down(QStringLiteral("Redis at h:1 refuses connections"));
    const auto ready = endpoint.answer(request("GET", "/ready"));
    QCOMPARE(ready.status, 503);
    QCOMPARE(ready.body,
             QByteArray("{\"status\":\"unavailable\",\"reason\":\"Redis at h:1 refuses connections\"}"));
    const auto health = endpoint.answer(request("GET", "/health"));
    QCOMPARE(health.status, 200);
    QVERIFY(health.body.startsWith("{\"status\":\"degraded\""));
    QVERIFY(health.body.contains("\"redis\":\"down\""));
}

void HealthEndpointTest::ready_whileNobodyComesIn_is503WithTheReason_data()
{
    QTest::addColumn<QString>("blocked");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("descriptors") << QStringLiteral("descriptors") << QByteArray("file descriptors");
    QTest::newRow("memory") << QStringLiteral("memory") << QByteArray("MEMORY_WATERMARK");
    QTest::newRow("full") << QStringLiteral("max_connections") << QByteArray("MAX_CONNECTIONS");
}
void HealthEndpointTest::ready_whileNobodyComesIn_is503WithTheReason()
{
    QFETCH(QString, blocked);
    QFETCH(QByteArray, word);
    Figures figures;
    HealthEndpoint endpoint(figures.telemetry);
    figures.blocked = blocked;
    const auto answer = endpoint.answer(request("GET", "/ready"));
    QCOMPARE(answer.status, 503);
    QVERIFY2(answer.body.contains(word), answer.body.constData());
    const auto health = endpoint.answer(request("GET", "/health"));
    QCOMPARE(health.status, 200);
    QVERIFY(health.body.contains("\"status\":\"degraded\""));
    QVERIFY(health.body.contains("\"acceptsConnections\":false"));
    QVERIFY(
        endpoint.answer(request("GET", "/metrics")).body.contains("\nconcierge_accepting_connections 0\n"));
    figures.blocked.clear();
    QCOMPARE(endpoint.answer(request("GET", "/ready")).status, 200);
}

void HealthEndpointTest::answer_methodAndPath_giveTheStatus_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    const auto row = [](const char *method, const char *path, int status) {
        QTest::addRow("%s %s", method, path) << QByteArray(method) << QByteArray(path) << status;
    };
    row("GET", "/health", 200);
    row("GET", "/health/", 200);
    row("HEAD", "/health", 200);
    row("HEAD", "/ready", 200);
    row("POST", "/health", 405);
    row("DELETE", "/ready", 405);
    row("GET", "/", 404);
    row("GET", "/metrics", 200);
    row("HEAD", "/metrics", 200);
    row("POST", "/metrics", 405);
    row("GET", "/healthy", 404);
    row("GET", "/health/x", 404);
    row("POST", "/x", 404);
}

void HealthEndpointTest::answer_methodAndPath_giveTheStatus()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(int, status);
    Figures figures;
    HealthEndpoint endpoint(figures.telemetry);
    const auto response = endpoint.answer(request(method, path));
    QCOMPARE(response.status, status);
    const bool saysWhatIsAllowed =
        response.headers.contains(std::pair(QByteArray("Allow"), QByteArray("GET, HEAD")));
    QCOMPARE(saysWhatIsAllowed, status == 405);
}

void HealthEndpointTest::listen_overTheNetwork_answersGetAndHead()
{
    Figures figures;
    HealthEndpoint endpoint(figures.telemetry);
    QVERIFY(endpoint.listen(QHostAddress(QHostAddress::LocalHost), 0));
    QVERIFY(endpoint.port() != 0);
    const auto ask = [&endpoint](const QByteArray &method) {
        QTcpSocket socket;
        QByteArray answer;
        QObject::connect(&socket, &QTcpSocket::readyRead, [&] { answer += socket.readAll(); });
        socket.connectToHost(QHostAddress(QHostAddress::LocalHost), endpoint.port());
        socket.write(method + " /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        QSignalSpy closed(&socket, &QTcpSocket::disconnected);
        if (socket.state() != QAbstractSocket::UnconnectedState)
            closed.wait(5'000);
        return answer;
    };
    const QByteArray got = ask("GET");
    QVERIFY2(got.startsWith("HTTP/1.1 200 "), got.constData());
    QVERIFY2(got.contains("\r\n\r\n{\"status\":\"healthy\""), got.constData());
    const QByteArray head = ask("HEAD");
    QVERIFY2(head.startsWith("HTTP/1.1 200 "), head.constData());
    QVERIFY2(head.endsWith("\r\n\r\n"), head.constData());
}

void HealthEndpointTest::memoryUsage_ofThisProcess_isPlausible()
{
    const MemoryUsage usage = memoryUsage();
    QVERIFY(usage.rss > 1'000'000);
    QVERIFY(usage.heapUsed <= usage.heapTotal);
    QCOMPARE(usage.arrayBuffers, qint64(0));
}

void HealthEndpointTest::metricsLog_everySixtiethSample_logsTheSeedsLine()
{
    Figures figures;
    const MetricsLog log(figures.telemetry);
    for (int i = 0; i < 59; ++i)
        figures.sampleAfter(Telemetry::interval); // a line here would be a warning that no test expects
    QTest::ignoreMessage(QtInfoMsg,
                         "Socket.IO metrics: activeConnections=3 peakConnections=3 totalMessages=40 "
                         "onlineUsers=2 uptime=60.000");
    figures.sampleAfter(Telemetry::interval);
}

QTEST_GUILESS_MAIN(HealthEndpointTest)
#include "tst_health_endpoint.moc"
