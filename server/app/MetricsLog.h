#pragma once

#include "app/StatusSources.h"
#include "shared/Clock.h"

#include <QObject>
#include <QString>
#include <QTimer>

namespace concierge::app {

/// Looks at the figures every second, to know the peak, and logs the seed's line of metrics every minute
/// (category concierge.metrics). A peak that lasts less than a second may be missed. Thread: main.
class MetricsLog final : public QObject
{
    Q_OBJECT

public:
    static constexpr int samplesPerLine = 60;

    /// `clock` outlives this object; uptime counts from here. Samples once a second from start() on.
    MetricsLog(StatusSources sources, const Clock &clock, QObject *parent = nullptr);
    void start();

    qint64 peakConnections() const noexcept { return m_peakConnections; }
    double uptimeSeconds() const;
    /// `Socket.IO metrics: activeConnections=… peakConnections=… totalMessages=… onlineUsers=… uptime=…`
    QString line() const;
    /// What the timer calls. Whether a line was logged.
    bool sample();

private:
    const StatusSources m_sources;
    const Clock &m_clock;
    const Milliseconds m_started;
    QTimer m_timer;
    qint64 m_peakConnections = 0;
    int m_samples = 0;
};

} // namespace concierge::app
