#include "transport/HttpConnection.h"

#include "shared/Limits.h"
#include "transport/ClientAddress.h"
#include "transport/Cors.h"
#include "transport/LingeringClose.h"
#include "transport/SocketHandoff.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QSslSocket>

#include <algorithm>
#include <utility>

namespace concierge::transport {

using metrics::Counter;

namespace {

constexpr qint64 readBufferBytes = 64 * 1024; ///< per connection; the rest waits in the kernel
constexpr int stepsPerTurn = 4;               ///< each a head, or 64 KB of a body
constexpr int unitsPerStep = 8;               ///< see TurnQueue
constexpr Milliseconds lingerTime{2'000};     ///< from our last byte to the peer's close
constexpr Milliseconds drainIdleTime{250};    ///< while draining: for a request that is on its way

QByteArray httpDate()
{
    static const QLocale english(QLocale::C);
    return english.toString(QDateTime::currentDateTimeUtc(), u"ddd, dd MMM yyyy HH:mm:ss 'GMT'").toLatin1();
}

/// The date header's text changes once a second, so it is made once a second.
const QByteArray &cachedHttpDate()
{
    thread_local qint64 madeAt = -1;
    thread_local QByteArray text;
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    if (now != madeAt) {
        madeAt = now;
        text = httpDate();
    }
    return text;
}

HttpResponse plainError(int status, QByteArray body)
{
    HttpResponse response;
    response.status = status;
    response.contentType = QByteArrayLiteral("application/json");
    response.body = std::move(body);
    return response;
}

HttpResponse responseOf(ParseStatus status)
{
    switch (status) {
    case ParseStatus::HeadTooLarge:
        return plainError(431, QByteArrayLiteral("{\"message\":\"Request header fields too large\"}"));
    case ParseStatus::BodyTooLarge:
        return plainError(413, QByteArrayLiteral("{\"message\":\"Payload too large\"}"));
    case ParseStatus::NeedMore:
    case ParseStatus::Done:
    case ParseStatus::BadRequest:
        break;
    }
    return plainError(400, QByteArrayLiteral("{\"code\":3,\"message\":\"Bad request\"}"));
}

metrics::Refused reasonOf(int status)
{
    switch (status) {
    case 408:
        return metrics::Refused::Timeout;
    case 413:
    case 431:
        return metrics::Refused::TooLarge;
    default:
        return metrics::Refused::BadRequest;
    }
}

} // namespace

/// The request under way, as the layer above holds it.
class HttpConnection::Exchange final : public HttpExchange
{
public:
    Exchange(HttpConnection &connection, HttpRequest request)
        : m_connection(&connection)
        , m_request(std::move(request))
    {
        connection.m_exchange = this;
    }
    ~Exchange() override
    {
        if (!m_connection)
            return; // answered, or gone
        m_connection->m_exchange = nullptr;
        m_connection->m_socket->abort();
    }

    const HttpRequest &request() const override { return m_request; }
    void respond(HttpResponse response) override
    {
        if (!m_connection)
            return;
        HttpConnection &connection = *std::exchange(m_connection, nullptr);
        connection.m_exchange = nullptr;
        connection.respond(m_request, response);
    }
    void setAbortHandler(std::function<void()> handler) override { m_onAbort = std::move(handler); }

