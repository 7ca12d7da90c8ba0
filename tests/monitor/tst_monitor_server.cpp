// The monitor and the real server, as two programs.
#include "Banner.h"
#include "ListPage.h"
#include "MainWindow.h"
#include "MonitorTest.h"
#include "OverviewPage.h"

#include <QLabel>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTableView>
#include <QWebSocket>

using namespace concierge;
using namespace concierge::monitor;

namespace {

/// The server's program, on ports and a socket of its own.
class RealServer
{
public:
    RealServer() { m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel); }
    ~RealServer() { kill(); }

    QString socket() const { return m_folder.filePath(QStringLiteral("m.sock")); }
    quint16 port() const { return m_port; }
    quint16 healthPort() const { return m_healthPort; }

    bool start()
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("LOG_LEVEL"), QStringLiteral("error"));
        m_process.setProcessEnvironment(environment);
        m_process.setWorkingDirectory(m_folder.path());
        m_process.start(QStringLiteral(SERVER_PROGRAM),
                        {QStringLiteral("--port"), QStringLiteral("0"), QStringLiteral("--health-port"),
                         QStringLiteral("0"), QStringLiteral("--data-dir"),
                         m_folder.filePath(QStringLiteral("data")), QStringLiteral("--monitor-socket"),
                         socket()});
        QByteArray said;
        while (!said.contains("health on") || !said.endsWith('\n')) {
            if (!m_process.waitForReadyRead(20'000))
                return false;
            said += m_process.readAllStandardOutput();
        }
        m_port = portIn(said, "listening on");
        m_healthPort = portIn(said, "health on");
        return m_port != 0;
    }
    void kill()
    {
        m_process.kill();
        m_process.waitForFinished(20'000);
    }
    bool hasEnded() const { return m_process.state() == QProcess::NotRunning; }
    int exitCode() const { return m_process.exitCode(); }

private:
    static quint16 portIn(const QByteArray &text, const char *word)
    {
        const QRegularExpression expression(QLatin1String(word) + QStringLiteral(" http://\\S+:(\\d+)"));
        return expression.match(QString::fromUtf8(text)).captured(1).toUShort();
    }

    QTemporaryDir m_folder;
    QProcess m_process;
    quint16 m_port = 0;
    quint16 m_healthPort = 0;
};

/// A Socket.IO client that says who it is and answers heartbeats.
class Client : public QObject
{
    Q_OBJECT

public:
    Client(quint16 port, const QString &user)
    {
        connect(&m_socket, &QWebSocket::textMessageReceived, this, [this, user](const QString &packet) {
            if (packet == QLatin1String("2"))
                m_socket.sendTextMessage(QStringLiteral("3"));
            else if (packet.startsWith(QLatin1Char('0')))
                m_socket.sendTextMessage(QStringLiteral("40"));
            else if (packet.startsWith(QLatin1String("40")))
                m_socket.sendTextMessage(QStringLiteral("42[\"newUser\",\"%1\"]").arg(user));
            else if (packet == QLatin1String("41"))
                isEnded = true;
            else if (packet.contains(QLatin1String("getOnlineUsers")))
                isRegistered = true;
        });
        m_socket.open(
            QUrl(QStringLiteral("ws://127.0.0.1:%1/socket.io/?EIO=4&transport=websocket").arg(port)));
    }
    void send(const QString &receiver)
    {
        m_socket.sendTextMessage(
            QStringLiteral("42[\"sendMessage\",{\"receiverId\":\"%1\",\"data\":{\"text\":\"hello\"}}]")
                .arg(receiver));
    }

    bool isRegistered = false;
    bool isEnded = false; ///< its Socket.IO socket, by the server: "io server disconnect"

private:
    QWebSocket m_socket;
};

QString textOf(const QWidget &window, const char *name)
{
    const auto *label = window.findChild<QLabel *>(QLatin1String(name));
    return label ? label->text() : QStringLiteral("(no %1)").arg(QLatin1String(name));
}

/// A line of the Prometheus text format: "name value".
QString metricOf(const QByteArray &metrics, const QByteArray &name)
{
    for (const QByteArray &line : metrics.split('\n')) {
        if (line.startsWith(name + ' '))
            return QString::fromLatin1(line.mid(name.size() + 1));
    }
    return QStringLiteral("(no %1)").arg(QLatin1String(name));
}

} // namespace

