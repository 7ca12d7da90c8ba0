#include "engineio/Engine.h"

#include "engineio/Admission.h"
#include "engineio/HandshakeStore.h"
#include "engineio/LiveSession.h"
#include "engineio/Refusal.h"
#include "engineio/SessionIds.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>

namespace concierge::engineio {

using metrics::Counter;
using metrics::Refused;
using transport::HttpExchange;
using transport::HttpRequest;
using transport::HttpResponse;
using transport::WebSocketConnection;

namespace {

constexpr Milliseconds closeHandshakeTimeout{30'000};

/// The protocol a client speaks, by its `EIO`; nothing where this server does not speak it.
enum class Protocol : quint8 { EngineIo4 };
std::optional<Protocol> protocolOf(const HttpRequest &request)
{
    if (request.queryValue("EIO").value_or(QByteArray()) == "4")
        return Protocol::EngineIo4;
    return std::nullopt;
}

/// Control characters, which no header may hold (RFC 9110, section 5.5).
bool hasIllegalOrigin(const HttpRequest &request)
{
    const QByteArray origin = request.header("origin").value_or(QByteArray());
    return std::any_of(origin.cbegin(), origin.cend(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

enum class Kind : quint8 { Plain, Upgrade };

} // namespace

QByteArrayView toString(CloseReason reason)
{
    switch (reason) {
    case CloseReason::TransportClose:
        return "transport close";
    case CloseReason::TransportError:
        return "transport error";
    case CloseReason::PingTimeout:
        return "ping timeout";
    case CloseReason::ParseError:
        return "parse error";
    case CloseReason::ForcedClose:
        return "forced close";
    case CloseReason::SlowConsumer:
        return "slow consumer";
    case CloseReason::ServerShutdown:
        return "server shutting down";
    }
    Q_UNREACHABLE();
}

class Engine::Private
{
public:
    Private(EngineOptions engineOptions, transport::DeadlineWheel &deadlines, EngineListener &engineListener,
            metrics::ThreadCounters &threadCounters)
        : options(std::move(engineOptions))
        , listener(engineListener)
        , counters(threadCounters)
        , closing(deadlines, closeHandshakeTimeout)
        , context{options, deadlines, counters, closing, {}}
        , path(options.path.endsWith('/') ? options.path.chopped(1) : options.path)
    {}

    /// The session a request names; none for a handshake; or why it is refused.
    std::variant<LiveSession *, Refusal> check(const HttpRequest &request, Kind kind) const;
    LiveSession *find(const QByteArray &sid) const;
    std::optional<Admission::Refusal> admit(const HttpRequest &request);
    void release(const QHostAddress &address);
    void giveUpAdmitted()
    {
        if (const auto address = std::exchange(admitted, std::nullopt))
            release(*address);
    }
    LiveSession &create(const HttpRequest &request);
    void announce(LiveSession &session);
    void end(LiveSession &session);
    void refuse(HttpExchange &exchange, Refused reason, HttpResponse response);

    const EngineOptions options;
    EngineListener &listener;
    metrics::ThreadCounters &counters;
    ClosingSockets closing;
    SessionContext context;
    const QByteArray path; // without trailing slash
    HandshakeStore handshakes;
    std::optional<QHostAddress> admitted; // by onUpgradeRequest(), until onWebSocket() or the next such call
    std::unordered_map<SessionId, std::unique_ptr<LiveSession>> sessions;
    bool isDraining = false;
    bool isFlushing = false;
};

// The order of the reference server's checks is part of the protocol: clients see which one failed.
std::variant<LiveSession *, Refusal> Engine::Private::check(const HttpRequest &request, Kind kind) const
{
    const QByteArray transport = request.queryValue("transport").value_or(QByteArray());
    const bool isWebSocket = transport == "websocket";
    if (!isWebSocket && transport != "polling")
        return Refusal::UnknownTransport;
    if (isWebSocket && options.upgrades == Upgrades::None)
        return Refusal::NoWebSocket;
    if (hasIllegalOrigin(request))
        return Refusal::BadRequest;
    // An upgrade to something else than a WebSocket is none; a WebSocket session takes no plain requests.
    const bool fitsTransport = isWebSocket == (kind == Kind::Upgrade);

    const QByteArray sid = request.queryValue("sid").value_or(QByteArray());
    if (!sid.isEmpty()) {
        LiveSession *session = find(sid);
        if (!session)
            return Refusal::UnknownSid;
        const bool isUpgraded = session->isWebSocket() && kind == Kind::Plain;
        if (!fitsTransport || isUpgraded || !protocolOf(request))
            return Refusal::BadRequest;
        return session;
    }
    if (request.method != "GET")
        return Refusal::BadHandshakeMethod;
    if (!fitsTransport)
        return Refusal::BadRequest;
    if (!protocolOf(request))
        return Refusal::UnsupportedProtocol;
    return nullptr;
}

LiveSession *Engine::Private::find(const QByteArray &sid) const
{
    const auto found = sessions.find(SessionId(sid));
    return found == sessions.end() || found->second->isClosed() ? nullptr : found->second.get();
}

/// A place for a session, which end() gives back.
std::optional<Admission::Refusal> Engine::Private::admit(const HttpRequest &request)
{
    if (!options.admission)
        return std::nullopt;
    auto refusal = options.admission->admit(request.remoteAddress, context.deadlines.clock().precise());
    if (refusal)
        counters.refused(refusal->reason);
    return refusal;
}

void Engine::Private::release(const QHostAddress &address)
{
    if (options.admission)
        options.admission->release(address, context.deadlines.clock().precise());
}

LiveSession &Engine::Private::create(const HttpRequest &request)
{
    SessionId sid = makeSessionId(options.workerIndex);
    auto session = std::make_unique<LiveSession>(context, sid, handshakes.keep(request));
    counters.sessionOpened();
    return *sessions.emplace(std::move(sid), std::move(session)).first->second;
}

void Engine::Private::announce(LiveSession &session)
{
    auto sessionListener = listener.onSession(session);
    Q_ASSERT(sessionListener);
    session.begin(std::move(sessionListener));
}

/// The only way a session ends. Called from flush() and the destructor, where no callback of the session's
/// transports is on the stack. An orderly close over polling comes by twice: the listener is told at once,
/// the client when it asks.
void Engine::Private::end(LiveSession &session)
{
    session.tellListener();
    if (!session.leave())
        return;
    counters.sessionClosed();
    release(session.handshake().remoteAddress);
    if (session.isWebSocket())
        counters.add(Counter::WebSocketsClosed);
    const SessionId sid = session.sid(); // outlives the session, which the look-up needs
    sessions.erase(sid);
}

void Engine::Private::refuse(HttpExchange &exchange, Refused reason, HttpResponse response)
{
    counters.refused(reason);
    exchange.respond(std::move(response));
}

Engine::Engine(EngineOptions options, transport::DeadlineWheel &deadlines, EngineListener &listener,
               metrics::ThreadCounters &counters)
    : d(std::make_unique<Private>(std::move(options), deadlines, listener, counters))
{
    Q_ASSERT(d->options.workerIndex < sidMaxWorkers);
}

Engine::~Engine()
{
    d->isDraining = true;
    d->giveUpAdmitted();
    for (const auto &[sid, session] : d->sessions)
        session->fail(CloseReason::ServerShutdown);
    flush();
}

bool Engine::serves(QByteArrayView path) const
{
    if (path.endsWith('/'))
        path.chop(1);
    return path == d->path;
}

qsizetype Engine::sessionCount() const
{
    return static_cast<qsizetype>(d->sessions.size());
}

void Engine::refuseHandshakes()
{
    d->isDraining = true;
}

void Engine::drain()
{
    refuseHandshakes();
    for (const auto &[sid, session] : d->sessions)
        session->close(CloseReason::ServerShutdown);
}

void Engine::flush()
{
    if (d->isFlushing)
        return;
    d->isFlushing = true;
    d->giveUpAdmitted();
    auto &dirty = d->context.dirty;
    std::size_t next = 0;
    while (next < dirty.size()) { // listeners may add to it
        LiveSession &session = *dirty[next++];
        session.sendProofPing(); // before clean(): what it does to the session is looked at right here
        session.clean();
        if (session.isOpen()) {
            session.answerPoll();
            session.tellDrained();
        } else {
            d->end(session);
        }
    }
    dirty.clear();
    d->closing.sweep();
    d->isFlushing = false;
}

void Engine::onRequest(std::unique_ptr<HttpExchange> exchange)
{
    const HttpRequest &request = exchange->request();
    if (!serves(request.path)) {
        d->refuse(*exchange, Refused::NotFound, notFound());
        return;
    }
    const auto checked = d->check(request, Kind::Plain);
    if (const Refusal *refusal = std::get_if<Refusal>(&checked)) {
        d->refuse(*exchange, reasonOf(*refusal), jsonAnswer(*refusal));
    } else if (LiveSession *session = std::get<LiveSession *>(checked)) {
        if (request.method == "GET")
            session->poll(std::move(exchange));
        else if (request.method == "POST")
            session->receive(std::move(exchange));
        else
            d->refuse(*exchange, Refused::BadMethod, methodNotAllowed());
    } else if (d->isDraining) {
        d->refuse(*exchange, Refused::Draining, shuttingDown());
    } else if (const auto notAdmitted = d->admit(request)) {
        exchange->respond(jsonAnswer(*notAdmitted));
    } else {
        LiveSession &created = d->create(request);
        created.openPolling(*exchange);
        d->announce(created);
    }
}

std::optional<HttpResponse> Engine::onUpgradeRequest(const HttpRequest &request)
{
    const auto refuse = [this](Refused reason, HttpResponse answer) {
        d->counters.refused(reason);
        return answer;
    };
    if (!serves(request.path))
        return refuse(Refused::NotFound, notFound());
    const auto checked = d->check(request, Kind::Upgrade);
    if (const Refusal *refusal = std::get_if<Refusal>(&checked))
        return refuse(reasonOf(*refusal), textAnswer(*refusal));
    if (std::get<LiveSession *>(checked))
        return std::nullopt;
    if (d->isDraining)
        return refuse(Refused::Draining, shuttingDown());
    d->giveUpAdmitted(); // of a handshake that was refused further down
    if (const auto notAdmitted = d->admit(request))
        return textAnswer(*notAdmitted);
    d->admitted = request.remoteAddress;
    return std::nullopt;
}

void Engine::onWebSocket(const HttpRequest &request, std::unique_ptr<WebSocketConnection> socket)
{
    // Time has passed since onUpgradeRequest(): the session may have gone.
    const auto checked = d->check(request, Kind::Upgrade);
    LiveSession *const *session = std::get_if<LiveSession *>(&checked);
    if (session && *session) {
        (*session)->beginUpgrade(std::move(socket));
    } else if (!session || d->isDraining) {
        d->closing.close(std::move(socket));
    } else if (!std::exchange(d->admitted, std::nullopt) && d->admit(request)) {
        d->closing.close(std::move(socket));
    } else {
        LiveSession &created = d->create(request);
        created.openWebSocket(std::move(socket));
        d->announce(created);
    }
}

std::optional<int> Engine::ownerOf(const HttpRequest &request) const
{
    const auto sid = request.queryValue("sid");
    const auto worker = sid ? workerOf(*sid) : std::nullopt;
    if (!worker || *worker >= d->options.workerCount || *worker == d->options.workerIndex)
        return std::nullopt;
    return worker;
}

bool Engine::isHandshake(const HttpRequest &request) const
{
    return serves(request.path) && request.method == "GET" &&
           request.queryValue("sid").value_or(QByteArray()).isEmpty();
}

std::shared_ptr<void> Engine::onBodyBegins(const HttpRequest &head)
{
    if (head.method != "POST")
        return {};
    const auto checked = d->check(head, Kind::Plain);
    LiveSession *const *session = std::get_if<LiveSession *>(&checked);
    return session && *session ? (*session)->beginBody() : nullptr;
}

} // namespace concierge::engineio
