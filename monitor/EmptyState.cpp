#include "EmptyState.h"

#include "Theme.h"

#include <QLabel>
#include <QVBoxLayout>

namespace concierge::monitor {

EmptyState::EmptyState(QWidget *parent)
    : QWidget(parent)
    , m_glyph(new QLabel(this))
    , m_title(new QLabel(this))
    , m_text(new QLabel(this))
{
    m_title->setFont(scaledFont(1.2, QFont::DemiBold));
    m_text->setProperty("tone", QStringLiteral("muted"));
    m_text->setWordWrap(true);
    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(grid(1));
    layout->addStretch(2);
    for (QLabel *label : {m_glyph, m_title, m_text}) {
        label->setAlignment(Qt::AlignCenter);
        layout->addWidget(label);
    }
    layout->addStretch(3);
}

void EmptyState::show(Glyph glyph, const QString &title, const QString &text)
{
    const Theme &theme = Theme::current();
    m_glyph->setPixmap(glyphPixmap(glyph, grid(5), devicePixelRatioF(), theme.field, theme.window));
    m_title->setText(title);
    m_text->setText(text);
}

} // namespace concierge::monitor
