#include "Glyph.h"

#include "Theme.h"

#include <QPainter>
#include <QPainterPath>

namespace concierge::monitor {

namespace {

/// Draws in a square of 24, whatever `rect` is.
class Sketch
{
public:
    Sketch(QPainter &painter, const QRectF &rect)
        : m_painter(painter)
    {
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.translate(rect.topLeft());
        painter.scale(rect.width() / 24, rect.height() / 24);
    }
    ~Sketch() { m_painter.restore(); }

    void disc(const QColor &color)
    {
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(color);
        m_painter.drawEllipse(QRectF(1, 1, 22, 22));
    }
    void pen(const QColor &color, double width = 2.4)
    {
        m_painter.setPen(QPen(color, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        m_painter.setBrush(Qt::NoBrush);
    }

private:
    QPainter &m_painter;
};

void triangle(QPainter &painter, const QColor &ink)
{
    painter.setPen(QPen(ink, 2.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(ink);
    painter.drawPolygon(QPolygonF{{12, 3}, {22, 20.5}, {2, 20.5}});
}

void bell(QPainter &painter, const QColor &ink)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    QPainterPath path;
    path.moveTo(3.5, 16.5);
    path.arcTo(QRectF(3.5, 8, 17, 17), 180, -180);
    path.closeSubpath();
    painter.drawPath(path);
    painter.drawRoundedRect(QRectF(2, 18, 20, 2.6), 1.3, 1.3);
    painter.drawRoundedRect(QRectF(10.9, 5, 2.2, 4), 1, 1);
    painter.drawRoundedRect(QRectF(9, 3.6, 6, 2.2), 1.1, 1.1);
}

void gear(QPainter &painter, const QColor &ink)
{
    painter.setPen(QPen(ink, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(QPointF(12, 12), 5.6, 5.6);
    painter.setPen(QPen(ink, 3, Qt::SolidLine, Qt::FlatCap));
    for (int tooth = 0; tooth < 8; ++tooth) {
        painter.save();
        painter.translate(12, 12);
        painter.rotate(tooth * 45);
        painter.drawLine(QPointF(0, -6.4), QPointF(0, -9.6));
        painter.restore();
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    painter.drawEllipse(QPointF(12, 12), 1.8, 1.8);
}

} // namespace

void drawGlyph(QPainter &painter, const QRectF &rect, Glyph glyph, const QColor &ink, const QColor &ground)
{
    Sketch sketch(painter, rect);
    switch (glyph) {
    case Glyph::Check:
        sketch.disc(ink);
        sketch.pen(ground);
        painter.drawPolyline(QPolygonF{{7, 12.5}, {10.6, 16}, {17, 8.5}});
        break;
    case Glyph::Info:
    case Glyph::Error:
        sketch.disc(ink);
        sketch.pen(ground);
        painter.drawLine(QPointF(12, glyph == Glyph::Info ? 11 : 6.5),
                         QPointF(12, glyph == Glyph::Info ? 17 : 13));
        painter.drawPoint(QPointF(12, glyph == Glyph::Info ? 7 : 17));
        break;
    case Glyph::Warning:
        triangle(painter, ink);
        sketch.pen(ground, 2.2);
        painter.drawLine(QPointF(12, 9.5), QPointF(12, 14));
        painter.drawPoint(QPointF(12, 17.6));
        break;
    case Glyph::Off:
        sketch.disc(ink);
        sketch.pen(ground);
        painter.drawArc(QRectF(6.5, 7, 11, 11), -225 * 16, 270 * 16);
        painter.drawLine(QPointF(12, 5), QPointF(12, 11));
        break;
    case Glyph::Wait:
        sketch.disc(ink);
        sketch.pen(ground, 2.2);
        painter.drawPolyline(QPolygonF{{12, 6.5}, {12, 12.5}, {16, 14.5}});
        break;
    case Glyph::Bell:
        bell(painter, ink);
        break;
    case Glyph::Gear:
        gear(painter, ink);
        break;
    case Glyph::Pause:
        sketch.pen(ink, 3.4);
        painter.drawLine(QPointF(8.5, 6), QPointF(8.5, 18));
        painter.drawLine(QPointF(15.5, 6), QPointF(15.5, 18));
        break;
    case Glyph::Play:
        painter.setPen(QPen(ink, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(ink);
        painter.drawPolygon(QPolygonF{{8, 6}, {18, 12}, {8, 18}});
        break;
    }
}

QPixmap glyphPixmap(Glyph glyph, int size, qreal ratio, const QColor &ink, const QColor &ground)
{
    QPixmap pixmap(QSize(size, size) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    drawGlyph(painter, QRectF(0, 0, size, size), glyph, ink, ground);
    return pixmap;
}

QIcon glyphIcon(Glyph glyph, const QColor &ink)
{
    QIcon icon;
    for (const int size : {16, 24, 32, 48, 64})
        icon.addPixmap(glyphPixmap(glyph, size, 1, ink, Theme::current().surface));
    return icon;
}

QIcon programIcon(const QColor &state)
{
    QIcon icon;
    for (const int size : {16, 22, 24, 32, 48, 64, 128, 256}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(Theme::light().accent);
        painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.22, size * 0.22);
        drawGlyph(painter, QRectF(size * 0.16, size * 0.13, size * 0.68, size * 0.68), Glyph::Bell, Qt::white,
                  Theme::light().accent);
        if (state.isValid()) {
            painter.setPen(QPen(Qt::white, size * 0.06));
            painter.setBrush(state);
            painter.drawEllipse(QRectF(size * 0.55, size * 0.55, size * 0.42, size * 0.42));
        }
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

} // namespace concierge::monitor
