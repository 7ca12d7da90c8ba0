#pragma once

#include "app/BackgroundJob.h"
#include "app/ClientReach.h"
#include "app/Config.h"
#include "app/Telemetry.h"
#include "app/WaitingFacts.h"
#include "monitoring/AlertRules.h"
#include "monitoring/CachedList.h"
#include "monitoring/History.h"
#include "monitoring/HistoryFile.h"
#include "monitoring/MonitorFeed.h"
#include "monitoring/MonitorHost.h"

#include <QObject>

#include <memory>
#include <optional>

namespace concierge::app {

/// What of the server monitoring needs beside its figures.
struct MonitoringSources
{
    std::vector<ClientReach::Worker> workers;
    ClientReach::AskChat askChat;
    std::function<void()> drain;
    QString url;    ///< where clients connect
    QString health; ///< the health port's address
};

/// What operators see and do: judges the figures, keeps the history, serves monitors. Outlives the io threads
/// and the chat. Thread: main.
class Monitoring final : public QObject, private monitoring::MonitorHost
{
    Q_OBJECT

public:
    /// DATA_DIR is claimed by now. `config`, `telemetry` and `clock` outlive this object.
    Monitoring(const Config &config, Telemetry &telemetry, MonitoringSources sources, const Clock &clock);
    ~Monitoring() override;

    /// Opens MONITOR_SOCKET. An error is one line for the operator; but where the default name is taken the
    /// server does without a feed, and warns.
    [[nodiscard]] std::optional<QString> listen();
    /// The server has started.
    void start();
    /// Empty: there is no feed.
    QString socketName() const { return m_isListening ? m_feed.fullName() : QString(); }

private:
    MonitorSnapshot snapshot() override;
    feed::Hello hello() override;
    void listClients(const feed::ListRequest &request, monitoring::Reply<feed::ClientPage> reply) override;
    void listWaiting(const feed::ListRequest &request, monitoring::Reply<feed::WaitingPage> reply) override;
    feed::History history(const QString &range) override;
    void disconnectClient(const QByteArray &sid, monitoring::Reply<monitoring::Nothing> reply) override;
    void notifyAll(const QString &text, monitoring::Reply<qint64> reply) override;
    qsizetype maxTextLength() const override { return m_config.maxTextLength; }
    bool setLogLevel(const QString &name) override;
    void drain() override;
    void backup(const QString &path, monitoring::Reply<qint64> reply) override;

    void look();
    void tell(const feed::AlertChange &change);
    void gatherWaiting(std::function<void(WaitingList::Rows)> done);
    qint64 now() const { return m_clock.wall().count(); }

    using ClientList = monitoring::CachedList<ClientFacts, feed::ClientPage>;

    const Config &m_config;
    Telemetry &m_telemetry;
    const MonitoringSources m_sources;
    const Clock &m_clock;
    MainTasks m_main;
    monitoring::History m_history;
    monitoring::HistoryFile m_historyFile;
    monitoring::AlertRules m_alerts;
    ClientReach m_reach;
    ClientList m_clients;
    WaitingList m_waiting;
    BackgroundJob m_waitingJob;
    BackgroundJob m_backupJob;
    monitoring::MonitorFeed m_feed;
    bool m_isListening = false;
    bool m_isStarted = false;
};

} // namespace concierge::app
