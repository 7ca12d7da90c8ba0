#pragma once

#include "app/ClusterHealth.h"
#include "app/Telemetry.h"
#include "store/StoreHealth.h"
#include "support/FakeClock.h"

#include <memory>

namespace concierge::test {

/// Telemetry of a server that is not there: what it would count is counted by the test.
struct TelemetryFixture
{
    /// `inCluster`: there is a REDIS_URL, and Redis is required.
    explicit TelemetryFixture(bool inCluster = false)
        : cluster(inCluster ? std::make_shared<app::ClusterHealth>() : nullptr)
    {}

    QString blocked;
    std::shared_ptr<app::ClusterHealth> cluster;

    app::TelemetrySources sources()
    {
        return {.usersOnline = [] { return qint64(2); },
                .usersIdle = [] { return qint64(1); },
                .isDraining = [this] { return isDraining; },
                .certificateExpires = {},
                .store = store,
                .storeFolder = QStringLiteral("/"),
                .threads = {},
                .blocked = [this] { return blocked; },
                .outbox = {},
                .webhook = {},
                .cluster = cluster,
                .needsRedis = cluster != nullptr};
    }
    const MonitorSnapshot &sampleAfter(Milliseconds time)
    {
        clock.advance(time);
        telemetry.sample();
        return telemetry.snapshot();
    }

    bool isDraining = false;
    std::shared_ptr<store::StoreHealth> store = std::make_shared<store::StoreHealth>();
    FakeClock clock;
    metrics::Metrics metrics;
    metrics::ThreadCounters &counters = metrics.registerThread();
    app::Telemetry telemetry{metrics, sources(), clock};
};

} // namespace concierge::test
