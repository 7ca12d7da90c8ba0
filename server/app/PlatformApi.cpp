#include "app/PlatformApi.h"

#include "app/EventEncoder.h"
#include "auth/ApiKeys.h"
#include "chat/ErrorCode.h"
#include "socketio/Json.h"
#include "socketio/Packet.h"

#include <QLoggingCategory>

#include <array>
#include <utility>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcApi, "concierge.api")

using api::Error;
using transport::HttpRequest;
using transport::HttpResponse;

namespace {

HttpResponse jsonResponse(int status, QByteArray body)
{
    HttpResponse response;
    response.status = status;
    response.contentType = QByteArrayLiteral("application/json; charset=utf-8");
    response.body = std::move(body);
    response.headers.append({QByteArrayLiteral("Cache-Control"), QByteArrayLiteral("no-store")});
    return response;
}

HttpResponse responseOf(const Error &error)
{
    HttpResponse response =
        jsonResponse(error.status, "{\"error\":{\"code\":" + json::quoted(error.code) +
                                       ",\"message\":" + json::quoted(error.message) + "}}");
    if (error.status == 401)
        response.headers.append({QByteArrayLiteral("WWW-Authenticate"), QByteArrayLiteral("Bearer")});
    if (error.status == 503)
        response.headers.append({QByteArrayLiteral("Retry-After"), QByteArrayLiteral("1")});
    return response;
}

/// A path, and how it is asked. Presence of one user has a longer one.
struct Route
{
    QByteArrayView path;
    QByteArrayView method;
};
constexpr std::array routes{Route{"/api/publish", "POST"},      Route{"/api/presence", "GET"},
                            Route{"/api/disconnect", "POST"},   Route{"/api/outbox", "GET"},
                            Route{"/api/outbox/retry", "POST"}, Route{"/api/outbox/discard", "POST"}};

const Route *routeOf(const QByteArray &path)
{
    for (const Route &route : routes) {
        if (path == route.path || (route.path == "/api/presence" && path.startsWith("/api/presence/")))
            return &route;
    }
    return nullptr;
}

Error errorOf(const chat::Error &error)
{
    const int status = error.code == chat::ErrorCode::Unavailable ? 503
                       : error.code == chat::ErrorCode::InboxFull ? 409
                       : error.code == chat::ErrorCode::Forbidden ? 404
                                                                  : 400;
    const QByteArray code =
        status == 404 ? QByteArrayLiteral("not_found") : chat::toString(error.code).toByteArray();
    return {status, code, error.message};
}

QByteArrayView wordOf(chat::SendOutcome outcome)
{
    return outcome == chat::SendOutcome::Stored ? "stored" : "delivered";
}

QByteArray jsonOf(const chat::Published &published)
{
    const chat::MessageTaken &taken = published.taken;
    QByteArray json = "{\"messageId\":" + json::quoted(taken.id.utf8()) + ",\"timestamp\":\"" +
                      isoTimestamp(taken.timestamp) + "\",\"status\":\"" +
                      wordOf(taken.outcome).toByteArray() + '"';
    if (taken.truncated)
        json += ",\"truncated\":true";
    if (taken.duplicate)
        json += ",\"duplicate\":true";
    json += ",\"receivers\":[";
    bool isFirst = true;
    for (const auto &[user, outcome] : published.receivers) {
        json += isFirst ? "" : ",";
        isFirst = false;
        json += "{\"userId\":" + json::quoted(user.utf8()) + ",\"status\":\"" +
                wordOf(outcome).toByteArray() + "\"}";
    }
    return json += "]}";
}

engineio::AdmissionLimits rateLimits(qint64 rate)
{
    engineio::AdmissionLimits limits;
    limits.handshakesPerAddress = RateLimit(rate, 10 * rate);
    return limits;
}

} // namespace

PlatformApi::PlatformApi(const Config &config, PlatformSources sources, const Clock &clock)
    : m_config(config)
    , m_sources(std::move(sources))
    , m_clock(clock)
    , m_rate(rateLimits(config.api.rate))
    , m_reach(m_sources.workers, {}, m_main)
{}

PlatformApi::~PlatformApi() = default;

