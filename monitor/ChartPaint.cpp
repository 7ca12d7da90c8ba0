// How a Chart looks.
#include "Chart.h"

#include "Format.h"
#include "Theme.h"

#include <QPainter>

#include <algorithm>

namespace concierge::monitor {

namespace {

constexpr double overlap = 2; // lines at the plot's edges are as thick as others

QPen linePen(int which)
{
    // Told apart without colours too.
    static constexpr Qt::PenStyle styles[] = {Qt::SolidLine, Qt::DashLine, Qt::DotLine};
    return {Theme::current().series[which % 3], 1.8, styles[which % 3], Qt::FlatCap, Qt::RoundJoin};
}

} // namespace

void Chart::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().surface);
    painter.setRenderHint(QPainter::Antialiasing);
    m_scale =
        ValueScale::of(highest(), std::max(2, int((height() - fontMetrics().height() * 3) / grid(4.5))));
    // The charts above each other begin at the same place, as long as their figures are no longer than that.
    m_axisWidth = fontMetrics().horizontalAdvance(QStringLiteral("0,000"));
    for (const Tick &tick : m_scale.ticks)
        m_axisWidth = std::max(m_axisWidth, double(fontMetrics().horizontalAdvance(tick.label)));
    paintHead(painter);
    paintLines(painter);
    if (!isEmpty()) {
        paintAxes(painter);
        paintMarkers(painter);
    }
    paintCursor(painter);
    if (hasFocus()) {
        painter.setPen(QPen(Theme::current().accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), grid(0.75), grid(0.75));
    }
}

/// The title, and the legend with the values at the crosshair at the right.
void Chart::paintHead(QPainter &painter) const
{
    const Theme &theme = Theme::current();
    painter.setFont(scaledFont(1, QFont::DemiBold));
    painter.setPen(theme.text);
    const double base = grid(0.5) + fontMetrics().ascent();
    painter.drawText(QPointF(grid(0.5), base), m_title);
    const double after = grid(1.25) + painter.fontMetrics().horizontalAdvance(m_title);
    painter.setFont(font());
    painter.setPen(theme.muted);
    painter.drawText(QPointF(after, base), m_unit);
    const qsizetype index = m_cursor ? nearest(*m_cursor) : m_history.time.size() - 1;
    double right = width() - grid(1);
    for (int which = int(m_series.size()) - 1; which >= 0; --which) {
        const QString value = valueText(which, index);
        painter.setPen(theme.text);
        const double room = std::max(fontMetrics().horizontalAdvance(value),
                                     fontMetrics().horizontalAdvance(QStringLiteral("0,000")));
        painter.drawText(QPointF(right - fontMetrics().horizontalAdvance(value), base), value);
        right -= room + grid(0.75);
        const QString &name = m_series[which].name;
        right -= fontMetrics().horizontalAdvance(name);
        painter.setPen(theme.muted);
        painter.drawText(QPointF(right, base), name);
        right -= grid(0.75);
        painter.setPen(linePen(which));
        const double middle = base - fontMetrics().ascent() * 0.35;
        painter.drawLine(QPointF(right - grid(2.5), middle), QPointF(right, middle));
        right -= grid(2.5) + grid(2.5);
    }
}

void Chart::paintAxes(QPainter &painter) const
{
    const Theme &theme = Theme::current();
    const QRectF area = plot();
    painter.setFont(font());
    for (const Tick &tick : m_scale.ticks) {
        const double at = std::round(y(tick.at)) + 0.5;
        painter.setPen(theme.muted);
        painter.drawText(QRectF(0, at - grid(2), area.left() - grid(1), grid(4)),
                         Qt::AlignRight | Qt::AlignVCenter, tick.label);
    }
    if (m_to <= m_from)
        return;
    const int most = std::max(2, int(area.width() / grid(11)));
    double taken = 0;
    for (const Tick &tick : timeTicks(m_from, m_to, most)) {
        const double at = x(qint64(tick.at));
        const double half = fontMetrics().horizontalAdvance(tick.label) / 2.0;
        painter.setPen(QPen(theme.border, 1));
        painter.drawLine(QPointF(at, area.bottom()), QPointF(at, area.bottom() + grid(0.5)));
        // Labels stay inside, and never touch.
        const double left = std::clamp(at - half, area.left() - grid(1), width() - 2 * half - 1);
        if (left < taken)
            continue;
        taken = left + 2 * half + grid(1);
        painter.setPen(theme.muted);
        painter.drawText(QPointF(left, area.bottom() + grid(0.5) + fontMetrics().ascent() + 1), tick.label);
    }
}

