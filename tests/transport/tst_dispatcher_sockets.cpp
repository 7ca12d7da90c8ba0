#include "transport/DispatcherSupport.h"
#include "transport/TestCertificate.h"

#include <QLocalServer>
#include <QLocalSocket>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUuid>
#include <QWebSocket>
#include <QWebSocketServer>

#include <atomic>

using namespace concierge::test;

namespace {

/// Sends everything back, from within readyRead.
void echo(QIODevice *socket)
{
    QObject::connect(socket, &QIODevice::readyRead, socket, [socket] { socket->write(socket->readAll()); });
}

/// A server whose connections echo; encrypted ones after their handshake.
class EchoServer : public QTcpServer
{
public:
    explicit EchoServer(bool encrypted)
        : m_encrypted(encrypted)
    {
        if (!listen(QHostAddress::LocalHost))
            qFatal("listen: %s", qPrintable(errorString()));
    }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        auto *socket = new QSslSocket(this);
        socket->setSocketDescriptor(descriptor);
        connect(socket, &QAbstractSocket::disconnected, socket, &QObject::deleteLater);
        echo(socket);
        if (!m_encrypted)
            return;
        socket->setLocalCertificate(testCertificate());
        socket->setPrivateKey(testKey());
        socket->startServerEncryption();
    }

private:
    const bool m_encrypted;
};

QByteArray message(int client, int round)
{
    return QByteArray::number(client) + ':' + QByteArray::number(round) + ':' +
           QByteArray((client * 7919 + round * 104729) % 5000, 'm') + '\n';
}

/// Clients that send messages of theirs and wait for each to come back, all at the same time.
class EchoClients
{
public:
    /// `connectOne` makes and connects socket number `n`, and arranges for start(n).
    void add(QIODevice *socket)
    {
        const int n = static_cast<int>(m_clients.size());
        m_clients.push_back({socket, 0, {}});
        QObject::connect(socket, &QIODevice::readyRead, socket, [this, n] { received(n); });
    }
    void start(int n) { send(n); }

    int count() const { return static_cast<int>(m_clients.size()); }
    bool finished() const { return m_finished == count() || m_wrong > 0; }
    int wrong() const { return m_wrong; }

    static constexpr int rounds = 50;

private:
    struct Client
    {
        QIODevice *socket;
        int round;
        QByteArray awaited;
    };

    void send(int n)
    {
        Client &client = m_clients[static_cast<std::size_t>(n)];
        client.awaited = message(n, client.round);
        client.socket->write(client.awaited);
    }
    void received(int n)
    {
        Client &client = m_clients[static_cast<std::size_t>(n)];
        const QByteArray bytes = client.socket->readAll();
        if (!client.awaited.startsWith(bytes)) {
            ++m_wrong;
            return;
        }
        client.awaited.remove(0, bytes.size());
        if (!client.awaited.isEmpty())
            return;
        if (++client.round == rounds)
            ++m_finished;
        else
            send(n);
    }

    std::vector<Client> m_clients;
    int m_finished = 0;
    int m_wrong = 0;
};

} // namespace

class TstDispatcherSockets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tcp_manyEchoes_arriveWhole_data();
    void tcp_manyEchoes_arriveWhole();
    void tcp_bigTransfer_survivesBackPressure();
    void tcp_refused_isReported();
    void tcp_manyShortConnections_reuseDescriptors();
    void tcp_flushInTurnEnd_needsNoChangeOfInterest();
    void webSocket_exchange_arrivesInOrder();
    void localSocket_underLoad_arrivesWhole();
    void tcp_descriptorHandedToAnotherThread_isServedThere();
};

void TstDispatcherSockets::tcp_manyEchoes_arriveWhole_data()
{
    QTest::addColumn<bool>("encrypted");
    QTest::addColumn<int>("clients");
    QTest::newRow("plain, 200") << false << 200;
    QTest::newRow("TLS, 50") << true << 50;
}

void TstDispatcherSockets::tcp_manyEchoes_arriveWhole()
{
    QFETCH(bool, encrypted);
    QFETCH(int, clients);
    DispatcherThread serverThread;
    std::unique_ptr<EchoServer> server;
    quint16 port = 0;
    serverThread.run([&] {
        server = std::make_unique<EchoServer>(encrypted);
        port = server->serverPort();
    });
    {
        EchoClients echoes;
        std::vector<std::unique_ptr<QSslSocket>> sockets;
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        tls.setCaCertificates({testCertificate()});
        for (int n = 0; n < clients; ++n) {
            auto &socket = sockets.emplace_back(std::make_unique<QSslSocket>());
            echoes.add(socket.get());
            if (encrypted) {
                socket->setSslConfiguration(tls);
                connect(socket.get(), &QSslSocket::encrypted, this, [&echoes, n] { echoes.start(n); });
                socket->connectToHostEncrypted(QStringLiteral("127.0.0.1"), port);
            } else {
                connect(socket.get(), &QSslSocket::connected, this, [&echoes, n] { echoes.start(n); });
                socket->connectToHost(QHostAddress(QHostAddress::LocalHost), port);
            }
        }
        QVERIFY(runUntil([&] { return echoes.finished(); }, std::chrono::seconds{100}));
        QCOMPARE(echoes.wrong(), 0);
    }
    serverThread.run([&] { server.reset(); });
}

