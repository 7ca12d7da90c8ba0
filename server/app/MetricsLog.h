#pragma once

#include "app/Telemetry.h"

#include <QObject>
#include <QString>

namespace concierge::app {

/// Logs the seed's line of metrics every minute (category concierge.metrics). Thread: main.
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

    const Telemetry &m_telemetry;
    int m_samples = 0;
};

} // namespace concierge::app
