// How a Chart looks.
#include "Chart.h"

#include "ChartTip.h"
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

double markSize()
{
    return grid(0.6);
}

QColor markColor(ChartMarker::Kind kind)
{
    const Theme &theme = Theme::current();
    return theme
        .tone(kind == ChartMarker::Kind::Alert   ? Tone::Warning
              : kind == ChartMarker::Kind::Start ? Tone::Good
                                                 : Tone::Critical)
        .ink;
}

/// A triangle up: started; a square: stopped; a diamond: an alert.
void paintMark(QPainter &painter, ChartMarker::Kind kind, QPointF middle)
{
    const double size = markSize();
    painter.setPen(Qt::NoPen);
    painter.setBrush(markColor(kind));
    if (kind == ChartMarker::Kind::Start)
        painter.drawPolygon(QPolygonF{middle + QPointF(0, -size), middle + QPointF(size, size),
                                      middle + QPointF(-size, size)});
    else if (kind == ChartMarker::Kind::Alert)
        painter.drawPolygon(QPolygonF{middle + QPointF(0, -size), middle + QPointF(size, 0),
                                      middle + QPointF(0, size), middle + QPointF(-size, 0)});
    else
        painter.drawRect(QRectF(middle.x() - size * 0.8, middle.y() - size * 0.8, size * 1.6, size * 1.6));
}

} // namespace

ValueScale Chart::scale() const
{
    return ValueScale::of(highest(), std::max(2, int((height() - fontMetrics().height() * 3) / grid(4.5))));
}

double Chart::labelsWidth() const
{
    double width = 0;
    for (const Tick &tick : scale().ticks)
        width = std::max(width, double(fontMetrics().horizontalAdvance(tick.label)));
    return width;
}

void Chart::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().surface);
    painter.setRenderHint(QPainter::Antialiasing);
    m_scale = scale();
    m_axisWidth = labelsWidth();
    for (const Chart *other : std::as_const(m_aligned))
        m_axisWidth = std::max(m_axisWidth, other->labelsWidth());
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
    const qsizetype index = m_cursor ? stepAt(*m_cursor) : m_history.time.size() - 1;
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
    if (!isEmpty())
        paintMarkNames(painter, after + painter.fontMetrics().horizontalAdvance(m_unit) + grid(3), right,
                       base);
}

/// What the marks mean that are seen, where there is room for it.
void Chart::paintMarkNames(QPainter &painter, double left, double right, double base) const
{
    const std::pair<ChartMarker::Kind, QString> kinds[] = {{ChartMarker::Kind::Start, tr("started")},
                                                           {ChartMarker::Kind::Stop, tr("stopped")},
                                                           {ChartMarker::Kind::Alert, tr("alert")}};
    for (const auto &[kind, name] : kinds) {
        const auto isSeen = [this, kind = kind](const ChartMarker &marker) {
            return marker.kind == kind && marker.time >= m_from && marker.time <= m_to;
        };
        const double width = fontMetrics().horizontalAdvance(name);
        if (!std::any_of(m_markers.begin(), m_markers.end(), isSeen) || left + grid(1.5) + width > right)
            continue;
        paintMark(painter, kind, QPointF(left + grid(0.5), base - fontMetrics().ascent() * 0.35));
        painter.setPen(Theme::current().muted);
        painter.drawText(QPointF(left + grid(1.5), base), name);
        left += grid(1.5) + width + grid(2);
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
        const double left = std::clamp(at - half, area.left() - grid(1), width() - 2 * half - grid(0.5));
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
    const QRectF area = plot();
    for (const ChartMarker &marker : m_markers) {
        if (marker.time < m_from || marker.time > m_to)
            continue;
        const double at = std::round(x(marker.time)) + 0.5;
        painter.setRenderHint(QPainter::Antialiasing, false); // it is straight
        painter.setPen(QPen(markColor(marker.kind), 1, Qt::DashLine));
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
        painter.setRenderHint(QPainter::Antialiasing);
        paintMark(painter, marker.kind, QPointF(at, area.top() - markSize()));
    }
}

void Chart::paintCursor(QPainter &painter) const
{
    if (!m_cursor || isEmpty() || *m_cursor < m_from)
        return;
    const Theme &theme = Theme::current();
    const QRectF area = plot();
    const qsizetype index = stepAt(*m_cursor);
    const qint64 time = index >= 0 ? m_history.time[index] : *m_cursor;
    const double at = x(time);
    painter.setPen(QPen(theme.muted, 1));
    painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
    for (int which = 0; which < m_series.size(); ++which) {
        const auto values = m_history.series.value(m_series[which].key);
        if (index < 0 || index >= values.size() || !values[index])
            continue;
        painter.setPen(QPen(theme.surface, 2));
        painter.setBrush(linePen(which).color());
        painter.drawEllipse(QPointF(at, y(*values[index])), grid(0.5), grid(0.5));
    }
    QStringList lines{Format::when(time, m_to)};
    for (int which = 0; which < m_series.size(); ++which)
        lines.append(QStringLiteral("%1: %2").arg(m_series[which].name, valueText(which, index)));
    const QRectF room(grid(1), area.top() + grid(0.5), width() - grid(2), height() - area.top() - grid(1));
    const ChartTip tip = ChartTip::of(lines + marksAt(time), QFontMetricsF(font()), room, at);
    painter.setPen(theme.border);
    painter.setBrush(theme.surface);
    painter.drawRoundedRect(tip.box, grid(0.5), grid(0.5));
    painter.setPen(theme.text);
    for (const ChartTip::Column &column : tip.columns) {
        const QRectF place(column.topLeft, tip.box.bottomRight());
        painter.drawText(place, Qt::AlignLeft | Qt::AlignTop, column.lines.join(QLatin1Char('\n')));
    }
}

} // namespace concierge::monitor