void TstDispatcherSockets::tcp_bigTransfer_survivesBackPressure()
{
    // The reader takes little at a time: the writer's notifier goes on and off, and so does the reader's.
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket client;
    client.connectToHost(server.serverAddress(), server.serverPort());
    QVERIFY(runUntil([&] { return server.hasPendingConnections(); }));
    const std::unique_ptr<QTcpSocket> peer(server.nextPendingConnection());
    peer->setReadBufferSize(16 * 1024);

    QByteArray sent(16 * 1024 * 1024, '\0');
    for (qsizetype i = 0; i < sent.size(); ++i)
        sent[i] = static_cast<char>(i * 31 + (i >> 12));
    QByteArray got;
    connect(peer.get(), &QTcpSocket::readyRead, this, [&] { got += peer->read(8 * 1024); });
    QTimer reader;
    connect(&reader, &QTimer::timeout, this, [&] { got += peer->read(256 * 1024); });
    reader.start(0);
    client.write(sent);
    QVERIFY(runUntil([&] { return got.size() >= sent.size(); }, std::chrono::seconds{100}));
    QVERIFY(got == sent);
}

void TstDispatcherSockets::tcp_refused_isReported()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const quint16 port = server.serverPort();
    server.close();
    QTcpSocket client;
    client.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
    QVERIFY(runUntil([&] { return client.error() == QAbstractSocket::ConnectionRefusedError; }));
    QCOMPARE(client.state(), QAbstractSocket::UnconnectedState);
}

void TstDispatcherSockets::tcp_manyShortConnections_reuseDescriptors()
{
    // Closing and opening follow each other within single turns, so numbers are given out again at once.
    EchoServer server(false);
    int answered = 0;
    constexpr int connections = 500;
    int begun = 0;
    std::function<void()> next = [&] {
        if (begun == connections)
            return;
        ++begun;
        auto *socket = new QTcpSocket(this);
        connect(socket, &QTcpSocket::connected, socket, [socket] { socket->write("hello"); });
        connect(socket, &QTcpSocket::readyRead, socket, [&, socket] {
            ++answered;
            socket->abort();
            socket->deleteLater();
            next();
        });
        socket->connectToHost(server.serverAddress(), server.serverPort());
    };
    for (int i = 0; i < 20; ++i)
        next();
    QVERIFY(runUntil([&] { return answered == connections; }));
}

void TstDispatcherSockets::tcp_flushInTurnEnd_needsNoChangeOfInterest()
{
    EchoServer server(false);
    QTcpSocket client;
    client.connectToHost(server.serverAddress(), server.serverPort());
    int rounds = 0;
    connect(&client, &QTcpSocket::readyRead, this, [&] {
        ++rounds;
        client.write(client.readAll());
    });
    connect(&client, &QTcpSocket::connected, this, [&] { client.write("ping"); });
    QVERIFY(runUntil([&] { return rounds > 10; }));

    dispatcher().setTurnEndHandler([&] {
        client.flush();
        for (QTcpSocket *socket : server.findChildren<QTcpSocket *>())
            socket->flush();
    });
    QVERIFY(runUntil([&] { return rounds > 20; }));
    const auto before = dispatcher().pollStatistics();
    const int from = rounds;
    QVERIFY(runUntil([&] { return rounds > from + 1000; }));
    dispatcher().setTurnEndHandler(nullptr);
    QCOMPARE(dispatcher().pollStatistics().started, before.started);
    QCOMPARE(dispatcher().pollStatistics().opened, before.opened);
}

