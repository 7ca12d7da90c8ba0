/// The conformance fixture: the product's layers below the chat, with behaviour that test suites of the
/// protocols ask for. `/engine.io/` echoes every message; `/socket.io/` has the namespaces `/` and `/custom`.
/// Short heartbeats.

#include "app/SignalHandler.h"
#include "engineio/Engine.h"
#include "engineio/Router.h"
#include "socketio/Server.h"
#include "transport/Acceptor.h"
#include "transport/IoWorker.h"
#include "transport/WebSocketGate.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

using namespace concierge;

namespace {

class EchoSession final : public engineio::SessionListener
{
public:
    explicit EchoSession(engineio::Session &session)
        : m_session(session)
    {}
    void onSessionMessage(transport::FrameKind kind, const QByteArray &data) override
    {
        transport::Frame frame{kind, {}};
        frame.data.reserve(1 + data.size());
        if (kind == transport::FrameKind::Text)
            frame.data += engineio::messagePrefix;
        frame.data += data;
        m_session.send(std::span(&frame, 1));
    }
    void onSessionClosed(engineio::CloseReason) override {}

private:
    engineio::Session &m_session;
};

class Echo final : public engineio::EngineListener
{
public:
    std::unique_ptr<engineio::SessionListener> onSession(engineio::Session &session) override
    {
        return std::make_unique<EchoSession>(session);
    }
};

/// Emits what the client sent as `auth`. `/custom` does nothing else; `/` also sends messages back.
///
/// The emission waits a little: the official suite listens anew for each message, and misses the second of
/// two that come with one read.
class FixtureNamespace final : public socketio::NamespaceHandler
{
public:
    enum class Kind : quint8 { Main, Custom };
    FixtureNamespace(Kind kind, transport::DeadlineWheel &deadlines)
        : m_kind(kind)
        , m_deadlines(deadlines)
    {}

    socketio::ConnectDecision onConnectRequest(socketio::Socket &, QByteArrayView) override
    {
        return socketio::ConnectAcceptance(); // without recovery
    }
    void onConnected(socketio::Socket &socket, QByteArrayView auth) override
    {
        auto greeting = std::make_unique<Greeting>(socket, auth.toByteArray());
        m_deadlines.arm(*greeting, Milliseconds(10));
        m_greetings[&socket] = std::move(greeting);
    }
    void onEvent(socketio::Socket &socket, const socketio::Event &event) override
    {
        if (m_kind != Kind::Main)
            return;
        if (const auto greeting = m_greetings.find(&socket); greeting != m_greetings.end())
            greeting->second->sayNow(); // who sends before has not waited for it either
        if (event.name == "message")
            socket.emitEvent("message-back", event.arguments, event.attachments);
        else if (event.name == "message-with-ack" && event.ackId)
            socket.ack(*event.ackId, event.arguments, event.attachments);
    }
    void onDisconnected(socketio::Socket &socket, socketio::DisconnectReason) override
    {
        m_greetings.erase(&socket);
    }

private:
    struct Greeting final : transport::Deadline
    {
        Greeting(socketio::Socket &receiver, QByteArray json)
            : socket(receiver)
            , auth(std::move(json))
        {}
        void sayNow()
        {
            if (!isArmed())
                return;
            cancel();
            onDeadline();
        }
        void onDeadline() override
        {
            const QByteArrayView argument = auth;
            socket.emitEvent("auth", std::span(&argument, 1));
        }

        socketio::Socket &socket;
        const QByteArray auth;
    };

    const Kind m_kind;
    transport::DeadlineWheel &m_deadlines;
    std::unordered_map<socketio::Socket *, std::unique_ptr<Greeting>> m_greetings;
};

/// One worker with everything on it. The layers are made and destroyed on its thread, the Router excepted:
/// the gate needs it before.
struct Worker
{
    struct Layers
    {
        Layers(transport::IoWorker &io, int workers)
            : mainNamespace(FixtureNamespace::Kind::Main, io.deadlines())
            , customNamespace(FixtureNamespace::Kind::Custom, io.deadlines())
            , sockets(socketio::ServerOptions{Milliseconds(1000)}, io.deadlines(), io.counters())
            , engineIo(options("/engine.io", io.index(), workers), io.deadlines(), echo, io.counters())
            , socketIo(options("/socket.io", io.index(), workers), io.deadlines(), sockets, io.counters())
        {
            sockets.addNamespace(QByteArrayLiteral("/"), mainNamespace);
            sockets.addNamespace(QByteArrayLiteral("/custom"), customNamespace);
        }

