#include "transport/WebSocketGate.h"

namespace concierge::transport {

class WebSocketGate::Private
{};

WebSocketGate::WebSocketGate(const GateOptions &, DeadlineWheel &, TurnQueue &, metrics::ThreadCounters &) {}

WebSocketGate::~WebSocketGate() = default;

bool WebSocketGate::isBuiltIn() noexcept
{
    return false;
}

std::optional<HttpResponse> WebSocketGate::refuse(const HttpRequest &) const
{
    return HttpResponse{400,
                        QByteArrayLiteral("text/plain; charset=UTF-8"),
                        QByteArrayLiteral("This server was built without WebSocket"),
                        {}};
}

std::unique_ptr<WebSocketConnection> WebSocketGate::accept(const HttpRequest &, std::unique_ptr<QTcpSocket>)
{
    Q_UNREACHABLE(); // refuse() passes none
}

bool WebSocketGate::flush()
{
    return false;
}

} // namespace concierge::transport
