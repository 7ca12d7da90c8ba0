#include "app/ChatGateway.h"

#include "app/EventEncoder.h"
#include "shared/Limits.h"

#include <QLoggingCategory>

#include <array>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcChat, "concierge.chat")

using metrics::Counter;

namespace {

/// At most 64 bytes of `utf8` for a message, cut between characters.
QByteArray shortened(QByteArrayView utf8)
{
    qsizetype end = 64;
    if (utf8.size() <= end)
        return utf8.toByteArray();
    const auto continues = [&utf8](qsizetype at) { return (static_cast<uchar>(utf8[at]) & 0xC0) == 0x80; };
    while (end > 0 && continues(end))
        --end;
    return utf8.first(end).toByteArray() + "…";
}

} // namespace

ChatGateway::ChatGateway(quint32 worker, DecodeLimits limits, CommandSink &sink,
                         metrics::ThreadCounters &counters)
    : m_worker(worker)
    , m_limits(limits)
    , m_sink(sink)
    , m_counters(counters)
{}

ChatGateway::~ChatGateway() = default;

void ChatGateway::submit()
{
    if (!m_commands.empty())
        m_sink.submit(m_commands);
}

std::optional<socketio::ConnectRefusal> ChatGateway::onConnectRequest(const transport::HttpRequest &,
                                                                      QByteArrayView)
{
    return std::nullopt; // open mode: whoever passed the origin check may come in
}

void ChatGateway::onConnected(socketio::Socket &socket, QByteArrayView)
{
    socket.tag = ++m_lastSerial;
    m_sockets.insert(socket.tag, &socket);
    m_commands.emplace_back(chat::SocketConnected{{m_worker, socket.tag}});
    qCDebug(lcChat) << "socket connected" << socket.id().utf8();
}

void ChatGateway::onDrained(socketio::Socket &socket)
{
    if (m_awaitingDrain.remove(socket.tag))
        m_commands.emplace_back(chat::SocketDrained{{m_worker, socket.tag}});
}

void ChatGateway::onDisconnected(socketio::Socket &socket, socketio::DisconnectReason reason)
{
    m_awaitingDrain.remove(socket.tag);
    m_sockets.remove(socket.tag);
    m_commands.emplace_back(chat::SocketDisconnected{{m_worker, socket.tag}});
    qCDebug(lcChat) << "socket disconnected" << socket.id().utf8() << socketio::toString(reason);
}

void ChatGateway::onEvent(socketio::Socket &socket, const socketio::Event &event)
{
    const chat::Origin origin{{m_worker, socket.tag}, event.ackId};
    const DecodeEvent decode = findDecoder(event.name);
    if (!decode) {
        refuse(origin, socket, event.name,
               {chat::ErrorCode::UnknownEvent, "there is no event \"" + shortened(event.name) + '"'});
        return;
    }
    if (!m_sink.acceptsEvents()) {
        m_counters.add(Counter::MailboxRefused);
        refuse(origin, socket, event.name,
               {chat::ErrorCode::Unavailable,
                QByteArrayLiteral("the server is overloaded; try again in a moment")});
        return;
    }
    if (event.depth > limits::jsonMaxDepth) {
        refuse(origin, socket, event.name,
               {chat::ErrorCode::InvalidPayload,
                "arrays and objects may be nested " + QByteArray::number(limits::jsonMaxDepth) +
                    " deep, the event's own counted, but these are " + QByteArray::number(event.depth)});
        return;
    }
    Decoded command = decode(origin, event, m_limits);
    if (command)
        m_commands.push_back(std::move(command).value());
    else
        refuse(origin, socket, event.name, command.error());
}

void ChatGateway::refuse(const chat::Origin &origin, socketio::Socket &socket, QByteArrayView event,
                         chat::Error error)
{
    m_counters.add(Counter::EventsRejected);
    m_commands.emplace_back(chat::SocketActive{origin.socket});
    carryOut(chat::Reply{{m_worker, socket.tag}, origin.ackId, event.toByteArray(), std::move(error)});
}

void ChatGateway::deliver(const std::vector<chat::Outbound> &batch)
{
    for (const chat::Outbound &outbound : batch)
        std::visit([this](const auto &item) { carryOut(item); }, outbound);
}

void ChatGateway::carryOut(const chat::Delivery &delivery)
{
    const bool isVolatile = std::holds_alternative<chat::TypingPush>(delivery.push);
    QList<transport::Frame> frames;
    for (const chat::SocketRef &target : delivery.targets) {
        socketio::Socket *socket = m_sockets.value(target.serial);
        if (!socket)
            continue; // gone while this was on its way
        if (frames.isEmpty())
            frames = encodePush(delivery.push);
        socket->send(frames, isVolatile);
    }
}

void ChatGateway::carryOut(const chat::ReportDrained &request)
{
    const socketio::Socket *socket = m_sockets.value(request.socket.serial);
    if (!socket)
        return; // the chat has been told that it ended
    if (socket->isWritable())
        m_commands.emplace_back(chat::SocketDrained{request.socket});
    else
        m_awaitingDrain.insert(request.socket.serial);
}

void ChatGateway::carryOut(const chat::Reply &reply)
{
    socketio::Socket *socket = m_sockets.value(reply.socket.serial);
    if (!socket)
        return;
    if (reply.ackId) {
        const QByteArray answer = encodeAck(reply);
        const std::array arguments{QByteArrayView(answer)};
        socket->ack(*reply.ackId, arguments);
    } else if (const auto *error = std::get_if<chat::Error>(&reply.result)) {
        socket->send(encodeErrorEvent(reply.event, *error));
    }
}

} // namespace concierge::app
