#include "FlatStyle.h"

#include "Theme.h"

#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QStyleFactory>
#include <QStyleOption>

namespace concierge::monitor {

namespace {

void frame(QPainter *painter, const QRect &rect, const QColor &fill, const QColor &edge, double width = 1)
{
    const double inset = width / 2;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(fill);
    painter->setPen(edge.isValid() ? QPen(edge, width) : QPen(Qt::NoPen));
    painter->drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), grid(0.6), grid(0.6));
    painter->restore();
}

void chevron(QPainter *painter, const QRectF &rect, const QColor &color, bool isUp = false)
{
    const double size = grid(0.55);
    const double tip = isUp ? -size / 2 : size / 2;
    const QPointF middle = rect.center();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(color, grid(0.2), Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPolyline(
        QPolygonF{middle + QPointF(-size, -tip), middle + QPointF(0, tip), middle + QPointF(size, -tip)});
    painter->restore();
}

bool isPrimary(const QStyleOption *option)
{
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    return button && button->features.testFlag(QStyleOptionButton::DefaultButton);
}

bool isFlat(const QStyleOption *option)
{
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    return button && button->features.testFlag(QStyleOptionButton::Flat);
}

/// By the keyboard: who uses the mouse knows where he is.
bool isFocused(const QStyleOption *option)
{
    return option->state.testFlag(QStyle::State_HasFocus) &&
           option->state.testFlag(QStyle::State_KeyboardFocusChange);
}

void drawButton(const QStyleOption *option, QPainter *painter)
{
    const Theme &theme = Theme::current();
    const bool isEnabled = option->state.testFlag(QStyle::State_Enabled);
    const bool isDown = option->state & (QStyle::State_Sunken | QStyle::State_On);
    const bool isHovered = isEnabled && option->state.testFlag(QStyle::State_MouseOver);
    QColor fill = isDown ? theme.selection : isHovered ? theme.hover : theme.surface;
    QColor edge = theme.field;
    if (isPrimary(option) && isEnabled) {
        fill = isDown ? theme.accent.darker(120) : isHovered ? theme.accent.darker(108) : theme.accent;
        edge = fill;
    } else if (isFlat(option)) {
        fill = isDown ? theme.selection : isHovered ? theme.hover : QColor(Qt::transparent);
        edge = QColor();
    } else if (!isEnabled) {
        edge = theme.border;
    }
    frame(painter, option->rect, fill, edge);
    if (!isFocused(option))
        return;
    // On the accent's own ground the ring is inside, in what is read there.
    const int inset = isPrimary(option) ? 3 : 0;
    frame(painter, option->rect.adjusted(inset, inset, -inset, -inset), Qt::transparent,
          isPrimary(option) ? theme.onAccent : theme.accent, 2);
}

void drawCheck(const QStyleOption *option, QPainter *painter)
{
    const Theme &theme = Theme::current();
    const bool isOn = option->state.testFlag(QStyle::State_On);
    const QRectF box = option->rect;
    frame(painter, option->rect, isOn ? theme.accent : theme.surface, isOn ? theme.accent : theme.field);
    if (!isOn)
        return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(theme.onAccent, box.width() / 8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const auto at = [&box](double x, double y) {
        return QPointF(box.left() + box.width() * x, box.top() + box.height() * y);
    };
    painter->drawPolyline(QPolygonF{at(0.26, 0.52), at(0.44, 0.70), at(0.75, 0.32)});
    painter->restore();
}

} // namespace

FlatStyle::FlatStyle()
    : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion")))
{}

void FlatStyle::polish(QWidget *widget)
{
    QProxyStyle::polish(widget);
    if (auto *label = qobject_cast<QLabel *>(widget))
        label->setTextFormat(Qt::PlainText);
}

void FlatStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                              const QWidget *widget) const
{
    const Theme &theme = Theme::current();
    switch (element) {
    case PE_PanelButtonCommand:
        return drawButton(option, painter);
    case PE_PanelLineEdit:
    case PE_FrameLineEdit: {
        const bool isTyped = option->state.testFlag(State_HasFocus);
        const bool isFramed = !widget || !widget->inherits("QAbstractSpinBox");
        if (element == PE_PanelLineEdit)
            frame(painter, option->rect, theme.surface,
                  isFramed ? (isTyped ? theme.accent : theme.field) : QColor(), isTyped ? 2 : 1);
        return;
    }
    case PE_FrameFocusRect: {
        // A tab's comes without the room around its word.
        const bool isTab = widget && widget->inherits("QTabBar");
        const int around = isTab ? grid(1) : 0;
        const int above = isTab ? grid(0.75) : 0;
        return frame(painter, option->rect.adjusted(-around, -above, around, above), Qt::transparent,
                     theme.accent, 2);
    }
    case PE_IndicatorHeaderArrow:
        if (const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option))
            chevron(painter, option->rect, theme.accent,
                    header->sortIndicator == QStyleOptionHeader::SortDown);
        return;
    case PE_IndicatorCheckBox:
        return drawCheck(option, painter);
    case PE_FrameDefaultButton:
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void FlatStyle::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                            const QWidget *widget) const
{
    if (element == CE_PushButtonBevel) {
        const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
        drawButton(option, painter);
        if (button && button->features.testFlag(QStyleOptionButton::HasMenu)) {
            QRectF arrow = option->rect;
            arrow.setLeft(arrow.right() - grid(3));
            chevron(painter, arrow, Theme::current().muted);
        }
        return;
    }
    if (element == CE_PushButtonLabel) {
        if (const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option)) {
            QStyleOptionButton label(*button);
            // The arrow is painted with the bevel, and Fusion's own would come on top of it.
            if (label.features.testFlag(QStyleOptionButton::HasMenu)) {
                label.features.setFlag(QStyleOptionButton::HasMenu, false);
                label.rect.adjust(0, 0, -grid(2), 0);
            }
            if (isPrimary(option) && option->state.testFlag(State_Enabled))
                label.palette.setColor(QPalette::ButtonText, Theme::current().onAccent);
            return QProxyStyle::drawControl(element, &label, painter, widget);
        }
    }
    if (element == CE_ComboBoxLabel) {
        if (const auto *box = qstyleoption_cast<const QStyleOptionComboBox *>(option)) {
            QStyleOptionComboBox label(*box);
            label.currentText = elidedText(*box, widget);
            return QProxyStyle::drawControl(element, &label, painter, widget);
        }
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

/// What is chosen in a box, as far as there is room before its arrow.
QString FlatStyle::elidedText(const QStyleOptionComboBox &box, const QWidget *widget) const
{
    int room = subControlRect(CC_ComboBox, &box, SC_ComboBoxEditField, widget).width() - grid(0.5);
    if (!box.currentIcon.isNull())
        room -= box.iconSize.width() + 4; // the gap that the base style leaves
    return box.fontMetrics.elidedText(box.currentText, Qt::ElideRight, room);
}

void FlatStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                                   QPainter *painter, const QWidget *widget) const
{
    const auto *box = qstyleoption_cast<const QStyleOptionComboBox *>(option);
    if (control != CC_ComboBox || !box)
        return QProxyStyle::drawComplexControl(control, option, painter, widget);
    const Theme &theme = Theme::current();
    const bool isHovered = option->state.testFlag(State_MouseOver);
    const bool isEnabled = option->state.testFlag(State_Enabled);
    frame(painter, option->rect, isHovered && isEnabled ? theme.hover : theme.surface,
          !isEnabled          ? theme.border
          : isFocused(option) ? theme.accent
                              : theme.field,
          isFocused(option) ? 2 : 1);
    chevron(painter, subControlRect(CC_ComboBox, option, SC_ComboBoxArrow, widget),
            isEnabled ? theme.muted : theme.border);
}

