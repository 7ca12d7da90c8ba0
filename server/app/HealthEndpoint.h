#pragma once

#include "app/PlatformApi.h"
#include "app/Telemetry.h"
#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "transport/HttpEndpoint.h"

#include <QHostAddress>
#include <QString>

namespace concierge::app {

/// The operator's port. `GET /health`: the seed's keys first, then ours, always 200 while the process lives.
/// `GET /ready`: 503 while draining, or while the store takes nothing. `GET /metrics`: for Prometheus. HEAD
/// likewise, 405 for other methods,
/// 404 for other paths. `/api`: PlatformApi. Its requests do not count in the server's metrics. Thread: main.
class HealthEndpoint final : private transport::GateListener
{
public:
    /// `telemetry` and `api` outlive this object; without an API, /api is one more path that there is not.
    explicit HealthEndpoint(const Telemetry &telemetry, PlatformApi *api = nullptr);
    ~HealthEndpoint() override;

    bool listen(const QHostAddress &address, quint16 port);
    QString errorString() const { return m_http.errorString(); }
    quint16 port() const { return m_http.serverPort(); }

    /// The answer to one request, without the network.
    transport::HttpResponse answer(const transport::HttpRequest &request);

private:
    void onRequest(std::unique_ptr<transport::HttpExchange> exchange) override;
    std::optional<transport::HttpResponse> onUpgradeRequest(const transport::HttpRequest &request) override;
    void onWebSocket(const transport::HttpRequest &request,
                     std::unique_ptr<transport::WebSocketConnection> socket) override;
    std::optional<transport::HttpResponse> refusalOf(const transport::HttpRequest &head) override;
    std::optional<int> ownerOf(const transport::HttpRequest &request) const override;

    transport::HttpResponse health() const;
    transport::HttpResponse ready() const;
    transport::HttpResponse metrics() const;

    const Telemetry &m_telemetry;
    PlatformApi *const m_api;
    const SystemClock m_clock;          // of the network's time-outs
    metrics::ThreadCounters m_counters; // its own, so that a probe is no client
    transport::HttpEndpoint m_http;
};

} // namespace concierge::app
