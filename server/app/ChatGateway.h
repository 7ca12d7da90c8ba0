#pragma once

#include "app/EventDecoder.h"
#include "chat/Outbound.h"
#include "metrics/Metrics.h"
#include "socketio/Socket.h"

#include <QHash>
#include <QSet>

#include <memory>
#include <vector>

namespace concierge::app {

/// Where a gateway puts the commands of one turn of its event loop. Implemented by ChatHost.
class CommandSink
{
public:
    virtual ~CommandSink() = default;
    /// Whether client events are taken now. False: the chat is behind by more than it may be.
    virtual bool acceptsEvents() const = 0;
    /// Called with at least one command; leaves the vector empty. Thread: the gateway's.
    virtual void submit(std::vector<chat::Command> &commands) = 0;
};

/// Joins Socket.IO and chat for one io worker: JSON ⇄ values. Events become Commands, gathered per turn;
/// Outbound is encoded once and sent to all its sockets. Thread: its worker's.
class ChatGateway final : public socketio::NamespaceHandler
{
public:
    ChatGateway(quint32 worker, DecodeLimits limits, CommandSink &sink, metrics::ThreadCounters &counters);
    ~ChatGateway() override;

    bool hasCommands() const noexcept { return !m_commands.empty(); }
    /// Hands the gathered commands over.
    void submit();
    /// Carries out what the chat said, in order.
    void deliver(const std::vector<chat::Outbound> &batch);

    std::optional<socketio::ConnectRefusal> onConnectRequest(const transport::HttpRequest &handshake,
                                                             QByteArrayView auth) override;
    void onConnected(socketio::Socket &socket, QByteArrayView auth) override;
    void onEvent(socketio::Socket &socket, const socketio::Event &event) override;
    void onDrained(socketio::Socket &socket) override;
    void onDisconnected(socketio::Socket &socket, socketio::DisconnectReason reason) override;

private:
    void carryOut(const chat::Delivery &delivery);
    void carryOut(const chat::Reply &reply);
    void carryOut(const chat::ReportDrained &request);
    void refuse(const chat::Origin &origin, socketio::Socket &socket, QByteArrayView event,
                chat::Error error);

    const quint32 m_worker;
    const DecodeLimits m_limits;
    CommandSink &m_sink;
    metrics::ThreadCounters &m_counters;
    std::vector<chat::Command> m_commands;
    QHash<quint64, socketio::Socket *> m_sockets; // by Socket::tag
    QSet<quint64> m_awaitingDrain;                // tags of those that the chat asked for
    quint64 m_lastSerial = 0;
};

} // namespace concierge::app
