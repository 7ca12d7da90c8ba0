// How a Chart looks.
#include "Chart.h"

#include "Format.h"
#include "Theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace concierge::monitor {

namespace {

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
    painter.setRenderHint(QPainter::Antialiasing);
    m_scale =
        ValueScale::of(highest(), std::max(2, int((height() - fontMetrics().height() * 3) / grid(4.5))));
    // The charts above each other begin at the same place, as long as their figures are no longer than that.
    m_axisWidth = fontMetrics().horizontalAdvance(QStringLiteral("0,000"));
    for (const Tick &tick : m_scale.ticks)
        m_axisWidth = std::max(m_axisWidth, double(fontMetrics().horizontalAdvance(tick.label)));
    paintHead(painter);
    if (!isEmpty())
        paintAxes(painter);
    if (!isEmpty())
        paintMarkers(painter);
    paintLines(painter);
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
        painter.setPen(QPen(theme.border, 1));
        painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at));
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
        const double left = std::clamp(at - half, area.left() - grid(1), width() - 2 * half - grid(0.5));
        if (left < taken)
            continue;
        taken = left + 2 * half + grid(1);
        painter.setPen(theme.muted);
        painter.drawText(QPointF(left, area.bottom() + grid(0.5) + fontMetrics().ascent() + 1), tick.label);
    }
}

void Chart::paintLines(QPainter &painter) const
{
    painter.save();
    painter.setClipRect(plot().adjusted(-1, -2, 1, 2));
    for (int which = 0; which < m_series.size(); ++which)
        paintLine(painter, which);
    painter.restore();
    if (!isEmpty())
        return;
    painter.setPen(Theme::current().muted);
    painter.drawText(plot(), Qt::AlignCenter | Qt::TextWordWrap, m_note);
}

void Chart::paintLine(QPainter &painter, int which) const
{
    const auto values = m_history.series.value(m_series[which].key);
    const qint64 widest = m_history.stepMs * 5 / 2; // one lost step is no gap
    const auto draw = [&](const QPolygonF &line) {
        if (line.isEmpty())
            return;
        if (which == 0) {
            QColor ground = Theme::current().series[0];
            ground.setAlphaF(Theme::current().isDark ? 0.14F : 0.08F);
            QPolygonF area = line;
            area.prepend({line.constFirst().x(), y(0)});
            area.append({line.constLast().x(), y(0)});
            painter.setPen(Qt::NoPen);
            painter.setBrush(ground);
            painter.drawPolygon(area);
        }
        painter.setBrush(Qt::NoBrush);
        painter.setPen(linePen(which));
        if (line.size() > 1)
            return painter.drawPolyline(line);
        painter.setPen(QPen(linePen(which).color(), 4, Qt::SolidLine, Qt::RoundCap));
        painter.drawPoint(line.constFirst());
    };
    QPolygonF line;
    qint64 before = 0;
    for (qsizetype index = 0; index < values.size() && index < m_history.time.size(); ++index) {
        const qint64 time = m_history.time[index];
        if (!values[index] || (!line.isEmpty() && time - before > widest)) {
            draw(line);
            line.clear();
        }
        if (values[index])
            line.append({x(time), y(*values[index])});
        before = time;
    }
    draw(line);
}

void Chart::paintMarkers(QPainter &painter) const
{
    const Theme &theme = Theme::current();
    const QRectF area = plot();
    for (const ChartMarker &marker : m_markers) {
        if (marker.time < m_from || marker.time > m_to)
            continue;
        const double at = x(marker.time);
        const bool isAlert = marker.kind == ChartMarker::Kind::Alert;
        const QColor color = isAlert                                   ? theme.tone(Tone::Warning).ink
                             : marker.kind == ChartMarker::Kind::Start ? theme.tone(Tone::Good).ink
                                                                       : theme.tone(Tone::Critical).ink;
        painter.setPen(QPen(color, 1, Qt::DashLine));
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
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
