#include "Theme.h"

#include "FlatStyle.h"

#include <QApplication>
#include <QFontMetrics>

#include <algorithm>

namespace concierge::monitor {

namespace {

const Theme *s_current = &Theme::light();

QColor rgb(unsigned value)
{
    return QColor::fromRgb(value);
}

bool systemIsDark()
{
    // Of the platform's own palette, taken before ours replaces it.
    static const bool isDark = QApplication::palette().color(QPalette::Window).lightness() <
                               QApplication::palette().color(QPalette::WindowText).lightness();
    return isDark;
}

} // namespace

const Theme &Theme::light()
{
    static const Theme theme{
        false,
        rgb(0xf5f6f8),
        rgb(0xffffff),
        rgb(0xe1e4ea),
        rgb(0x868e9c),
        rgb(0x1a1f29),
        rgb(0x586173),
        rgb(0x2563c9),
        rgb(0xffffff),
        rgb(0xeef1f6),
        rgb(0xdce8fb),
        {rgb(0x2563c9), rgb(0x0f8a6a), rgb(0xb4570c)},
        {{rgb(0x4a5365), rgb(0xeef0f4), rgb(0xd7dbe3)},
         {rgb(0x176b43), rgb(0xe8f5ee), rgb(0xc3e3d1)},
         {rgb(0x1f57b3), rgb(0xe9f0fc), rgb(0xc8daf6)},
         {rgb(0x855300), rgb(0xfff5dd), rgb(0xf0d9a0)},
         {rgb(0xb3261e), rgb(0xfdeceb), rgb(0xf3c4c1)}},
    };
    return theme;
}

const Theme &Theme::dark()
{
    static const Theme theme{
        true,
        rgb(0x14171c),
        rgb(0x1d2128),
        rgb(0x2f3540),
        rgb(0x757e8e),
        rgb(0xe8ebf0),
        rgb(0xa5aebd),
        rgb(0x7aabff),
        rgb(0x0c1a30),
        rgb(0x282d36),
        rgb(0x2a3c5c),
        {rgb(0x7aabff), rgb(0x4fd0a8), rgb(0xf0a050)},
        {{rgb(0xb4bdcb), rgb(0x262b34), rgb(0x39404c)},
         {rgb(0x74d3a2), rgb(0x16291f), rgb(0x25483a)},
         {rgb(0x8fb8ff), rgb(0x1a2740), rgb(0x2c4066)},
         {rgb(0xf2c265), rgb(0x2e2614), rgb(0x554521)},
         {rgb(0xff9d94), rgb(0x341c1b), rgb(0x633331)}},
    };
    return theme;
}

const Theme &Theme::current()
{
    return *s_current;
}

QPalette Theme::palette() const
{
    QPalette palette;
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, surface);
    palette.setColor(QPalette::AlternateBase, window);
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::PlaceholderText, muted);
    palette.setColor(QPalette::Button, surface);
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, onAccent);
    palette.setColor(QPalette::ToolTipBase, surface);
    palette.setColor(QPalette::ToolTipText, text);
    palette.setColor(QPalette::Highlight, accent);
    palette.setColor(QPalette::HighlightedText, onAccent);
    palette.setColor(QPalette::Link, accent);
    palette.setColor(QPalette::Light, surface);
    palette.setColor(QPalette::Midlight, hover);
    palette.setColor(QPalette::Mid, border);
    palette.setColor(QPalette::Dark, field);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, field);
    return palette;
}

