#pragma once

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QRectF>
#include <QStringList>

namespace concierge::monitor {

/// What stands beside a chart's crosshair, and where. What has no room below each other goes beside each
/// other; what has no room at all is counted.
struct ChartTip
{
    Q_DECLARE_TR_FUNCTIONS(ChartTip)

public:
    struct Column
    {
        QPointF topLeft;
        QStringList lines;
    };

    QRectF box;
    QList<Column> columns;

    /// `at`: where the crosshair is, beside which the box is, inside `room`.
    static ChartTip of(QStringList lines, const QFontMetricsF &metrics, const QRectF &room, double at);
};

} // namespace concierge::monitor
