#pragma once

#include <QColor>
#include <QIcon>

class QPainter;
class QRectF;

namespace concierge::monitor {

/// The program's own pictures: painted, so that they are sharp at any size and take the theme's colours.
enum class Glyph { Check, Info, Warning, Error, Off, Wait, Bell, Gear, Pause, Play };

void drawGlyph(QPainter &painter, const QRectF &rect, Glyph glyph, const QColor &ink, const QColor &ground);
QPixmap glyphPixmap(Glyph glyph, int size, qreal ratio, const QColor &ink, const QColor &ground);
/// One colour, for buttons.
QIcon glyphIcon(Glyph glyph, const QColor &ink);
/// The bell, with a dot in a state's colour where one is given.
QIcon programIcon(const QColor &state = QColor());

} // namespace concierge::monitor
