/// A whole connection: a client that says anything, and a handler that answers, leaves and closes from within
/// its calls, and takes its time with some CONNECTs. A sanitizer watches the life times; here the calls'
/// order is checked.

#include "FuzzSupport.h"

#include "socketio/Server.h"
#include "support/FakeClock.h"
#include "support/FakeSession.h"

#include <algorithm>
#include <utility>

using namespace concierge;
using namespace concierge::socketio;

namespace {

class Handler final : public NamespaceHandler
{
public:
    ConnectDecision onConnectRequest(Socket &socket, QByteArrayView auth) override
    {
        FUZZ_CHECK(!m_deferred && !socket.isConnected());
        if (auth.contains("end") && !m_sockets.empty())
            m_sockets.front()->disconnect(true);
        if (auth.contains("refuse"))
            return ConnectRefusal{auth.toByteArray(), auth.toByteArray()};
        m_asking.push_back(&socket);
        if (auth.contains("defer")) {
            m_deferred = &socket;
            return ConnectDeferred();
        }
        return ConnectAcceptance{{}, auth.contains("pid") ? auth.toByteArray() : QByteArray(), {}};
    }
    void answer(qsizetype how)
    {
        Socket *socket = std::exchange(m_deferred, nullptr);
        if (!socket)
            return;
        if (how % 5 == 0) {
            FUZZ_CHECK(std::erase(m_asking, socket) == 1);
            socket->refuse({"late", {}});
        } else if (how % 5 == 1) {
            socket->disconnect(true);
        } else {
            socket->accept({});
        }
    }
    void onConnected(Socket &socket, QByteArrayView auth) override
    {
        FUZZ_CHECK(!m_deferred && std::erase(m_asking, &socket) == 1);
        m_sockets.push_back(&socket);
        socket.emitEvent("auth", {&auth, 1});
        socket.emitWithAck("question", {}, [this, &socket](const auto &arguments, const auto &) {
            act(socket, arguments.size());
        });
        act(socket, static_cast<std::size_t>(auth.size()));
    }
    void onEvent(Socket &socket, const Event &event) override
    {
        FUZZ_CHECK(!m_deferred);
        FUZZ_CHECK(std::find(m_sockets.begin(), m_sockets.end(), &socket) != m_sockets.end());
        FUZZ_CHECK(socket.isConnected());
        if (event.ackId)
            socket.ack(*event.ackId, event.arguments, event.attachments);
        act(socket, event.arguments.size());
        socket.emitEvent(event.name, event.arguments, event.attachments);
    }
    void onDisconnected(Socket &socket, DisconnectReason) override
    {
        FUZZ_CHECK(std::erase(m_sockets, &socket) + std::erase(m_asking, &socket) == 1);
        if (m_deferred == &socket)
            m_deferred = nullptr;
        FUZZ_CHECK(!socket.isConnected());
        FUZZ_CHECK(socket.emitEvent("late", {}) == transport::SendStatus::Dropped);
        if (!m_sockets.empty() && socket.nsp() == "/")
            m_sockets.front()->disconnect();
    }
    bool isIdle() const { return m_sockets.empty() && m_asking.empty(); }

private:
    void act(Socket &socket, std::size_t what)
    {
        if (what == 3)
            socket.disconnect();
        else if (what == 4)
            socket.disconnect(true);
        else if (what == 5 && !m_sockets.empty())
            m_sockets.front()->disconnect();
    }

    std::vector<Socket *> m_sockets;
    std::vector<Socket *> m_asking; // for their CONNECT's answer
    Socket *m_deferred = nullptr;   // one of those
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const test::FakeClock clock;
    transport::DeadlineWheel deadlines(clock);
    metrics::ThreadCounters counters;
    Handler handler; // one for both namespaces: sockets of either may end those of the other
    Server server(ServerOptions{}, deadlines, counters);
    server.addNamespace("/", handler);
    server.addNamespace("/custom", handler);
    test::FakeSession session;
    session.listener = server.onSession(session);
    for (fuzz::Chunks chunks(data, size); !chunks.atEnd();) {
        const auto chunk = chunks.next();
        if (chunk.bytes.size() % 3 == 0)
            handler.answer(chunk.bytes.size());
        session.receive(chunk.bytes,
                        chunk.isBinary ? transport::FrameKind::Binary : transport::FrameKind::Text);
    }
    session.endTurn();
    if (session.listener)
        session.lose(engineio::CloseReason::TransportClose);
    FUZZ_CHECK(handler.isIdle());
    using metrics::Counter;
    FUZZ_CHECK(counters.read(Counter::SocketsConnected) == counters.read(Counter::SocketsClosed));
    return 0;
}
