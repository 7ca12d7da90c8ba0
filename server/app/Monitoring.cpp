#include "app/Monitoring.h"

#include "app/ConfigTable.h"
#include "app/EventEncoder.h"
#include "app/Logging.h"
#include "socketio/Json.h"
#include "socketio/Packet.h"
#include "store/Backup.h"
#include "store/DataFolder.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLoggingCategory>

#include <array>
#include <utility>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcAlert, "concierge.alert")
Q_LOGGING_CATEGORY(lcMonitoring, "concierge.monitor")

namespace {

QList<transport::Frame> notification(const QString &text, Milliseconds now)
{
    QByteArray json = QByteArrayLiteral("{\"text\":");
    json::appendQuoted(json, text.toUtf8());
    json += ",\"timestamp\":\"" + isoTimestamp(now) + "\"}";
    const std::array arguments{QByteArrayView(json)};
    return {socketio::encodeEventText("/", std::nullopt, "notification", arguments)};
}

} // namespace

Monitoring::Monitoring(const Config &config, Telemetry &telemetry, MonitoringSources sources,
                       const Clock &clock)
    : m_config(config)
    , m_telemetry(telemetry)
    , m_sources(std::move(sources))
    , m_clock(clock)
    , m_historyFile(store::DataFolder::absolutePath(config.dataDir), m_history, now())
    , m_alerts(config.alerts)
    , m_reach(m_sources.workers, m_sources.askChat, m_main)
    , m_clients(
          [this](std::function<void(ClientList::Rows)> done) {
              m_reach.gather([done](std::vector<ClientFacts> rows) { done(std::move(rows)); });
          },
          [this](feed::ClientPage &page, const ClientFacts &client) {
              page.rows.append(client.row(m_clock.wall() - m_clock.monotonic()));
          },
          clock)
    , m_waiting([this](std::function<void(WaitingList::Rows)> done) { gatherWaiting(std::move(done)); },
                [](feed::WaitingPage &page, const WaitingFacts &user) { page.rows.append(user.row()); },
                clock)
    , m_waitingJob(m_main)
    , m_backupJob(m_main)
    , m_feed(*this, logTap(), clock)
{
    QObject::connect(&m_telemetry, &Telemetry::sampled, this, &Monitoring::look);
    const QDate today = QDateTime::fromMSecsSinceEpoch(now()).date();
    m_telemetry.knowPeakToday(m_history.mostConnections(today.startOfDay().toMSecsSinceEpoch()));
}

Monitoring::~Monitoring()
{
    if (m_backupJob.isBusy())
        qCInfo(lcMonitoring) << "the end waits for the backup that is being made";
    if (m_isStarted)
        m_history.mark({now(), QStringLiteral("stop"), {}, {}});
}

std::optional<QString> Monitoring::listen()
{
    const QString &name = m_config.monitorSocket;
    if (name.isEmpty())
        return std::nullopt;
    const bool isDefault =
        m_config.values.value(QStringLiteral("MONITOR_SOCKET")).origin == QLatin1String("default");
    const bool isPath = name.contains(u'/');
    const auto problem = m_feed.listen(name, !isDefault && isPath ? monitoring::SocketAccess::Group
                                                                  : monitoring::SocketAccess::User);
    m_isListening = !problem;
    if (!problem)
        return std::nullopt;
    if (!isDefault)
        return QStringLiteral("MONITOR_SOCKET: cannot listen on %1: %2. Choose another name or path with "
                              "--monitor-socket, or none.")
            .arg(name, problem->text);
    qCWarning(lcMonitoring).noquote()
        << QStringLiteral("no monitor can connect: %1 (%2); set MONITOR_SOCKET to another name, or to none")
               .arg(problem->text, name);
    return std::nullopt;
}

void Monitoring::start()
{
    m_isStarted = true;
    m_history.mark({now(), QStringLiteral("start"), QStringLiteral(CONCIERGE_VERSION), {}});
}

/// Each second.
void Monitoring::look()
{
    const MonitorSnapshot &latest = m_telemetry.snapshot();
    for (const feed::AlertChange &change : m_alerts.update(latest, m_historyFile.madeAt()))
        tell(change);
    m_history.add(latest);
    m_clients.tidy();
    m_waiting.tidy();
    m_feed.keepListening();
}