    void abort()
    {
        m_connection = nullptr;
        if (const auto handler = std::exchange(m_onAbort, nullptr))
            handler(); // may destroy this
    }
    void detach() { m_connection = nullptr; }

private:
    HttpConnection *m_connection;
    HttpRequest m_request;
    std::function<void()> m_onAbort;
};

HttpConnection::HttpConnection(std::unique_ptr<QTcpSocket> socket, const GateOptions &options,
                               GateListener &listener, DeadlineWheel &deadlines,
                               metrics::ThreadCounters &counters, ConnectionOwner &owner)
    : m_socket(std::move(socket))
    , m_options(options)
    , m_listener(listener)
    , m_deadlines(deadlines)
    , m_counters(counters)
    , m_owner(owner)
{
    m_socket->setReadBufferSize(readBufferBytes);
    QObject::connect(m_socket.get(), &QTcpSocket::readyRead, m_socket.get(), [this] { onReadyRead(); });
    QObject::connect(m_socket.get(), &QTcpSocket::bytesWritten, m_socket.get(), [this] { onWritten(); });
    QObject::connect(m_socket.get(), &QTcpSocket::disconnected, m_socket.get(), [this] { onDisconnected(); });
    m_deadlines.arm(*this, m_options.headTimeout);
}

HttpConnection::~HttpConnection()
{
    if (m_exchange)
        m_exchange->detach();
    if (m_socket)
        m_socket->disconnect();
}

void HttpConnection::start()
{
    if (m_socket->bytesAvailable() > 0)
        onReadyRead();
}

void HttpConnection::drain()
{
    m_isDraining = true;
    if (m_isIdle)
        m_deadlines.arm(*this, std::min(drainIdleTime, m_options.keepAliveTimeout));
}

std::unique_ptr<QTcpSocket> HttpConnection::release()
{
    m_hasEnded = true;
    cancel();
    m_turn.unlink();
    m_socket->disconnect();
    QCoreApplication::removePostedEvents(m_socket.get(), QEvent::MetaCall); // processLater()
    m_socket->setReadBufferSize(0);
    auto socket = std::move(m_socket);
    m_owner.ended(*this);
    return socket;
}

/// A request is more work than a message: who makes one has its turn with all who do.
void HttpConnection::onReadyRead()
{
    TurnQueue *turns = m_owner.turns();
    if (!turns || m_isClosing)
        process();
    else if (!m_turn.is_linked())
        turns->add(m_turn);
}

/// What has arrived, but of what was pipelined no more than a share. → the units that it took
int HttpConnection::process()
{
    if (m_isProcessing || m_hasEnded)
        return 0;
    if (m_isClosing) {
        m_socket->skip(m_socket->bytesAvailable());
        return 0;
    }
    m_isProcessing = true;
    int steps = 0;
    while (steps < stepsPerTurn && isReadyForRequest() && processRequest())
        ++steps;
    m_isProcessing = false;
    if (!m_hasEnded && !m_isStalled)
        m_socket->flush();
    if (steps == stepsPerTurn && !m_hasEnded && !m_isClosing && !m_turn.is_linked())
        goOnLater();
    return (steps + 1) * unitsPerStep;
}

void HttpConnection::goOnLater()
{
    if (TurnQueue *turns = m_owner.turns())
        turns->add(m_turn);
    else
        processLater();
}

/// A peer that sends requests and reads no answers is not read from either.
bool HttpConnection::isReadyForRequest()
{
    if (m_hasEnded || m_isClosing || m_exchange)
        return false;
    return !stallsAbove(m_options.outboxSoftBytes) && !m_hasEnded;
}

/// More than that is still to be written: process() is called again when some of it was.
bool HttpConnection::stallsAbove(qint64 bytes)
{
    if (m_socket->bytesToWrite() > bytes)
        m_socket->flush(); // may find out that the peer is gone
    m_isStalled = !m_hasEnded && m_socket->bytesToWrite() > bytes;
    return m_isStalled;
}

void HttpConnection::onWritten()
{
    if (m_isClosing)
        finishSending();
    else if (std::exchange(m_isStalled, false))
        process();
}

/// One step with what has arrived; false when more must arrive first, or when others go on.
bool HttpConnection::processRequest()
{
    const qint64 available = m_socket->bytesAvailable();
    if (available == 0)
        return false;
    if (!m_parser) {
        m_parser = std::make_unique<RequestParser>(m_options.maxPayload);
        if (std::exchange(m_isIdle, false))
            m_deadlines.arm(*this, m_options.headTimeout);
    }
    const bool wasHeadDone = m_parser->isHeadDone();
    const QByteArray bytes =
        m_socket->peek(wasHeadDone ? available : static_cast<qint64>(limits::headMaxBytes));
    const RequestParser::Fed fed = m_parser->feed(bytes);
    if (fed.status != ParseStatus::NeedMore && fed.status != ParseStatus::Done) {
        if (m_parser->isHeadDone())
            m_head = m_parser->head();
        refuseRequest(responseOf(fed.status));
        return false;
    }
    if (!m_parser->isHeadDone())
        return false;
    if (!wasHeadDone && !beginRequest(fed))
        return false;
    m_socket->skip(fed.consumed);
    if (fed.status == ParseStatus::Done)
        dispatch();
    else if (!wasHeadDone)
        m_bodyGuard = m_listener.onBodyBegins(m_head);
    return fed.consumed > 0;
}

/// The head is complete and still unread. False: this connection is no longer ours to read from, or not now.
bool HttpConnection::beginRequest(const RequestParser::Fed &fed)
{
    m_head = m_parser->head();
    m_head.remoteAddress = clientAddress(m_socket->peerAddress(), m_head.headers, m_options.proxies);
    m_head.remotePort = m_socket->peerPort();
    m_keepsAlive = m_parser->keepsAlive();
    if (const auto worker = m_listener.ownerOf(m_head)) {
        if (stallsAbove(0)) { // the answer before this request goes out first; then the head is parsed again
            m_parser.reset();
            return false;
        }
        if (m_hasEnded || m_owner.move(*this, *worker))
            return false;
    }
    m_counters.add(Counter::HttpRequests);
    if (m_parser->isWebSocketUpgrade() && m_socket->state() == QAbstractSocket::ConnectedState) {
        // Read, not skipped: so the socket gives its buffer away and keeps none.
        (void)m_socket->read(fed.consumed);
        m_owner.upgrade(*this, m_head);
        return false;
    }
    if (const auto refusal = m_listener.refusalOf(m_head)) {
        write(m_head, *refusal, false);
        closeAfterWriting();
        return false;
    }
    m_deadlines.arm(*this, m_options.bodyTimeout);
    if (fed.status != ParseStatus::Done && m_parser->expectsContinue())
        m_socket->write("HTTP/1.1 100 Continue\r\n\r\n");
    return true;
}

void HttpConnection::dispatch()
{
    cancel();
    HttpRequest request = std::exchange(m_head, {});
    request.body = m_parser->takeBody();
    m_parser.reset();
    m_bodyGuard.reset();
    m_counters.add(Counter::BytesIn, static_cast<std::uint64_t>(request.body.size()));
    if (request.method == "OPTIONS") {
        respond(request, preflightResponse(request));
        return;
    }
    // Served, as the reference server does: only browsers keep the answer from their page, and native clients
    // may name any Origin. Told once a session, at its handshake.
    if (!isOriginAllowed(m_options.cors, request) && m_listener.isHandshake(request))
        m_counters.turnedAway(metrics::Refused::ForeignOrigin);
    m_listener.onRequest(std::make_unique<Exchange>(*this, std::move(request)));
}

/// Ours, not the listener's: it never hears of this request.
void HttpConnection::refuseRequest(const HttpResponse &response)
{
    m_counters.refused(reasonOf(response.status));
    m_bodyGuard.reset();
    write(m_head, response, false);
    closeAfterWriting();
}

void HttpConnection::refuse(const HttpRequest &request, const HttpResponse &response)
{
    write(request, response, false);
    closeAfterWriting();
}

void HttpConnection::respond(const HttpRequest &request, const HttpResponse &response)
{
    const bool keepAlive = m_keepsAlive && !m_isDraining;
    write(request, response, keepAlive);
    if (!keepAlive) {
        closeAfterWriting();
        return;
    }
    m_isIdle = true;
    m_deadlines.arm(*this, m_options.keepAliveTimeout);
    if (m_isProcessing)
        return;
    m_socket->flush();
    if (!m_hasEnded && m_socket->bytesAvailable() > 0)
        processLater();
}

/// What was pipelined behind a request that waited: not from within respond(), whose caller is in the midst
/// of things.
void HttpConnection::processLater()
{
    QMetaObject::invokeMethod(
        m_socket.get(), [this] { process(); }, Qt::QueuedConnection);
}

void HttpConnection::write(const HttpRequest &request, const HttpResponse &response, bool keepAlive)
{
    QByteArray out;
    out.reserve(512 + response.body.size());
    const auto header = [&out](QByteArrayView name, QByteArrayView value) {
        out.append(name).append(": ").append(value).append("\r\n");
    };
    out += "HTTP/1.1 " + QByteArray::number(response.status) + ' ';
    out.append(reasonPhrase(response.status)).append("\r\n");
    if (!response.contentType.isEmpty())
        header("Content-Type", response.contentType);
    header("Content-Length",
           QByteArray::number(response.body.size())); // with 204, too: some browsers wait without it
    for (const auto &[name, value] : response.headers)
        header(name, value);
    // No browser takes what somebody wrote for a page or a script.
    header("X-Content-Type-Options", "nosniff");
    for (const auto &[name, value] : corsHeaders(m_options.cors, request))
        header(name, value);
    header("Date", cachedHttpDate());
    header("Connection", keepAlive ? "keep-alive" : "close");
    out += "\r\n";
    if (request.method != "HEAD") {
        out += response.body;
        m_counters.add(Counter::BytesOut, static_cast<std::uint64_t>(response.body.size()));
    }
    m_socket->write(out);
}

/// Says goodbye, but goes on reading for a while: closing on unread bytes would reset the connection and
/// might take our answer with it. Source: RFC 9112, 9.6.
void HttpConnection::closeAfterWriting()
{
    m_isClosing = true;
    m_parser.reset();
    m_deadlines.arm(*this, m_options.bodyTimeout);
    m_socket->skip(m_socket->bytesAvailable());
    m_socket->flush();
    if (!m_hasEnded)
        finishSending();
}

void HttpConnection::finishSending()
{
    if (m_socket->bytesToWrite() > 0 || std::exchange(m_isSendingOver, true))
        return;
    if (qobject_cast<QSslSocket *>(m_socket.get())) {
        // TLS ends by a word of its own (RFC 8446, 6.1), behind which nothing is read as TLS any more.
        LingeringClose::end(*m_socket, m_deadlines, m_owner.lingering());
        return;
    }
    endWriting(m_socket->socketDescriptor());
    m_deadlines.arm(*this, lingerTime);
}

void HttpConnection::onDeadline()
{
    if (m_isClosing || !m_parser) {
        m_socket->abort();
        return;
    }
    refuseRequest(plainError(408, QByteArrayLiteral("{\"message\":\"Request timeout\"}")));
}

void HttpConnection::onDisconnected()
{
    if (m_hasEnded)
        return;
    // Said before it went, and its turn was still to come.
    while (m_turn.is_linked()) {
        m_turn.unlink();
        process();
    }
    if (m_hasEnded)
        return;
    m_hasEnded = true;
    m_counters.add(Counter::TcpClosed);
    cancel();
    m_bodyGuard.reset();
    if (Exchange *exchange = std::exchange(m_exchange, nullptr))
        exchange->abort();
    m_owner.ended(*this);
}

} // namespace concierge::transport
