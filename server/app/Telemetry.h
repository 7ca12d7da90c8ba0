#pragma once

#include "app/HistogramWindow.h"
#include "app/LagWatch.h"
#include "app/SystemWatch.h"
#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "shared/MonitorSnapshot.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

namespace concierge::store {
class OutboxCounts;
class StoreHealth;
} // namespace concierge::store
namespace concierge::webhook {
class WebhookHealth;
}

namespace concierge::app {

class ClusterHealth;

/// What the counters do not tell. The functions are called on the main thread and return at once.
struct TelemetrySources
{
    std::function<qint64()> usersOnline; ///< users with a live socket
    std::function<qint64()> usersIdle;   ///< of them, those who are idle
    std::function<bool()> isDraining;    ///< a stop was asked for
    /// Time of day when the certificate ends; nothing: there is none. May be empty.
    std::function<std::optional<qint64>()> certificateExpires;
    std::shared_ptr<const store::StoreHealth> store;
    QString storeFolder;                                    ///< absolute
    std::vector<WatchedThread> threads;                     ///< but the main one
    std::function<QString()> blocked = {};                  ///< see ConnectionFigures::blocked; none: never
    std::shared_ptr<const store::OutboxCounts> outbox = {}; ///< null, as the next: API_URL is not set
    std::shared_ptr<const webhook::WebhookHealth> webhook = {};
    std::shared_ptr<const ClusterHealth> cluster = {}; ///< null: REDIS_URL is not set
    bool needsRedis = false;                           ///< REDIS_REQUIRED
};

/// What has been counted since the start, as it was counted.
struct Totals
{
    metrics::Snapshot counts;
    metrics::HistogramSnapshot delivery;     ///< µs
    metrics::HistogramSnapshot proof;        ///< µs
    metrics::HistogramSnapshot commit;       ///< µs
    metrics::HistogramSnapshot commitWrites; ///< entries a commit
    metrics::HistogramSnapshot webhook;      ///< requests to API_URL, µs
    metrics::HistogramSnapshot redis;        ///< µs
};

/// The figures of this server: looks at them every second, from start() on. Its alerts stay empty; whoever
/// judges the figures adds them. Thread: main.
class Telemetry final : public QObject
{
    Q_OBJECT

public:
    static constexpr Milliseconds interval{1'000};

    /// `metrics` and `clock` outlive this object; uptime counts from here.
    Telemetry(metrics::Metrics &metrics, TelemetrySources sources, const Clock &clock,
              QObject *parent = nullptr);

    void start();
    /// As many were connected at a time today, before the restart.
    void knowPeakToday(qint64 connections);
    /// What the timer calls.
    void sample();

    /// The latest sample.
    const MonitorSnapshot &snapshot() const noexcept { return m_latest; }
    /// The latest sample, its counts and states as of this moment.
    MonitorSnapshot current() const;
    Totals totals() const;
    /// Null: REDIS_URL is not set.
    const ClusterHealth *cluster() const noexcept { return m_sources.cluster.get(); }
    /// Empty: whatever this server cannot do without is there. Otherwise what is not.
    QString missing() const;
    qint64 startTime() const noexcept { return m_startTime.count(); } ///< time of day

Q_SIGNALS:
    /// snapshot() is a new one.
    void sampled();

private:
    struct Peak
    {
        qint64 connections = 0;
        qint64 at = 0; // time of day
        qint64 today = 0;
        qint64 day = 0; // Julian, local time
    };

    void fillCounts(MonitorSnapshot &snapshot) const;
    void fillStore(MonitorSnapshot &snapshot) const;
    void fillWebhook(MonitorSnapshot &snapshot) const;
    void fillRedis(MonitorSnapshot &snapshot) const;
    void updatePeak(const MonitorSnapshot &now);
    void updateRates(MonitorSnapshot &now) const;
    void updateProcess(MonitorSnapshot &now);
    void updateLatencies(MonitorSnapshot &now);

    metrics::Metrics &m_metrics;
    const TelemetrySources m_sources;
    const Clock &m_clock;
    const Milliseconds m_started;
    const Milliseconds m_startTime;
    SystemWatch m_system;
    LagWatch m_lag;
    HistogramWindow m_delivery;
    HistogramWindow m_proof;
    HistogramWindow m_commit;
    HistogramWindow m_commitWrites;
    QTimer m_timer;
    MonitorSnapshot m_latest;
    Peak m_peak;
    std::chrono::microseconds m_cpuTime{};
};

} // namespace concierge::app
