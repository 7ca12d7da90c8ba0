#include "transport/WebSocketGate.h"

#include "transport/WebSocketHandshake.h"
#include "transport/WebSocketTransport.h"

#include <utility>

namespace concierge::transport {

class WebSocketGate::Private
{
public:
    const GateOptions &options;
    DeadlineWheel &deadlines;
    metrics::ThreadCounters &counters;
    WriteGatherer gatherer;
};

WebSocketGate::WebSocketGate(const GateOptions &options, DeadlineWheel &deadlines, TurnQueue &turns,
                             metrics::ThreadCounters &counters)
    : d(new Private{options, deadlines, counters, WriteGatherer(deadlines.clock(), turns)})
{}

WebSocketGate::~WebSocketGate() = default;

bool WebSocketGate::isBuiltIn() noexcept
{
    return true;
}

std::optional<HttpResponse> WebSocketGate::refuse(const HttpRequest &request) const
{
    return refuseHandshake(request);
}

std::unique_ptr<WebSocketConnection> WebSocketGate::accept(const HttpRequest &request,
                                                           std::unique_ptr<QTcpSocket> tcp)
{
    return std::make_unique<WebSocketTransport>(std::move(tcp), acceptHandshake(request), d->options,
                                                d->gatherer, d->deadlines, d->counters);
}

bool WebSocketGate::flush()
{
    return d->gatherer.flush();
}

} // namespace concierge::transport
