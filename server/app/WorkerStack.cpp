#include "app/WorkerStack.h"

#include "app/SignIn.h"
#include "transport/WebSocketGate.h"

#include <algorithm>

namespace concierge::app {

namespace {

engineio::EngineOptions engineOptions(const Config &config, transport::IoWorker &worker,
                                      engineio::Admission &admission)
{
    engineio::EngineOptions options;
    options.path = config.socketPath;
    options.pingInterval = config.pingInterval;
    options.pingTimeout = config.pingTimeout;
    options.upgradeTimeout = config.upgradeTimeout;
    options.maxPayload = config.maxPayload;
    options.outboxMaxBytes = config.outboxMaxBytes;
    options.upgrades =
        transport::WebSocketGate::isBuiltIn() ? engineio::Upgrades::WebSocket : engineio::Upgrades::None;
    options.workerIndex = worker.index();
    options.workerCount = config.workers;
    options.proofInterval = config.proofInterval;
    options.admission = &admission;
    options.turns = &worker.turns();
    options.byteRate = byteRate(config);
    return options;
}

} // namespace

RateLimit byteRate(const Config &config)
{
    const qint64 rate = config.limits.byteRate;
    return RateLimit(rate, std::max(2 * rate, 2 * config.maxPayload));
}

WorkerStack::Layers::Layers(const Config &config, transport::IoWorker &worker, const QByteArray &offsetSecret,
                            const KeyWatch::Keys &keys, CommandSink &sink, engineio::Admission &admission,
                            ClusterPost *post)
    : gateway(GatewayOptions{static_cast<quint32>(worker.index()), DecodeLimits{config.maxTextLength},
                             offsetSecret, config.recoveryWindow > Milliseconds(0),
                             RateLimit(config.limits.eventRate, config.limits.eventBurst),
                             config.limits.registerTimeout},
              sink, worker.deadlines(), worker.counters())
    , sockets(socketio::ServerOptions{config.connectTimeout, config.outboxMaxBytes}, worker.deadlines(),
              worker.counters())
    , engine(engineOptions(config, worker, admission), worker.deadlines(), sockets, worker.counters())
{
    sockets.addNamespace(QByteArrayLiteral("/"), gateway);
    if (keys)
        gateway.requireTokens(std::make_unique<SignIn>(SignInOptions{config.authCookie, config.chatsByToken},
                                                       keys, worker.deadlines(), worker.counters()));
    if (!post)
        return;
    MemberOptions member;
    member.worker = static_cast<quint32>(worker.index());
    member.recovers = config.recoveryWindow > Milliseconds(0);
    member.post = [&worker](std::function<void()> task) { worker.post(std::move(task)); };
    cluster = std::make_unique<ClusterMember>(std::move(member), gateway, *post, worker.deadlines());
    gateway.setWatch(cluster.get());
}

void WorkerStack::Layers::finishTurn()
{
    do {
        gateway.submit();
        if (cluster)
            cluster->flush(); // ahead of what tells clients that it is so
        engine.flush();
    } while (gateway.hasCommands());
}

} // namespace concierge::app
