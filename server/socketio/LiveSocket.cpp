#include "socketio/Connection.h"
#include "socketio/Json.h"

#include <utility>

namespace concierge::socketio {

using transport::SendStatus;

namespace {

constexpr qsizetype maxUnanswered = 131'072; // more than one payload can ask for

} // namespace

LiveSocket::LiveSocket(Connection &connection, NamespaceHandler &handler, SocketId id, QByteArray nsp)
    : m_connection(connection)
    , m_handler(handler)
    , m_id(std::move(id))
    , m_nsp(std::move(nsp))
{}

const transport::HttpRequest &LiveSocket::handshake() const
{
    return m_connection.session().handshake();
}

bool LiveSocket::isWritable() const
{
    return isConnected() && m_connection.isWritable();
}

bool LiveSocket::isWebSocket() const
{
    return m_connection.session().isWebSocket();
}

qint64 LiveSocket::bytesToWrite() const
{
    return m_connection.bytesToWrite();
}

ConnectionNotes &LiveSocket::notes()
{
    return m_connection.notes();
}

void LiveSocket::accept(ConnectAcceptance acceptance)
{
    Q_ASSERT(m_state != State::Requested); // onConnectRequest() returns its decision
    if (m_state == State::Deferred)
        m_connection.accept(*this, std::move(acceptance));
}

void LiveSocket::refuse(const ConnectRefusal &refusal)
{
    Q_ASSERT(m_state != State::Requested);
    if (m_state == State::Deferred)
        m_connection.refuse(*this, refusal);
}

void LiveSocket::begin(SocketId sid)
{
    m_state = State::Connected;
    if (!sid.isEmpty())
        m_id = std::move(sid);
}

void LiveSocket::requestProof(quint64 mark)
{
    if (isConnected())
        m_connection.requestProof(mark);
}

SendStatus LiveSocket::send(std::span<const transport::Frame> frames, bool isVolatile)
{
    return isConnected() ? m_connection.send(frames, isVolatile) : SendStatus::Dropped;
}

SendStatus LiveSocket::emitWithAck(QByteArrayView name, std::span<const QByteArrayView> jsonArguments,
                                   AckHandler handler, const QList<QByteArray> &attachments)
{
    if (!isConnected())
        return SendStatus::Dropped;
    const quint64 ackId = m_nextAckId++;
    const SendStatus status =
        sendWith(*this, encodeEventText(m_nsp, ackId, name, jsonArguments, attachments.size()), attachments);
    if (status != SendStatus::Dropped)
        m_ackHandlers[ackId] = std::move(handler);
    return status;
}

quint64 LiveSocket::awaitAck(AckHandler handler)
{
    if (isConnected())
        m_ackHandlers[m_nextAckId] = std::move(handler);
    return m_nextAckId++;
}

void LiveSocket::disconnect(bool closeConnection)
{
    if (closeConnection && (isConnected() || m_state == State::Deferred))
        m_connection.close();
    else if (isConnected())
        m_connection.leave(*this);
}

void LiveSocket::abandon()
{
    if (isConnected() || m_state == State::Deferred)
        m_connection.abandon();
}

bool LiveSocket::onEvent(PacketView &packet, const QList<QByteArray> &attachments)
{
    if (packet.elements.empty())
        return true; // no payload, so no name: as in the reference, nobody hears it
    if (packet.id) {
        if (m_unanswered.size() >= maxUnanswered)
            return false;
        ++m_unanswered[*packet.id];
    }
    const QByteArrayView rawName = packet.elements.front();
    QByteArray unescaped; // where the name has escapes
    Event event{json::typeOf(rawName) == json::Type::String ? json::plainText(rawName, unescaped) : rawName,
                std::move(packet.elements), attachments, packet.id, packet.depth};
    event.arguments.erase(event.arguments.begin());
    m_handler.onEvent(*this, event);
    return true;
}

void LiveSocket::onAck(PacketView &packet, const QList<QByteArray> &attachments)
{
    // Taken out first: the first answer wins, and the handler may end this socket.
    const AckHandler handler = packet.id ? m_ackHandlers.take(*packet.id) : AckHandler();
    if (handler)
        handler(std::move(packet.elements), attachments);
}

void LiveSocket::end()
{
    m_state = State::Ended;
    m_ackHandlers.clear();
    m_unanswered.clear();
}

bool LiveSocket::claimAck(quint64 id)
{
    const auto found = m_unanswered.find(id);
    if (found == m_unanswered.end())
        return false;
    if (--found.value() == 0)
        m_unanswered.erase(found);
    return true;
}

} // namespace concierge::socketio