        static engineio::EngineOptions options(QByteArray path, int index, int workers)
        {
            engineio::EngineOptions options;
            options.path = std::move(path);
            options.pingInterval = Milliseconds(300);
            options.pingTimeout = Milliseconds(200);
            options.upgrades = transport::WebSocketGate::isBuiltIn() ? engineio::Upgrades::WebSocket
                                                                     : engineio::Upgrades::None;
            options.workerIndex = index;
            options.workerCount = workers;
            return options;
        }

        FixtureNamespace mainNamespace;
        FixtureNamespace customNamespace;
        Echo echo;
        socketio::Server sockets;
        engineio::Engine engineIo;
        engineio::Engine socketIo;
    };

    Worker(int index, const transport::GateOptions &gate, const Clock &clock,
           metrics::ThreadCounters &counters)
        : io(index, gate, clock, counters)
    {}
    void start(const QList<transport::IoWorker *> &peers)
    {
        io.start(router, peers, [this, workers = static_cast<int>(peers.size())] {
            layers = std::make_unique<Layers>(io, workers);
            router.add(layers->engineIo);
            router.add(layers->socketIo);
            io.addTurnHook([this] {
                layers->engineIo.flush();
                layers->socketIo.flush();
            });
        });
    }
    void stop()
    {
        io.stop([this] { layers.reset(); });
    }

    engineio::Router router;
    std::unique_ptr<Layers> layers;
    transport::IoWorker io;
};

struct Options
{
    QHostAddress bind;
    quint16 port = 0;
    int workers = 1;
};

/// Nothing: a value was wrong, and stderr says which.
std::optional<Options> readOptions(const QCoreApplication &application)
{
    QCommandLineParser parser;
    parser.addHelpOption();
    const QCommandLineOption port(QStringLiteral("port"), QStringLiteral("TCP port, 0 for a free one."),
                                  QStringLiteral("N"), QStringLiteral("3000"));
    const QCommandLineOption bind(QStringLiteral("bind"), QStringLiteral("Address to listen on."),
                                  QStringLiteral("ADDRESS"), QStringLiteral("127.0.0.1"));
    const QCommandLineOption workers(QStringLiteral("workers"), QStringLiteral("Io threads."),
                                     QStringLiteral("N"), QStringLiteral("1"));
    parser.addOptions({port, bind, workers});
    parser.process(application);

    Options options;
    bool isPort = false;
    bool isCount = false;
    options.port = parser.value(port).toUShort(&isPort);
    options.workers = parser.value(workers).toInt(&isCount);
    if (!isPort || !isCount || options.workers < 1 || options.workers > 64 ||
        !options.bind.setAddress(parser.value(bind))) {
        std::fputs(
            "concierge-conformance: --port takes 0 to 65535, --workers 1 to 64, --bind an IP address\n",
            stderr);
        return std::nullopt;
    }
    return options;
}

void announce(const transport::Acceptor &acceptor)
{
    const QHostAddress address = acceptor.serverAddress();
    const bool isIpv6 = address.protocol() == QAbstractSocket::IPv6Protocol;
    std::printf(isIpv6 ? "listening on http://[%s]:%u\n" : "listening on http://%s:%u\n",
                qPrintable(address.toString()), static_cast<unsigned>(acceptor.serverPort()));
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const auto options = readOptions(application);
    if (!options)
        return 2;

    const SystemClock clock;
    metrics::Metrics metrics;
    transport::GateOptions gate;
    gate.maxPayload = 1'000'000;
    gate.deadlineGranularity = Milliseconds(1); // heartbeats of 500 ms in all are looked at from outside
    gate.cors.anyOrigin = true;
    gate.cors.credentials = false;
    std::vector<std::unique_ptr<Worker>> workers;
    QList<transport::IoWorker *> peers;
    for (int i = 0; i < options->workers; ++i) {
        workers.push_back(std::make_unique<Worker>(i, gate, clock, metrics.registerThread()));
        peers.append(&workers.back()->io);
    }

    transport::Acceptor acceptor(peers, metrics.registerThread());
    if (!acceptor.listen(options->bind, options->port)) {
        std::fprintf(stderr, "concierge-conformance: cannot listen on port %u: %s\n",
                     static_cast<unsigned>(options->port), qPrintable(acceptor.errorString()));
        return 1;
    }
    for (const auto &worker : workers)
        worker->start(peers);
    const app::SignalHandler signalHandler;
    QObject::connect(&signalHandler, &app::SignalHandler::stopRequested, &application,
                     &QCoreApplication::quit);
    announce(acceptor);
    const int code = QCoreApplication::exec();
    acceptor.close();
    for (const auto &worker : workers)
        worker->stop();
    return code;
}
