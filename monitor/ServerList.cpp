#include "ServerList.h"

#include "Visible.h"

#include <QAbstractItemView>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStyledItemDelegate>

#include <algorithm>

namespace concierge::monitor {

namespace {

/// Glyph, name, and in what state it is, in words; on the theme's own selection, where the tones are seen.
class ServerDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = Theme::current();
        const bool isChosen = option.state.testFlag(QStyle::State_Selected);
        const QColor ground = isChosen ? theme.selection : theme.surface;
        const QRect row = option.rect.adjusted(grid(1), 0, -grid(1), 0);
        painter->save();
        painter->fillRect(option.rect, ground);
        const int size = grid(2);
        drawGlyph(*painter, QRectF(row.left(), row.center().y() - size / 2.0, size, size),
                  Glyph(index.data(ServerList::GlyphRole).toInt()),
                  theme.tone(Tone(index.data(ServerList::ToneRole).toInt())).ink, ground);
        painter->setFont(option.font);
        const QFontMetrics metrics = option.fontMetrics;
        QRect words = row.adjusted(size + grid(1), 0, 0, 0);
        const QString name = metrics.elidedText(index.data().toString(), Qt::ElideRight, grid(40));
        painter->setPen(theme.text);
        painter->drawText(words, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, name);
        words.adjust(metrics.horizontalAdvance(name) + grid(2), 0, 0, 0);
        painter->setPen(isChosen ? theme.text : theme.muted);
        painter->drawText(words, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine,
                          metrics.elidedText(stateOf(index), Qt::ElideRight, words.width()));
        painter->restore();
    }

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const QFontMetrics metrics(option.font);
        const int name = std::min(grid(40), metrics.horizontalAdvance(index.data().toString()));
        const int state = std::min(grid(50), metrics.horizontalAdvance(stateOf(index)));
        return {grid(8) + name + state, grid(4)};
    }

private:
    static QString stateOf(const QModelIndex &index)
    {
        return visible(index.data(ServerList::TextRole).toString());
    }
};

/// Not healthy: what the person should look at, though it is not the server that is shown.
bool isProblem(const Situation &situation)
{
    return situation.tone == Tone::Warning || situation.tone == Tone::Critical;
}

} // namespace

ServerList::ServerList(QWidget *parent)
    : QComboBox(parent)
{
    setItemDelegate(new ServerDelegate(this));
}

void ServerList::show(const QList<ServerState> &servers)
{
    const QSignalBlocker blocker(this);
    const int index = currentIndex();
    while (count() > servers.size())
        removeItem(count() - 1);
    while (count() < servers.size())
        addItem(QString());
    for (int at = 0; at < count(); ++at)
        fill(at, servers[at]);
    if (index >= 0)
        setCurrentIndex(std::min(index, count() - 1));
}

void ServerList::fill(int index, const ServerState &server)
{
    const Situation &situation = server.situation;
    if (const QString name = visible(server.name); itemText(index) != name)
        setItemText(index, name);
    const QString look = QStringLiteral("%1/%2/%3")
                             .arg(int(situation.tone))
                             .arg(int(situation.glyph))
                             .arg(Theme::current().isDark);
    if (itemData(index, LookRole) != look) {
        setItemIcon(index, glyphIcon(situation.glyph, Theme::current().tone(situation.tone).ink));
        setItemData(index, int(situation.tone), ToneRole);
        setItemData(index, int(situation.glyph), GlyphRole);
        setItemData(index, look, LookRole);
    }
    if (itemData(index, TextRole) == situation.text && !itemData(index, Qt::AccessibleTextRole).isNull())
        return;
    setItemData(index, situation.text, TextRole);
    setItemData(index, QStringLiteral("%1: %2").arg(server.name, situation.text), Qt::AccessibleTextRole);
    setItemData(index, wrapped(server.name + QStringLiteral(": ") + situation.text), Qt::ToolTipRole);
}

void ServerList::showPopup()
{
    // As wide as its widest line, on the screen.
    view()->setMinimumWidth(std::min(view()->sizeHintForColumn(0), grid(110)));
    QComboBox::showPopup();
}

OtherServers::OtherServers(QWidget *parent)
    : QWidget(parent)
    , m_button(new QPushButton(this))
{
    m_button->setObjectName(QStringLiteral("otherServers"));
    m_button->setFlat(true);
    m_button->setAccessibleName(tr("Other servers"));
    m_button->hide();
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_button, 0, Qt::AlignLeft);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed); // it takes what is left
    connect(m_button, &QPushButton::clicked, this, [this] { Q_EMIT chosen(m_worst); });
}

void OtherServers::show(const QList<ServerState> &servers, int chosen)
{
    m_worst = -1;
    int problems = 0;
    for (int server = 0; server < servers.size(); ++server) {
        if (server == chosen || !isProblem(servers[server].situation))
            continue;
        ++problems;
        if (m_worst < 0 || servers[server].situation.tone > servers[m_worst].situation.tone)
            m_worst = server;
    }
    m_button->setVisible(problems > 0);
    if (problems == 0)
        return;
    const ServerState &worst = servers[m_worst];
    QString text = QStringLiteral("%1: %2").arg(shortened(worst.name, 32), visible(worst.situation.text));
    if (problems > 1)
        text += QStringLiteral(" · ") + tr("and %1 more").arg(problems - 1);
    const ToneColors &colors = Theme::current().tone(worst.situation.tone);
    if (text == m_text && m_button->palette().color(QPalette::ButtonText) == colors.ink)
        return; // each second, of every server
    m_text = text;
    QPalette ink = palette();
    ink.setColor(QPalette::ButtonText, colors.ink);
    m_button->setPalette(ink);
    m_button->setIcon(glyphIcon(worst.situation.glyph, colors.ink));
    m_button->setAccessibleName(tr("Another server: %1").arg(m_text));
    m_button->setToolTip(wrapped(m_text));
    render();
}

void OtherServers::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    render();
}

void OtherServers::render()
{
    QString text = m_button->fontMetrics().elidedText(m_text, Qt::ElideRight, width() - grid(7));
    text.replace(QLatin1Char('&'), QStringLiteral("&&"));
    if (m_button->text() != text)
        m_button->setText(text);
}

} // namespace concierge::monitor
