#include "app/HealthEndpoint.h"

#include "app/EventEncoder.h"
#include "app/ProcessStats.h"
#include "socketio/Json.h"

#include <algorithm>
#include <utility>

namespace concierge::app {

using transport::HttpRequest;
using transport::HttpResponse;

namespace {

transport::GateOptions gateOptions()
{
    transport::GateOptions options;
    options.maxPayload = 4'096; // a probe has no body
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

} // namespace

HealthEndpoint::HealthEndpoint(StatusSources sources, const Clock &clock)
    : m_sources(std::move(sources))
    , m_clock(clock)
    , m_metrics(m_sources, clock)
    , m_http(gateOptions(), *this, clock, m_counters)
{}

HealthEndpoint::~HealthEndpoint() = default;

bool HealthEndpoint::listen(const QHostAddress &address, quint16 port)
{
    m_metrics.start();
    return m_http.listen(address, port);
}

HttpResponse HealthEndpoint::answer(const HttpRequest &request)
{
    const QByteArray path =
        request.path.size() > 1 && request.path.endsWith('/') ? request.path.chopped(1) : request.path;
    const bool isHealth = path == "/health";
    if (!isHealth && path != "/ready")
        return textResponse(404, QByteArrayLiteral("Not found. There are /health and /ready.\n"));
    if (request.method != "GET" && request.method != "HEAD") {
        HttpResponse refusal = textResponse(405, QByteArrayLiteral("Use GET.\n"));
        refusal.headers.append({QByteArrayLiteral("Allow"), QByteArrayLiteral("GET, HEAD")});
        return refusal;
    }
    return isHealth ? health() : ready();
}

HttpResponse HealthEndpoint::health()
{
    const qint64 connections = m_sources.connections();
    QByteArray body = "{\"status\":\"healthy\",\"connections\":" + QByteArray::number(connections) +
                      ",\"uptime\":" + QByteArray::number(m_metrics.uptimeSeconds(), 'f', 3) +
                      ",\"memory\":" + memoryJson(memoryUsage()) + ",\"timestamp\":\"" +
                      isoTimestamp(m_clock.wall()) + "\"";
    body += ",\"version\":\"" CONCIERGE_VERSION "\",\"peakConnections\":" +
            QByteArray::number(std::max(connections, m_metrics.peakConnections())) +
            ",\"usersOnline\":" + QByteArray::number(m_sources.usersOnline()) +
            ",\"usersIdle\":" + QByteArray::number(m_sources.usersIdle()) +
            ",\"totalMessages\":" + QByteArray::number(m_sources.totalMessages()) +
            ",\"draining\":" + (m_sources.isDraining() ? "true" : "false") + '}';
    return jsonResponse(200, std::move(body));
}

HttpResponse HealthEndpoint::ready() const
{
    if (m_sources.isDraining())
        return jsonResponse(503, QByteArrayLiteral("{\"status\":\"draining\"}"));
    if (const QString problem = m_sources.storeProblem(); !problem.isEmpty())
        return jsonResponse(503,
                            "{\"status\":\"unavailable\",\"reason\":" + json::quoted(problem.toUtf8()) + '}');
    return jsonResponse(200, QByteArrayLiteral("{\"status\":\"ready\"}"));
}

void HealthEndpoint::onRequest(std::unique_ptr<transport::HttpExchange> exchange)
{
    exchange->respond(answer(exchange->request()));
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
