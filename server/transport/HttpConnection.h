#pragma once

#include "metrics/Metrics.h"
#include "transport/DeadlineWheel.h"
#include "transport/IoWorker.h"
#include "transport/RequestParser.h"
#include "transport/Transport.h"
#include "transport/TurnQueue.h"

#include <QTcpSocket>

#include <memory>
#include <optional>

namespace concierge::transport {

class HttpConnection;

/// Whom a connection belongs to: an IoWorker, or an HttpEndpoint. Thread: the connection's.
class ConnectionOwner
{
public:
    virtual ~ConnectionOwner() = default;
    /// A request for a WebSocket. What the client sent behind it stands unread in the socket. The owner
    /// answers it: by refuse(), or by release() and a handshake. `request` lives as long as `connection`.
    virtual void upgrade(HttpConnection &connection, const HttpRequest &request) = 0;
    /// Another worker must serve this connection; its next request stands unread in the socket, and nothing
    /// is left to be written. False: it stays here.
    virtual bool move(HttpConnection &connection, int worker) = 0;
    /// The TCP connection has ended, or its socket was released: destroy it, but not from within this call.
    virtual void ended(HttpConnection &connection) = 0;
    /// Parent of what outlives its connection.
    virtual QObject &lingering() = 0;
    /// Where connections take turns; null: each is served as soon as it has something to say.
    virtual TurnQueue *turns() { return nullptr; }
};

/// One TCP connection while it speaks HTTP/1.1: requests in order, keep-alive, pipelining, deadlines. One
/// request is under way at a time; what is pipelined behind it waits unread. Thread: one.
class HttpConnection final : private Deadline
{
public:
    HttpConnection(std::unique_ptr<QTcpSocket> socket, const GateOptions &options, GateListener &listener,
                   DeadlineWheel &deadlines, metrics::ThreadCounters &counters, ConnectionOwner &owner);
    ~HttpConnection() override;

    /// Looks at what the socket holds already.
    void start();
    /// The server stops: the next answer says `Connection: close` and ends the connection. Between requests
    /// it ends on its own, a moment later: a request that crosses this on the wire is still answered.
    void drain();
    /// Answers an upgrade with a plain response, and closes.
    void refuse(const HttpRequest &request, const HttpResponse &response);
    /// Gives up the socket, with everything unread still in it. The connection has ended.
    std::unique_ptr<QTcpSocket> release();

private:
    class Exchange;

    class Turn final : public TurnTask
    {
    public:
        explicit Turn(HttpConnection &connection)
            : m_connection(connection)
        {}

    private:
        int onTurn() override { return m_connection.process(); }
        HttpConnection &m_connection;
    };

    void onDeadline() override;
    void onReadyRead();
    int process();
    bool processRequest();
    bool isReadyForRequest();
    bool stallsAbove(qint64 bytes);
    bool beginRequest(const RequestParser::Fed &fed);
    void dispatch();
    void refuseRequest(const HttpResponse &response);
    void respond(const HttpRequest &request, const HttpResponse &response);
    void write(const HttpRequest &request, const HttpResponse &response, bool keepAlive);
    void goOnLater();
    void processLater();
    void closeAfterWriting();
    void finishSending();
    void onWritten();
    void onDisconnected();

    std::unique_ptr<QTcpSocket> m_socket;
    const GateOptions &m_options;
    GateListener &m_listener;
    DeadlineWheel &m_deadlines;
    metrics::ThreadCounters &m_counters;
    ConnectionOwner &m_owner;
    std::unique_ptr<RequestParser> m_parser; // while a request is being read
    HttpRequest m_head;
    std::shared_ptr<void> m_bodyGuard; // see GateListener::onBodyBegins
    Turn m_turn{*this};
    Exchange *m_exchange = nullptr; // the request under way; owned by the layer above
    bool m_keepsAlive = true;
    bool m_isProcessing = false;
    bool m_isDraining = false;
    bool m_isIdle = false;        // between requests, not before the first
    bool m_isStalled = false;     // see stallsAbove()
    bool m_isClosing = false;     // the last answer is given
    bool m_isSendingOver = false; // and written
    bool m_hasEnded = false;
};

} // namespace concierge::transport
