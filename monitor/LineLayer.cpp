#include "LineLayer.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace concierge::monitor {

namespace {

// Dashes begin anew with every so many steps, so that they are the same whatever was painted before.
constexpr qint64 pieceSteps = 30;

} // namespace

/// Columns are counted since 1970, so that a point stays in its own as the picture moves.
qint64 LineLayer::column(qint64 time) const
{
    return qint64(std::floor(double(time) * m_frame.size.width() / double(m_frame.span)));
}

int LineLayer::pixel(qint64 time) const
{
    const int width = m_frame.size.width();
    return int(std::max<qint64>(column(time) - m_end, -10 * width)) + width;
}

const QPixmap &LineLayer::picture(const Frame &frame, const Content &content, qint64 to)
{
    const auto hasSameLook = [](const Line &one, const Line &other) { return one.look == other.look; };
    const bool isAnew = m_pixmap.isNull() || frame != m_frame || content.stepMs != m_content.stepMs ||
                        !std::equal(content.lines.begin(), content.lines.end(), m_content.lines.begin(),
                                    m_content.lines.end(), hasSameLook);
    if (isAnew) {
        m_frame = frame;
        m_pixmap = QPixmap(frame.size);
        m_pixmap.setDevicePixelRatio(frame.ratio);
    }
    const int width = frame.size.width();
    const qint64 end = column(to);
    const qint64 moved = end - m_end;
    const std::optional<qint64> change = firstChange(content);
    m_end = end;
    m_content = content;
    m_painted = 0;
    if (isAnew || moved < 0 || moved >= width) {
        paint(0, 0);
        return m_pixmap;
    }
    if (moved > 0) {
        m_pixmap.setDevicePixelRatio(1); // pixels are moved, whatever their size
        m_pixmap.scroll(-int(moved), 0, m_pixmap.rect());
        m_pixmap.setDevicePixelRatio(frame.ratio);
    }
    // What is new is tied to the point before it, and a point that was alone was painted as a dot.
    const qint64 piece = pieceSteps * content.stepMs;
    const qint64 tied = change ? std::max<qint64>(0, *change - widest()) : to;
    const qint64 from = tied - tied % piece;
    const int dot = int(std::ceil(4 * frame.ratio));
    const int left = std::clamp(change ? pixel(from) - dot : width, 0, width - int(moved));
    if (left < width)
        paint(left, from - piece);
    return m_pixmap;
}

/// Time of the first point that is new, gone or another one. Points that only became too old are none.
std::optional<qint64> LineLayer::firstChange(const Content &content) const
{
    const QList<qint64> &was = m_content.time;
    const QList<qint64> &is = content.time;
    if (is.isEmpty() || was.isEmpty() || is.constFirst() < was.constFirst())
        return is == was ? std::nullopt : std::optional<qint64>(0);
    qsizetype old = std::lower_bound(was.begin(), was.end(), is.constFirst()) - was.begin();
    qsizetype index = 0;
    const auto isSame = [&] {
        if (was[old] != is[index])
            return false;
        for (qsizetype line = 0; line < content.lines.size(); ++line) {
            if (m_content.lines.value(line).values.value(old) != content.lines[line].values.value(index))
                return false;
        }
        return true;
    };
    while (old < was.size() && index < is.size() && isSame())
        ++old, ++index;
    if (old == was.size() && index == is.size())
        return std::nullopt;
    return std::min(old < was.size() ? was[old] : is[index], index < is.size() ? is[index] : was[old]);
}

/// All columns from `left` on; `from`: no point before it reaches them.
void LineLayer::paint(int left, qint64 from)
{
    const QSize size = m_frame.size;
    m_painted = size.width() - left;
    QPainter painter(&m_pixmap);
    painter.scale(1 / m_frame.ratio, 1 / m_frame.ratio); // device pixels
    painter.setClipRect(left, 0, m_painted, size.height());
    painter.fillRect(left, 0, m_painted, size.height(), m_frame.background);
    painter.setPen(QPen(m_frame.grid, m_frame.ratio));
    for (const double at : m_frame.gridLines)
        painter.drawLine(QPointF(left, at * m_frame.ratio), QPointF(size.width(), at * m_frame.ratio));
    painter.setRenderHint(QPainter::Antialiasing);
    for (const Line &line : std::as_const(m_content.lines))
        paintLine(painter, line, from);
}

void LineLayer::paintLine(QPainter &painter, const Line &line, qint64 from) const
{
    const qint64 piece = pieceSteps * m_content.stepMs;
    const auto &times = m_content.time;
    const qsizetype count = std::min(times.size(), line.values.size());
    QPolygonF points;
    bool isAlone = true; // the one point that `points` has is not the end of a piece
    qint64 before = 0;
    const auto end = [&] {
        if (points.size() > 1 || (points.size() == 1 && isAlone))
            paintPiece(painter, line.look, points);
        points.clear();
        isAlone = true;
    };
    for (qsizetype index = std::lower_bound(times.begin(), times.end(), from) - times.begin(); index < count;
         ++index) {
        const qint64 time = times[index];
        const auto value = line.values[index];
        if (!value || time - before > widest())
            end();
        if (value)
            points.append({double(pixel(time)), (m_frame.zero - *value * m_frame.unit) * m_frame.ratio});
        if (points.size() > 1 && time / piece != before / piece) {
            paintPiece(painter, line.look, points);
            points.remove(0, points.size() - 1);
            isAlone = false;
        }
        before = time;
    }
    end();
}

void LineLayer::paintPiece(QPainter &painter, const Look &look, const QPolygonF &points) const
{
    const double width = look.width * m_frame.ratio;
    if (look.ground.isValid()) {
        QPolygonF area = points;
        area.prepend({points.constFirst().x(), m_frame.zero * m_frame.ratio});
        area.append({points.constLast().x(), m_frame.zero * m_frame.ratio});
        painter.setPen(Qt::NoPen);
        painter.setBrush(look.ground);
        painter.drawPolygon(area);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(look.color, width, look.style, Qt::FlatCap, Qt::RoundJoin));
    if (points.size() > 1)
        return painter.drawPolyline(points);
    painter.setPen(QPen(look.color, 2 * width, Qt::SolidLine, Qt::RoundCap));
    painter.drawPoint(points.constFirst());
}

} // namespace concierge::monitor
