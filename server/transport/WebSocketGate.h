#pragma once

#include "metrics/Metrics.h"
#include "transport/DeadlineWheel.h"
#include "transport/IoWorker.h"
#include "transport/Transport.h"

#include <QTcpSocket>

#include <memory>
#include <optional>

namespace concierge::transport {

/// The WebSockets of one worker. WebSocketGate_real.cpp has them; WebSocketGate_none.cpp takes its place in a
/// build without (CMake option CONCIERGE_WEBSOCKETS). Thread: the worker's, but for isBuiltIn().
class WebSocketGate
{
public:
    WebSocketGate(const GateOptions &options, DeadlineWheel &deadlines, TurnQueue &turns,
                  metrics::ThreadCounters &counters);
    ~WebSocketGate();

    /// Whether this build has WebSockets. Thread: any.
    static bool isBuiltIn() noexcept;

    /// What is wrong with a request for a WebSocket, as the answer that says so; nothing: accept() it. In a
    /// build without, every request is refused.
    std::optional<HttpResponse> refuse(const HttpRequest &request) const;
    /// Answers a request that refuse() has passed. What `tcp` holds unread are the client's first frames.
    std::unique_ptr<WebSocketConnection> accept(const HttpRequest &request, std::unique_ptr<QTcpSocket> tcp);
    /// The end of a turn: writes what was gathered. True: listeners were called, so the layers above may have
    /// something to do at the end of a turn again.
    bool flush();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace concierge::transport
