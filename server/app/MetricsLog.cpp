#include "app/MetricsLog.h"

#include <QLoggingCategory>

#include <algorithm>
#include <utility>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcMetrics, "concierge.metrics")

MetricsLog::MetricsLog(StatusSources sources, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_sources(std::move(sources))
    , m_clock(clock)
    , m_started(clock.monotonic())
{
    m_timer.setInterval(Milliseconds(1'000));
    QObject::connect(&m_timer, &QTimer::timeout, this, &MetricsLog::sample);
}

void MetricsLog::start()
{
    m_timer.start();
}

double MetricsLog::uptimeSeconds() const
{
    return static_cast<double>((m_clock.monotonic() - m_started).count()) / 1'000;
}

QString MetricsLog::line() const
{
    return QStringLiteral(
               "Socket.IO metrics: activeConnections=%1 peakConnections=%2 totalMessages=%3 onlineUsers=%4 "
               "uptime=%5")
        .arg(m_sources.connections())
        .arg(m_peakConnections)
        .arg(m_sources.totalMessages())
        .arg(m_sources.usersOnline())
        .arg(uptimeSeconds(), 0, 'f', 3);
}

bool MetricsLog::sample()
{
    m_peakConnections = std::max(m_peakConnections, m_sources.connections());
    if (++m_samples < samplesPerLine)
        return false;
    m_samples = 0;
    qCInfo(lcMetrics).noquote() << line();
    return true;
}

} // namespace concierge::app
