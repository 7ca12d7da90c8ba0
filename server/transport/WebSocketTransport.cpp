#include "transport/WebSocketTransport.h"

#include "transport/LingeringClose.h"

#include <QScopedValueRollback>

#include <algorithm>
#include <utility>

namespace concierge::transport {

using metrics::Counter;

namespace {

constexpr qint64 readBytes = 64 * 1024;     ///< in one turn; the rest waits in the kernel
constexpr qsizetype shareBytes = 16 * 1024; ///< from here on a payload is shared, not copied
constexpr qsizetype headMaxBytes = 10;
constexpr quint16 mostInVain = 256; ///< frames behind our close, until no answer to it is waited for

} // namespace

void WriteGatherer::markDirty(WebSocketTransport &transport)
{
    if (std::exchange(transport.m_isDirty, true))
        return;
    m_dirty.push_back(&transport);
}

void WriteGatherer::forget(WebSocketTransport &transport)
{
    if (transport.m_isDirty)
        std::replace(m_dirty.begin(), m_dirty.end(), &transport, static_cast<WebSocketTransport *>(nullptr));
}

bool WriteGatherer::flush()
{
    m_isFlushing = true;
    m_hasCalled = false;
    // By index: a flush that fails may end a session, and with it other transports.
    for (std::size_t i = 0; i < m_dirty.size(); ++i) {
        WebSocketTransport *transport = m_dirty[i];
        if (!transport)
            continue;
        transport->m_isDirty = false;
        m_dirty[i] = nullptr;
        transport->finishTurn();
    }
    m_dirty.clear();
    m_turnTime.reset(); // what is read from here on is the next turn's
    m_isFlushing = false;
    return m_hasCalled;
}

WebSocketTransport::WebSocketTransport(std::unique_ptr<QTcpSocket> tcp, QByteArray accept,
                                       const GateOptions &options, WriteGatherer &gatherer,
                                       DeadlineWheel &deadlines, metrics::ThreadCounters &counters)
    : m_tcp(tcp.release())
    , m_options(options)
    , m_gatherer(gatherer)
    , m_deadlines(deadlines)
    , m_counters(counters)
    , m_gathered(std::move(accept))
    , m_reader(options.maxPayload)
{
    m_tcp->setReadBufferSize(readBytes);
    QObject::connect(m_tcp.get(), &QTcpSocket::readyRead, m_tcp.get(), [this] { onReadyRead(); });
    QObject::connect(m_tcp.get(), &QTcpSocket::disconnected, m_tcp.get(), [this] { onDisconnected(); });
    m_gatherer.markDirty(*this);
}

WebSocketTransport::~WebSocketTransport()
{
    if (m_isDestroyed)
        *m_isDestroyed = true;
    m_gatherer.forget(*this);
    m_tcp->disconnect();
    if (!m_isClosed) {
        m_counters.add(Counter::TcpClosed);
        m_tcp->abort();
    }
}

void WebSocketTransport::setListener(WebSocketListener *listener)
{
    m_listener = listener;
    if (listener && (m_isClosed || m_tcp->bytesAvailable() > 0))
        m_gatherer.markDirty(*this);
}

void WebSocketTransport::onReadyRead()
{
    if (m_isInCall)
        m_gatherer.markDirty(*this);
    else
        (void)read();
}

/// False: this was destroyed.
bool WebSocketTransport::read()
{
    const bool isHeard = m_listener || m_isClosing;
    if (!isHeard || m_unheard || m_tcp->bytesAvailable() == 0 || (isPaused() && !m_isClosing && !m_isClosed))
        return true;
    // All of it: so the socket gives its buffer away, to be unmasked in place, and keeps none.
    QByteArray bytes = m_tcp->read(m_tcp->bytesAvailable());
    charge(bytes.size());
    const std::span<char> all(bytes.data(), static_cast<std::size_t>(bytes.size()));
    // Who is new has a turn with all who are: a crowd of them is not heard before those who were here.
    const int share = std::exchange(m_isNew, false) ? 0 : m_gatherer.share();
    return hear(std::move(bytes), all, share);
}

/// A share of what is in `rest`, which points into `bytes`; the others' turn comes before the rest. False:
/// this was destroyed.
bool WebSocketTransport::hear(QByteArray bytes, std::span<char> rest, int share)
{
    bool isDestroyed = false;
    m_isDestroyed = &isDestroyed;
    while (!isDestroyed) {
        FrameEvent event = m_reader.read(rest);
        const bool isMore = event.kind != FrameEvent::Kind::NeedMore;
        if (isMore)
            share -= TurnQueue::costOf(event.frame.data.size());
        if (isMore && m_isClosing && event.kind != FrameEvent::Kind::Close && ++m_heardInVain > mostInVain) {
            letGo(); // may destroy this
            break;
        }
        if (!isMore || share < 0) {
            m_isDestroyed = nullptr;
            if (isMore)
                hearLater(std::move(bytes), rest, std::move(event));
            return true;
        }
        onEvent(std::move(event));
    }
    if (!isDestroyed)
        m_isDestroyed = nullptr;
    return !isDestroyed;
}

void WebSocketTransport::hearLater(QByteArray bytes, std::span<char> rest, FrameEvent event)
{
    m_unheard = std::make_unique<Unheard>(*this);
    m_unheard->bytes = std::move(bytes);
    m_unheard->rest = rest;
    m_unheard->event = std::move(event);
    m_gatherer.turns().add(*m_unheard);
}

/// This one's turn has come. → the units that it took
int WebSocketTransport::goOn()
{
    const auto unheard = std::move(m_unheard);
    const int cost = TurnQueue::costOf(unheard->event.frame.data.size());
    bool isDestroyed = false;
    m_isDestroyed = &isDestroyed;
    onEvent(std::move(unheard->event));
    if (isDestroyed)
        return cost;
    const int left = std::max(0, TurnQueue::share - cost);
    // At the end of the next turn it is found out what else there is to do: to read, or to tell of the end.
    if (hear(std::move(unheard->bytes), unheard->rest, left) && !m_unheard)
        m_gatherer.markDirty(*this);
    return std::max(cost, TurnQueue::share);
}

/// What was read is taken; but before more is, the debt has to be paid.
void WebSocketTransport::charge(qsizetype bytes)
{
    if (m_options.byteRate.isOff() || m_isClosing)
        return;
    const Microseconds wait = m_received.charge(m_options.byteRate, bytes, m_gatherer.turnTime());
    if (wait.count() == 0)
        return;
    if (!m_pause)
        m_pause = std::make_unique<Pause>(*this);
    m_counters.add(Counter::ReadPauses);
    m_deadlines.arm(*m_pause, std::chrono::ceil<Milliseconds>(wait));
}

void WebSocketTransport::Pause::onDeadline()
{
    m_transport.m_gatherer.markDirty(m_transport);
}

/// May destroy this.
void WebSocketTransport::onEvent(FrameEvent event)
{
    switch (event.kind) {
    case FrameEvent::Kind::Message:
        if (m_isClosing || !m_listener)
            return;
        m_counters.add(Counter::BytesIn, static_cast<std::uint64_t>(event.frame.data.size()));
        m_gatherer.noteCall();
        m_listener->onWebSocketMessage(event.frame);
        return;
    case FrameEvent::Kind::Ping:
        answerPing(std::move(event.frame.data));
        return;
    case FrameEvent::Kind::Close:
        onPeerClose(event.code);
        return;
    case FrameEvent::Kind::Error:
        fail(event.code);
        return;
    case FrameEvent::Kind::Fragment:
    case FrameEvent::Kind::Pong:
    case FrameEvent::Kind::NeedMore:
        return;
    }
}

/// RFC 6455, 5.5.2. A peer that does not read gets one answer to all its pings, to the last of them (5.5.3).
void WebSocketTransport::answerPing(QByteArray payload)
{
    if (m_isClosing || m_isClosed)
        return;
    if (bytesToWrite() > m_options.outboxSoftBytes)
        flush();
    if (m_pong || bytesToWrite() > m_options.outboxSoftBytes) {
        m_pong = std::move(payload);
        awaitDrain();
        return;
    }
    m_gatherer.markDirty(*this);
    write(Opcode::Pong, payload);
}

/// RFC 6455, 5.5.1 and 7.1.1: a close is answered by its like, then it is the server's part to end the
/// connection.
void WebSocketTransport::onPeerClose(quint16 code)
{
    if (!m_isClosing)
        beginClose(code == 0 ? std::nullopt : std::optional(code));
    if (!m_isClosed)
        m_tcp->disconnectFromHost();
}

/// RFC 6455, 7.1.7. More of what we cannot read is likely on its way.
void WebSocketTransport::fail(quint16 code)
{
    if (!m_isClosing)
        beginClose(code);
    letGo();
}

/// What else the peer sends is dropped unread. May destroy this.
void WebSocketTransport::letGo()
{
    if (!m_isClosed)
        LingeringClose::end(*m_tcp, m_deadlines, m_gatherer.lingering());
}

SendStatus WebSocketTransport::send(const Frame &frame)
{
    const auto isOver = [this] { return m_isClosing || m_isClosed; };
    if (isOver())
        return SendStatus::Dropped;
    // Who keeps up may be sent anything. Before a peer counts as slow, the kernel is asked to take what this
    // turn has gathered.
    const auto isTooMuch = [this, &frame] {
        const qint64 waiting = bytesToWrite();
        return waiting > m_options.outboxSoftBytes && waiting + frame.data.size() > m_options.outboxMaxBytes;
    };
    if (isTooMuch()) {
        flush();
        if (isOver() || isTooMuch())
            return SendStatus::Dropped;
    }
    m_counters.add(Counter::BytesOut, static_cast<std::uint64_t>(frame.data.size()));
    m_gatherer.markDirty(*this);
    write(frame.kind == FrameKind::Text ? Opcode::Text : Opcode::Binary, frame.data);
    if (bytesToWrite() > m_options.outboxSoftBytes)
        flush();
    if (bytesToWrite() <= m_options.outboxSoftBytes)
        return SendStatus::Sent;
    m_isBuffered = true;
    awaitDrain();
    return SendStatus::Buffered;
}

void WebSocketTransport::write(Opcode opcode, const QByteArray &payload)
{
    const FrameHead head(opcode, payload.size());
    const bool isShared = payload.size() >= shareBytes;
    if (m_gathered.isEmpty())
        m_gathered.reserve(headMaxBytes + (isShared ? 0 : payload.size()));
    m_gathered.append(head.view());
    if (!isShared) {
        m_gathered.append(payload);
        return;
    }
    m_tcp->write(std::exchange(m_gathered, {}));
    m_tcp->write(payload);
}

void WebSocketTransport::flush()
{
    if (m_isClosed)
        return;
    const QScopedValueRollback inCall(m_isInCall, true);
    // A socket keeps what it has written as a buffer for the next time, unless it is shared with somebody.
    const QByteArray gathered = std::exchange(m_gathered, {});
    if (!gathered.isEmpty())
        m_tcp->write(gathered);
    m_tcp->flush(); // may find out that the peer is gone
}

void WebSocketTransport::close(std::optional<quint16> code)
{
    if (!m_isClosing && !m_isClosed)
        beginClose(code);
}

/// From here on nothing is sent, and of what comes only the peer's close counts.
void WebSocketTransport::beginClose(std::optional<quint16> code)
{
    m_isClosing = true;
    if (m_isClosed)
        return;
    m_deadlines.arm(*this, m_options.closeTimeout);
    m_gathered += closeFrame(code);
    flush();
}

/// What could not be done within send(), close() or setListener(), whose callers are in the midst of things.
void WebSocketTransport::finishTurn()
{
    if (!read()) // what came before there was a listener
        return;
    flush();
    if (m_isClosed && m_unheard)
        return; // goOn() is yet to come
    if (m_isClosed)
        tellClosed();
    else if (m_drain && isDrained())
        onDrained();
}

void WebSocketTransport::awaitDrain()
{
    if (m_drain)
        return;
    m_drain = QObject::connect(m_tcp.get(), &QTcpSocket::bytesWritten, m_tcp.get(), [this] {
        if (isDrained())
            m_gatherer.markDirty(*this);
    });
}

/// May destroy this.
void WebSocketTransport::onDrained()
{
    QObject::disconnect(m_drain);
    m_drain = {};
    if (m_pong && !m_isClosing) {
        m_gatherer.markDirty(*this);
        write(Opcode::Pong, *std::exchange(m_pong, std::nullopt));
    }
    if (std::exchange(m_isBuffered, false) && m_listener && !m_isClosing) {
        m_gatherer.noteCall();
        m_listener->onWebSocketDrained();
    }
}

void WebSocketTransport::onDeadline()
{
    m_tcp->disconnect();
    m_tcp->abort();
    onDisconnected();
}

void WebSocketTransport::onDisconnected()
{
    if (std::exchange(m_isClosed, true))
        return;
    cancel();
    m_gathered.clear();
    m_counters.add(Counter::TcpClosed);
    const bool isMoreToTell = (m_unheard || m_tcp->bytesAvailable() > 0) && !m_isClosing;
    if (m_isInCall || isMoreToTell)
        m_gatherer.markDirty(*this);
    else
        tellClosed();
}

void WebSocketTransport::tellClosed()
{
    m_gatherer.noteCall();
    if (m_listener)
        std::exchange(m_listener, nullptr)->onWebSocketClosed(); // may destroy this
}

} // namespace concierge::transport
