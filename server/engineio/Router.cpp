#include "engineio/Router.h"

#include "engineio/Engine.h"
#include "engineio/Refusal.h"

namespace concierge::engineio {

using transport::HttpRequest;

Engine *Router::find(const HttpRequest &request) const
{
    for (Engine *engine : m_engines) {
        if (engine->serves(request.path))
            return engine;
    }
    return nullptr;
}

/// What none serves is the first one's to refuse, and to count.
Engine *Router::findOrFirst(const HttpRequest &request) const
{
    Engine *engine = find(request);
    return engine || m_engines.isEmpty() ? engine : m_engines.front();
}

void Router::onRequest(std::unique_ptr<transport::HttpExchange> exchange)
{
    if (Engine *engine = findOrFirst(exchange->request()))
        engine->onRequest(std::move(exchange));
    else
        exchange->respond(notFound());
}

std::optional<transport::HttpResponse> Router::onUpgradeRequest(const HttpRequest &request)
{
    if (Engine *engine = findOrFirst(request))
        return engine->onUpgradeRequest(request);
    return notFound();
}

void Router::onWebSocket(const HttpRequest &request, std::unique_ptr<transport::WebSocketConnection> socket)
{
    if (Engine *engine = find(request))
        engine->onWebSocket(request, std::move(socket));
}

std::optional<int> Router::ownerOf(const HttpRequest &request) const
{
    const Engine *engine = find(request);
    return engine ? engine->ownerOf(request) : std::nullopt;
}

bool Router::isHandshake(const HttpRequest &request) const
{
    const Engine *engine = find(request);
    return engine && engine->isHandshake(request);
}

std::shared_ptr<void> Router::onBodyBegins(const HttpRequest &head)
{
    Engine *engine = find(head);
    return engine ? engine->onBodyBegins(head) : nullptr;
}

} // namespace concierge::engineio
