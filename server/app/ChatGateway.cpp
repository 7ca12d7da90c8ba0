#include "app/ChatGateway.h"

#include "app/EventEncoder.h"
#include "shared/Limits.h"
#include "socketio/Json.h"

#include <QLoggingCategory>
#include <QRandomGenerator>

#include <array>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcChat, "concierge.chat")

using metrics::Counter;

namespace {

struct Recovery
{
    QByteArray pid;
    QByteArray offset;
};

/// What a client that comes back presents, besides what its application put there.
Recovery recoveryOf(QByteArrayView auth)
{
    Recovery recovery;
    json::MemberReader reader(auth);
    for (json::Member member; reader.next(member);) {
        if (json::typeOf(member.value) != json::Type::String)
            continue;
        if (member.keyIs("pid"))
            recovery.pid = json::unescape(member.value);
        else if (member.keyIs("offset"))
            recovery.offset = json::unescape(member.value);
    }
    if (recovery.offset == noOffset)
        recovery.offset.clear();
    return recovery;
}

/// Who knows it can take the socket over: as hard to guess as a session's id.
QByteArray makePid()
{
    std::array<quint32, 4> random{};
    QRandomGenerator::system()->fillRange(random.data(), random.size());
    constexpr qsizetype size = 15; // 20 characters
    return QByteArray(reinterpret_cast<const char *>(random.data()), size)
        .toBase64(QByteArray::Base64UrlEncoding);
}

/// Whether the client may come back for what it missed. Source: the reference server's list.
bool isRecoverable(socketio::DisconnectReason reason)
{
    switch (reason) {
    case socketio::DisconnectReason::ClientNamespaceDisconnect:
    case socketio::DisconnectReason::ServerNamespaceDisconnect:
    case socketio::DisconnectReason::ParseError:
        return false;
    case socketio::DisconnectReason::TransportClose:
    case socketio::DisconnectReason::TransportError:
    case socketio::DisconnectReason::PingTimeout:
    case socketio::DisconnectReason::ForcedServerClose:
    case socketio::DisconnectReason::SlowConsumer:
    case socketio::DisconnectReason::ServerShuttingDown:
        return true;
    }
    return false;
}

const QByteArray tooFast = QByteArrayLiteral("too many events from this connection; send slower");

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

ChatGateway::ChatGateway(GatewayOptions options, CommandSink &sink, transport::DeadlineWheel &deadlines,
                         metrics::ThreadCounters &counters)
    : m_options(std::move(options))
    , m_offsets(m_options.offsetSecret)
    , m_sink(sink)
    , m_deadlines(deadlines)
    , m_clock(deadlines.clock())
    , m_counters(counters)
{}

ChatGateway::~ChatGateway() = default;

void ChatGateway::submit()
{
    m_turnTime.reset();
    if (m_commands.empty())
        return;
    m_sink.submit(m_commands);
}

void ChatGateway::noteWritten()
{
    if (m_written.empty())
        return;
    const Microseconds now = m_clock.precise();
    metrics::Histogram &histogram = m_counters.latency(metrics::Latency::Delivery);
    for (const Written &written : m_written)
        histogram.add(static_cast<std::uint64_t>((now - written.readAt).count()), written.count);
    m_written.clear();
}

void ChatGateway::stamp(chat::Command &command)
{
    auto *message = std::get_if<chat::SendMessage>(&command);
    if (!message)
        return;
    message->readAt = turnTime();
}

Microseconds ChatGateway::turnTime()
{
    if (!m_turnTime)
        m_turnTime = m_clock.precise();
    return *m_turnTime;
}

bool ChatGateway::isWithinRate(socketio::Socket &socket, int events)
{
    return m_options.eventRate.isOff() || socket.notes().events.take(m_options.eventRate, turnTime(), events);
}

/// Saying the same again costs nothing more: front ends do it each time that they draw themselves.
bool ChatGateway::maySayWho(socketio::Socket &socket, const UserId &user)
{
    const std::size_t identity = std::max<std::size_t>(qHash(user), 1);
    std::size_t &known = socket.notes().identity;
    const int cost = static_cast<int>(std::min<qint64>(costOfAnotherUser, m_options.eventRate.burst())) - 1;
    if (known != 0 && known != identity && cost > 0 && !isWithinRate(socket, cost))
        return false;
    known = identity;
    return true;
}

/// Not a word of it to the chat: that is whom the limit protects.
void ChatGateway::refuseTooFast(const chat::Origin &origin, QByteArrayView event)
{
    m_counters.rejected(static_cast<quint8>(chat::ErrorCode::RateLimited));
    carryOut(chat::Reply{origin.socket, origin.ackId, event.toByteArray(),
                         chat::Error{chat::ErrorCode::RateLimited, tooFast}});
}

/// Within what is left of the connection's time: joining again gives none back.
void ChatGateway::expectRegistration(socketio::Socket &socket)
{
    if (m_options.registerTimeout.count() == 0)
        return;
    const Milliseconds now = m_clock.monotonic();
    std::optional<Milliseconds> &since = socket.notes().strangerSince;
    if (!since)
        since = now;
    const Milliseconds due = *since + m_options.registerTimeout;
    const auto isLater = [due](const Stranger &other) { return other.due > due; };
    m_strangers.insert(std::find_if(m_strangers.rbegin(), m_strangers.rend(), std::not_fn(isLater)).base(),
                       Stranger{due, socket.tag});
    if (!isArmed() || m_strangers.front().tag == socket.tag)
        m_deadlines.arm(*this, std::max(Milliseconds(1), m_strangers.front().due - now));
}

void ChatGateway::onDeadline()
{
    const Milliseconds now = m_clock.monotonic();
    while (!m_strangers.empty() && m_strangers.front().due <= now) {
        socketio::Socket *socket = m_sockets.value(m_strangers.front().tag);
        m_strangers.pop_front();
        if (!socket || socket->isExpected)
            continue;
        m_counters.turnedAway(metrics::Refused::RegisterTimeout);
        carryOut(
            chat::Reply{{m_options.worker, socket->tag},
                        {},
                        QByteArrayLiteral("newUser"),
                        chat::Error{chat::ErrorCode::NotRegistered,
                                    QByteArrayLiteral("the connection is closed: nobody has said newUser "
                                                      "on it in time")}});
        socket->disconnect(true);
    }
    if (!m_strangers.empty())
        m_deadlines.arm(*this, m_strangers.front().due - now);
}

void ChatGateway::willBeWritten(Microseconds readAt)
{
    if (m_written.empty() || m_written.back().readAt != readAt)
        m_written.push_back({readAt, 0});
    ++m_written.back().count;
}

quint64 ChatGateway::visitBehind(quint64 after, qsizetype max,
                                 const std::function<void(socketio::Socket &)> &visit)
{
    quint64 last = 0;
    for (qsizetype i = 0; i < max; ++i) {
        const auto next = m_tags.upper_bound(after); // anew: the visit may have ended a socket
        if (next == m_tags.end())
            break;
        after = last = *next;
        visit(*m_sockets.value(last));
    }
    return last;
}

void ChatGateway::visit(quint64 tag, const std::function<void(socketio::Socket &)> &visit)
{
    socketio::Socket *socket = m_sockets.value(tag);
    if (socket && socket->isConnected())
        visit(*socket);
}

// Open mode: whoever passed the origin check may come in. Token mode: who has a good token, too.
socketio::ConnectDecision ChatGateway::onConnectRequest(socketio::Socket &socket, QByteArrayView auth)
{
    // Each makes a socket, and may have a token checked: none of that for nothing, again and again.
    if (std::exchange(socket.notes().hasAsked, true) && !isWithinRate(socket, costOfAnotherSocket)) {
        m_counters.rejected(static_cast<quint8>(chat::ErrorCode::RateLimited));
        return socketio::ConnectRefusal{tooFast, {}};
    }
    socket.tag = ++m_lastSerial;
    UserId owner;
    if (m_signIn) {
        auto user = m_signIn->admit(socket, auth);
        if (!user)
            return socketio::ConnectRefusal{QByteArrayLiteral("unauthorized"), {}};
        owner = *std::move(user);
    }
    m_sockets.insert(socket.tag, &socket);
    m_tags.insert(m_tags.end(), socket.tag);
    expectRegistration(socket);
    const chat::SocketRef ref{m_options.worker, socket.tag};
    QByteArray pid = m_options.recovers ? makePid() : QByteArray();
    const Recovery recovery = recoveryOf(auth);
    if (m_watch && !recovery.offset.isEmpty())
        m_watch->onOffset(socket.tag, recovery.offset);
    if (pid.isEmpty() || recovery.pid.isEmpty()) {
        m_commands.emplace_back(chat::SocketConnected{ref, socket.id(), pid});
        return socketio::ConnectAcceptance{{}, std::move(pid), {}};
    }
    m_commands.emplace_back(chat::RecoverSocket{ref, socket.id(), std::move(pid), recovery.pid,
                                                recovery.offset, std::move(owner)});
    return socketio::ConnectDeferred();
}

void ChatGateway::onConnected(socketio::Socket &socket, QByteArrayView)
{
    if (m_watch)
        m_watch->onSocketConnected(socket);
    qCDebug(lcChat) << "socket connected" << socket.id().utf8();
}

void ChatGateway::carryOut(const chat::AcceptSocket &answer)
{
    socketio::Socket *socket = m_sockets.value(answer.socket.serial);
    if (!socket)
        return;                              // gone while this was on its way: the chat hears that too
    socket->isExpected = answer.isRecovered; // of those that had registered only
    socketio::ConnectAcceptance acceptance{answer.sid, answer.pid, {}};
    if (answer.acknowledges) {
        m_acknowledging.insert(socket->tag);
    } else {
        for (const auto &[mark, push] : answer.missed)
            acceptance.missed += encodePush(push, offsetOf(mark));
        if (m_watch && !answer.missed.empty())
            m_watch->onOffset(socket->tag, offsetOf(answer.missed.back().mark));
    }
    const auto order = answer.missed.empty() ? 0 : answer.missed.back().mark.offset.order;
    socket->accept(std::move(acceptance));
    if (answer.acknowledges) { // only a connected socket can ask for acknowledgements
        for (const auto &[mark, push] : answer.missed)
            carryOut(chat::Delivery{{answer.socket}, push, mark});
    } else if (order > 0) {
        socket->requestProof(static_cast<quint64>(order));
    }
    if (answer.isRecovered)
        qCDebug(lcChat) << "socket recovered" << answer.sid.utf8() << answer.missed.size() << "missed";
}

void ChatGateway::carryOut(const chat::EndSocket &end)
{
    if (socketio::Socket *socket = m_sockets.value(end.socket.serial))
        socket->abandon();
}

void ChatGateway::onDrained(socketio::Socket &socket)
{
    if (m_awaitingDrain.remove(socket.tag))
        m_commands.emplace_back(chat::SocketDrained{{m_options.worker, socket.tag}});
}

void ChatGateway::onProven(socketio::Socket &socket, quint64 mark)
{
    m_commands.emplace_back(chat::SocketProven{{m_options.worker, socket.tag}, static_cast<qint64>(mark)});
}

void ChatGateway::onDisconnected(socketio::Socket &socket, socketio::DisconnectReason reason)
{
    m_awaitingDrain.remove(socket.tag);
    m_acknowledging.remove(socket.tag);
    if (m_signIn)
        m_signIn->forget(socket);
    m_sockets.remove(socket.tag);
    m_tags.erase(socket.tag);
    if (m_watch)
        m_watch->onSocketEnded(socket.tag);
    m_commands.emplace_back(chat::SocketDisconnected{{m_options.worker, socket.tag}, !isRecoverable(reason)});
    qCDebug(lcChat) << "socket disconnected" << socket.id().utf8() << socketio::toString(reason);
}

void ChatGateway::onEvent(socketio::Socket &socket, const socketio::Event &event)
{
    const chat::Origin origin{{m_options.worker, socket.tag}, event.ackId};
    if (!isWithinRate(socket)) {
        refuseTooFast(origin, event.name);
        return;
    }
    if (m_signIn && event.name == "authenticate") {
        authenticate(socket, event);
        return;
    }
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
    Decoded command = decode(origin, event, m_options.limits);
    auto forbidden = m_signIn && command ? m_signIn->refusalOf(socket, *command) : std::nullopt;
    if (forbidden) {
        refuse(origin, socket, event.name, *std::move(forbidden));
    } else if (command) {
        if (const auto *registration = std::get_if<chat::NewUser>(&*command)) {
            if (!maySayWho(socket, registration->user)) {
                refuseTooFast(origin, event.name);
                return;
            }
            if (registration->acknowledges)
                m_acknowledging.insert(socket.tag);
            else
                m_acknowledging.remove(socket.tag);
            socket.notes().strangerSince.reset();
            socket.isExpected = true; // until the chat says otherwise: its answer may take a while
        }
        m_commands.push_back(std::move(command).value());
        stamp(m_commands.back());
    } else
        refuse(origin, socket, event.name, command.error());
}

void ChatGateway::authenticate(socketio::Socket &socket, const socketio::Event &event)
{
    const chat::Origin origin{{m_options.worker, socket.tag}, event.ackId};
    const auto answer = m_signIn->renew(socket, event);
    if (!answer) {
        refuse(origin, socket, event.name, answer.error());
        return;
    }
    m_commands.emplace_back(chat::SocketActive{origin.socket});
    if (event.ackId) {
        const std::array arguments{QByteArrayView(answer.value())};
        socket.ack(*event.ackId, arguments);
    }
}

void ChatGateway::refuse(const chat::Origin &origin, socketio::Socket &socket, QByteArrayView event,
                         chat::Error error)
{
    m_counters.rejected(static_cast<quint8>(error.code));
    m_commands.emplace_back(chat::SocketActive{origin.socket});
    carryOut(
        chat::Reply{{m_options.worker, socket.tag}, origin.ackId, event.toByteArray(), std::move(error)});
}

void ChatGateway::deliver(const std::vector<chat::Outbound> &batch)
{
    for (const chat::Outbound &outbound : batch)
        std::visit([this](const auto &item) { carryOut(item); }, outbound);
}

void ChatGateway::carryOut(const chat::Delivery &delivery)
{
    const bool isVolatile = std::holds_alternative<chat::TypingPush>(delivery.push);
    const auto &mark = delivery.mark;
    const auto *message = std::get_if<chat::GetMessage>(&delivery.push);
    QList<transport::Frame> frames;
    QByteArray offset; // that these carry
    bool isTaken = false;
    for (const chat::SocketRef &target : delivery.targets) {
        socketio::Socket *socket = m_sockets.value(target.serial);
        if (!socket)
            continue; // gone while this was on its way
        isTaken = true;
        if (message && mark && !m_acknowledging.isEmpty() && m_acknowledging.contains(target.serial)) {
            sendAcknowledged(*socket, *message, mark->offset.order);
        } else {
            if (frames.isEmpty()) {
                offset = offsetOf(mark);
                frames = encodePush(delivery.push, offset);
            }
            socket->send(frames, isVolatile);
            if (m_watch && !offset.isEmpty())
                m_watch->onOffset(target.serial, offset);
        }
        if (mark && mark->needsProof)
            socket->requestProof(static_cast<quint64>(mark->offset.order));
    }
    if (isTaken && delivery.readAt)
        willBeWritten(*delivery.readAt);
}

/// To a client that answers: that proves it sooner than a pong. An event with an ack id carries no offset;
/// the official client would not keep it.
void ChatGateway::sendAcknowledged(socketio::Socket &socket, const chat::GetMessage &push, qint64 order)
{
    const QByteArray json = encodeMessage(*push.message);
    const std::array arguments{QByteArrayView(json)};
    const chat::SocketRef ref{m_options.worker, socket.tag};
    socket.emitWithAck(
        "getMessage", arguments,
        [this, ref, order](const auto &, const auto &) {
            m_commands.emplace_back(chat::SocketProven{ref, order});
        },
        push.message->attachments);
}

QByteArray ChatGateway::offsetOf(const std::optional<chat::StreamMark> &mark) const
{
    return mark && m_options.recovers ? m_offsets.encode(mark->offset, mark->user) : QByteArray();
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
    if (std::holds_alternative<chat::Error>(reply.result) && reply.event == "newUser")
        socket->isExpected = false;
    if (reply.ackId) {
        const QByteArray answer = encodeAck(reply);
        const std::array arguments{QByteArrayView(answer)};
        socket->ack(*reply.ackId, arguments);
    } else if (const auto *error = std::get_if<chat::Error>(&reply.result)) {
        socket->send(encodeErrorEvent(reply.event, *error));
    }
}

} // namespace concierge::app
