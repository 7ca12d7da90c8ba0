#include "app/ClusterNode.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace concierge::app {

ClusterNode::ClusterNode(ClusterOptions options, std::vector<ClusterWorker> workers, const Clock &clock,
                         metrics::ThreadCounters &counters)
    : m_options(std::move(options))
    , m_workers(std::move(workers))
    , m_clock(clock)
    , m_counters(counters)
{
    m_thread.setObjectName(QStringLiteral("cluster"));
}

ClusterNode::~ClusterNode()
{
    stop();
}

void ClusterNode::start()
{
    m_health->down(QStringLiteral("Redis has not answered yet"));
    {
        const std::lock_guard lock(m_mutex);
        m_context = std::make_unique<QObject>();
        m_context->moveToThread(&m_thread);
    }
    m_thread.start();
    run([this] {
        m_link = std::make_unique<ClusterLink>(
            m_options, m_workers, m_clock, m_counters, *m_health, [this] { drain(); }, [this] { changed(); });
    });
}

void ClusterNode::stop()
{
    if (!m_thread.isRunning())
        return;
    run([this] {
        m_link.reset();
        {
            const std::lock_guard lock(m_mutex);
            m_isOver = true;
        }
        m_thread.quit();
    });
    m_thread.join();
    m_context.reset();
}

std::optional<QString> ClusterNode::waitUntilUp(Milliseconds patience)
{
    std::unique_lock lock(m_mutex);
    m_hasChanged.wait_for(lock, patience, [this] { return m_isDecided; });
    return m_health->isUp() ? std::nullopt : std::optional(m_health->snapshot().problem);
}

void ClusterNode::changed()
{
    const std::lock_guard lock(m_mutex);
    m_isDecided = true;
    m_hasChanged.notify_all();
}

void ClusterNode::post(std::vector<ClusterMail> &mail)
{
    const std::lock_guard lock(m_mutex);
    m_waiting.fetch_add(static_cast<qsizetype>(mail.size()), std::memory_order_relaxed);
    std::move(mail.begin(), mail.end(), std::back_inserter(m_mail));
    mail.clear();
    wake();
}

/// Pub/sub promises nothing, so what this thread is behind with need not be kept.
void ClusterNode::tell(const UserId &user, chat::Push push)
{
    if (!isHeard())
        return;
    if (m_tells.load(std::memory_order_relaxed) >= m_options.tellsMax) {
        m_health->tellDropped();
        return;
    }
    const std::lock_guard lock(m_mutex);
    m_tells.fetch_add(1, std::memory_order_relaxed);
    m_waiting.fetch_add(1, std::memory_order_relaxed);
    m_mail.emplace_back(ToldOthers{user, std::move(push)});
    wake();
}

void ClusterNode::run(std::function<void()> task)
{
    const std::lock_guard lock(m_mutex);
    m_tasks.push_back(std::move(task));
    wake();
}

/// One event for all who wake it before it has come round.
void ClusterNode::wake()
{
    if (m_isOver || !m_context) {
        m_mail.clear();
        m_tasks.clear();
        return;
    }
    if (!std::exchange(m_isWoken, true))
        QMetaObject::invokeMethod(
            m_context.get(), [this] { work(); }, Qt::QueuedConnection);
}

void ClusterNode::work()
{
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(m_mutex);
        m_isWoken = false;
        tasks.swap(m_tasks);
    }
    for (const auto &task : tasks)
        task();
    drain();
}

void ClusterNode::drain()
{
    if (!m_link)
        return;
    {
        const std::lock_guard lock(m_mutex);
        m_batch.swap(m_mail);
    }
    if (m_batch.empty())
        return;
    const auto isTell = [](const ClusterMail &mail) { return std::holds_alternative<ToldOthers>(mail); };
    m_tells.fetch_sub(std::count_if(m_batch.begin(), m_batch.end(), isTell), std::memory_order_relaxed);
    m_waiting.fetch_sub(static_cast<qsizetype>(m_batch.size()), std::memory_order_relaxed);
    m_link->take(m_batch);
}

} // namespace concierge::app
