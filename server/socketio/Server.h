#pragma once

#include "engineio/Engine.h"
#include "socketio/Socket.h"

#include <QHash>

namespace concierge::socketio {

struct ServerOptions
{
    Milliseconds connectTimeout{45'000}; ///< a session that joined no namespace by then is closed
    qint64 outboxMaxBytes = 4'194'304;   ///< what may come behind what a recovered socket missed
    qint64 heldMaxBytes = 1'000'000;     ///< what a session may send behind a deferred CONNECT
    qsizetype heldMaxFrames = 1'024;     ///< the same in messages, attachments counted
};

/// Namespaces of one io worker, and the connections in them. Thread: one io thread.
class Server final : public engineio::EngineListener
{
public:
    Server(ServerOptions options, transport::DeadlineWheel &deadlines, metrics::ThreadCounters &counters);
    ~Server() override;

    /// Registers `nsp` ("/", "/custom"). The handler outlives this object.
    void addNamespace(const QByteArray &nsp, NamespaceHandler &handler);

    std::unique_ptr<engineio::SessionListener> onSession(engineio::Session &session) override;

private:
    friend class Connection;
    ServerOptions m_options;
    transport::DeadlineWheel &m_deadlines;
    metrics::ThreadCounters &m_counters;
    QHash<QByteArray, NamespaceHandler *> m_namespaces;
};

} // namespace concierge::socketio
