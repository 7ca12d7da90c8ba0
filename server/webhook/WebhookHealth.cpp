#include "webhook/WebhookHealth.h"

namespace concierge::webhook {

WebhookHealth::Snapshot WebhookHealth::snapshot() const
{
    const auto timeOf = [](qint64 stored) {
        return stored == none ? std::nullopt : std::optional(Milliseconds(stored));
    };
    Snapshot snapshot;
    snapshot.posted = m_posted.load(std::memory_order_relaxed);
    snapshot.requests = m_requests.load(std::memory_order_relaxed);
    snapshot.failed = m_failed.load(std::memory_order_relaxed);
    snapshot.setAside = m_setAside.load(std::memory_order_relaxed);
    snapshot.oldest = timeOf(m_oldest.load(std::memory_order_relaxed));
    snapshot.failingSince = timeOf(m_failingSince.load(std::memory_order_relaxed));
    const std::lock_guard lock(m_mutex);
    snapshot.problem = m_problem;
    return snapshot;
}

void WebhookHealth::posted(quint64 messages, Microseconds duration)
{
    m_posted.fetch_add(messages, std::memory_order_relaxed);
    m_requests.fetch_add(1, std::memory_order_relaxed);
    m_failingSince.store(none, std::memory_order_relaxed);
    m_requestTime.add(static_cast<std::uint64_t>(duration.count()));
}

void WebhookHealth::failed(const QString &problem, Milliseconds monotonic)
{
    m_failed.fetch_add(1, std::memory_order_relaxed);
    if (m_failingSince.load(std::memory_order_relaxed) == none)
        m_failingSince.store(monotonic.count(), std::memory_order_relaxed);
    const std::lock_guard lock(m_mutex);
    m_problem = problem;
}

void WebhookHealth::setAside()
{
    m_setAside.fetch_add(1, std::memory_order_relaxed);
}

} // namespace concierge::webhook
