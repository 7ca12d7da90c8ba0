#pragma once

#include "metrics/Metrics.h"
#include "transport/DeadlineWheel.h"
#include "transport/IoWorker.h"
#include "transport/Transport.h"

#include <QPointer>
#include <QTcpSocket>
#include <QWebSocket>

#include <memory>
#include <vector>

namespace concierge::transport {

struct LaterDeleter
{
    void operator()(QObject *object) const { object->deleteLater(); }
};

class WebSocketTransport;

/// The sockets that were written to in this turn, or have something else to be done at its end. One per
/// worker. Thread: its worker's.
class WriteGatherer
{
public:
    void markDirty(WebSocketTransport &transport);
    void forget(WebSocketTransport &transport);
    void flush();
    /// Parent of what outlives its transport.
    QObject &lingering() noexcept { return m_lingering; }

private:
    std::vector<WebSocketTransport *> m_dirty; // null: gone meanwhile
    QObject m_lingering;
};

/// A WebSocket over QWebSocket, which does everything but send messages: those are written to its TCP socket
/// as they are, or each would be made UTF-16 and UTF-8 again on its way. The listener is never called from
/// within a call of ours. Destroying an open one, or one whose closing frame is still on its way, aborts it.
/// Thread: one io thread for life.
class WebSocketTransport final : public WebSocketConnection, private Deadline
{
public:
    /// `tcp` is what `socket` writes to.
    WebSocketTransport(QWebSocket *socket, QTcpSocket *tcp, const GateOptions &options,
                       WriteGatherer &gatherer, DeadlineWheel &deadlines, metrics::ThreadCounters &counters);
    ~WebSocketTransport() override;

    void setListener(WebSocketListener *listener) override;
    SendStatus send(const Frame &frame) override;
    qint64 bytesToWrite() const override { return m_socket->bytesToWrite(); }
    void close(std::optional<quint16> code) override;

private:
    friend class WriteGatherer;

    void onDeadline() override; // the peer did not take our close
    void onMessage(Frame frame);
    void onDisconnected();
    void write(const Frame &frame);
    void flush();
    void finishTurn();
    void linger();
    void tellClosed();

    std::unique_ptr<QWebSocket, LaterDeleter> m_socket;
    QPointer<QTcpSocket> m_tcp; // m_socket's
    const GateOptions &m_options;
    WriteGatherer &m_gatherer;
    DeadlineWheel &m_deadlines;
    metrics::ThreadCounters &m_counters;
    WebSocketListener *m_listener = nullptr;
    std::vector<Frame> m_early; // came before there was a listener: what one turn can read, at most
    bool m_isDirty = false;
    bool m_isClosing = false;
    bool m_isClosed = false;
    bool m_isInCall = false; // of ours: no callbacks now
};

} // namespace concierge::transport
