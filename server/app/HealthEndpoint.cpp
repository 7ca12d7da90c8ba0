#include "app/HealthEndpoint.h"

#include "app/EventEncoder.h"
#include "app/ProcessStats.h"
#include "app/PrometheusText.h"
#include "socketio/Json.h"

#include <limits>
#include <utility>

namespace concierge::app {

using transport::HttpRequest;
using transport::HttpResponse;

namespace {

constexpr qint64 probeMaxBytes = 4'096; // a probe has no body

/// How long a body may be is said by refusalOf(), whose answer names what was wrong.
transport::GateOptions gateOptions()
{
    transport::GateOptions options;
    options.maxPayload = std::numeric_limits<qint64>::max();
    return options;
}

HttpResponse response(int status, QByteArray contentType, QByteArray body)
{
    HttpResponse response;
    response.status = status;
    response.contentType = std::move(contentType);
    response.body = std::move(body);
    response.headers.append({QByteArrayLiteral("Cache-Control"), QByteArrayLiteral("no-store")});
    return response;
}

HttpResponse jsonResponse(int status, QByteArray body)
{
    return response(status, QByteArrayLiteral("application/json; charset=utf-8"), std::move(body));
}

HttpResponse textResponse(int status, QByteArray body)
{
    return response(status, QByteArrayLiteral("text/plain; charset=utf-8"), std::move(body));
}

QByteArray memoryJson(const MemoryUsage &memory)
{
    return "{\"rss\":" + QByteArray::number(memory.rss) +
           ",\"heapTotal\":" + QByteArray::number(memory.heapTotal) +
           ",\"heapUsed\":" + QByteArray::number(memory.heapUsed) +
           ",\"external\":" + QByteArray::number(memory.external) +
           ",\"arrayBuffers\":" + QByteArray::number(memory.arrayBuffers) + '}';
}

QByteArray numberOrNull(const std::optional<double> &value)
{
    return value ? QByteArray::number(*value) : QByteArrayLiteral("null");
}

QByteArray whyBlocked(const QString &reason)
{
    if (reason == QLatin1String("descriptors"))
        return QByteArrayLiteral("no new connections: file descriptors have run out");
    if (reason == QLatin1String("memory"))
        return QByteArrayLiteral("no new connections: memory is over MEMORY_WATERMARK");
    return QByteArrayLiteral("no new connections: there are MAX_CONNECTIONS");
}

bool isDraining(const MonitorSnapshot &figures)
{
    return figures.state == QLatin1String("draining");
}

} // namespace

HealthEndpoint::HealthEndpoint(const Telemetry &telemetry, PlatformApi *api)
    : m_telemetry(telemetry)
    , m_api(api)
    , m_http(gateOptions(), *this, m_clock, m_counters)
{}

HealthEndpoint::~HealthEndpoint() = default;

bool HealthEndpoint::listen(const QHostAddress &address, quint16 port)
{
    return m_http.listen(address, port);
}

HttpResponse HealthEndpoint::answer(const HttpRequest &request)
{
    const QByteArray path =
        request.path.size() > 1 && request.path.endsWith('/') ? request.path.chopped(1) : request.path;
    HttpResponse (HealthEndpoint::*page)() const = path == "/health"    ? &HealthEndpoint::health
                                                   : path == "/ready"   ? &HealthEndpoint::ready
                                                   : path == "/metrics" ? &HealthEndpoint::metrics
                                                                        : nullptr;
    if (!page)
        return textResponse(404, QByteArrayLiteral("Not found. There are /health, /ready and /metrics.\n"));
    if (request.method != "GET" && request.method != "HEAD") {
        HttpResponse refusal = textResponse(405, QByteArrayLiteral("Use GET.\n"));
        refusal.headers.append({QByteArrayLiteral("Allow"), QByteArrayLiteral("GET, HEAD")});
        return refusal;
    }
    return (this->*page)();
}

HttpResponse HealthEndpoint::health() const
{
    const MonitorSnapshot now = m_telemetry.current();
    const bool isWell =
        now.store.isWorking && now.connections.blocked.isEmpty() && now.redis != QLatin1String("down");
    const char *const status = isDraining(now) ? "draining" : isWell ? "healthy" : "degraded";
    QByteArray body = QByteArray("{\"status\":\"") + status +
                      "\",\"connections\":" + QByteArray::number(now.connections.now) +
                      ",\"uptime\":" + QByteArray::number(static_cast<double>(now.uptimeMs) / 1'000, 'f', 3) +
                      ",\"memory\":" + memoryJson(memoryUsage()) + ",\"timestamp\":\"" +
                      isoTimestamp(Milliseconds(now.time)) + "\"";
    body += ",\"version\":" + json::quoted(now.version.toUtf8()) +
            ",\"peakConnections\":" + QByteArray::number(now.connections.peak) +
            ",\"usersOnline\":" + QByteArray::number(now.users.online) +
            ",\"usersIdle\":" + QByteArray::number(now.users.idle) +
            ",\"totalMessages\":" + QByteArray::number(now.messages.received) +
            ",\"draining\":" + (isDraining(now) ? "true" : "false") +
            ",\"waitingMessages\":" + QByteArray::number(now.waiting.messages) +
            ",\"waitingUsers\":" + QByteArray::number(now.waiting.users) +
            ",\"storeWorking\":" + (now.store.isWorking ? "true" : "false") +
            ",\"acceptsConnections\":" + (now.connections.blocked.isEmpty() ? "true" : "false") +
            ",\"redis\":\"" + now.redis.toUtf8() + '"' +
            ",\"deliveryP95Ms\":" + numberOrNull(now.delivery.p95Ms) + '}';
    return jsonResponse(200, std::move(body));
}

HttpResponse HealthEndpoint::ready() const
{
    const MonitorSnapshot now = m_telemetry.current();
    if (isDraining(now))
        return jsonResponse(503, QByteArrayLiteral("{\"status\":\"draining\"}"));
    if (!now.store.isWorking)
        return jsonResponse(
            503, "{\"status\":\"unavailable\",\"reason\":" + json::quoted(now.store.problem.toUtf8()) + '}');
    if (!now.connections.blocked.isEmpty())
        return jsonResponse(503, "{\"status\":\"unavailable\",\"reason\":" +
                                     json::quoted(whyBlocked(now.connections.blocked)) + '}');
    if (const QString missing = m_telemetry.missing(); !missing.isEmpty())
        return jsonResponse(503,
                            "{\"status\":\"unavailable\",\"reason\":" + json::quoted(missing.toUtf8()) + '}');
    return jsonResponse(200, QByteArrayLiteral("{\"status\":\"ready\"}"));
}

HttpResponse HealthEndpoint::metrics() const
{
    return response(200, prometheusContentType, prometheusText(m_telemetry));
}

void HealthEndpoint::onRequest(std::unique_ptr<transport::HttpExchange> exchange)
{
    if (m_api && PlatformApi::isFor(exchange->request()))
        m_api->handle(std::move(exchange));
    else
        exchange->respond(answer(exchange->request()));
}

std::optional<HttpResponse> HealthEndpoint::refusalOf(const HttpRequest &head)
{
    if (m_api && PlatformApi::isFor(head))
        return m_api->refusalOf(head);
    const bool isLong = head.header("Transfer-Encoding") ||
                        head.header("Content-Length").value_or(QByteArray()).toLongLong() > probeMaxBytes;
    return isLong ? std::optional(textResponse(413, QByteArrayLiteral("Send no body.\n"))) : std::nullopt;
}

std::optional<HttpResponse> HealthEndpoint::onUpgradeRequest(const HttpRequest &)
{
    return textResponse(400, QByteArrayLiteral("No WebSocket here.\n"));
}

void HealthEndpoint::onWebSocket(const HttpRequest &, std::unique_ptr<transport::WebSocketConnection>)
{
    // Never: every upgrade is refused.
}

std::optional<int> HealthEndpoint::ownerOf(const HttpRequest &) const
{
    return std::nullopt;
}

} // namespace concierge::app
