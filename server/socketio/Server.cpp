#include "socketio/Server.h"

#include "socketio/Connection.h"

#include <utility>

namespace concierge::socketio {

Server::Server(ServerOptions options, transport::DeadlineWheel &deadlines, metrics::ThreadCounters &counters)
    : m_options(options)
    , m_deadlines(deadlines)
    , m_counters(counters)
{}

Server::~Server() = default;

void Server::addNamespace(const QByteArray &nsp, NamespaceHandler &handler)
{
    m_namespaces.insert(nsp, &handler);
}

std::unique_ptr<engineio::SessionListener> Server::onSession(engineio::Session &session)
{
    return std::make_unique<Connection>(*this, session);
}

} // namespace concierge::socketio
