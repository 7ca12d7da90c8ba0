#pragma once

#include "app/ChatGateway.h"
#include "socketio/Json.h"
#include "socketio/Server.h"
#include "support/FakeClock.h"
#include "support/FakeSession.h"
#include "support/JsonMembers.h"

#include <utility>
#include <vector>

namespace concierge::test {

class RecordingSink final : public app::CommandSink
{
public:
    bool acceptsEvents() const override { return isOpen; }
    void submit(std::vector<chat::Command> &commands) override
    {
        ++batches;
        for (chat::Command &command : commands)
            taken.push_back(std::move(command));
        commands.clear();
    }

    bool isOpen = true;
    int batches = 0;
    std::vector<chat::Command> taken;
};

/// A gateway under Socket.IO, with two clients that have joined. Worker 3, so that nothing is right by
/// chance.
struct GatewayFixture
{
    static constexpr quint32 worker = 3;
    static inline const QByteArray secret = QByteArrayLiteral("what the inbox keeps to itself");

    explicit GatewayFixture(bool recovers = true)
        : GatewayFixture(app::GatewayOptions{worker, {}, secret, recovers, {}, {}})
    {}
    explicit GatewayFixture(app::GatewayOptions options)
        : gateway(std::move(options), sink, deadlines, counters)
    {
        server.addNamespace("/", gateway);
        for (FakeSession *session : {&ann, &bob}) {
            session->listener = server.onSession(*session);
            session->receive("0");
            session->takeSent();
        }
        for (const chat::Command &command : takeCommands())
            sockets.push_back(std::get<chat::SocketConnected>(command).socket);
        sink.batches = 0;
    }
    ~GatewayFixture()
    {
        for (FakeSession *session : {&ann, &bob, &carl}) {
            if (session->listener)
                session->lose(engineio::CloseReason::TransportClose);
        }
    }
    GatewayFixture(const GatewayFixture &) = delete;
    GatewayFixture &operator=(const GatewayFixture &) = delete;

    /// What the gateway has for the chat at the end of the turn.
    std::vector<chat::Command> takeCommands()
    {
        gateway.submit();
        return std::exchange(sink.taken, {});
    }
    /// What ann's event became.
    std::vector<chat::Command> commandsOf(QByteArrayView packet)
    {
        ann.receive(packet);
        return takeCommands();
    }
    /// The third client opens a session and sends CONNECT with this payload.
    std::vector<chat::Command> connectCarl(QByteArrayView auth = {})
    {
        carl.listener = server.onSession(carl);
        carl.receive('0' + auth.toByteArray());
        return takeCommands();
    }

    FakeClock clock;
    transport::DeadlineWheel deadlines{clock};
    metrics::ThreadCounters counters;
    RecordingSink sink;
    app::ChatGateway gateway;
    socketio::Server server{socketio::ServerOptions{Milliseconds(1000)}, deadlines, counters};
    FakeSession ann;
    FakeSession bob;
    FakeSession carl;                     ///< has no session yet
    std::vector<chat::SocketRef> sockets; ///< ann's, bob's
};

inline chat::GetMessage getMessage(const QByteArray &data)
{
    chat::Message message;
    message.data = data;
    return {std::make_shared<const chat::Message>(message)};
}

/// To sockets whose events are of no stream.
inline chat::Delivery unmarked(std::vector<chat::SocketRef> targets, chat::Push push)
{
    return {std::move(targets), std::move(push), std::nullopt};
}

/// The only command, where it is a T; nullptr otherwise.
template <class T>
const T *only(const std::vector<chat::Command> &commands)
{
    return commands.size() == 1 ? std::get_if<T>(&commands[0]) : nullptr;
}

/// A member of a CONNECT reply, `40{…}`; null where it is not there, or the packet is another.
inline QByteArray replied(const QByteArray &packet, QByteArrayView name)
{
    if (!packet.startsWith("40{"))
        return {};
    for (const json::Member &member : members(QByteArrayView(packet).sliced(2))) {
        if (member.keyIs(name))
            return json::unescape(member.value);
    }
    return {};
}

} // namespace concierge::test
