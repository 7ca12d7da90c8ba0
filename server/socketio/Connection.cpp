#include "socketio/Connection.h"

#include "shared/Limits.h"
#include "socketio/Json.h"
#include "socketio/Server.h"

#include <QRandomGenerator>

#include <algorithm>
#include <array>
#include <cstring>

namespace concierge::socketio {

using engineio::CloseReason;
using metrics::Counter;
using transport::FrameKind;
using transport::SendStatus;

namespace {

DisconnectReason toDisconnectReason(CloseReason reason)
{
    switch (reason) {
    case CloseReason::TransportClose:
        return DisconnectReason::TransportClose;
    case CloseReason::TransportError:
        return DisconnectReason::TransportError;
    case CloseReason::PingTimeout:
        return DisconnectReason::PingTimeout;
    case CloseReason::ParseError:
        return DisconnectReason::ParseError;
    case CloseReason::ForcedClose:
        return DisconnectReason::ForcedServerClose;
    case CloseReason::SlowConsumer:
        return DisconnectReason::SlowConsumer;
    case CloseReason::ServerShutdown:
        return DisconnectReason::ServerShuttingDown;
    }
    Q_UNREACHABLE();
}

/// Nothing of the session's sid is in it: who knows a socket's id, which applications pass around, must not
/// be able to take over its session.
SocketId makeSocketId()
{
    constexpr qsizetype idBytes = 15; // 20 characters
    std::array<quint32, 4> random{};
    static_assert(sizeof random >= idBytes);
    QRandomGenerator::system()->fillRange(random.data(), random.size());
    std::array<char, idBytes> bytes{};
    std::memcpy(bytes.data(), random.data(), bytes.size());
    return SocketId(QByteArray::fromRawData(bytes.data(), idBytes).toBase64(QByteArray::Base64UrlEncoding));
}

/// The packet as a view, for those that had to be kept until their attachments were here.
PacketView viewOf(const Packet &packet)
{
    PacketView view{packet.type, packet.nsp, packet.id, packet.data, {}};
    const auto isGood = json::validate(packet.data, limits::packetMaxDepth, &view.elements, &view.depth);
    Q_ASSERT(isGood); // it was decoded before
    return view;
}

} // namespace

Connection::Connection(Server &server, engineio::Session &session)
    : m_server(server)
    , m_session(session)
{
    m_server.m_deadlines.arm(*this, m_server.m_options.connectTimeout);
}

Connection::~Connection() = default;

void Connection::onDeadline()
{
    m_server.m_counters.turnedAway(metrics::Refused::ConnectTimeout);
    closeSession(CloseReason::ForcedClose);
}

void Connection::onSessionMessage(FrameKind kind, const QByteArray &data)
{
    if (m_isClosing)
        return;
    if (m_held)
        hold(kind, data);
    else
        receive(kind, data);
    // Whatever ended meanwhile has no call of its own on the stack any more.
    m_ended.clear();
}

template <typename Call>
void Connection::forEachConnected(Call call)
{
    for (std::size_t i = 0; i < m_sockets.size();) {
        LiveSocket &socket = *m_sockets[i];
        if (socket.isConnected())
            call(socket);
        if (i < m_sockets.size() &&
            m_sockets[i].get() == &socket) // the handler may have ended this or others
            ++i;
    }
    m_ended.clear();
}

void Connection::onSessionDrained()
{
    if (m_backlog && pump() != SendStatus::Sent)
        return;
    forEachConnected([](LiveSocket &socket) { socket.handler().onDrained(socket); });
}

SendStatus Connection::send(std::span<const transport::Frame> frames, bool isVolatile)
{
    if (!m_backlog)
        return m_session.send(frames, isVolatile);
    if (isVolatile || m_isClosing)
        return SendStatus::Dropped;
    const qint64 before = m_backlog->bytes;
    push(frames);
    m_backlog->added += m_backlog->bytes - before;
    if (m_backlog->added <= m_server.m_options.outboxMaxBytes)
        return SendStatus::Buffered;
    closeSession(CloseReason::SlowConsumer);
    return SendStatus::Dropped;
}

void Connection::requestProof(quint64 mark)
{
    if (m_backlog)
        m_backlog->items.emplace_back(Backlog::Mark{mark});
    else
        m_session.requestProof(mark);
}

bool Connection::isWritable() const
{
    return !m_backlog && m_session.isWritable();
}

qint64 Connection::bytesToWrite() const
{
    return m_session.bytesToWrite() + (m_backlog ? m_backlog->bytes : 0);
}

void Connection::push(std::span<const transport::Frame> frames)
{
    for (const transport::Frame &frame : frames) {
        m_backlog->bytes += frame.data.size();
        m_backlog->items.emplace_back(frame);
    }
}

/// Gives the session of the backlog what it has room for. Sent: that was all of it. Buffered: there is more,
/// or it waits with the session; onSessionDrained() follows.
SendStatus Connection::pump()
{
    constexpr qint64 page = 32 * 1024;
    QList<transport::Frame> frames;
    while (m_backlog && !m_backlog->items.empty()) {
        auto &items = m_backlog->items;
        if (const auto *mark = std::get_if<Backlog::Mark>(&items.front())) {
            m_session.requestProof(mark->value);
            items.pop_front();
            continue;
        }
        frames.clear();
        for (qint64 bytes = 0; !items.empty() && bytes < page; items.pop_front()) {
            auto *frame = std::get_if<transport::Frame>(&items.front());
            if (!frame)
                break;
            bytes += frame->data.size();
            frames.append(std::move(*frame));
        }
        for (const transport::Frame &frame : std::as_const(frames))
            m_backlog->bytes -= frame.data.size();
        const SendStatus status = m_session.send(frames); // may end us
        if (status != SendStatus::Sent) {
            if (m_backlog && m_backlog->items.empty())
                m_backlog.reset();
            return status;
        }
    }
    m_backlog.reset();
    return SendStatus::Sent;
}

void Connection::onSessionProven(quint64 mark)
{
    forEachConnected([mark](LiveSocket &socket) { socket.handler().onProven(socket, mark); });
}

void Connection::onSessionClosed(CloseReason reason)
{
    m_isClosing = true;
    cancel();
    endAll(toDisconnectReason(reason));
}

void Connection::hold(FrameKind kind, const QByteArray &data)
{
    m_held->bytes += data.size();
    if (m_held->bytes > m_server.m_options.heldMaxBytes ||
        static_cast<qsizetype>(m_held->frames.size()) >= m_server.m_options.heldMaxFrames) {
        fail();
        return;
    }
    // A deep copy: the bytes may be somebody else's, valid during this call only.
    m_held->frames.push_back({kind, QByteArray(data.constData(), data.size())});
}

/// Handles what was held back, until that ends the session, or is another CONNECT that is deferred.
void Connection::resume()
{
    while (m_held && !m_held->deferred && !m_held->frames.empty()) {
        const transport::Frame frame = std::move(m_held->frames.front());
        m_held->frames.pop_front();
        m_held->bytes -= frame.data.size();
        receive(frame.kind, frame.data);
    }
    if (m_held && !m_held->deferred)
        m_held.reset();
}

void Connection::receive(FrameKind kind, const QByteArray &data)
{
    static const QList<QByteArray> noAttachments;
    if (kind == FrameKind::Text) {
        auto packet = m_decoder.feedTextView(data);
        if (!packet)
            fail();
        else if (*packet)
            dispatch(**packet, noAttachments);
        return;
    }
    const auto packet = m_decoder.feedBinary(data);
    if (!packet) {
        fail();
    } else if (*packet) {
        PacketView view = viewOf(**packet);
        dispatch(view, (*packet)->attachments);
    }
}

// The reference server's table of what may come when; everything else ends the session.
void Connection::dispatch(PacketView &packet, const QList<QByteArray> &attachments)
{
    LiveSocket *socket = find(packet.nsp);
    const bool joins = packet.type == PacketType::Connect;
    if (joins == (socket != nullptr) || packet.type == PacketType::ConnectError) {
        fail();
        return;
    }
    switch (packet.type) {
    case PacketType::Connect:
        connect(packet.nsp, packet.data.isEmpty() ? QByteArrayView("{}") : packet.data);
        break;
    case PacketType::Event:
    case PacketType::BinaryEvent:
        if (!socket->onEvent(packet, attachments))
            fail();
        break;
    case PacketType::Ack:
    case PacketType::BinaryAck:
        socket->onAck(packet, attachments);
        break;
    case PacketType::Disconnect:
        end(*socket, DisconnectReason::ClientNamespaceDisconnect);
        break;
    case PacketType::ConnectError:
        break;
    }
}

// Socket.IO protocol 5, "Connection to a namespace".
void Connection::connect(QByteArrayView nsp, QByteArrayView auth)
{
    const QByteArray name = nsp.toByteArray();
    NamespaceHandler *handler = m_server.m_namespaces.value(name);
    if (!handler) {
        sendRefusal(nsp, {QByteArrayLiteral("Invalid namespace"), {}});
        return;
    }
    auto owned = std::make_unique<LiveSocket>(*this, *handler, makeSocketId(), name);
    LiveSocket &socket = *owned;
    ConnectDecision decision = handler->onConnectRequest(socket, auth);
    if (const auto *refusal = std::get_if<ConnectRefusal>(&decision)) {
        if (!m_isClosing)
            sendRefusal(nsp, *refusal);
        return;
    }
    m_sockets.push_back(std::move(owned));
    if (m_isClosing) // the handler ended the session, by another of its sockets
        end(socket, DisconnectReason::ForcedServerClose);
    else if (auto *acceptance = std::get_if<ConnectAcceptance>(&decision))
        join(socket, std::move(*acceptance), auth);
    else
        defer(socket, auth);
}

void Connection::defer(LiveSocket &socket, QByteArrayView auth)
{
    socket.defer();
    if (!m_held) // otherwise this CONNECT was held back itself
        m_held = std::make_unique<HeldBack>();
    m_held->deferred = &socket;
    m_held->auth = auth.toByteArray();
}

void Connection::accept(LiveSocket &socket, ConnectAcceptance acceptance)
{
    if (m_isClosing)
        return; // too late: it ends with its session
    Q_ASSERT(m_held && m_held->deferred == &socket);
    m_held->deferred = nullptr;
    const QByteArray auth = std::move(m_held->auth);
    join(socket, std::move(acceptance), auth);
    resume();
}

void Connection::refuse(LiveSocket &socket, const ConnectRefusal &refusal)
{
    remove(socket);
    if (m_isClosing)
        return;
    Q_ASSERT(m_held && m_held->deferred == &socket);
    m_held->deferred = nullptr;
    sendRefusal(socket.nsp(), refusal);
    resume();
}

// Connection state recovery: the client takes what it missed for its own by the offset in each event, and
// learns from the reply's pid whether it is recovered.
void Connection::join(LiveSocket &socket, ConnectAcceptance acceptance, QByteArrayView auth)
{
    cancel();
    socket.begin(std::move(acceptance.sid));
    m_server.m_counters.add(Counter::SocketsConnected);
    QByteArray json = "{\"sid\":\"" + socket.id().utf8() + '"';
    if (!acceptance.pid.isEmpty()) {
        json += ",\"pid\":";
        json::appendQuoted(json, acceptance.pid);
    }
    json += '}';
    QList<transport::Frame> frames = std::move(acceptance.missed);
    frames += encode({PacketType::Connect, socket.nsp(), {}, json, {}});
    if (frames.size() == 1) {
        send(frames);
    } else {
        if (!m_backlog)
            m_backlog = std::make_unique<Backlog>();
        push(frames);
        pump();
    }
    socket.handler().onConnected(socket, auth);
}

void Connection::sendRefusal(QByteArrayView nsp, const ConnectRefusal &refusal)
{
    QByteArray json = QByteArrayLiteral("{\"message\":");
    json::appendQuoted(json, refusal.message);
    if (!refusal.jsonData.isEmpty())
        json += ",\"data\":" + refusal.jsonData;
    json += '}';
    send(encode({PacketType::ConnectError, nsp.toByteArray(), {}, json, {}}));
}

void Connection::leave(LiveSocket &socket)
{
    send(encode({PacketType::Disconnect, socket.nsp(), {}, {}, {}}));
    end(socket, DisconnectReason::ServerNamespaceDisconnect);
}

void Connection::abandon()
{
    endAll(DisconnectReason::ForcedServerClose);
    closeSession(CloseReason::ForcedClose);
}

void Connection::close()
{
    while (!m_sockets.empty()) {
        LiveSocket &socket = *m_sockets.front();
        if (socket.isConnected())
            leave(socket);
        else
            end(socket, DisconnectReason::ForcedServerClose);
    }
    closeSession(CloseReason::ForcedClose);
}

void Connection::fail()
{
    endAll(DisconnectReason::ParseError);
    closeSession(CloseReason::ParseError);
}

void Connection::closeSession(CloseReason reason)
{
    if (m_isClosing)
        return;
    m_isClosing = true;
    cancel();
    m_held.reset();
    m_backlog.reset();
    m_session.close(reason);
}

/// The only way a Socket ends, but for those that were refused.
void Connection::end(LiveSocket &socket, DisconnectReason reason)
{
    const bool wasConnected = socket.isConnected();
    remove(socket);
    if (wasConnected)
        m_server.m_counters.add(Counter::SocketsClosed);
    socket.handler().onDisconnected(socket, reason);
}

void Connection::remove(LiveSocket &socket)
{
    const auto found = std::find_if(m_sockets.begin(), m_sockets.end(),
                                    [&](const auto &candidate) { return candidate.get() == &socket; });
    Q_ASSERT(found != m_sockets.end());
    m_ended.push_back(std::move(*found));
    m_sockets.erase(found);
    socket.end();
}

void Connection::endAll(DisconnectReason reason)
{
    while (!m_sockets.empty())
        end(*m_sockets.front(), reason);
}

LiveSocket *Connection::find(QByteArrayView nsp) const
{
    const auto found = std::find_if(m_sockets.begin(), m_sockets.end(),
                                    [&](const auto &socket) { return socket->nsp() == nsp; });
    return found == m_sockets.end() ? nullptr : found->get();
}

} // namespace concierge::socketio