bool PlatformApi::isFor(const HttpRequest &request)
{
    return request.path == "/api" || request.path.startsWith("/api/");
}

std::optional<HttpResponse> PlatformApi::refusalOf(const HttpRequest &head)
{
    const Microseconds now = m_clock.precise();
    if (const auto refusal = m_rate.admit(head.remoteAddress, now)) {
        HttpResponse response =
            responseOf({429, QByteArrayLiteral("rate_limited"),
                        "this address asks more than " + QByteArray::number(m_config.api.rate) +
                            " times a second (API_RATE); ask again after Retry-After seconds"});
        response.headers.append({QByteArrayLiteral("Retry-After"), QByteArray::number(refusal->retryAfter)});
        return response;
    }
    m_rate.release(head.remoteAddress, now); // the rate alone is of interest
    const auto why = whyNot(head);
    if (!why)
        return std::nullopt;
    HttpResponse response = responseOf(*why);
    if (why->status == 405)
        response.headers.append({QByteArrayLiteral("Allow"), routeOf(head.path)->method.toByteArray()});
    return response;
}

std::optional<Error> PlatformApi::whyNot(const HttpRequest &head)
{
    const QByteArrayList keys = m_sources.keys();
    if (keys.isEmpty())
        return Error{404, "not_enabled", "there is no API here: set API_KEY or API_KEY_FILE"};
    constexpr QByteArrayView scheme = "bearer ";
    const auto given = head.header("Authorization");
    if (!given || given->size() <= scheme.size() || given->first(scheme.size()).toLower() != scheme)
        return Error{401, "unauthorized", "the header Authorization must be: Bearer, a space, and API_KEY"};
    if (!auth::isApiKey(given->sliced(scheme.size()).trimmed(), keys))
        return Error{403, "forbidden", "the key is not API_KEY, nor one in API_KEY_FILE"};
    const Route *route = routeOf(head.path);
    if (!route)
        return Error{404, "not_found",
                     "there are /api/publish, /api/presence, /api/disconnect and /api/outbox, but not this"};
    if (head.method != route->method)
        return Error{405, "bad_method", "use " + route->method.toByteArray()};
    if (head.header("Transfer-Encoding"))
        return Error{411, "length_required", "the body's length must be in Content-Length"};
    const qint64 length = head.header("Content-Length").value_or(QByteArrayLiteral("0")).toLongLong();
    if (length > m_config.maxPayload) // what is larger than any number is refused by the parser
        return Error{413, "too_large",
                     "a body has at most MAX_PAYLOAD (" + QByteArray::number(m_config.maxPayload) +
                         ") bytes"};
    if (m_sources.isDraining() || !m_sources.acceptsEvents() || m_openBytes + length > maxOpenBytes)
        return Error{503, "unavailable",
                     m_sources.isDraining() ? "the server is stopping"
                                            : "the server is overloaded; ask again"};
    return std::nullopt;
}

void PlatformApi::handle(std::unique_ptr<transport::HttpExchange> exchange)
{
    const Ticket ticket = ++m_last;
    transport::HttpExchange &kept = *m_open.emplace(ticket, std::move(exchange)).first->second;
    const HttpRequest &request = kept.request();
    m_openBytes += request.body.size();
    kept.setAbortHandler([this, ticket] { finish(ticket, {}); });
    if (request.path == "/api/publish")
        publish(ticket, request.body);
    else if (request.path == "/api/disconnect")
        disconnect(ticket, request.body);
    else if (request.path.startsWith("/api/presence"))
        presence(ticket, request);
    else
        outbox(ticket, request.path);
}

void PlatformApi::finish(Ticket ticket, HttpResponse response)
{
    auto found = m_open.extract(ticket);
    if (found.empty())
        return; // its client has gone
    m_openBytes -= found.mapped()->request().body.size();
    found.mapped()->respond(std::move(response));
}

void PlatformApi::answer(Ticket ticket, QByteArray json, int status)
{
    finish(ticket, jsonResponse(status, std::move(json)));
}

void PlatformApi::refuse(Ticket ticket, const Error &error)
{
    finish(ticket, responseOf(error));
}

