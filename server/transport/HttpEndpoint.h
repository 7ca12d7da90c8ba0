#pragma once

#include "shared/Clock.h"
#include "transport/HttpConnection.h"
#include "transport/IoWorker.h"
#include "transport/Transport.h"

#include <QTcpServer>
#include <QTimer>

#include <memory>
#include <unordered_map>

namespace concierge::transport {

/// A small HTTP server on the current thread's own event loop, for requests of operators: no workers, no
/// WebSocket (an upgrade is answered 400). Same parser, limits and deadlines as the main port. Thread: the
/// one it was made on.
class HttpEndpoint : public QTcpServer, private ConnectionOwner
{
    Q_OBJECT

public:
    /// `listener`, `clock` and `counters` outlive this object.
    HttpEndpoint(GateOptions options, GateListener &listener, const Clock &clock,
                 metrics::ThreadCounters &counters, QObject *parent = nullptr);
    ~HttpEndpoint() override;

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void upgrade(HttpConnection &connection, const HttpRequest &request) override;
    bool move(HttpConnection &connection, int worker) override;
    void ended(HttpConnection &connection) override;
    QObject &lingering() override { return *this; }
    void armTimer();

    const GateOptions m_options;
    GateListener &m_listener;
    metrics::ThreadCounters &m_counters;
    const qintptr m_descriptorLimit;
    DeadlineWheel m_deadlines;
    QTimer m_timer;
    std::unordered_map<HttpConnection *, std::unique_ptr<HttpConnection>> m_connections;
};

} // namespace concierge::transport
