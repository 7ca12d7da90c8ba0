#pragma once

#include "transport/Transport.h"

#include <QList>

namespace concierge::engineio {

class Engine;

/// Several engines on one port, told apart by path; 404 for the rest. Thread: one io thread.
class Router final : public transport::GateListener
{
public:
    void add(Engine &engine) { m_engines.append(&engine); }

    void onRequest(std::unique_ptr<transport::HttpExchange> exchange) override;
    std::optional<transport::HttpResponse> onUpgradeRequest(const transport::HttpRequest &request) override;
    void onWebSocket(const transport::HttpRequest &request,
                     std::unique_ptr<transport::WebSocketConnection> socket) override;
    std::optional<int> ownerOf(const transport::HttpRequest &request) const override;
    bool isHandshake(const transport::HttpRequest &request) const override;
    std::shared_ptr<void> onBodyBegins(const transport::HttpRequest &head) override;

private:
    Engine *find(const transport::HttpRequest &request) const;
    Engine *findOrFirst(const transport::HttpRequest &request) const;

    QList<Engine *> m_engines;
};

} // namespace concierge::engineio
