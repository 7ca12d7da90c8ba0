#pragma once

#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <functional>
#include <vector>

namespace concierge::test {

/// A server that takes posts, and answers what the test says. Thread: one with an event loop.
class FakeBackEnd
{
public:
    struct Request
    {
        QHash<QByteArray, QByteArray> headers; ///< names in lower case
        QByteArray body;

        /// The ids of its messages, with commas.
        QByteArray ids() const
        {
            QByteArrayList list;
            const QJsonArray messages =
                QJsonDocument::fromJson(body).object().value(QLatin1String("messages")).toArray();
            for (const auto &message : messages)
                list.append(message.toObject().value(QLatin1String("id")).toString().toUtf8());
            return list.join(',');
        }
    };

    FakeBackEnd()
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] { take(); });
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("cannot listen");
    }
    QUrl url() const { return QUrl(QStringLiteral("http://127.0.0.1:%1/hook").arg(m_server.serverPort())); }
    static QByteArray status(int code, const QByteArray &headers = {}, const QByteArray &body = {})
    {
        return "HTTP/1.1 " + QByteArray::number(code) + " X\r\n" + headers +
               "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }
    /// All ids that were taken, in order.
    QByteArray taken() const { return m_taken.join(','); }

    /// The answer's bytes; empty: the connection is closed; "-": there is none.
    std::function<QByteArray(const Request &)> answer = [](const Request &) { return status(200); };
    std::vector<Request> requests;

private:
    void take()
    {
        while (QTcpSocket *socket = m_server.nextPendingConnection()) {
            const auto text = std::make_shared<QByteArray>();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket, text] {
                *text += socket->readAll();
                read(*socket, *text);
            });
        }
    }
    void read(QTcpSocket &socket, QByteArray &text)
    {
        const qsizetype end = text.indexOf("\r\n\r\n");
        if (end < 0)
            return;
        Request request;
        for (const QByteArray &line : text.first(end).split('\n')) {
            if (const qsizetype colon = line.indexOf(':'); colon > 0)
                request.headers.insert(line.first(colon).toLower(), line.sliced(colon + 1).trimmed());
        }
        const qsizetype size = request.headers.value("content-length").toLongLong();
        if (text.size() < end + 4 + size)
            return;
        request.body = text.mid(end + 4, size);
        text.remove(0, end + 4 + size);
        requests.push_back(request);
        const QByteArray said = answer(request);
        if (said.isEmpty()) {
            socket.abort();
            return;
        }
        if (said.startsWith("HTTP/1.1 2"))
            m_taken.append(request.ids());
        if (said != "-")
            socket.write(said);
    }

    QTcpServer m_server;
    QByteArrayList m_taken;
};

} // namespace concierge::test
