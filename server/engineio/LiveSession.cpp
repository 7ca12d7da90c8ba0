#include "engineio/LiveSession.h"

#include "engineio/Refusal.h"

namespace concierge::engineio {

using metrics::Counter;
using transport::Frame;
using transport::FrameKind;
using transport::HttpExchange;
using transport::HttpRequest;
using transport::SendStatus;
using transport::TurnQueue;
using transport::WebSocketConnection;

namespace {

constexpr Milliseconds closeTimeout{30'000}; // how long an orderly close waits for the GET that fetches it

bool isOctetStream(const HttpRequest &request)
{
    const QByteArray type = request.header("content-type").value_or(QByteArray());
    const qsizetype end = type.indexOf(';');
    const QByteArrayView essence = QByteArrayView(type).first(end < 0 ? type.size() : end).trimmed();
    return essence.compare("application/octet-stream", Qt::CaseInsensitive) == 0;
}

} // namespace

class LiveSession::Unheard final : public UnheardPost
{
public:
    Unheard(LiveSession &session, std::unique_ptr<HttpExchange> httpExchange, const PayloadReader &rest)
        : UnheardPost(std::move(httpExchange), rest)
        , m_session(session)
    {}

private:
    int onTurn() override { return m_session.goOn(); }
    LiveSession &m_session;
};

LiveSession::LiveSession(SessionContext &context, SessionId sid, HttpRequest handshake)
    : m_context(context)
    , m_sid(std::move(sid))
    , m_handshake(std::move(handshake))
{}

LiveSession::~LiveSession()
{
    Q_ASSERT(!m_isDirty);
}

// Engine.IO protocol 4, "Handshake".
QByteArray LiveSession::openPacket() const
{
    const EngineOptions &options = m_context.options;
    const bool isUpgradable = m_polling && options.upgrades == Upgrades::WebSocket;
    return QByteArrayLiteral("0{\"sid\":\"") + m_sid.utf8() + QByteArrayLiteral("\",\"upgrades\":[") +
           (isUpgradable ? QByteArrayLiteral("\"websocket\"") : QByteArray()) +
           QByteArrayLiteral("],\"pingInterval\":") +
           QByteArray::number(qint64(options.pingInterval.count())) + QByteArrayLiteral(",\"pingTimeout\":") +
           QByteArray::number(qint64(options.pingTimeout.count())) + QByteArrayLiteral(",\"maxPayload\":") +
           QByteArray::number(options.maxPayload) + '}';
}

void LiveSession::openPolling(HttpExchange &exchange)
{
    m_polling = std::make_unique<PollingState>([this] { fail(CloseReason::TransportError); },
                                               [this] { abandonUpgrade(); });
    // Alone in its answer, as clients expect it; what the listener sends waits for the first poll.
    PollingState::respondOpen(exchange, openPacket());
}

void LiveSession::openWebSocket(std::unique_ptr<WebSocketConnection> socket)
{
    m_context.counters.add(Counter::WebSocketsOpened);
    m_webSocket = std::move(socket);
    m_webSocket->send({FrameKind::Text, openPacket()});
}

void LiveSession::begin(std::unique_ptr<SessionListener> listener)
{
    m_listener = std::move(listener);
    if (m_state == State::Open)
        m_context.deadlines.arm(*this, m_context.options.pingInterval);
    if (m_webSocket)
        m_webSocket->setListener(this); // may hand over messages that came early
}

void LiveSession::markDirty()
{
    if (m_isDirty)
        return;
    m_isDirty = true;
    m_context.dirty.push_back(this);
}

SendStatus LiveSession::send(std::span<const Frame> frames, bool isVolatile)
{
    if (m_state != State::Open)
        return SendStatus::Dropped;
    const SendStatus status = m_polling ? queue(frames, isVolatile) : write(frames, isVolatile);
    m_isBuffered = m_isBuffered || status == SendStatus::Buffered;
    return status;
}

bool LiveSession::isWritable() const
{
    return bytesToWrite() <= m_context.options.outboxSoftBytes;
}

qint64 LiveSession::bytesToWrite() const
{
    if (m_polling)
        return m_polling->outbox.cost();
    return m_webSocket ? m_webSocket->bytesToWrite() : 0;
}

void LiveSession::tellDrained()
{
    if (!m_isBuffered || m_state != State::Open || !isWritable())
        return;
    m_isBuffered = false;
    m_listener->onSessionDrained();
}

SendStatus LiveSession::queue(std::span<const Frame> frames, bool isVolatile)
{
    const EngineOptions &options = m_context.options;
    const qint64 waiting = m_polling->outbox.cost();
    const qint64 cost = waiting + Outbox::costOf(frames);
    if (isVolatile && (!m_polling->isWaiting() || cost > options.outboxSoftBytes))
        return SendStatus::Dropped; // it would be old when somebody asks for it
    if (waiting > options.outboxSoftBytes && cost > options.outboxMaxBytes) {
        fail(CloseReason::SlowConsumer);
        return SendStatus::Dropped;
    }
    for (const Frame &frame : frames)
        m_polling->outbox.append(frame);
    if (m_polling->isWaiting())
        markDirty();
    return cost > options.outboxSoftBytes ? SendStatus::Buffered : SendStatus::Sent;
}

SendStatus LiveSession::write(std::span<const Frame> frames, bool isVolatile)
{
    if (isVolatile) {
        const qint64 waiting = m_webSocket->bytesToWrite();
        if (waiting > m_context.options.outboxSoftBytes ||
            waiting + Outbox::costOf(frames) > m_context.options.outboxMaxBytes)
            return SendStatus::Dropped;
    }
    SendStatus worst = SendStatus::Sent;
    for (const Frame &frame : frames) {
        if (!m_webSocket) // found out to be closed while sending
            return SendStatus::Dropped;
        const SendStatus status = m_webSocket->send(frame);
        if (status == SendStatus::Dropped) {
            // Volatile or not, half a message would leave the peer out of step.
            if (!isVolatile || &frame != &frames.front())
                fail(CloseReason::SlowConsumer);
            return SendStatus::Dropped;
        }
        worst = std::max(worst, status);
    }
    return worst;
}

void LiveSession::close(CloseReason reason)
{
    if (m_state != State::Open)
        return;
    m_state = State::Closing;
    m_reason = reason;
    stopTimers();
    markDirty();
}

void LiveSession::fail(CloseReason reason)
{
    if (m_state == State::Closed)
        return;
    if (m_state == State::Open)
        m_reason = reason;
    if (reason == CloseReason::SlowConsumer)
        m_context.counters.add(Counter::SlowConsumers);
    m_state = State::Closed;
    stopTimers();
    markDirty();
}

void LiveSession::onPacket(const PacketView &packet)
{
    switch (packet.type) {
    case PacketType::Message:
        if (m_state != State::Open)
            return;
        if (!packet.base64) {
            m_listener->onSessionMessage(FrameKind::Text,
                                         QByteArray::fromRawData(packet.data.data(), packet.data.size()));
        } else if (const auto bytes = decodeBase64(packet.data)) {
            m_listener->onSessionMessage(FrameKind::Binary, *bytes);
        } else {
            fail(CloseReason::ParseError);
        }
        return;
    case PacketType::Pong:
        onPong();
        return;
    case PacketType::Close:
        m_peerSaidClose = true;
        fail(CloseReason::TransportClose);
        return;
    case PacketType::Open:
    case PacketType::Ping:
    case PacketType::Noop: // a server's packets
        fail(CloseReason::TransportError);
        return;
    case PacketType::Upgrade: // means something to a probe only
        return;
    }
}

void LiveSession::onWebSocketMessage(const Frame &message)
{
    if (m_state == State::Closed ||
        !m_webSocket) // the latter: one that was given up hands over what came early
        return;
    if (m_polling) {
        onProbePacket(message);
        return;
    }
    if (message.kind == FrameKind::Binary) {
        if (m_state == State::Open)
            m_listener->onSessionMessage(FrameKind::Binary, message.data);
        return;
    }
    const auto packet = decodeText(message.data);
    if (packet)
        onPacket(*packet);
    else
        fail(CloseReason::ParseError);
}

void LiveSession::onWebSocketClosed()
{
    m_context.closing.discard(std::move(m_webSocket));
    if (m_polling)
        abandonUpgrade();
    else
        fail(CloseReason::TransportClose);
    // Whatever the state, the discarded WebSocket is swept at the end of this turn.
}

// GET: Engine.IO protocol 4, "HTTP long-polling".
void LiveSession::poll(std::unique_ptr<HttpExchange> exchange)
{
    if (!m_polling->offer(exchange)) {
        refuse(*exchange);
        return;
    }
    if (!m_polling->outbox.isEmpty() || m_polling->isProbed || m_state != State::Open)
        markDirty();
}

void LiveSession::receive(std::unique_ptr<HttpExchange> exchange)
{
    if (!m_polling->body.expired() || m_polling->holdsPost() || isOctetStream(exchange->request())) {
        refuse(*exchange);
        return;
    }
    const QByteArray body =
        exchange->request().body; // packets are views into it, whatever becomes of the exchange
    if (!isValidUtf8(body))
        fail(CloseReason::ParseError);
    PayloadReader packets(body);
    hear(packets, Turn::Everybodys);
    if (m_state == State::Closed || packets.atEnd()) {
        answerPost(std::move(exchange), body.size()); // malformed or not: the request itself was in order
        return;
    }
    m_polling->unheard = std::make_unique<Unheard>(*this, std::move(exchange), packets);
    m_context.options.turns->add(*m_polling->unheard);
}

/// A share of the packets. → the units that it took
int LiveSession::hear(PayloadReader &packets, Turn turn)
{
    int used = 0;
    while (m_state != State::Closed && !packets.atEnd()) {
        PayloadReader behind = packets;
        const auto packet = behind.next();
        const int cost = packet ? TurnQueue::costOf(packet->data.size()) : 1;
        const bool isFirst = turn == Turn::Its && used == 0; // it cannot be divided
        if (m_context.options.turns && used + cost > TurnQueue::share && !isFirst)
            break;
        packets = behind;
        used += cost;
        if (packet)
            onPacket(*packet);
        else
            fail(CloseReason::ParseError);
    }
    return used;
}

/// The turn of a POST that was more than a share. → the units that it took
int LiveSession::goOn()
{
    UnheardPost &unheard = *m_polling->unheard;
    const int used = hear(unheard.packets, Turn::Its);
    if (m_state != State::Closed && !unheard.packets.atEnd()) {
        m_context.options.turns->add(unheard);
        return used;
    }
    const auto heard = std::move(m_polling->unheard);
    answerPost(std::move(heard->exchange), heard->body.size());
    return used;
}

/// Who sends more than EngineOptions::byteRate has its answer later, and may send the next one then only.
void LiveSession::answerPost(std::unique_ptr<HttpExchange> exchange, qsizetype bytes)
{
    const RateLimit &limit = m_context.options.byteRate;
    Microseconds wait{};
    if (m_polling && !limit.isOff() && m_state == State::Open)
        wait = m_polling->received.charge(limit, bytes, m_context.deadlines.clock().precise());
    if (wait.count() == 0) {
        PollingState::respondOk(*exchange);
        return;
    }
    m_context.counters.add(Counter::ReadPauses);
    m_polling->holdPost(std::move(exchange), m_context.deadlines, std::chrono::ceil<Milliseconds>(wait));
}

/// Closed first: an answer may bring the next request.
void LiveSession::refuse(HttpExchange &exchange)
{
    fail(CloseReason::TransportError);
    m_context.counters.refused(metrics::Refused::BadRequest);
    exchange.respond(jsonAnswer(Refusal::BadRequest));
}

std::shared_ptr<void> LiveSession::beginBody()
{
    if (!m_polling->body.expired() || m_polling->holdsPost()) {
        fail(CloseReason::TransportError);
        return {};
    }
    auto body = std::make_shared<char>();
    m_polling->body = body;
    return body;
}

void LiveSession::answerPoll()
{
    if (!m_polling || !m_polling->isWaiting())
        return;
    if (!m_polling->outbox.isEmpty())
        m_polling->respond(m_polling->outbox.takePayload());
    else if (m_polling->isProbed)
        m_polling->letGo();
}

// Upgrade: Engine.IO protocol 4, "Upgrade".
void LiveSession::beginUpgrade(std::unique_ptr<WebSocketConnection> socket)
{
    if (m_state == State::Closed || !m_polling || m_webSocket) {
        m_context.closing.close(std::move(socket));
        return;
    }
    m_context.deadlines.arm(*m_polling, m_context.options.upgradeTimeout);
    m_webSocket = std::move(socket);
    m_webSocket->setListener(this); // may hand over messages that came early
}

void LiveSession::onProbePacket(const Frame &message)
{
    if (message.kind == FrameKind::Text && message.data == "2probe") {
        m_webSocket->send({FrameKind::Text, QByteArrayLiteral("3probe")});
        m_polling->isProbed = true;
        if (m_polling->isWaiting())
            markDirty();
    } else if (m_polling->isProbed && message.kind == FrameKind::Text && message.data == "5") {
        completeUpgrade();
    } else {
        abandonUpgrade();
    }
}

void LiveSession::completeUpgrade()
{
    // What was posted comes before what the WebSocket says. No client upgrades while a POST is on its way.
    while (m_polling->unheard) {
        m_polling->unheard->unlink();
        goOn();
    }
    const auto polling = std::move(m_polling);
    m_context.counters.add(Counter::SessionsUpgraded);
    m_context.counters.add(Counter::WebSocketsOpened);
    if (m_state == State::Closing || m_isBuffered)
        markDirty();
    for (const Frame &frame : polling->outbox.frames()) {
        if (!m_webSocket || m_webSocket->send(frame) == SendStatus::Dropped) {
            fail(CloseReason::SlowConsumer);
            break;
        }
    }
    // A GET that still waits has missed its turn: what was sent since belongs behind everything polled
    // before.
    if (polling->isWaiting())
        polling->letGo();
}

void LiveSession::abandonUpgrade()
{
    m_polling->cancel();
    m_polling->isProbed = false;
    if (m_webSocket)
        m_context.closing.close(std::move(m_webSocket));
}

void LiveSession::tellListener()
{
    if (const auto listener = std::move(m_listener))
        listener->onSessionClosed(m_reason);
}

bool LiveSession::leave()
{
    const bool isOrderly = m_state == State::Closing;
    if (isOrderly && m_polling && !(m_polling->isWaiting() && m_polling->outbox.isEmpty())) {
        if (!isArmed())
            m_context.deadlines.arm(*this, closeTimeout);
        // Not together with `1`: the official client takes in the close before it has handed on the messages
        // of the same payload, and keeps those back until it is connected again.
        answerPoll();
        return false;
    }
    m_state = State::Closed; // before anything is answered: an answer may bring the next request
    cancel();
    if (m_webSocket && isOrderly && !m_polling)
        m_webSocket->send({FrameKind::Text, controlPacket(PacketType::Close)});
    // A peer that does not read would keep its whole outbox in memory.
    if (m_webSocket && m_reason == CloseReason::SlowConsumer)
        m_context.closing.discard(std::move(m_webSocket));
    else if (m_webSocket)
        m_context.closing.close(std::move(m_webSocket));
    if (!m_polling || !m_polling->isWaiting())
        return true;
    if (m_peerSaidClose) {
        m_polling->letGo();
    } else {
        m_polling->outbox.append({FrameKind::Text, controlPacket(PacketType::Close)});
        m_polling->respond(m_polling->outbox.takeAll());
    }
    return true;
}

} // namespace concierge::engineio