void Monitoring::tell(const feed::AlertChange &change)
{
    const Alert &alert = change.alert;
    if (change.isActive) {
        qCWarning(lcAlert).noquote() << alert.code + QLatin1String(": ") + alert.text + u' ' + alert.advice;
        m_history.mark({alert.since, QStringLiteral("alert"), alert.text, alert.code});
    } else {
        qCInfo(lcAlert).noquote() << alert.code + QLatin1String(": it is over.");
    }
    m_feed.tellAlert(change);
}

MonitorSnapshot Monitoring::snapshot()
{
    MonitorSnapshot current = m_telemetry.current();
    current.alerts = m_alerts.active();
    return current;
}

feed::Hello Monitoring::hello()
{
    feed::Hello hello;
    hello.version = QStringLiteral(CONCIERGE_VERSION);
    hello.pid = QCoreApplication::applicationPid();
    hello.startTime = m_telemetry.startTime();
    hello.url = m_sources.url;
    hello.health = m_sources.health;
    hello.dataDir = store::DataFolder::absolutePath(m_config.dataDir);
    hello.logLevel = logLevelName();
    hello.settings = shownSettings(m_config);
    return hello;
}

void Monitoring::listClients(const feed::ListRequest &request, monitoring::Reply<feed::ClientPage> reply)
{
    m_clients.request(request, std::move(reply));
}

void Monitoring::listWaiting(const feed::ListRequest &request, monitoring::Reply<feed::WaitingPage> reply)
{
    m_waiting.request(request, std::move(reply));
}

void Monitoring::gatherWaiting(std::function<void(WaitingList::Rows)> done)
{
    using Report = Result<std::vector<store::WaitingUser>, store::StoreError>;
    const auto report = std::make_shared<Report>(std::vector<store::WaitingUser>());
    m_waitingJob.start([report, folder = m_config.dataDir] { *report = store::waitingByUser(folder); },
                       [report, done = std::move(done)] {
                           if (!*report) {
                               done(feed::ReplyError{QStringLiteral("failed"), report->error().line});
                               return;
                           }
                           std::vector<WaitingFacts> rows;
                           rows.reserve((*report)->size());
                           for (store::WaitingUser &user : **report)
                               rows.push_back({std::move(user)});
                           done(std::move(rows));
                       });
}

feed::History Monitoring::history(const QString &range)
{
    return m_history.read(range, now());
}

void Monitoring::disconnectClient(const QByteArray &sid, monitoring::Reply<monitoring::Nothing> reply)
{
    m_reach.disconnect(SocketId(sid), {}, [this, reply = std::move(reply)](bool wasThere) {
        m_clients.invalidate();
        if (wasThere)
            reply(monitoring::Nothing());
        else
            reply(feed::ReplyError{QStringLiteral("not_found"),
                                   QStringLiteral("sid: there is no such client, it may have left")});
    });
}

void Monitoring::notifyAll(const QString &text, monitoring::Reply<qint64> reply)
{
    m_reach.sendAll(notification(text, m_clock.wall()),
                    [reply = std::move(reply)](qint64 count) { reply(count); });
}

bool Monitoring::setLogLevel(const QString &name)
{
    const auto level = logLevelOf(name);
    if (level)
        app::setLogLevel(*level);
    return level.has_value();
}

void Monitoring::drain()
{
    QMetaObject::invokeMethod(
        this, [this] { m_sources.drain(); }, Qt::QueuedConnection);
}

void Monitoring::backup(const QString &path, monitoring::Reply<qint64> reply)
{
    if (m_backupJob.isBusy()) {
        reply(feed::ReplyError{QStringLiteral("busy"), QStringLiteral("a backup is being made already")});
        return;
    }
    using Outcome = Result<store::Done, store::StoreError>;
    const auto outcome = std::make_shared<Outcome>(store::Done());
    m_backupJob.start([outcome, folder = m_config.dataDir, path] { *outcome = store::backUp(folder, path); },
                      [outcome, path, reply = std::move(reply)] {
                          if (*outcome)
                              reply(QFileInfo(path).size());
                          else
                              reply(feed::ReplyError{QStringLiteral("failed"), outcome->error().line});
                      });
}

} // namespace concierge::app
