#pragma once

#include "engineio/Session.h"
#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "shared/TokenBucket.h"
#include "transport/Transport.h"
#include "transport/TurnQueue.h"

#include <memory>

namespace concierge::engineio {

class Admission;

/// What a session that began over polling may move to.
enum class Upgrades : quint8 {
    None, ///< to nothing: polling is the only transport
    WebSocket
};

struct EngineOptions
{
    QByteArray path = "/socket.io"; ///< served with and without trailing slash
    Milliseconds pingInterval{25'000};
    Milliseconds pingTimeout{20'000};
    Milliseconds upgradeTimeout{10'000};
    Milliseconds proofInterval{250}; ///< between the proof pings of one session; see Session::requestProof()
    qint64 maxPayload = 1'000'000;
    qint64 outboxMaxBytes = 4LL * 1024 * 1024; ///< what a polling session may keep while no GET waits
    qint64 outboxSoftBytes = 64LL * 1024;      ///< above: volatile messages are dropped
    Upgrades upgrades = Upgrades::WebSocket;
    int workerIndex = 0; ///< written into each sid, so that any worker can tell whose it is
    int workerCount = 1;
    Admission *admission = nullptr; ///< outlives the engine; none: everybody may come in
    RateLimit byteRate;             ///< of one session's POSTs; who sends more waits longer for their answers
    transport::TurnQueue *turns = nullptr; ///< outlives the engine; none: a POST is taken in all at once
};

/// Implemented above (socketio::Server). Thread: the worker's io thread.
class EngineListener
{
public:
    virtual ~EngineListener() = default;
    /// A handshake succeeded; the open packet is written. The session outlives its listener.
    virtual std::unique_ptr<SessionListener> onSession(Session &session) = 0;
};

/// sid → Session; the HTTP and Engine.IO rules; the only place a session ends. One per io worker and path.
/// Source: Engine.IO protocol 4; check order and error bodies of the reference server. Thread: one io thread.
class Engine final : public transport::GateListener
{
public:
    Engine(EngineOptions options, transport::DeadlineWheel &deadlines, EngineListener &listener,
           metrics::ThreadCounters &counters);
    ~Engine() override;

    bool serves(QByteArrayView path) const;
    qsizetype sessionCount() const;
    /// New handshakes are refused with 503; the sessions there are go on.
    void refuseHandshakes();
    /// The same, and closes every session with packet `1`. A polling session without a
    /// waiting GET counts in sessionCount() until it fetched the packet, 30 s at most.
    void drain();
    /// Ends a turn of the event loop: sends the proof pings that are due, behind the turn's messages; answers
    /// the waiting GETs of sessions that sent something since the last call, so that a turn's messages leave
    /// in one answer; and ends the sessions that were closed, calling onSessionClosed. Must run at the end of
    /// every turn (IoWorker::addTurnHook), and again when something that runs after it has sent.
    void flush();

    void onRequest(std::unique_ptr<transport::HttpExchange> exchange) override;
    std::optional<transport::HttpResponse> onUpgradeRequest(const transport::HttpRequest &request) override;
    void onWebSocket(const transport::HttpRequest &request,
                     std::unique_ptr<transport::WebSocketConnection> socket) override;
    std::optional<int> ownerOf(const transport::HttpRequest &request) const override;
    bool isHandshake(const transport::HttpRequest &request) const override;
    std::shared_ptr<void> onBodyBegins(const transport::HttpRequest &head) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace concierge::engineio
