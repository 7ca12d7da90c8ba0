#pragma once

#include "redis/Client.h"
#include "redis/Subscriber.h"
#include "support/RedisServer.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QTimer>

#include <optional>

namespace concierge::test {

constexpr int patience = 60'000; // ms

/// Runs the event loop until it is so; false: not within `patience`.
template <class Condition>
bool until(Condition isSo)
{
    const QDeadlineTimer deadline(patience);
    QTimer wake;
    wake.start(patience);
    while (!isSo()) {
        if (deadline.hasExpired())
            return false;
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    return true;
}

/// Quick where it has to be, so that tests are; patient where it is not what is tested.
inline redis::Options quick(redis::Url url)
{
    redis::Options options;
    options.url = std::move(url);
    options.firstPause = Milliseconds(10);
    options.longestPause = Milliseconds(100);
    options.connectTimeout = options.timeout = Milliseconds(patience);
    return options;
}

/// A client and what it has said.
struct TestClient final : redis::ClientListener
{
    explicit TestClient(redis::Options options)
        : client(std::move(options), clock, counters, *this)
    {}
    explicit TestClient(const redis::Url &url)
        : TestClient(quick(url))
    {}

    bool start()
    {
        const int before = readies;
        client.start();
        return until([&] { return readies > before; });
    }
    bool untilReadyAgain()
    {
        const int before = readies;
        return until([&] { return readies > before; });
    }
    bool untilLost()
    {
        const auto before = losses.size();
        return until([&] { return losses.size() > before; });
    }
    /// The answer; none where the command is not taken, or not answered.
    std::optional<redis::Answer> ask(std::initializer_list<redis::Arg> words)
    {
        std::optional<redis::Answer> answer;
        const auto keep = [&answer](redis::Answer given) { answer = std::move(given); };
        if (client.send(words, keep) != redis::SendStatus::Taken ||
            !until([&] { return answer.has_value(); }))
            return std::nullopt;
        return answer;
    }
    redis::Reply reply(std::initializer_list<redis::Arg> words)
    {
        const auto answer = ask(words);
        return answer && *answer ? answer->value() : redis::Reply::error("there is no answer");
    }
    std::uint64_t count(metrics::Counter counter) const { return counters.read(counter); }

    void onReady() override { ++readies; }
    void onLost(const redis::Loss &loss) override { losses.append(loss); }

    SystemClock clock;
    metrics::ThreadCounters counters;
    int readies = 0;
    QList<redis::Loss> losses;
    redis::Client client;
};

/// What says it is Redis and answers what the test wants: `first` to whatever is said first, and `then` to
/// everything else.
class FakeRedis
{
public:
    explicit FakeRedis(QByteArray first, QByteArray then = {})
    {
        m_server.listen(QHostAddress::LocalHost);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [=, this] {
            QTcpSocket *socket = m_server.nextPendingConnection();
            ++connections;
            m_last = socket;
            auto said = std::make_shared<bool>(false);
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [=, this] {
                received += socket->readAll();
                socket->write(std::exchange(*said, true) ? then : first);
            });
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        });
    }
    redis::Url url() const
    {
        redis::Url url;
        url.host = QStringLiteral("127.0.0.1");
        url.port = m_server.serverPort();
        return url;
    }
    void say(const QByteArray &bytes) { m_last->write(bytes); }

    static constexpr char greeting[] = "+OK\r\n+PONG\r\n"; ///< to CLIENT SETNAME and PING

    int connections = 0;
    QByteArray received;

private:
    QTcpServer m_server;
    QTcpSocket *m_last = nullptr;
};

} // namespace concierge::test
