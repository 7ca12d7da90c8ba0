#pragma once

#include "app/Telemetry.h"

#include <QMap>
#include <QObject>
#include <QString>

namespace concierge::app {

/// Logs the seed's line of metrics every minute (category concierge.metrics), and what was refused in it, if
/// anything was: `refused in the last minute: origin 12, not_found 1`. Thread: main.
class MetricsLog final : public QObject
{
    Q_OBJECT

public:
    static constexpr int samplesPerLine = 60;

    /// `telemetry` outlives this object.
    explicit MetricsLog(const Telemetry &telemetry, QObject *parent = nullptr);

    /// `Socket.IO metrics: activeConnections=… peakConnections=… totalMessages=… onlineUsers=… uptime=…`
    QString line() const;

private:
    void onSampled();
    QString refusals();

    const Telemetry &m_telemetry;
    int m_samples = 0;
    QMap<QString, qint64> m_refused; // by reason, a minute ago
};

} // namespace concierge::app