void PlatformApi::publish(Ticket ticket, const QByteArray &body)
{
    auto request = api::readPublish(body, DecodeLimits{m_config.maxTextLength});
    if (!request)
        refuse(ticket, request.error());
    else if (auto *message = std::get_if<chat::Publish>(&*request))
        publishMessage(ticket, std::move(*message));
    else
        emitEvent(ticket, std::get<api::Emit>(*request));
}

void PlatformApi::publishMessage(Ticket ticket, chat::Publish message)
{
    message.message.readAt = m_clock.precise();
    m_sources.tellChat([this, ticket, message = std::move(message)](chat::ChatService &chat) {
        chat.publish(message, [this, ticket](const Result<chat::Published, chat::Error> &outcome) {
            HttpResponse response =
                outcome ? jsonResponse(200, jsonOf(outcome.value())) : responseOf(errorOf(outcome.error()));
            m_main.post([this, ticket, response = std::move(response)] { finish(ticket, response); });
        });
    });
}

void PlatformApi::emitEvent(Ticket ticket, const api::Emit &emit)
{
    std::vector<QByteArrayView> arguments(emit.arguments.begin(), emit.arguments.end());
    const QList<transport::Frame> frames{socketio::encodeEventText("/", std::nullopt, emit.event, arguments)};
    const auto done = [this, ticket](qint64 count) {
        answer(ticket, "{\"sockets\":" + QByteArray::number(count) + '}');
    };
    if (!emit.socket.isEmpty()) {
        m_reach.sendTo(emit.socket, frames, done);
        return;
    }
    m_sources.tellChat([this, users = emit.users, chatId = emit.chat, frames, done](chat::ChatService &chat) {
        const auto sockets = chat.socketsOf(chatId.isEmpty() ? users : chat.membersOf(chatId));
        m_reach.sendTo(sockets, frames, done);
    });
}

void PlatformApi::presence(Ticket ticket, const HttpRequest &request)
{
    const auto asked = api::readPresence(request);
    if (!asked) {
        refuse(ticket, asked.error());
        return;
    }
    m_sources.tellChat([this, ticket, asked = asked.value()](const chat::ChatService &chat) {
        QByteArray json;
        for (const chat::UserPresence &user : chat.presenceOf(asked.users))
            json += (json.isEmpty() ? "" : ",") + encodePresence(user);
        if (!asked.isOne)
            json = "{\"users\":[" + json + "]}";
        m_main.post([this, ticket, json] { answer(ticket, json); });
    });
}

void PlatformApi::disconnect(Ticket ticket, const QByteArray &body)
{
    const auto request = api::readDisconnect(body);
    if (!request) {
        refuse(ticket, request.error());
        return;
    }
    QList<transport::Frame> farewell;
    if (const QByteArray &reason = request.value().reason; !reason.isEmpty())
        farewell = encodeErrorEvent("disconnect", {chat::ErrorCode::Forbidden, reason});
    const auto done = [this, ticket](qint64 count) {
        answer(ticket, "{\"disconnected\":" + QByteArray::number(count) + '}');
    };
    if (const SocketId &socket = request.value().socket; !socket.isEmpty()) {
        m_reach.disconnect(socket, farewell, [done](bool wasThere) { done(wasThere ? 1 : 0); });
        return;
    }
    m_sources.tellChat([this, user = request.value().user, farewell, done](chat::ChatService &chat) {
        chat.endLost(user);
        m_reach.disconnect(chat.socketsOf({user}), farewell, done);
    });
}

void PlatformApi::outbox(Ticket ticket, const QByteArray &path)
{
    if (!m_sources.outboxState) {
        refuse(ticket, {404, "not_enabled", "there is no outbox: API_URL is not set"});
        return;
    }
    if (path == "/api/outbox") {
        m_sources.outboxState([this, ticket](const QByteArray &json) {
            m_main.post([this, ticket, json] { answer(ticket, json); });
        });
        return;
    }
    const bool isRetry = path == "/api/outbox/retry";
    const qint64 messages = isRetry ? m_sources.retryOutbox() : m_sources.discardOutbox();
    qCInfo(lcApi) << (isRetry ? "set aside messages are posted again:" : "set aside messages are given up:")
                  << messages;
    answer(ticket, "{\"messages\":" + QByteArray::number(messages) + '}', 202);
}

} // namespace concierge::app
