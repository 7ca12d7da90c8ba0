#include "Chart.h"

#include "Format.h"
#include "Theme.h"

#include <QAccessible>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace concierge::monitor {

Chart::Chart(QWidget *parent)
    : QWidget(parent)
{
    setAttribute(Qt::WA_OpaquePaintEvent); // what is below need not be painted each second
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_scale = ValueScale::of(0, 4);
}

QSize Chart::minimumSizeHint() const
{
    return {grid(40), grid(11)};
}

QSize Chart::sizeHint() const
{
    return {grid(80), grid(24)};
}

void Chart::setNames(const QString &title, const QString &unit, const QList<ChartSeries> &series)
{
    m_title = title;
    m_unit = unit;
    m_series = series;
    setAccessibleName(title);
    update();
}

void Chart::setHistory(const feed::History &history, const QList<ChartMarker> &markers, qint64 from,
                       qint64 to)
{
    m_history = history;
    m_markers = markers;
    m_from = from;
    m_to = to;
    setAccessibleDescription(spoken());
    update();
}

void Chart::setNote(const QString &note)
{
    if (m_note == note)
        return;
    m_note = note;
    update();
}

void Chart::alignWith(const QList<Chart *> &charts)
{
    m_aligned = charts;
    update();
}

void Chart::setCursorTime(std::optional<qint64> time)
{
    if (m_cursor == time)
        return;
    m_cursor = time;
    update();
}

void Chart::moveCursor(std::optional<qint64> time)
{
    if (m_cursor == time)
        return;
    setCursorTime(time);
    setAccessibleDescription(spoken());
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
    Q_EMIT cursorMoved(time);
}

double Chart::highest() const
{
    double highest = 0;
    for (const ChartSeries &series : m_series) {
        const auto values = m_history.series.value(series.key);
        for (qsizetype index = 0; index < values.size(); ++index) {
            if (values[index] && m_history.time[index] >= m_from)
                highest = std::max(highest, *values[index]);
        }
    }
    return highest;
}

QRectF Chart::plot() const
{
    const double line = fontMetrics().height();
    return QRectF(rect()).adjusted(m_axisWidth + grid(1.5), line + grid(2.25), -grid(1), -line - grid(1));
}

double Chart::x(qint64 time) const
{
    const QRectF area = plot();
    return area.left() + double(time - m_from) / double(std::max<qint64>(1, m_to - m_from)) * area.width();
}

double Chart::y(double value) const
{
    const QRectF area = plot();
    return area.bottom() - value / m_scale.top * area.height();
}

qsizetype Chart::nearest(qint64 time) const
{
    const auto &times = m_history.time;
    if (times.isEmpty())
        return -1;
    const auto after = std::lower_bound(times.begin(), times.end(), time);
    if (after == times.begin())
        return 0;
    if (after == times.end())
        return times.size() - 1;
    const auto before = after - 1;
    return (time - *before <= *after - time ? before : after) - times.begin();
}

qsizetype Chart::stepAt(qint64 time) const
{
    const qsizetype index = nearest(time);
    return index >= 0 && std::abs(m_history.time[index] - time) <= widestStep() ? index : -1;
}

qint64 Chart::timeAt(double x) const
{
    const QRectF area = plot();
    return m_from + qint64((x - area.left()) / area.width() * double(m_to - m_from));
}

/// Where the arrow keys go: every step, and the marks in the gaps between them.
QList<qint64> Chart::stops() const
{
    QList<qint64> stops = m_history.time;
    for (const ChartMarker &marker : m_markers) {
        if (marker.time >= m_from && marker.time <= m_to && stepAt(marker.time) < 0)
            stops.append(marker.time);
    }
    std::sort(stops.begin(), stops.end());
    return stops;
}

QStringList Chart::marksAt(qint64 time) const
{
    QStringList texts;
    for (const ChartMarker &marker : m_markers) {
        if (std::abs(x(marker.time) - x(time)) <= grid(0.75))
            texts.append(marker.text);
    }
    return texts;
}

void Chart::mouseMoveEvent(QMouseEvent *event)
{
    if (isEmpty() || !plot().contains(event->position()))
        return moveCursor(std::nullopt);
    const double at = event->position().x();
    const qint64 time = timeAt(at);
    if (const qsizetype step = stepAt(time); step >= 0)
        return moveCursor(m_history.time[step]);
    // In a gap, marks draw it to them.
    const auto isNearer = [&](const ChartMarker &one, const ChartMarker &other) {
        return std::abs(one.time - time) < std::abs(other.time - time);
    };
    const auto mark = std::min_element(m_markers.begin(), m_markers.end(), isNearer);
    moveCursor(mark != m_markers.end() && std::abs(x(mark->time) - at) <= grid(0.75) ? mark->time : time);
}

void Chart::leaveEvent(QEvent *)
{
    if (!hasFocus())
        moveCursor(std::nullopt);
}

void Chart::keyPressEvent(QKeyEvent *event)
{
    if (isEmpty())
        return QWidget::keyPressEvent(event);
    const QList<qint64> times = stops();
    const qsizetype last = times.size() - 1;
    const qsizetype here =
        m_cursor ? std::min(last, std::lower_bound(times.begin(), times.end(), *m_cursor) - times.begin())
                 : last;
    const qsizetype step = event->modifiers().testFlag(Qt::ControlModifier) ? 10 : 1;
    switch (event->key()) {
    case Qt::Key_Left:
        return moveCursor(times[std::max<qsizetype>(0, m_cursor ? here - step : last)]);
    case Qt::Key_Right:
        return moveCursor(times[std::min(last, here + step)]);
    case Qt::Key_Home:
        return moveCursor(times.constFirst());
    case Qt::Key_End:
        return moveCursor(times.constLast());
    case Qt::Key_Escape:
        return moveCursor(std::nullopt);
    default:
        QWidget::keyPressEvent(event);
    }
}

void Chart::focusInEvent(QFocusEvent *event)
{
    QWidget::focusInEvent(event);
    update();
}

void Chart::focusOutEvent(QFocusEvent *event)
{
    QWidget::focusOutEvent(event);
    moveCursor(std::nullopt);
    update();
}

QString Chart::valueText(int which, qsizetype index) const
{
    const auto values = m_history.series.value(m_series[which].key);
    return index >= 0 && index < values.size() && values[index] ? Format::rate(*values[index])
                                                                : QStringLiteral("–");
}

QString Chart::spoken() const
{
    if (isEmpty())
        return m_note;
    const qsizetype index = m_cursor ? stepAt(*m_cursor) : m_history.time.size() - 1;
    const qint64 time = index >= 0 ? m_history.time[index] : *m_cursor;
    QStringList parts{Format::when(time, m_to)};
    for (int which = 0; which < m_series.size(); ++which)
        parts.append(QStringLiteral("%1: %2").arg(m_series[which].name, valueText(which, index)));
    if (m_cursor)
        parts += marksAt(time);
    return parts.join(QStringLiteral(", "));
}

} // namespace concierge::monitor
