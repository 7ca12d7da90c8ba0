#include "AlertsPage.h"

#include "AlertText.h"
#include "EmptyState.h"
#include "Format.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>

namespace concierge::monitor {

AlertCard::AlertCard(QWidget *parent)
    : QFrame(parent)
    , m_glyph(new QLabel(this))
    , m_title(new QLabel(this))
    , m_when(new QLabel(this))
    , m_text(new QLabel(this))
    , m_advice(new QLabel(this))
    , m_acknowledge(new QPushButton(this))
{
    setObjectName(QStringLiteral("card"));
    m_title->setFont(scaledFont(1.1, QFont::DemiBold));
    m_when->setProperty("tone", QStringLiteral("muted"));
    m_advice->setProperty("tone", QStringLiteral("muted"));
    for (QLabel *label : {m_text, m_advice}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    auto *head = new QHBoxLayout;
    head->setSpacing(grid(1.5));
    head->addWidget(m_title);
    head->addWidget(m_when, 1);
    auto *words = new QVBoxLayout;
    words->setSpacing(grid(0.5));
    words->addLayout(head);
    words->addWidget(m_text);
    words->addWidget(m_advice);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(grid(2), grid(1.5), grid(2), grid(1.5));
    layout->setSpacing(grid(2));
    layout->addWidget(m_glyph, 0, Qt::AlignTop);
    layout->addLayout(words, 1);
    layout->addWidget(m_acknowledge, 0, Qt::AlignVCenter);
    connect(m_acknowledge, &QPushButton::clicked, this, [this] { Q_EMIT acknowledged(m_entry.alert); });
}

void AlertCard::show(const AlertEntry &entry, qint64 now)
{
    m_entry = entry;
    const AlertText text = AlertText::of(entry.alert);
    const ToneColors &colors = Theme::current().tone(entry.isActive ? toneOf(entry.alert) : Tone::Neutral);
    const Glyph glyph = !entry.isActive                         ? Glyph::Check
                        : toneOf(entry.alert) == Tone::Critical ? Glyph::Error
                        : toneOf(entry.alert) == Tone::Notice   ? Glyph::Info
                                                                : Glyph::Warning;
    m_glyph->setPixmap(
        glyphPixmap(glyph, grid(3), devicePixelRatioF(), colors.ink, Theme::current().surface));
    m_title->setText(text.title);
    const QString since =
        tr("%1 since %2").arg(severityName(entry.alert), Format::when(entry.alert.since, now));
    m_when->setText(entry.isActive
                        ? since
                        : tr("over; from %1 to %2")
                              .arg(Format::when(entry.alert.since, now), Format::when(entry.endedAt, now)));
    m_text->setText(text.text);
    m_advice->setText(tr("What to do: %1").arg(text.advice));
    m_advice->setVisible(entry.isActive && !text.advice.isEmpty());
    m_acknowledge->setVisible(entry.isActive);
    m_acknowledge->setEnabled(!entry.isAcknowledged);
    m_acknowledge->setText(entry.isAcknowledged ? tr("Acknowledged") : tr("Acknowledge"));
    m_acknowledge->setToolTip(
        tr("I know of it: no more notifications, and the banner makes room for others"));
    m_acknowledge->setAccessibleName(tr("Acknowledge: %1").arg(text.title));
    setAccessibleName(QStringLiteral("%1. %2 %3").arg(text.title, text.text, text.advice));
}

AlertsPage::AlertsPage(QWidget *parent)
    : Page(parent)
    , m_stack(new QStackedWidget(this))
    , m_scroll(new QScrollArea(this))
    , m_empty(new EmptyState(this))
{
    auto *page = new QWidget;
    page->setObjectName(QStringLiteral("page"));
    m_list = new QVBoxLayout(page);
    m_list->setContentsMargins(0, 0, 0, 0);
    m_list->setSpacing(grid(1));
    m_list->addStretch(1);
    m_scroll->setWidget(page);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_stack->addWidget(m_scroll);
    m_stack->addWidget(m_empty);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, grid(1.5), 0, 0);
    layout->addWidget(m_stack);
}

void AlertsPage::setSession(ServerSession *session)
{
    Page::setSession(session);
    if (session) {
        connect(session, &ServerSession::alertsChanged, this, &AlertsPage::render);
        connect(session, &ServerSession::situationChanged, this, &AlertsPage::render);
    }
    render();
}

void AlertsPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    render();
}

void AlertsPage::changeEvent(QEvent *event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        render();
}

void AlertsPage::render()
{
    if (!isVisible())
        return;
    const auto entries = m_session ? m_session->alerts().entries().mid(0, maxShown) : QList<AlertEntry>();
    m_scroll->setAccessibleName(tr("Alerts"));
    while (m_cards.size() > entries.size())
        delete m_cards.takeLast();
    while (m_cards.size() < entries.size()) {
        auto *card = new AlertCard(m_scroll->widget());
        connect(card, &AlertCard::acknowledged, this, [this](const Alert &alert) {
            if (m_session)
                m_session->acknowledge(alert);
        });
        m_list->insertWidget(int(m_cards.size()), card);
        m_cards.append(card);
    }
    for (int index = 0; index < entries.size(); ++index)
        m_cards[index]->show(entries[index], m_session->now());
    m_stack->setCurrentWidget(entries.isEmpty() ? static_cast<QWidget *>(m_empty) : m_scroll);
    if (!entries.isEmpty())
        return;
    if (m_session && m_session->feed().isConnected())
        m_empty->show(Glyph::Check, tr("No alerts"),
                      tr("When something needs your attention, it is listed here, with what to do."));
    else
        m_empty->show(Glyph::Off, absence(), tr("Its alerts are not known."));
}

} // namespace concierge::monitor
