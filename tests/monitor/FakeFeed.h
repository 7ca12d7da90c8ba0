#pragma once

#include "FeedClient.h"
#include "shared/Feed.h"

#include <QLocalServer>
#include <QLocalSocket>
#include <QTemporaryDir>

#include <functional>
#include <vector>

namespace concierge::monitor::test {

/// Comes back at once, and takes nothing for late.
inline constexpr FeedTimes patient{std::chrono::milliseconds(60'000), std::chrono::milliseconds(10),
                                   std::chrono::milliseconds(40), std::chrono::milliseconds(60'000)};

/// The server's end of a feed, which says what the test wants, also what no server of ours does.
class FakeFeed : public QObject
{
    Q_OBJECT

public:
    /// Answers a request; without an answer, the request stays open.
    using Answer = std::function<std::optional<QByteArray>(const QJsonObject &request)>;

    FakeFeed() { connect(&m_server, &QLocalServer::newConnection, this, &FakeFeed::take); }
    ~FakeFeed() override { close(); }

    QString name() const { return m_folder.filePath(QStringLiteral("feed.sock")); }
    bool listen() { return m_server.listen(name()); }
    /// As a server that ends.
    void close()
    {
        m_server.close();
        drop();
    }
    void drop()
    {
        for (QLocalSocket *peer : std::exchange(m_peers, {})) {
            peer->disconnect(this);
            peer->abort();
            peer->deleteLater();
        }
    }
    void send(const QByteArray &bytes)
    {
        for (QLocalSocket *peer : m_peers) {
            peer->write(bytes);
            peer->flush(); // it may be dropped next
        }
    }
    void send(const MonitorSnapshot &snapshot)
    {
        send(feed::line(QLatin1String("snapshot"), fields::toJson(snapshot)));
    }

    feed::Hello hello;
    bool greets = true;
    Answer answer;
    std::vector<QJsonObject> requests;
    int connections = 0;

    int count(const QString &type) const
    {
        return int(std::count_if(requests.begin(), requests.end(), [&type](const QJsonObject &request) {
            return request.value(QLatin1String("type")).toString() == type;
        }));
    }

Q_SIGNALS:
    void connected();
    void requested();

private:
    void take()
    {
        QLocalSocket *peer = m_server.nextPendingConnection();
        m_peers.push_back(peer);
        ++connections;
        connect(peer, &QLocalSocket::readyRead, this, [this, peer] { read(peer); });
        connect(peer, &QLocalSocket::disconnected, this, [this, peer] { std::erase(m_peers, peer); });
        if (greets)
            peer->write(feed::line(QLatin1String("hello"), fields::toJson(hello)));
        Q_EMIT connected();
    }
    void read(QLocalSocket *peer)
    {
        while (peer->canReadLine()) {
            auto request = feed::parseLine(peer->readLine().chopped(1));
            requests.push_back(request.value());
            if (auto reply = answer ? answer(request.value()) : std::nullopt)
                peer->write(*reply);
            Q_EMIT requested();
        }
    }

    QTemporaryDir m_folder;
    QLocalServer m_server;
    std::vector<QLocalSocket *> m_peers;
};

} // namespace concierge::monitor::test
