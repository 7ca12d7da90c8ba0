#pragma once

#include <QProxyStyle>

class QStyleOptionComboBox;

namespace concierge::monitor {

/// Fusion with flat, rounded controls in the colours of Theme::current(). What the style sheet has no rule
/// for is painted here, so that it scales with the font.
class FlatStyle final : public QProxyStyle
{
    Q_OBJECT

public:
    FlatStyle();
    /// Every label shows its text as it is, whether it came from the server, from a client or from here:
    /// nothing in this program is markup. Tooltips and the labels of message boxes are such labels too.
    void polish(QWidget *widget) override;
    using QProxyStyle::polish;
    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget) const override;
    void drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                            const QWidget *widget) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                           const QWidget *widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption *option,
                         const QWidget *widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                         const QWidget *widget) const override;
    int styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                  QStyleHintReturn *result) const override;

private:
    QString elidedText(const QStyleOptionComboBox &box, const QWidget *widget) const;
};

} // namespace concierge::monitor