int FlatStyle::pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const
{
    switch (metric) {
    case PM_FocusFrameHMargin:
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
        return 0;
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
        return grid(2.25);
    case PM_SmallIconSize:
    case PM_ButtonIconSize:
    case PM_TabBarIconSize:
        return grid(2);
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
        return grid(1);
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

QSize FlatStyle::sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                                  const QWidget *widget) const
{
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    if (type == CT_PushButton || type == CT_ComboBox || type == CT_LineEdit)
        result.setHeight(qMax(result.height(), grid(4)));
    if (type == CT_PushButton)
        result.setWidth(qMax(size.width() + grid(3), grid(4)));
    if (type == CT_ComboBox)
        result.rwidth() += grid(2);
    return result;
}

QRect FlatStyle::subElementRect(SubElement element, const QStyleOption *option, const QWidget *widget) const
{
    const QRect rect = QProxyStyle::subElementRect(element, option, widget);
    const bool isEdit = element == SE_LineEditContents && (!widget || !widget->inherits("QSpinBox"));
    return isEdit ? rect.adjusted(grid(0.75), 0, -grid(0.5), 0) : rect;
}

QRect FlatStyle::subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                                const QWidget *widget) const
{
    const QRect rect = QProxyStyle::subControlRect(control, option, part, widget);
    if (control == CC_ComboBox && part == SC_ComboBoxEditField)
        return rect.adjusted(grid(0.5), 0, -grid(0.5), 0);
    if (control == CC_ComboBox && part == SC_ComboBoxArrow)
        return rect.translated(-grid(0.5), 0);
    return rect;
}

int FlatStyle::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                         QStyleHintReturn *result) const
{
    if (hint == SH_ComboBox_Popup)
        return 0;
    if (hint == SH_EtchDisabledText)
        return 0;
    return QProxyStyle::styleHint(hint, option, widget, result);
}

} // namespace concierge::monitor
