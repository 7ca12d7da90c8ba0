#pragma once

#include "app/ApiKeyWatch.h"
#include "app/ChatHost.h"
#include "app/ClusterNode.h"
#include "app/Config.h"
#include "app/HealthEndpoint.h"
#include "app/HeapTrim.h"
#include "app/KeyWatch.h"
#include "app/MemoryWatermark.h"
#include "app/MetricsLog.h"
#include "app/Monitoring.h"
#include "app/PlatformApi.h"
#include "app/Telemetry.h"
#include "app/TlsCertificate.h"
#include "engineio/Admission.h"
#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "store/SqliteInbox.h"
#include "store/WebhookOutbox.h"
#include "transport/Acceptor.h"
#include "transport/IoWorker.h"
#include "webhook/PosterThread.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

namespace concierge::app {

struct WorkerStack;

/// Composition root: builds every layer from the configuration, and takes it down again. Thread: main.
class Server final : public QObject
{
    Q_OBJECT

public:
    explicit Server(Config config, QObject *parent = nullptr);
    ~Server() override;

    /// Opens the database, listens and starts the threads. An error is one line for the operator. Announces
    /// the addresses on stdout.
    [[nodiscard]] std::optional<QString> start();
    /// Refuses new sessions, lets everything on its way out, closes the sessions there are with Engine.IO's
    /// `1`; drained() follows within DRAIN_TIMEOUT. The port stays open until then: a polling client comes
    /// for its last messages on a connection of its own. Further calls do nothing.
    void drain();
    /// Reads files that may have changed since: the keys of token mode, the certificate; other settings need
    /// a restart.
    void reload();

Q_SIGNALS:
    void drained();

private:
    std::optional<QString> openKeys();
    void useKeys(const KeyWatch::Keys &keys);
    std::optional<QString> openApiKeys();
    std::optional<QString> openStore();
    void openOutbox();
    std::vector<ClientReach::Worker> reachableWorkers();
    PlatformSources platformSources();
    std::optional<QString> joinCluster();
    std::optional<QString> openCertificate();
    QString clientUrl() const;
    void makeWorkers();
    QList<transport::IoWorker *> workerList() const;
    TelemetrySources telemetrySources();
    MonitoringSources monitoringSources();
    std::vector<WatchedThread> watchedThreads();
    void tellAlive() const;
    void watchMemory();
    QString whyNobodyComesIn() const;
    void startWorkers();
    void stopWorkers();
    void closeSessions();
    void checkDrained();
    void sayWhomWeWaitFor();
    qsizetype sessionCount() const;

    const Config m_config;
    SystemClock m_clock;
    metrics::Metrics m_metrics;
    std::unique_ptr<KeyWatch> m_keys;              // null: open mode
    std::unique_ptr<TlsCertificate> m_certificate; // none: no TLS
    engineio::Admission m_admission;
    MemoryWatermark m_watermark;
    std::vector<std::unique_ptr<transport::IoWorker>> m_workers;
    std::vector<std::unique_ptr<WorkerStack>> m_stacks; // by worker
    std::unique_ptr<store::SqliteInbox> m_inbox;        // until the chat has it
    store::SqliteInbox *m_chatInbox = nullptr;          // then; it lives as long as m_chat
    std::shared_ptr<const store::StoreHealth> m_store;
    std::unique_ptr<ApiKeyWatch> m_apiKeys;          // null: there is no API
    std::unique_ptr<store::WebhookOutbox> m_outbox;  // null: API_URL is not set
    std::unique_ptr<webhook::PosterThread> m_poster; // the same
    std::unique_ptr<ClusterNode> m_cluster;          // null: REDIS_URL is not set
    std::unique_ptr<ChatHost> m_chat;
    std::unique_ptr<transport::Acceptor> m_acceptor;
    std::unique_ptr<Telemetry> m_telemetry;
    std::unique_ptr<MetricsLog> m_metricsLog;
    std::unique_ptr<PlatformApi> m_api;
    std::unique_ptr<HealthEndpoint> m_health;
    std::unique_ptr<Monitoring> m_monitoring;
    std::unique_ptr<HeapTrim> m_heapTrim;

    bool m_isDraining = false;
    bool m_isWaitingSaid = false;
    QTimer m_drainCheck;
    QElapsedTimer m_drainTime;
    QElapsedTimer m_quietTime; // since the last session ended while draining
};

} // namespace concierge::app