class TestMonitorServer : public QObject
{
    Q_OBJECT

private:
    static void watch(MainWindow &window, const RealServer &server)
    {
        window.setServers({{QStringLiteral("Test"), server.socket()}});
        window.resize(1'280, 800);
        window.show();
    }
    static QString banner(MainWindow &window) { return window.banner().situation().text; }

private Q_SLOTS:
    void figuresInTiles_areTheServers()
    {
        RealServer server;
        QVERIFY(server.start());
        std::vector<std::unique_ptr<Client>> clients;
        for (int index = 0; index < 5; ++index)
            clients.push_back(
                std::make_unique<Client>(server.port(), QStringLiteral("user%1").arg(index % 4)));
        for (const auto &client : clients)
            QTRY_VERIFY(client->isRegistered);
        for (int message = 0; message < 7; ++message)
            clients[0]->send(QStringLiteral("nobody%1").arg(message % 2));
        MainWindow window(test::localServer());
        watch(window, server);
        QTRY_COMPARE_WITH_TIMEOUT(textOf(window, "waitingFigure"), QStringLiteral("7"), 10'000);
        QTRY_COMPARE(textOf(window, "peopleFigure"), QStringLiteral("4"));
        QTRY_COMPARE(textOf(window, "peopleNote"), QStringLiteral("5 connections"));
        QTRY_VERIFY(textOf(window, "messagesNote").startsWith(QLatin1Char('7')));
        QCOMPARE(banner(window), QStringLiteral("7 messages wait for people who are offline"));
        // The same by another way: what Prometheus gets.
        QNetworkAccessManager network;
        QNetworkReply *reply = network.get(
            QNetworkRequest(QUrl(QStringLiteral("http://127.0.0.1:%1/metrics").arg(server.healthPort()))));
        QSignalSpy finished(reply, &QNetworkReply::finished);
        QVERIFY(finished.wait());
        const QByteArray metrics = reply->readAll();
        QCOMPARE(textOf(window, "peopleFigure"), metricOf(metrics, "concierge_users_online"));
        QCOMPARE(textOf(window, "waitingFigure"), metricOf(metrics, "concierge_waiting_messages"));
        QCOMPARE(textOf(window, "peakFigure"), metricOf(metrics, "concierge_connections_peak_today"));
        QCOMPARE(textOf(window, "messagesNote").section(QLatin1Char(' '), 0, 0),
                 metricOf(metrics, "concierge_messages_received_total"));
        QCOMPARE(textOf(window, "peopleNote").section(QLatin1Char(' '), 0, 0),
                 metricOf(metrics, "concierge_connections{transport=\"websocket\"}"));
    }

    void disconnectInThePeopleTab_endsThatClientsSocket()
    {
        RealServer server;
        QVERIFY(server.start());
        Client anna(server.port(), QStringLiteral("anna"));
        Client ben(server.port(), QStringLiteral("ben"));
        QTRY_VERIFY(anna.isRegistered && ben.isRegistered);
        MainWindow window(test::localServer());
        watch(window, server);
        window.showTab(MainWindow::People);
        QTRY_COMPARE_WITH_TIMEOUT(window.people().model().rowCount(), 2, 10'000);
        QTRY_COMPARE(window.people().model().index(1, 0).data().toString(), QStringLiteral("ben"));
        window.people().table().selectRow(1);
        window.people().disconnectSelected(true);
        QTRY_VERIFY_WITH_TIMEOUT(!window.message().isEmpty(), 10'000);
        QTRY_VERIFY_WITH_TIMEOUT(ben.isEnded, 10'000);
        QVERIFY(!anna.isEnded);
        QTRY_COMPARE_WITH_TIMEOUT(window.people().model().rowCount(), 1, 10'000);
        QCOMPARE(window.people().model().index(0, 0).data().toString(), QStringLiteral("anna"));
        QVERIFY(!window.message().isEmpty());
    }

    void killedAndRestartedServer_isShownAsSuch()
    {
        RealServer server;
        QVERIFY(server.start());
        MainWindow window(test::localServer());
        watch(window, server);
        QTRY_COMPARE_WITH_TIMEOUT(banner(window), QStringLiteral("Everything is working"), 10'000);
        server.kill();
        QTRY_COMPARE_WITH_TIMEOUT(banner(window), QStringLiteral("The server is not running"), 10'000);
        QVERIFY(server.start());
        QTRY_COMPARE_WITH_TIMEOUT(banner(window), QStringLiteral("Everything is working"), 10'000);
        const auto &markers = window.current()->history().history().markers;
        const auto isStart = [](const feed::Marker &marker) { return marker.kind == QLatin1String("start"); };
        QTRY_VERIFY(std::count_if(markers.begin(), markers.end(), isStart) >= 1);
    }

    void stop_drainsTheServer()
    {
        RealServer server;
        QVERIFY(server.start());
        MainWindow window(test::localServer());
        watch(window, server);
        QTRY_VERIFY_WITH_TIMEOUT(window.current()->feed().snapshot(), 10'000);
        window.current()->stopServer([](const FeedClient::Reply &) {});
        QTRY_VERIFY_WITH_TIMEOUT(server.hasEnded(), 20'000);
        QCOMPARE(server.exitCode(), 0);
        QTRY_COMPARE_WITH_TIMEOUT(banner(window), QStringLiteral("The server is not running"), 10'000);
    }

    void history_ofEveryRange_isTaken()
    {
        RealServer server;
        QVERIFY(server.start());
        MainWindow window(test::localServer());
        watch(window, server);
        QTRY_VERIFY_WITH_TIMEOUT(window.current()->feed().snapshot(), 10'000);
        for (const QString &range : feed::historyRanges()) {
            bool isTaken = false;
            window.current()->feed().request(QLatin1String("history"), {{QStringLiteral("range"), range}},
                                             this, [&](const FeedClient::Reply &reply) {
                                                 feed::History history;
                                                 isTaken = reply &&
                                                           !fields::fromJson(reply.value(), history) &&
                                                           history.range == range;
                                             });
            QTRY_VERIFY2(isTaken, qPrintable(range));
        }
    }

    void serverThatEndsAtOnce_isToldAtOnce_withItsReason()
    {
        QTemporaryDir folder;
        QVERIFY(QDir::setCurrent(folder.path()));
        QFile settings(folder.filePath(QStringLiteral(".env")));
        QVERIFY(settings.open(QIODevice::WriteOnly));
        settings.write("PORT=many\n");
        settings.close();
        LocalServer local(std::make_unique<test::NoService>(), QStringLiteral(SERVER_PROGRAM));
        QString why;
        connect(&local, &LocalServer::failed, &local, [&why](const QString &text) { why = text; });
        QElapsedTimer elapsed;
        elapsed.start();
        local.start(folder.filePath(QStringLiteral("m.sock")));
        QTRY_VERIFY_WITH_TIMEOUT(!local.isStarting(), 30'000);
        QVERIFY2(elapsed.elapsed() < 15'000, "only when the patience was over");
        QVERIFY2(why.contains(QStringLiteral("has ended")) && why.contains(QStringLiteral("PORT")),
                 qPrintable(why));
    }

    void startButton_startsTheServersProgram_data()
    {
        QTest::addColumn<bool>("isNamed");
        QTest::newRow("on the socket that .env names") << true;
        QTest::newRow("on the standard socket, by a flag") << false;
    }
    void startButton_startsTheServersProgram()
    {
        QFETCH(bool, isNamed);
        QTemporaryDir folder;
        QVERIFY(QDir::setCurrent(folder.path()));
        QFile settings(folder.filePath(QStringLiteral(".env")));
        QVERIFY(settings.open(QIODevice::WriteOnly));
        settings.write("PORT=0\nHEALTH_PORT=0\nDATA_DIR=data\n");
        const QString socket = folder.filePath(QStringLiteral("m.sock"));
        if (isNamed)
            settings.write("MONITOR_SOCKET=" + socket.toUtf8() + "\n");
        settings.close();
        LocalServer local(std::make_unique<test::NoService>(), QStringLiteral(SERVER_PROGRAM));
        ServerSession session({QStringLiteral("This computer"), QString()}, local);
        QCOMPARE(session.feed().socketName() == socket, isNamed);
        QVERIFY(session.isLocal());
        FeedClient client(socket);
        client.start();
        QTRY_COMPARE(client.state(), FeedState::NotRunning);
        QVERIFY(local.canStart());
        local.start(socket);
        QVERIFY(local.isStarting());
        QTRY_COMPARE_WITH_TIMEOUT(client.state(), FeedState::Connected, 20'000);
        local.arrived();
        QVERIFY(!local.isStarting());
        for (const feed::Setting &setting : client.hello()->settings) {
            if (setting.name == QLatin1String("MONITOR_SOCKET"))
                QCOMPARE(setting.origin, isNamed ? QStringLiteral(".env") : QStringLiteral("flag"));
        }
        bool isStopped = false;
        client.request(QLatin1String("drain"), {}, this,
                       [&](const FeedClient::Reply &reply) { isStopped = bool(reply); });
        QTRY_VERIFY(isStopped);
        QTRY_COMPARE_WITH_TIMEOUT(client.state(), FeedState::NotRunning, 20'000);
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorServer)
#include "tst_monitor_server.moc"
