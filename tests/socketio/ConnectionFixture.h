#pragma once

#include "socketio/Json.h"
#include "socketio/Server.h"
#include "support/FakeClock.h"
#include "support/FakeSession.h"

#include <QRegularExpression>

#include <functional>

namespace concierge::test {

using engineio::CloseReason;
using metrics::Counter;
using socketio::ConnectAcceptance;
using socketio::ConnectDecision;
using socketio::ConnectDeferred;
using socketio::ConnectRefusal;
using socketio::DisconnectReason;
using socketio::Event;
using socketio::NamespaceHandler;
using socketio::Server;
using socketio::ServerOptions;
using socketio::Socket;

/// Writes down every call; a test may hang what it wants done on it.
class RecordingHandler final : public NamespaceHandler
{
public:
    ConnectDecision onConnectRequest(Socket &socket, QByteArrayView auth) override
    {
        log += "request " + auth.toByteArray() + (socket.isConnected() ? " but connected" : "");
        lastHandshake = &socket.handshake();
        requesting = &socket;
        if (request)
            request();
        return decision;
    }
    void onConnected(Socket &socket, QByteArrayView auth) override
    {
        log += "connected " + auth.toByteArray();
        sockets.append(&socket);
        if (connected)
            connected(socket);
    }
    void onEvent(Socket &socket, const Event &received) override
    {
        QByteArray line = "event " + received.name.toByteArray();
        for (const QByteArrayView argument : received.arguments)
            line += ' ' + argument.toByteArray();
        for (const QByteArray &attachment : received.attachments)
            line += " <" + attachment + '>';
        if (received.ackId)
            line += " #" + QByteArray::number(*received.ackId);
        log += line;
        if (event)
            event(socket, received);
    }
    void onProven(Socket &socket, quint64 mark) override
    {
        log += "proven " + QByteArray::number(mark);
        if (proven)
            proven(socket);
    }
    void onDrained(Socket &) override { log += "drained"; }
    void onDisconnected(Socket &socket, DisconnectReason reason) override
    {
        log +=
            "disconnected " + toString(reason).toByteArray() + (socket.isConnected() ? " but connected" : "");
        sockets.removeOne(&socket);
        if (disconnected)
            disconnected(socket);
    }

    QList<QByteArray> takeLog() { return std::exchange(log, {}); }

    ConnectDecision decision;
    std::function<void()> request;
    std::function<void(Socket &)> connected;
    std::function<void(Socket &, const Event &)> event;
    std::function<void(Socket &)> proven;
    std::function<void(Socket &)> disconnected;
    const transport::HttpRequest *lastHandshake = nullptr;
    Socket *requesting = nullptr; ///< the latest; may be gone
    QList<Socket *> sockets;
    QList<QByteArray> log;
};

/// A server with the namespaces `/` and `/custom`, and one session.
struct ConnectionFixture
{
    ConnectionFixture()
    {
        server.addNamespace("/", main);
        server.addNamespace("/custom", custom);
        session.listener = server.onSession(session);
    }
    ~ConnectionFixture() { session.lose(CloseReason::TransportClose); }

    /// Joins and forgets about it.
    Socket &join(const QByteArray &nsp = "/")
    {
        session.receive(nsp == "/" ? QByteArray("0") : "0" + nsp + ',');
        session.takeSent();
        RecordingHandler &handler = nsp == "/" ? main : custom;
        handler.takeLog();
        return *handler.sockets.last();
    }
    quint64 count(Counter counter) const { return counters.read(counter); }

    FakeClock clock;
    transport::DeadlineWheel deadlines{clock};
    metrics::ThreadCounters counters;
    RecordingHandler main;
    RecordingHandler custom;
    Server server{ServerOptions{Milliseconds(1000)}, deadlines, counters};
    FakeSession session;
};

/// The socket id in the answer to CONNECT.
inline QByteArray sidIn(const QByteArray &connectReply)
{
    static const QRegularExpression pattern(QStringLiteral("\"sid\":\"([A-Za-z0-9_-]{20})\""));
    return pattern.match(QString::fromUtf8(connectReply)).captured(1).toUtf8();
}

} // namespace concierge::test
