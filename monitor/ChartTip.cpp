#include "ChartTip.h"

#include "Theme.h"

#include <algorithm>

namespace concierge::monitor {

namespace {

double widthOf(const QStringList &lines, const QFontMetricsF &metrics)
{
    double width = 0;
    for (const QString &line : lines)
        width = std::max(width, metrics.horizontalAdvance(line));
    return width;
}

} // namespace

ChartTip ChartTip::of(QStringList lines, const QFontMetricsF &metrics, const QRectF &room, double at)
{
    const double widest = std::min(double(grid(32)), room.width() - grid(2));
    for (QString &line : lines)
        line = metrics.elidedText(line, Qt::ElideRight, widest);
    const qsizetype rows =
        std::max<qsizetype>(2, qsizetype((room.height() - grid(1)) / metrics.lineSpacing()));
    ChartTip tip;
    double right = grid(1);
    qsizetype told = 0;
    while (told < lines.size()) {
        const QStringList column = lines.mid(told, rows);
        const double width = widthOf(column, metrics);
        if (!tip.columns.isEmpty() && right + width + grid(1) > room.width())
            break;
        tip.columns.append({QPointF(right, grid(0.5)), column});
        right += width + grid(2);
        told += column.size();
    }
    if (told < lines.size()) {
        QString &last = tip.columns.last().lines.last();
        last = tr("and %Ln more", nullptr, int(lines.size() - told + 1));
    }
    const qsizetype tallest = tip.columns.constFirst().lines.size();
    tip.box = QRectF(0, 0, right - grid(1), metrics.lineSpacing() * double(tallest) + grid(1));
    tip.box.moveTopLeft({at + grid(1.5), room.top()});
    if (tip.box.right() > room.right())
        tip.box.moveRight(at - grid(1.5));
    if (tip.box.left() < room.left())
        tip.box.moveLeft(std::clamp(at - tip.box.width() / 2, room.left(), room.right() - tip.box.width()));
    for (Column &column : tip.columns)
        column.topLeft += tip.box.topLeft();
    return tip;
}

} // namespace concierge::monitor
