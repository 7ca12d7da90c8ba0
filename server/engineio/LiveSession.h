#pragma once

#include "engineio/ClosingSockets.h"
#include "engineio/Engine.h"
#include "engineio/PollingState.h"
#include "engineio/ProofPings.h"

#include <vector>

namespace concierge::engineio {

class LiveSession;

/// What an engine's sessions share.
struct SessionContext
{
    const EngineOptions &options;
    transport::DeadlineWheel &deadlines;
    metrics::ThreadCounters &counters;
    ClosingSockets &closing;
    std::vector<LiveSession *> dirty; ///< what flush() must look at, each once
};

/// The one implementation of Session. It never ends itself: it becomes closing or closed, and dirty, and the
/// engine ends it at the end of the turn, when none of its functions is on the stack. Thread: one io thread.
class LiveSession final : public Session, private transport::WebSocketListener, private transport::Deadline
{
public:
    LiveSession(SessionContext &context, SessionId sid, transport::HttpRequest handshake);
    ~LiveSession() override;

    const SessionId &sid() const override { return m_sid; }
    const transport::HttpRequest &handshake() const override { return m_handshake; }
    bool isWebSocket() const override { return !m_polling; }
    bool isWritable() const override;
    qint64 bytesToWrite() const override;
    transport::SendStatus send(std::span<const transport::Frame> frames, bool isVolatile) override;
    void requestProof(quint64 mark) override;
    void close(CloseReason reason) override;

    /// Begin life, by the handshake's transport: send the open packet. Then begin() must follow.
    void openPolling(transport::HttpExchange &exchange);
    void openWebSocket(std::unique_ptr<transport::WebSocketConnection> socket);
    /// From here on messages are heard.
    void begin(std::unique_ptr<SessionListener> listener);

    /// Closed by now, whether it has ended or not: its sid is unknown to requests.
    bool isClosed() const noexcept { return m_state == State::Closed; }
    void poll(std::unique_ptr<transport::HttpExchange> exchange);    ///< GET
    void receive(std::unique_ptr<transport::HttpExchange> exchange); ///< POST
    std::shared_ptr<void> beginBody();                               ///< see GateListener::onBodyBegins
    void beginUpgrade(std::unique_ptr<transport::WebSocketConnection> socket);

    /// For Engine::flush(), which looks at a dirty session once.
    void clean() noexcept { m_isDirty = false; }
    bool isOpen() const noexcept { return m_state == State::Open; }
    /// Sends the proof ping that what was sent in this turn waits for, when it may.
    void sendProofPing();
    /// Answers the waiting GET when there is something to say.
    void answerPoll();
    /// Tells the listener when what made a send() answer Buffered has been taken.
    void tellDrained();
    /// For Engine's end of the session only: tells the listener, unless told already.
    void tellListener();
    /// For Engine's end of the session only: says goodbye on the transport. False: over polling that takes
    /// another GET, ask again when the session is dirty next.
    bool leave();
    /// Closes without a goodbye of its own. The first reason stays.
    void fail(CloseReason reason);

private:
    /// Closing: orderly, by close(); over polling the client may still fetch what was sent, and `1`.
    enum class State : quint8 { Open, Closing, Closed };
    enum class Turn : quint8 { Everybodys, Its };
    class Unheard;

    void onWebSocketMessage(const transport::Frame &message) override;
    void onWebSocketDrained() override { markDirty(); }
    void onWebSocketClosed() override;
    void onDeadline() override;

    void markDirty();
    void onPacket(const PacketView &packet);
    int hear(PayloadReader &packets, Turn turn);
    int goOn();
    void onPong();
    void onProbePacket(const transport::Frame &message);
    void refuse(transport::HttpExchange &exchange);
    void answerPost(std::unique_ptr<transport::HttpExchange> exchange, qsizetype bytes);
    void completeUpgrade();
    void abandonUpgrade();
    void noteRoundTrip(Microseconds sentAt);
    void sendPing();
    void stopTimers();
    transport::SendStatus queue(std::span<const transport::Frame> frames, bool isVolatile);
    transport::SendStatus write(std::span<const transport::Frame> frames, bool isVolatile);
    QByteArray openPacket() const;

    SessionContext &m_context;
    const SessionId m_sid;
    const transport::HttpRequest m_handshake;
    std::unique_ptr<SessionListener> m_listener;
    std::unique_ptr<PollingState> m_polling;                     // none over WebSocket
    std::unique_ptr<transport::WebSocketConnection> m_webSocket; // with m_polling: the one that probes
    std::unique_ptr<ProofPings> m_proof;                         // from the first requestProof() on
    State m_state = State::Open;
    CloseReason m_reason = CloseReason::ForcedClose;
    bool m_isDirty = false;
    bool m_isBuffered = false; // and the listener waits for onSessionDrained()
    bool m_awaitsPong = false;
    bool m_peerSaidClose = false;
};

} // namespace concierge::engineio