void TstDispatcherSockets::webSocket_exchange_arrivesInOrder()
{
    DispatcherThread serverThread;
    std::unique_ptr<QWebSocketServer> server;
    QUrl url;
    serverThread.run([&] {
        server = std::make_unique<QWebSocketServer>(QStringLiteral("test"), QWebSocketServer::NonSecureMode);
        connect(server.get(), &QWebSocketServer::newConnection, server.get(), [&] {
            while (QWebSocket *socket = server->nextPendingConnection()) {
                socket->setParent(server.get());
                connect(socket, &QWebSocket::textMessageReceived, socket, &QWebSocket::sendTextMessage);
                connect(socket, &QWebSocket::binaryMessageReceived, socket, &QWebSocket::sendBinaryMessage);
            }
        });
        if (!server->listen(QHostAddress::LocalHost))
            qFatal("listen");
        url = server->serverUrl();
    });
    constexpr int clients = 50;
    constexpr int texts = 100;
    std::vector<std::unique_ptr<QWebSocket>> sockets;
    int complete = 0;
    int wrong = 0;
    for (int n = 0; n < clients; ++n) {
        QWebSocket *socket = sockets.emplace_back(std::make_unique<QWebSocket>()).get();
        auto expected = std::make_shared<int>(0);
        connect(socket, &QWebSocket::connected, this, [socket] {
            for (int i = 0; i < texts; ++i)
                socket->sendTextMessage(QString::number(i));
            socket->sendBinaryMessage(QByteArray(100'000, 'b'));
        });
        connect(socket, &QWebSocket::textMessageReceived, this, [&wrong, expected](const QString &text) {
            if (text != QString::number((*expected)++))
                ++wrong;
        });
        connect(socket, &QWebSocket::binaryMessageReceived, this, [&, expected](const QByteArray &bytes) {
            if (*expected != texts || bytes != QByteArray(100'000, 'b'))
                ++wrong;
            ++complete;
        });
        socket->open(url);
    }
    QVERIFY(runUntil([&] { return complete == clients; }, std::chrono::seconds{100}));
    QCOMPARE(wrong, 0);
    sockets.clear();
    serverThread.run([&] { server.reset(); });
}

void TstDispatcherSockets::localSocket_underLoad_arrivesWhole()
{
    DispatcherThread serverThread;
    std::unique_ptr<QLocalServer> server;
    const QString name = QStringLiteral("tst_dispatcher_") + QUuid::createUuid().toString(QUuid::Id128);
    serverThread.run([&] {
        server = std::make_unique<QLocalServer>();
        connect(server.get(), &QLocalServer::newConnection, server.get(), [&] {
            while (QLocalSocket *socket = server->nextPendingConnection())
                echo(socket);
        });
        if (!server->listen(name))
            qFatal("listen: %s", qPrintable(server->errorString()));
    });
    {
        EchoClients echoes;
        std::vector<std::unique_ptr<QLocalSocket>> sockets;
        for (int n = 0; n < 50; ++n) {
            auto &socket = sockets.emplace_back(std::make_unique<QLocalSocket>());
            echoes.add(socket.get());
            connect(socket.get(), &QLocalSocket::connected, this, [&echoes, n] { echoes.start(n); });
            socket->connectToServer(name);
        }
        QVERIFY(runUntil([&] { return echoes.finished(); }, std::chrono::seconds{100}));
        QCOMPARE(echoes.wrong(), 0);
    }
    serverThread.run([&] { server.reset(); });
}

void TstDispatcherSockets::tcp_descriptorHandedToAnotherThread_isServedThere()
{
    // As Acceptor does it: this thread accepts, another one owns the socket.
    struct Acceptor : QTcpServer
    {
        std::function<void(qintptr)> accepted;
        void incomingConnection(qintptr descriptor) override { accepted(descriptor); }
    };
    DispatcherThread one;
    DispatcherThread two;
    QObject onOne;
    QObject onTwo;
    onOne.moveToThread(&one.thread());
    onTwo.moveToThread(&two.thread());
    std::atomic<int> servedByTheirs = 0;
    int turnOf = 0;
    Acceptor acceptor;
    acceptor.accepted = [&](qintptr descriptor) {
        QObject *const owner = turnOf++ % 2 ? &onOne : &onTwo;
        postTo(owner, [&servedByTheirs, owner, descriptor] {
            auto *socket = new QTcpSocket(owner);
            socket->setSocketDescriptor(descriptor);
            echo(socket);
            if (socket->thread() == QThread::currentThread())
                ++servedByTheirs;
        });
    };
    QVERIFY(acceptor.listen(QHostAddress::LocalHost));
    EchoClients echoes;
    std::vector<std::unique_ptr<QTcpSocket>> sockets;
    for (int n = 0; n < 40; ++n) {
        auto &socket = sockets.emplace_back(std::make_unique<QTcpSocket>());
        echoes.add(socket.get());
        connect(socket.get(), &QTcpSocket::connected, this, [&echoes, n] { echoes.start(n); });
        socket->connectToHost(acceptor.serverAddress(), acceptor.serverPort());
    }
    QVERIFY(runUntil([&] { return echoes.finished(); }, std::chrono::seconds{100}));
    QCOMPARE(echoes.wrong(), 0);
    QCOMPARE(servedByTheirs.load(), 40);
    one.run([&] { qDeleteAll(onOne.children()); });
    two.run([&] { qDeleteAll(onTwo.children()); });
}

int main(int argc, char **argv)
{
    return runWithDispatcher<TstDispatcherSockets>(argc, argv);
}
#include "tst_dispatcher_sockets.moc"
