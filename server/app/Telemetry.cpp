#include "app/Telemetry.h"

#include "app/ClusterHealth.h"
#include "app/ProcessStats.h"
#include "chat/ErrorCode.h"
#include "store/StoreHealth.h"
#include "store/WebhookOutbox.h"
#include "webhook/WebhookHealth.h"

#include <QDateTime>

#include <algorithm>
#include <utility>

namespace concierge::app {

using metrics::Counter;

namespace {

qint64 julianDay(qint64 timeOfDay)
{
    return QDateTime::fromMSecsSinceEpoch(timeOfDay).date().toJulianDay();
}

static_assert(chat::errorCodes <= metrics::maxCodes);

QMap<QString, qint64> rejectedByCode(const metrics::Snapshot &counts)
{
    QMap<QString, qint64> rejected;
    for (quint8 code = 0; code < chat::errorCodes; ++code) {
        if (counts.rejected[code] > 0)
            rejected.insert(QString::fromLatin1(chat::toString(static_cast<chat::ErrorCode>(code))),
                            static_cast<qint64>(counts.rejected[code]));
    }
    return rejected;
}

QMap<QString, qint64> refusedByReason(const metrics::Snapshot &counts)
{
    QMap<QString, qint64> refused;
    for (std::size_t reason = 0; reason < counts.refused.size(); ++reason) {
        if (counts.refused[reason] > 0)
            refused.insert(QString::fromLatin1(metrics::toString(static_cast<metrics::Refused>(reason))),
                           static_cast<qint64>(counts.refused[reason]));
    }
    return refused;
}

} // namespace

Telemetry::Telemetry(metrics::Metrics &metrics, TelemetrySources sources, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_metrics(metrics)
    , m_sources(std::move(sources))
    , m_clock(clock)
    , m_started(clock.monotonic())
    , m_startTime(clock.wall())
    , m_system(m_sources.storeFolder)
    , m_lag(m_sources.threads, clock)
    , m_cpuTime(processUsage().cpuTime)
{
    m_timer.setInterval(interval);
    m_timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&m_timer, &QTimer::timeout, this, &Telemetry::sample);
    m_latest.version = QStringLiteral(CONCIERGE_VERSION);
    m_latest.store.folder = m_sources.storeFolder;
    m_latest = current();
    m_peak.day = julianDay(m_latest.time);
    updateProcess(m_latest);
}

void Telemetry::start()
{
    m_timer.start();
    m_lag.start();
    m_latest.threads = m_lag.take();
}

void Telemetry::sample()
{
    MonitorSnapshot now = current();
    updatePeak(now);
    now.connections.peak = m_peak.connections;
    now.connections.peakAt = m_peak.at;
    now.connections.peakToday = m_peak.today;
    updateRates(now);
    updateProcess(now);
    updateLatencies(now);
    now.threads = m_lag.take();
    m_latest = std::move(now);
    Q_EMIT sampled();
}

MonitorSnapshot Telemetry::current() const
{
    MonitorSnapshot now = m_latest;
    now.time = m_clock.wall().count();
    now.uptimeMs = (m_clock.monotonic() - m_started).count();
    now.state = m_sources.isDraining() ? QStringLiteral("draining") : QStringLiteral("running");
    now.connections.blocked = m_sources.blocked ? m_sources.blocked() : QString();
    now.users.online = m_sources.usersOnline();
    now.users.idle = m_sources.usersIdle();
    if (m_sources.certificateExpires)
        now.tls.expires = m_sources.certificateExpires();
    fillCounts(now);
    fillStore(now);
    fillWebhook(now);
    fillRedis(now);
    return now;
}

void Telemetry::fillRedis(MonitorSnapshot &snapshot) const
{
    if (m_sources.cluster)
        snapshot.redis = m_sources.cluster->isUp() ? QStringLiteral("up") : QStringLiteral("down");
}

QString Telemetry::missing() const
{
    if (!m_sources.needsRedis || !m_sources.cluster || m_sources.cluster->isUp())
        return {};
    return m_sources.cluster->snapshot().problem;
}

Totals Telemetry::totals() const
{
    return {m_metrics.snapshot(),
            m_metrics.latency(metrics::Latency::Delivery),
            m_metrics.latency(metrics::Latency::Proof),
            m_sources.store->commitTime(),
            m_sources.store->commitWrites(),
            m_sources.webhook ? m_sources.webhook->requestTime() : metrics::HistogramSnapshot(),
            m_metrics.latency(metrics::Latency::Redis)};
}

void Telemetry::fillStore(MonitorSnapshot &snapshot) const
{
    const store::StoreHealth::Snapshot store = m_sources.store->snapshot();
    snapshot.waiting.messages = store.messages;
    snapshot.waiting.users = store.users;
    snapshot.waiting.oldestMs.reset();
    if (store.oldest && store.messages > 0)
        snapshot.waiting.oldestMs = std::max<qint64>(snapshot.time - store.oldest->count(), 0);
    snapshot.store.isWorking = store.isWorking;
    snapshot.store.problem = store.isWorking ? QString() : store.problem;
    snapshot.store.bytes = store.bytesOnDisk;
    const SystemFigures system = m_system.latest();
    snapshot.store.diskFree = system.diskFree;
    snapshot.store.diskTotal = system.diskTotal;
    snapshot.store.lastBackup = system.lastBackup;
    snapshot.process.descriptors = system.descriptors;
    snapshot.process.descriptorsMax = system.descriptorsMax;
}

void Telemetry::fillWebhook(MonitorSnapshot &snapshot) const
{
    if (!m_sources.webhook)
        return;
    const webhook::WebhookHealth::Snapshot health = m_sources.webhook->snapshot();
    WebhookFigures &figures = snapshot.webhook;
    figures.isOn = true;
    figures.pending = m_sources.outbox->pending();
    figures.setAside = m_sources.outbox->setAside();
    figures.bytes = m_sources.outbox->bytes();
    figures.maxBytes = m_sources.outbox->maxBytes();
    figures.posted = static_cast<qint64>(health.posted);
    figures.failed = static_cast<qint64>(health.failed);
    figures.oldestMs.reset();
    if (health.oldest && figures.pending > 0)
        figures.oldestMs = std::max<qint64>(snapshot.time - health.oldest->count(), 0);
    figures.failingMs.reset();
    if (health.failingSince)
        figures.failingMs = (m_clock.monotonic() - *health.failingSince).count();
    figures.problem = health.failingSince ? health.problem : QString();
}

void Telemetry::fillCounts(MonitorSnapshot &snapshot) const
{
    const metrics::Snapshot counts = m_metrics.snapshot();
    const auto count = [&counts](Counter counter) { return static_cast<qint64>(counts[counter]); };
    ConnectionFigures &connections = snapshot.connections;
    connections.now = count(Counter::SessionsOpened) - count(Counter::SessionsClosed);
    connections.total = count(Counter::SessionsOpened);
    // What is higher than any peak before is one, though the sample that dates it comes later.
    const qint64 highest =
        std::max<qint64>(std::as_const(m_metrics).sessionPeak().highest(), connections.now);
    connections.peak = std::max(connections.peak, highest);
    connections.peakToday = std::max(connections.peakToday, highest);
    snapshot.messages.received = count(Counter::MessagesIn);
    snapshot.messages.delivered = count(Counter::MessagesDelivered);
    snapshot.messages.stored = count(Counter::MessagesStored);
    snapshot.messages.read = count(Counter::MessagesRead);
    snapshot.messages.expired = count(Counter::MessagesExpired);
    snapshot.messages.duplicates = count(Counter::MessagesDuplicate);
    snapshot.messages.rejected = rejectedByCode(counts);
    connections.webSocket = count(Counter::WebSocketsOpened) - count(Counter::WebSocketsClosed);
    connections.polling = std::max<qint64>(connections.now - connections.webSocket, 0);
    connections.recovered = count(Counter::SocketsRecovered);
    connections.refused = refusedByReason(counts);
    snapshot.bytesIn = count(Counter::BytesIn);
    snapshot.bytesOut = count(Counter::BytesOut);
    snapshot.tls.handshakes = count(Counter::TlsHandshakes);
    snapshot.tls.reloads = count(Counter::TlsReloads);
    snapshot.tls.reloadFailures = count(Counter::TlsReloadFailures);
    snapshot.presence.rounds = count(Counter::PresenceRounds);
    snapshot.presence.bytes = count(Counter::PresenceBytes);
}

void Telemetry::knowPeakToday(qint64 connections)
{
    m_peak.today = std::max(m_peak.today, connections);
    m_latest.connections.peakToday = m_peak.today;
}

void Telemetry::updatePeak(const MonitorSnapshot &now)
{
    const qint64 highest = std::max<qint64>(m_metrics.sessionPeak().take(), now.connections.now);
    if (highest > m_peak.connections) {
        m_peak.connections = highest;
        m_peak.at = now.time;
    }
    const qint64 day = julianDay(now.time);
    m_peak.today = day == m_peak.day ? std::max(m_peak.today, highest) : highest;
    m_peak.day = day;
}

void Telemetry::updateRates(MonitorSnapshot &now) const
{
    const double seconds = static_cast<double>(now.uptimeMs - m_latest.uptimeMs) / 1'000;
    if (seconds <= 0)
        return;
    const auto rate = [seconds](qint64 before, qint64 after) {
        return static_cast<double>(after - before) / seconds;
    };
    const auto refused = [](const MonitorSnapshot &snapshot) {
        qint64 sum = 0;
        for (const qint64 count : snapshot.connections.refused)
            sum += count;
        return sum;
    };
    now.rates.received = rate(m_latest.messages.received, now.messages.received);
    now.rates.delivered = rate(m_latest.messages.delivered, now.messages.delivered);
    now.rates.read = rate(m_latest.messages.read, now.messages.read);
    now.rates.refused = rate(refused(m_latest), refused(now));
    now.rates.bytesIn = rate(m_latest.bytesIn, now.bytesIn);
    now.rates.bytesOut = rate(m_latest.bytesOut, now.bytesOut);
}

void Telemetry::updateProcess(MonitorSnapshot &now)
{
    const ProcessUsage usage = processUsage();
    const qint64 elapsedUs = (now.uptimeMs - m_latest.uptimeMs) * 1'000;
    if (elapsedUs > 0)
        now.process.cpuPercent =
            100 * static_cast<double>((usage.cpuTime - m_cpuTime).count()) / static_cast<double>(elapsedUs);
    m_cpuTime = usage.cpuTime;
    now.process.rssBytes = usage.rss;
}

void Telemetry::updateLatencies(MonitorSnapshot &now)
{
    const Totals totals = this->totals();
    m_delivery.sample(totals.delivery);
    m_proof.sample(totals.proof);
    m_commit.sample(totals.commit);
    m_commitWrites.sample(totals.commitWrites);
    now.delivery = latencyFigures(m_delivery.recent());
    now.proof = latencyFigures(m_proof.recent());
    now.commit = latencyFigures(m_commit.recent());
    const metrics::HistogramSnapshot &writes = m_commitWrites.recent();
    now.store.batch =
        writes.count() == 0 ? 0 : static_cast<double>(writes.sum()) / static_cast<double>(writes.count());
}

} // namespace concierge::app