QString Theme::styleSheet() const
{
    QString sheet = QStringLiteral(R"(
QToolTip { color: @text; background: @surface; border: 1px solid @border; padding: @half; }
QFrame#card { background: @surface; border: 1px solid @border; border-radius: @unit; }
QFrame#notice { background: @surface; border: 1px solid @field; border-radius: @unit; }
QLabel[tone="muted"] { color: @muted; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: @muted; border: none; border-bottom: @line solid transparent;
    padding: @unit @tab; margin-right: @half; }
QTabBar::tab:hover { color: @text; border-bottom-color: @border; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }
QTabBar::tab:focus { color: @accent; }
QTabWidget::pane { border: none; border-top: 1px solid @border; }
QTableView { background: @surface; border: 1px solid @border; border-radius: @half; outline: none;
    selection-background-color: @selection; selection-color: @text; }
QTableView:focus { border-color: @accent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QTableView::item { padding: 0 @cell; border: none; border-bottom: 1px solid @hover; }
QTableView::item:selected { background: @selection; color: @text; }
QHeaderView { background: @surface; border: none; }
QHeaderView::section { background: @surface; color: @muted; border: none; border-bottom: 1px solid @border;
    padding: @unit @unit; }
QHeaderView::section:hover { color: @text; background: @hover; }
QHeaderView::up-arrow, QHeaderView::down-arrow { subcontrol-origin: margin; subcontrol-position: top center;
    width: 1px; height: @unit; }
QTableCornerButton::section { background: @surface; border: none; }
QListWidget { background: @surface; border: 1px solid @field; border-radius: @half; outline: none; padding: @half; }
QListWidget:focus { border: 2px solid @accent; padding: @less; }
QListWidget::item { padding: @unit; border-radius: @half; color: @text; }
QListWidget::item:selected { background: @selection; color: @text; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget#page { background: transparent; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: @bar; }
QScrollBar:horizontal { height: @bar; }
QScrollBar::handle { background: @handle; border-radius: @knob; margin: 2px; min-height: @tab; min-width: @tab; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QMenu { background: @surface; border: 1px solid @border; padding: @half; }
QMenu::item { padding: @half @tab; border-radius: @half; }
QMenu::item:selected { background: @selection; color: @text; }
QMenu::item:disabled { color: @field; }
QMenu::separator { height: 1px; background: @border; margin: @half @unit; }
)");
    const auto px = [](double steps) { return QString::number(grid(steps)) + QStringLiteral("px"); };
    const int bar = grid(1.5);
    const std::pair<QString, QString> names[] = {
        {QStringLiteral("@text"), text.name()},
        {QStringLiteral("@surface"), surface.name()},
        {QStringLiteral("@border"), border.name()},
        {QStringLiteral("@muted"), muted.name()},
        {QStringLiteral("@accent"), accent.name()},
        {QStringLiteral("@hover"), hover.name()},
        {QStringLiteral("@selection"), selection.name()},
        {QStringLiteral("@field"), field.name()},
        {QStringLiteral("@handle"), (isDark ? border.lighter(150) : border.darker(118)).name()},
        {QStringLiteral("@unit"), px(1)},
        {QStringLiteral("@half"), px(0.5)},
        {QStringLiteral("@less"), QString::number(grid(0.5) - 1) + QStringLiteral("px")},
        {QStringLiteral("@cell"),
         QString::number(grid(1) - 1) + QStringLiteral("px")}, // and 1 of the style's
        {QStringLiteral("@tab"), px(2)},
        {QStringLiteral("@line"), px(0.3)},
        {QStringLiteral("@bar"), QString::number(bar) + QStringLiteral("px")},
        {QStringLiteral("@knob"), QString::number(std::max(1, bar / 2 - 3)) + QStringLiteral("px")},
    };
    for (const auto &[name, value] : names)
        sheet.replace(name, value);
    return sheet;
}

void Theme::apply(ThemeChoice choice)
{
    const bool isDark = choice == ThemeChoice::Dark || (systemIsDark() && choice == ThemeChoice::System);
    s_current = isDark ? &dark() : &light();
    if (!qobject_cast<FlatStyle *>(QApplication::style()))
        QApplication::setStyle(new FlatStyle); // the application owns it
    QApplication::setPalette(s_current->palette());
    qApp->setStyleSheet(s_current->styleSheet());
}

int grid(double steps)
{
    const double unit = std::max(8.0, QFontMetrics(QApplication::font()).height() / 2.0);
    return std::max(1, qRound(unit * steps));
}

QFont scaledFont(double factor, QFont::Weight weight)
{
    QFont font = QApplication::font();
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * factor);
    else
        font.setPixelSize(qRound(font.pixelSize() * factor));
    font.setWeight(weight);
    return font;
}

} // namespace concierge::monitor
