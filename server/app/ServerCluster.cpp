#include "app/Server.h"
#include "app/WorkerStack.h"

/// Server, as a node of a cluster.
namespace concierge::app {

/// The io threads do not run yet: until they do, there is nobody here to be told anything.
std::optional<QString> Server::joinCluster()
{
    if (!m_config.redis.url)
        return std::nullopt;
    ClusterOptions options;
    options.redis.url = *m_config.redis.url;
    options.redis.caFile = m_config.redis.caFile;
    options.adapter.key = m_config.redis.key;
    options.adapter.protocol = m_config.redis.protocol;
    options.backlogMax = m_config.mailboxMax;
    options.tellsMax = m_config.mailboxMax;
    options.isRequired = m_config.redis.isRequired;
    std::vector<ClusterWorker> workers;
    for (const auto &worker : m_workers) {
        const WorkerStack *stack = m_stacks[static_cast<std::size_t>(worker->index())].get();
        workers.push_back(
            {worker.get(), [stack] { return stack->layers ? stack->layers->cluster.get() : nullptr; }});
    }
    m_cluster = std::make_unique<ClusterNode>(std::move(options), std::move(workers), m_clock,
                                              m_metrics.registerThread());
    m_cluster->start();
    if (!m_config.redis.isRequired)
        return std::nullopt;
    constexpr Milliseconds patience{20'000}; // a name may have several addresses
    const auto problem = m_cluster->waitUntilUp(patience);
    if (!problem)
        return std::nullopt;
    return QStringLiteral(
               "REDIS_URL: %1. With REDIS_REQUIRED=true the server does not start without Redis: start "
               "Redis, correct REDIS_URL, or set REDIS_REQUIRED=false.")
        .arg(*problem);
}

} // namespace concierge::app
