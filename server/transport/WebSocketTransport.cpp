#include "transport/WebSocketTransport.h"

#include "transport/LingeringClose.h"

#include <QScopedValueRollback>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <utility>

namespace concierge::transport {

using metrics::Counter;

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

void WriteGatherer::flush()
{
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
}

WebSocketTransport::WebSocketTransport(QWebSocket *socket, QTcpSocket *tcp, const GateOptions &options,
                                       WriteGatherer &gatherer, DeadlineWheel &deadlines,
                                       metrics::ThreadCounters &counters)
    : m_socket(socket)
    , m_tcp(tcp)
    , m_options(options)
    , m_gatherer(gatherer)
    , m_deadlines(deadlines)
    , m_counters(counters)
{
    socket->setParent(nullptr);
    socket->setMaxAllowedIncomingFrameSize(static_cast<quint64>(options.maxPayload));
    socket->setMaxAllowedIncomingMessageSize(static_cast<quint64>(options.maxPayload));
    QObject::connect(socket, &QWebSocket::textMessageReceived, socket, [this](const QString &text) {
        onMessage({FrameKind::Text, text.toUtf8()});
    });
    QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket, [this](const QByteArray &data) {
        onMessage({FrameKind::Binary, data});
    });
    QObject::connect(socket, &QWebSocket::disconnected, socket, [this] { onDisconnected(); });
    // Said after the close frame was written, before the connection is closed.
    QObject::connect(socket, &QWebSocket::aboutToClose, socket, [this] { linger(); });
}

WebSocketTransport::~WebSocketTransport()
{
    m_gatherer.forget(*this);
    m_socket->disconnect();
    if (!m_isClosed) {
        m_counters.add(Counter::TcpClosed);
        m_socket->abort();
    }
}

void WebSocketTransport::setListener(WebSocketListener *listener)
{
    m_listener = listener;
    if (listener && (m_isClosed || !m_early.empty()))
        m_gatherer.markDirty(*this);
}

void WebSocketTransport::onMessage(Frame frame)
{
    if (m_isClosing)
        return;
    m_counters.add(Counter::BytesIn, static_cast<std::uint64_t>(frame.data.size()));
    if (m_listener && m_early.empty())
        m_listener->onWebSocketMessage(frame);
    else
        m_early.push_back(std::move(frame));
}

SendStatus WebSocketTransport::send(const Frame &frame)
{
    const auto isOver = [this] { return m_isClosing || m_isClosed; };
    if (isOver())
        return SendStatus::Dropped;
    // Before a peer counts as slow, the kernel is asked to take what this turn has gathered.
    if (m_socket->bytesToWrite() + frame.data.size() > m_options.outboxMaxBytes) {
        flush();
        if (isOver() || m_socket->bytesToWrite() + frame.data.size() > m_options.outboxMaxBytes)
            return SendStatus::Dropped;
    }
    m_counters.add(Counter::BytesOut, static_cast<std::uint64_t>(frame.data.size()));
    m_gatherer.markDirty(*this);
    write(frame);
    if (m_socket->bytesToWrite() > m_options.outboxSoftBytes)
        flush();
    return m_socket->bytesToWrite() > m_options.outboxSoftBytes ? SendStatus::Buffered : SendStatus::Sent;
}

// RFC 6455, 5.2: one final frame, not masked, its length in 7, 16 or 64 bits.
void WebSocketTransport::write(const Frame &frame)
{
    if (!m_tcp)
        return;
    constexpr char finalText = '\x81';
    constexpr char finalBinary = '\x82';
    std::array<char, 10> head{frame.kind == FrameKind::Text ? finalText : finalBinary};
    const qsizetype size = frame.data.size();
    qint64 headSize = 2;
    if (size < 126) {
        head[1] = static_cast<char>(size);
    } else if (size < 65'536) {
        head[1] = 126;
        qToBigEndian(static_cast<quint16>(size), &head[2]);
        headSize += 2;
    } else {
        head[1] = 127;
        qToBigEndian(static_cast<quint64>(size), &head[2]);
        headSize += 8;
    }
    m_tcp->write(head.data(), headSize);
    m_tcp->write(frame.data); // as a QByteArray: a large one is shared with the buffer, not copied
}

void WebSocketTransport::flush()
{
    const QScopedValueRollback inCall(m_isInCall, true);
    m_socket->flush();
}

void WebSocketTransport::close(std::optional<quint16> code)
{
    if (m_isClosing || m_isClosed)
        return;
    m_isClosing = true;
    m_deadlines.arm(*this, m_options.handshakeTimeout);
    const QScopedValueRollback inCall(m_isInCall, true);
    if (code) {
        m_socket->close(static_cast<QWebSocketProtocol::CloseCode>(*code));
        return;
    }
    // QWebSocket knows no close without a code, which is what Socket.IO's clients are used to. RFC
    // 6455, 5.5.1: the frame may be empty.
    m_socket->flush();
    if (m_tcp) {
        m_tcp->write("\x88\x00", 2);
        m_tcp->flush();
        linger();
        m_tcp->disconnectFromHost();
    }
}

/// What could not be done within send(), close() or setListener(), whose callers are in the midst of things.
void WebSocketTransport::finishTurn()
{
    if (m_listener && !m_early.empty()) {
        const Frame frame = std::move(m_early.front());
        m_early.erase(m_early.begin());
        m_gatherer.markDirty(*this);           // for the next one, or for what this one causes
        m_listener->onWebSocketMessage(frame); // may destroy this
        return;
    }
    if (m_isClosed)
        tellClosed();
    else
        m_socket->flush(); // may find out that the peer is gone
}

void WebSocketTransport::linger()
{
    if (m_tcp)
        LingeringClose::begin(*m_tcp, m_deadlines, m_gatherer.lingering());
}

void WebSocketTransport::onDeadline()
{
    m_socket->disconnect();
    m_socket->abort();
    onDisconnected();
}

void WebSocketTransport::onDisconnected()
{
    if (std::exchange(m_isClosed, true))
        return;
    cancel();
    m_counters.add(Counter::TcpClosed);
    if (m_isInCall || !m_early.empty())
        m_gatherer.markDirty(*this);
    else
        tellClosed();
}

void WebSocketTransport::tellClosed()
{
    if (m_listener)
        std::exchange(m_listener, nullptr)->onWebSocketClosed(); // may destroy this
}

} // namespace concierge::transport
