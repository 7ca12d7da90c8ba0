#include "Banner.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

namespace concierge::monitor {

Banner::Banner(QWidget *parent)
    : QFrame(parent)
    , m_glyph(new QLabel(this))
    , m_text(new QLabel(this))
    , m_detail(new QLabel(this))
    , m_button(new QPushButton(this))
{
    setObjectName(QStringLiteral("banner"));
    m_text->setObjectName(QStringLiteral("bannerText"));
    m_detail->setObjectName(QStringLiteral("bannerDetail"));
    m_button->setObjectName(QStringLiteral("bannerButton"));
    m_text->setFont(scaledFont(1.25, QFont::DemiBold));
    for (QLabel *label : {m_text, m_detail}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    auto *words = new QVBoxLayout;
    words->setSpacing(grid(0.25));
    words->addWidget(m_text);
    words->addWidget(m_detail);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(grid(2), grid(1.25), grid(2), grid(1.25));
    layout->setSpacing(grid(1.5));
    layout->addWidget(m_glyph);
    layout->addLayout(words, 1);
    layout->addWidget(m_button);
    connect(m_button, &QPushButton::clicked, this, [this] { Q_EMIT actionTriggered(m_situation.action); });
    render();
}

void Banner::show(const Situation &situation, bool canStart)
{
    if (situation == m_situation && canStart == m_canStart)
        return;
    const bool isNews = situation.text != m_situation.text;
    m_situation = situation;
    m_canStart = canStart;
    render();
    if (isNews) {
        setAccessibleName(situation.text);
        QAccessibleEvent event(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
}

void Banner::retheme()
{
    render();
}

void Banner::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        render();
}

void Banner::render()
{
    const ToneColors &colors = Theme::current().tone(m_situation.tone);
    m_glyph->setPixmap(
        glyphPixmap(m_situation.glyph, grid(3.5), devicePixelRatioF(), colors.ink, colors.ground));
    QPalette ink = palette();
    ink.setColor(QPalette::WindowText, colors.ink);
    m_text->setPalette(ink);
    ink.setColor(QPalette::WindowText, Theme::current().text);
    m_detail->setPalette(ink);
    m_text->setText(m_situation.text);
    m_detail->setText(m_situation.detail);
    m_detail->setVisible(!m_situation.detail.isEmpty());
    switch (m_situation.action) {
    case BannerAction::Start:
        m_button->setText(tr("Start the server"));
        break;
    case BannerAction::ShowWaiting:
        m_button->setText(tr("Show"));
        break;
    case BannerAction::ShowAlerts:
        m_button->setText(tr("What to do"));
        break;
    case BannerAction::None:
        break;
    }
    const bool isStart = m_situation.action == BannerAction::Start;
    m_button->setDefault(isStart);
    m_button->setVisible(m_situation.action != BannerAction::None && (!isStart || m_canStart));
    m_button->setAccessibleName(m_button->text());
    update();
}

void Banner::paintEvent(QPaintEvent *)
{
    const ToneColors &colors = Theme::current().tone(m_situation.tone);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(colors.edge);
    painter.setBrush(colors.ground);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), grid(1), grid(1));
}

} // namespace concierge::monitor
