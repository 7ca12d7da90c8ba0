#pragma once

#include "cluster/Adapter.h"

#include <QString>

#include <atomic>
#include <mutex>

namespace concierge::app {

/// How this server fares in its cluster. The cluster's thread writes, but for what says otherwise; any reads.
class ClusterHealth
{
public:
    struct Snapshot
    {
        bool isUp = false;
        QString problem;    ///< why it is not
        qint64 others = 0;  ///< servers that listen too, those of this kind among them
        qint64 foreign = 0; ///< of these, those of another kind: Node's
        cluster::AdapterCounters adapter;
        quint64 eventsDropped = 0;        ///< of other servers, for io threads that were behind
        quint64 tellsDropped = 0;         ///< what others were to hear
        quint64 subscriptionsRefused = 0; ///< rooms that are not heard of, for there are too many
    };
    Snapshot snapshot() const;
    bool isUp() const noexcept { return m_isUp.load(std::memory_order_relaxed); }
    /// Whether a server of another kind hears what is told.
    bool isHeard() const noexcept { return m_isHeard.load(std::memory_order_relaxed); }

    void up();
    void down(const QString &problem);
    void setOthers(qint64 others, qint64 foreign);
    void setAdapter(const cluster::AdapterCounters &counters);
    void eventDropped() noexcept { m_eventsDropped.fetch_add(1, std::memory_order_relaxed); }
    void subscriptionRefused() noexcept { m_subscriptionsRefused.fetch_add(1, std::memory_order_relaxed); }
    /// Thread: any.
    void tellDropped() noexcept { m_tellsDropped.fetch_add(1, std::memory_order_relaxed); }

private:
    std::atomic<bool> m_isUp{false};
    std::atomic<bool> m_isHeard{false};
    std::atomic<quint64> m_eventsDropped{0};
    std::atomic<quint64> m_tellsDropped{0};
    std::atomic<quint64> m_subscriptionsRefused{0};
    mutable std::mutex m_mutex;
    Snapshot m_rest; // guarded by m_mutex; without the above
};

} // namespace concierge::app