LineLayer::Frame Chart::frame(const QSizeF &size, double ratio) const
{
    const QRectF area = plot();
    LineLayer::Frame frame;
    frame.size = (size * ratio).toSize();
    frame.ratio = ratio;
    frame.background = Theme::current().surface;
    frame.grid = Theme::current().border;
    for (const Tick &tick : m_scale.ticks)
        frame.gridLines.append(std::round(y(tick.at)) + 0.5 - area.top() + overlap);
    frame.zero = area.height() + overlap;
    frame.unit = area.height() / m_scale.top;
    frame.span = std::max<qint64>(1, m_to - m_from);
    return frame;
}

void Chart::paintLines(QPainter &painter)
{
    const QRectF area = plot();
    if (isEmpty()) {
        painter.setPen(Theme::current().muted);
        return painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, m_note);
    }
    LineLayer::Content content{m_history.time, m_history.stepMs, {}};
    for (int which = 0; which < m_series.size(); ++which) {
        const QPen pen = linePen(which);
        QColor ground;
        if (which == 0) {
            ground = pen.color();
            ground.setAlphaF(Theme::current().isDark ? 0.14F : 0.08F);
        }
        content.lines.append(
            {{pen.color(), ground, pen.style(), pen.widthF()}, m_history.series.value(m_series[which].key)});
    }
    // The picture of the charts is sharper than the screen.
    const double ratio = painter.deviceTransform().m11();
    const QRectF place = area.adjusted(0, -overlap, 0, overlap);
    painter.drawPixmap(place.topLeft(), m_lines.picture(frame(place.size(), ratio), content, m_to));
}

void Chart::paintMarkers(QPainter &painter) const
{
    const Theme &theme = Theme::current();
    const QRectF area = plot();
    for (const ChartMarker &marker : m_markers) {
        if (marker.time < m_from || marker.time > m_to)
            continue;
        const double at = std::round(x(marker.time)) + 0.5;
        const bool isAlert = marker.kind == ChartMarker::Kind::Alert;
        const QColor color = isAlert                                   ? theme.tone(Tone::Warning).ink
                             : marker.kind == ChartMarker::Kind::Start ? theme.tone(Tone::Good).ink
                                                                       : theme.tone(Tone::Critical).ink;
        painter.setRenderHint(QPainter::Antialiasing, false); // it is straight
        painter.setPen(QPen(color, 1, Qt::DashLine));
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        const double size = grid(0.6);
        // A triangle up: started; a square: stopped; a diamond: an alert.
        const QPointF top(at, area.top() - size);
        if (marker.kind == ChartMarker::Kind::Start)
            painter.drawPolygon(
                QPolygonF{top + QPointF(0, -size), top + QPointF(size, size), top + QPointF(-size, size)});
        else if (isAlert)
            painter.drawPolygon(QPolygonF{top + QPointF(0, -size), top + QPointF(size, 0),
                                          top + QPointF(0, size), top + QPointF(-size, 0)});
        else
            painter.drawRect(QRectF(top.x() - size * 0.8, top.y() - size * 0.8, size * 1.6, size * 1.6));
    }
}

void Chart::paintCursor(QPainter &painter) const
{
    const qsizetype index = m_cursor ? nearest(*m_cursor) : -1;
    if (index < 0)
        return;
    const Theme &theme = Theme::current();
    const QRectF area = plot();
    const qint64 time = m_history.time[index];
    const double at = x(time);
    painter.setPen(QPen(theme.muted, 1));
    painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
    for (int which = 0; which < m_series.size(); ++which) {
        const auto values = m_history.series.value(m_series[which].key);
        if (index >= values.size() || !values[index])
            continue;
        painter.setPen(QPen(theme.surface, 2));
        painter.setBrush(linePen(which).color());
        painter.drawEllipse(QPointF(at, y(*values[index])), grid(0.5), grid(0.5));
    }
    QStringList lines{Format::when(time, m_to)};
    for (int which = 0; which < m_series.size(); ++which)
        lines.append(QStringLiteral("%1: %2").arg(m_series[which].name, valueText(which, index)));
    for (const ChartMarker &marker : m_markers) {
        if (std::abs(x(marker.time) - at) <= grid(0.75))
            lines.append(marker.text);
    }
    const QString text = lines.join(QLatin1Char('\n'));
    QRectF box = fontMetrics().boundingRect(QRect(0, 0, grid(40), grid(40)), Qt::TextWordWrap, text);
    box.adjust(0, 0, grid(2), grid(1));
    box.moveTopLeft({at + grid(1.5), area.top() + grid(0.5)});
    if (box.right() > area.right())
        box.moveRight(at - grid(1.5));
    painter.setPen(theme.border);
    painter.setBrush(theme.surface);
    painter.drawRoundedRect(box, grid(0.5), grid(0.5));
    painter.setPen(theme.text);
    painter.drawText(box.adjusted(grid(1), grid(0.5), -grid(0.5), 0), Qt::TextWordWrap, text);
}

} // namespace concierge::monitor
