#pragma once

#include "Preferences.h"

#include <QColor>
#include <QFont>
#include <QPalette>
#include <QString>

namespace concierge::monitor {

enum class Tone { Neutral, Good, Notice, Warning, Critical };

/// A tone's colours: text and glyph on a tinted ground. At least 4.5 : 1, WCAG 2.1 AA (a test computes it).
struct ToneColors
{
    QColor ink;
    QColor ground;
    QColor edge;
};

struct Theme
{
    bool isDark = false;
    QColor window;
    QColor surface; ///< cards and tables
    QColor border;
    QColor field; ///< edge of what is typed or chosen in; 3 : 1 against its surroundings
    QColor text;
    QColor muted;
    QColor accent;
    QColor onAccent;
    QColor hover;
    QColor selection;
    QColor series[3]; ///< of charts; 3 : 1 against `surface`
    ToneColors tones[5];

    const ToneColors &tone(Tone which) const { return tones[int(which)]; }
    QPalette palette() const;
    QString styleSheet() const;

    static const Theme &light();
    static const Theme &dark();
    /// What the widgets are painted with now.
    static const Theme &current();
    /// Gives palette, style and style sheet to the application. System: as the palette that the platform came
    /// with, dark or light.
    static void apply(ThemeChoice choice);
};

/// A step of the grid that everything is laid out on: 8 px with a font of 16 px, and grows with the font.
int grid(double steps = 1);
/// The application's font, larger or smaller.
QFont scaledFont(double factor, QFont::Weight weight = QFont::Normal);

} // namespace concierge::monitor
