#include "app/MetricsLog.h"

#include <QLoggingCategory>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcMetrics, "concierge.metrics")

MetricsLog::MetricsLog(const Telemetry &telemetry, QObject *parent)
    : QObject(parent)
    , m_telemetry(telemetry)
{
    QObject::connect(&telemetry, &Telemetry::sampled, this, &MetricsLog::onSampled);
}

QString MetricsLog::line() const
{
    const MonitorSnapshot &figures = m_telemetry.snapshot();
    return QStringLiteral(
               "Socket.IO metrics: activeConnections=%1 peakConnections=%2 totalMessages=%3 onlineUsers=%4 "
               "uptime=%5")
        .arg(figures.connections.now)
        .arg(figures.connections.peak)
        .arg(figures.messages.received)
        .arg(figures.users.online)
        .arg(static_cast<double>(figures.uptimeMs) / 1'000, 0, 'f', 3);
}

void MetricsLog::onSampled()
{
    if (++m_samples < samplesPerLine)
        return;
    m_samples = 0;
    qCInfo(lcMetrics).noquote() << line();
    const QString refused = refusals();
    if (!refused.isEmpty())
        qCInfo(lcMetrics).noquote() << "refused in the last minute:" << refused;
}

QString MetricsLog::refusals()
{
    const QMap<QString, qint64> &now = m_telemetry.snapshot().connections.refused;
    QStringList parts;
    for (auto each = now.cbegin(); each != now.cend(); ++each) {
        if (const qint64 more = each.value() - m_refused.value(each.key()); more > 0)
            parts.append(QStringLiteral("%1 %2").arg(each.key()).arg(more));
    }
    m_refused = now;
    return parts.join(QLatin1String(", "));
}

} // namespace concierge::app
