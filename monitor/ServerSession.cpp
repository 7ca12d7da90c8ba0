#include "ServerSession.h"

#include "LocalServer.h"
#include "OwnSocket.h"

#include <QDateTime>

#include <algorithm>

namespace concierge::monitor {

namespace {

const QString unreachable = QStringLiteral("server_unreachable");
const QString stopMark = QStringLiteral("stop");
constexpr qint64 freshMs = 3'000; // an alert that has begun so lately was told when it began

/// "10s", "2m", "1500": as the server's settings write durations.
std::optional<qint64> parseDuration(const QString &text)
{
    static const std::pair<QLatin1String, qint64> units[] = {{QLatin1String("ms"), 1},
                                                             {QLatin1String("s"), 1'000},
                                                             {QLatin1String("m"), 60'000},
                                                             {QLatin1String("h"), 3'600'000}};
    for (const auto &[unit, factor] : units) {
        bool isNumber = false;
        const qint64 value =
            text.endsWith(unit) ? text.left(text.size() - unit.size()).toLongLong(&isNumber) : 0;
        if (isNumber)
            return value * factor;
    }
    bool isNumber = false;
    const qint64 value = text.toLongLong(&isNumber);
    return isNumber ? std::optional<qint64>(value) : std::nullopt;
}

} // namespace

ServerSession::ServerSession(ServerEntry entry, LocalServer &local, FeedTimes times, QObject *parent)
    : QObject(parent)
    , m_entry(std::move(entry))
    , m_isLocal(m_entry.socket.isEmpty() || m_entry.socket == OwnSocket::find().name)
    , m_local(local)
    , m_feed(m_entry.socket.isEmpty() ? OwnSocket::find().name : m_entry.socket, times)
    , m_alerts(m_feed.socketName())
{
    connect(&m_feed, &FeedClient::helloReceived, this, &ServerSession::greeted);
    connect(&m_feed, &FeedClient::snapshotReceived, this, &ServerSession::took);
    connect(&m_feed, &FeedClient::stateChanged, this, &ServerSession::stateChanged);
    connect(&m_feed, &FeedClient::logReceived, &m_log, &LogModel::append);
    connect(&m_feed, &FeedClient::alertChanged, this, &ServerSession::markAlert);
    connect(&m_local, &LocalServer::changed, this, &ServerSession::situationChanged);
}

void ServerSession::start()
{
    m_feed.start();
}

qint64 ServerSession::now() const
{
    return QDateTime::currentMSecsSinceEpoch() + m_clockAhead;
}

void ServerSession::greeted()
{
    const qint64 startTime = m_feed.hello()->startTime;
    if (m_startTime != 0 && m_startTime != startTime)
        m_history.mark({startTime, QStringLiteral("start"), m_feed.hello()->version, {}});
    else if (m_stoppedAt != 0 && m_startTime == startTime)
        // The connection had ended, and not the server.
        m_history.remark(m_stoppedAt, stopMark, {m_stoppedAt, QStringLiteral("alert"), {}, unreachable});
    m_stoppedAt = 0;
    m_startTime = startTime;
    m_log.expectRepeats();
    if (m_isLocal)
        m_local.arrived();
    askHistory();
}

/// As the server keeps it, so that it is not there twice when the history is fetched again.
void ServerSession::markAlert(const feed::AlertChange &change)
{
    m_log.learn(change.alert);
    if (change.isActive && now() - change.alert.since < freshMs)
        m_history.mark({change.alert.since, QStringLiteral("alert"), change.alert.text, change.alert.code});
}

void ServerSession::askHistory()
{
    m_feed.request(QLatin1String("history"), {{QStringLiteral("range"), m_history.history().range}}, this,
                   [this](const FeedClient::Reply &reply) {
                       feed::History kept;
                       if (!reply || fields::fromJson(reply.value(), kept))
                           return; // what is seen from now on is shown all the same
                       m_history.merge(kept);
                       Q_EMIT historyMerged();
                   });
}

void ServerSession::took()
{
    const MonitorSnapshot &snapshot = *m_feed.snapshot();
    m_clockAhead = snapshot.time - QDateTime::currentMSecsSinceEpoch();
    if (snapshot.state != QLatin1String("draining"))
        m_drainSince = 0;
    else if (m_drainSince == 0)
        m_drainSince = snapshot.time;
    m_history.append(snapshot);
    for (const Alert &alert : snapshot.alerts)
        m_log.learn(alert);
    updateAlerts();
    Q_EMIT snapshotTaken();
    Q_EMIT situationChanged();
}

void ServerSession::stateChanged()
{
    if (m_feed.isConnected()) {
        m_lostAt = 0;
    } else if (m_feed.state() != FeedState::Connecting) {
        if (m_lostAt == 0)
            m_lostAt = now();
        m_drainSince = 0;
        // Who only does not answer, or lets nobody in, has not stopped.
        if (m_feed.state() == FeedState::NotRunning && m_stoppedAt == 0 && m_feed.snapshot()) {
            m_stoppedAt = now();
            m_history.mark({m_stoppedAt, stopMark, {}, {}});
        }
    }
    updateAlerts();
    Q_EMIT situationChanged();
}

void ServerSession::updateAlerts()
{
    QList<Alert> lasting;
    if (m_feed.isConnected() && m_feed.snapshot())
        lasting = m_feed.snapshot()->alerts;
    if (m_lostAt != 0)
        lasting.append({unreachable, QStringLiteral("critical"), m_lostAt, {}, {}, whyUnreachable()});
    const auto before = m_alerts.entries();
    const QList<Alert> fresh = m_alerts.update(std::move(lasting), now());
    for (const Alert &alert : fresh) {
        // The server keeps the markers of its own ones; that it stopped is marked already.
        if (alert.code == unreachable && m_stoppedAt == 0)
            m_history.mark({alert.since, QStringLiteral("alert"), {}, alert.code});
        Q_EMIT alertRaised(alert);
    }
    if (m_alerts.entries() != before)
        Q_EMIT alertsChanged();
}

/// As AlertText takes it.
QMap<QString, double> ServerSession::whyUnreachable() const
{
    switch (m_feed.state()) {
    case FeedState::Stale:
        return {{QStringLiteral("isFrozen"), 1}};
    case FeedState::Denied:
    case FeedState::Refused:
    case FeedState::Incompatible:
        return {{QStringLiteral("isClosed"), 1}};
    default:
        if (canStart())
            return {};
        return {{QStringLiteral("isElsewhere"), 1}};
    }
}

bool ServerSession::canStart() const
{
    return m_isLocal && m_local.canStart();
}

bool ServerSession::canEndFrozen() const
{
    return m_isLocal && m_local.service().isInstalled();
}

void ServerSession::acknowledge(const Alert &alert)
{
    m_alerts.acknowledge(alert);
    Q_EMIT alertsChanged();
    Q_EMIT situationChanged();
}

std::optional<qint64> ServerSession::drainEnds() const
{
    if (m_drainSince == 0 || !m_feed.hello())
        return std::nullopt;
    for (const feed::Setting &setting : m_feed.hello()->settings) {
        if (setting.name != QLatin1String("DRAIN_TIMEOUT"))
            continue;
        if (const auto timeout = parseDuration(setting.value))
            return std::max<qint64>(0, m_drainSince + *timeout - now());
    }
    return std::nullopt;
}

Situation ServerSession::situation() const
{
    Situation::Input input;
    input.state = m_feed.state();
    input.socket = m_feed.socketName();
    input.refusal = m_feed.refusal();
    input.url = m_feed.hello() ? m_feed.hello()->url : QString();
    input.snapshot = m_feed.snapshot() ? &*m_feed.snapshot() : nullptr;
    input.worst = m_alerts.worst();
    input.alerts = m_alerts.activeCount();
    input.now = now();
    input.isStarting = m_isLocal && m_local.isStarting();
    input.drainEndsMs = drainEnds();
    input.canRestart = canEndFrozen();
    input.pid = m_feed.hello() ? m_feed.hello()->pid : 0;
    return Situation::of(input);
}

void ServerSession::stopServer(std::function<void(const FeedClient::Reply &)> done)
{
    if (m_isLocal && m_local.stopService())
        return done(QJsonObject());
    m_feed.request(QLatin1String("drain"), {}, this, std::move(done));
}

} // namespace concierge::monitor
