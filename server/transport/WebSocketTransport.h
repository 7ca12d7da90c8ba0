#pragma once

#include "metrics/Metrics.h"
#include "transport/DeadlineWheel.h"
#include "transport/IoWorker.h"
#include "transport/LaterDeleter.h"
#include "transport/Transport.h"
#include "transport/TurnQueue.h"
#include "transport/WebSocketFrames.h"

#include <QTcpSocket>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace concierge::transport {

class WebSocketTransport;

/// The sockets that were written to in this turn, or have something else to be done at its end. One per
/// worker. Thread: its worker's.
class WriteGatherer
{
public:
    WriteGatherer(const Clock &clock, TurnQueue &turns)
        : m_clock(clock)
        , m_turns(turns)
    {}
    void markDirty(WebSocketTransport &transport);
    void forget(WebSocketTransport &transport);
    /// True: listeners were called, so the layers above may have something to do at the end of a turn again.
    bool flush();
    /// A listener is about to be called.
    void noteCall() noexcept { m_hasCalled = m_hasCalled || m_isFlushing; }
    /// The time, looked at once a turn.
    Microseconds turnTime()
    {
        if (!m_turnTime)
            m_turnTime = m_clock.precise();
        return *m_turnTime;
    }
    TurnQueue &turns() noexcept { return m_turns; }
    /// What a socket may have heard as soon as it is read: in a turn that has been long already, one packet,
    /// so that those behind it are read soon.
    int share() { return m_clock.precise() - turnTime() < TurnQueue::timePerTurn ? TurnQueue::share : 1; }
    /// Parent of what outlives its transport.
    QObject &lingering() noexcept { return m_lingering; }

private:
    std::vector<WebSocketTransport *> m_dirty; // null: gone meanwhile
    QObject m_lingering;
    const Clock &m_clock;
    TurnQueue &m_turns;
    std::optional<Microseconds> m_turnTime;
    bool m_isFlushing = false;
    bool m_hasCalled = false;
};

/// The server's side of a WebSocket (RFC 6455). The listener is never called from within a call of ours.
/// Nothing is held for a connection that is idle: no buffer to read into, none to write from. Destroying an
/// open one, or one whose closing frame is still on its way, aborts it. Thread: one io thread for life.
class WebSocketTransport final : public WebSocketConnection, private Deadline
{
public:
    /// `accept` answers the handshake and is sent before anything else. What `tcp` holds unread are the
    /// client's first frames.
    WebSocketTransport(std::unique_ptr<QTcpSocket> tcp, QByteArray accept, const GateOptions &options,
                       WriteGatherer &gatherer, DeadlineWheel &deadlines, metrics::ThreadCounters &counters);
    ~WebSocketTransport() override;

    void setListener(WebSocketListener *listener) override;
    SendStatus send(const Frame &frame) override;
    qint64 bytesToWrite() const override { return m_gathered.size() + m_tcp->bytesToWrite(); }
    void close(std::optional<quint16> code) override;

private:
    friend class WriteGatherer;

    /// Over GateOptions::byteRate, nothing is read, and the peer's network waits, until this is due.
    class Pause final : public Deadline
    {
    public:
        explicit Pause(WebSocketTransport &transport)
            : m_transport(transport)
        {}

    private:
        void onDeadline() override;
        WebSocketTransport &m_transport;
    };

    /// What was read and is more than one share: the next turns', and until then nothing more is read.
    class Unheard final : public TurnTask
    {
    public:
        explicit Unheard(WebSocketTransport &transport)
            : m_transport(transport)
        {}

        QByteArray bytes;
        std::span<char> rest; // of them
        FrameEvent event;     // that comes before the rest

    private:
        int onTurn() override { return m_transport.goOn(); }
        WebSocketTransport &m_transport;
    };

    void onDeadline() override; // the peer did not take our close
    void onReadyRead();
    void onDisconnected();
    [[nodiscard]] bool read();
    int goOn();
    [[nodiscard]] bool hear(QByteArray bytes, std::span<char> rest, int share);
    void hearLater(QByteArray bytes, std::span<char> rest, FrameEvent event);
    void charge(qsizetype bytes);
    bool isPaused() const noexcept { return m_pause && m_pause->isArmed(); }
    void onEvent(FrameEvent event);
    void onPeerClose(quint16 code);
    void fail(quint16 code);
    void letGo();
    void answerPing(QByteArray payload);
    void write(Opcode opcode, const QByteArray &payload);
    void flush();
    void beginClose(std::optional<quint16> code);
    void finishTurn();
    void awaitDrain();
    bool isDrained() const { return bytesToWrite() <= m_options.outboxSoftBytes / 2; }
    void onDrained();
    void tellClosed();

    std::unique_ptr<QTcpSocket, LaterDeleter> m_tcp;
    const GateOptions &m_options;
    WriteGatherer &m_gatherer;
    DeadlineWheel &m_deadlines;
    metrics::ThreadCounters &m_counters;
    WebSocketListener *m_listener = nullptr; // until there is one, nothing is read
    QByteArray m_gathered;                   // in this turn, for one write at its end
    FrameReader m_reader;
    TokenBucket m_received;         // bytes
    std::unique_ptr<Pause> m_pause; // from the first time that it was needed
    std::unique_ptr<Unheard> m_unheard;
    std::optional<QByteArray> m_pong; // the latest that found the outbox full
    QMetaObject::Connection m_drain;  // while somebody waits for that
    bool *m_isDestroyed = nullptr;    // of the read() under way
    quint16 m_heardInVain = 0;        // frames behind our close: whoever sends many does not answer it
    bool m_isNew = true;              // nothing was read yet
    bool m_isDirty = false;
    bool m_isBuffered = false; // send() has said so, and nobody was told yet that it is over
    bool m_isClosing = false;
    bool m_isClosed = false;
    bool m_isInCall = false; // of ours: no callbacks now
};

} // namespace concierge::transport
