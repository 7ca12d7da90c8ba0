#include "Tiles.h"

#include "Format.h"
#include "RefusedText.h"
#include "Theme.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace concierge::monitor {

Sparkline::Sparkline(QWidget *parent)
    : QWidget(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize Sparkline::sizeHint() const
{
    return {grid(8), grid(3)};
}

void Sparkline::setValues(const QList<qint64> &time, const QList<std::optional<double>> &values, qint64 to)
{
    m_highest = 0;
    for (const auto &value : values)
        m_highest = std::max(m_highest, value.value_or(0));
    m_content = {time, LiveHistory::stepMs, {{{}, values}}};
    m_to = to;
    update();
}

LineLayer::Frame Sparkline::frame(double ratio) const
{
    const double top = 2;
    const double bottom = height() - 1.5;
    const Theme &theme = Theme::current();
    return {(QSizeF(size()) * ratio).toSize(),
            ratio,
            theme.surface,
            theme.border,
            {bottom},
            bottom,
            (bottom - top) / (m_highest > 0 ? m_highest : 1),
            LiveHistory::spanMs};
}

void Sparkline::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    const double ratio = painter.deviceTransform().m11();
    QColor ground = theme.accent;
    ground.setAlphaF(theme.isDark ? 0.18F : 0.12F);
    if (!m_content.lines.isEmpty())
        m_content.lines[0].look = {theme.accent, ground, Qt::SolidLine, 1.5};
    painter.drawPixmap(QPointF(0, 0), m_layer.picture(frame(ratio), m_content, m_to));
}

Tile::Tile(const QString &name, QWidget *parent)
    : QFrame(parent)
    , m_title(new QLabel(this))
    , m_figure(new QLabel(this))
    , m_note(new QLabel(this))
    , m_sparkline(new Sparkline(this))
{
    setObjectName(QStringLiteral("card"));
    setProperty("tile", name);
    m_figure->setObjectName(name + QStringLiteral("Figure"));
    m_note->setObjectName(name + QStringLiteral("Note"));
    m_title->setProperty("tone", QStringLiteral("muted"));
    m_note->setProperty("tone", QStringLiteral("muted"));
    m_figure->setFont(scaledFont(1.75, QFont::DemiBold));
    m_note->setFont(scaledFont(0.9));
    m_note->setWordWrap(true);
    m_note->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_note->setMinimumHeight(QFontMetrics(m_note->font()).lineSpacing() * 2);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(grid(1.5), grid(1.25), grid(1.5), grid(1.25));
    layout->setSpacing(grid(0.25));
    layout->addWidget(m_title);
    layout->addWidget(m_figure);
    layout->addWidget(m_note);
    layout->addWidget(m_sparkline);
}

void Tile::setTitle(const QString &title)
{
    m_title->setText(title);
}

bool Tile::hasRoomFor(const QString &note) const
{
    const QFontMetrics metrics(m_note->font());
    const QRect room(0, 0, m_note->width(), m_note->height());
    return metrics.boundingRect(room, Qt::TextWordWrap, note).height() <= 2 * metrics.lineSpacing();
}

QString Tile::figure() const
{
    return m_figure->text();
}

QString Tile::note() const
{
    return m_note->text();
}

void Tile::setFigure(const QString &figure, const QString &words, bool isCurrent, const QString &more)
{
    const QString note = more.isEmpty() || !hasRoomFor(words + QLatin1Char('\n') + more)
                             ? words
                             : words + QLatin1Char('\n') + more;
    if (m_figure->isEnabled() != isCurrent)
        m_figure->setEnabled(isCurrent); // what is no longer so is grey
    if (m_figure->text() == figure && m_note->text() == note)
        return;
    m_figure->setText(figure);
    m_note->setText(note);
    setAccessibleName(QStringLiteral("%1: %2. %3").arg(m_title->text(), figure, note));
}

Tiles::Tiles(QWidget *parent)
    : QWidget(parent)
{
    static const QString names[count] = {QStringLiteral("people"),   QStringLiteral("peak"),
                                         QStringLiteral("messages"), QStringLiteral("waiting"),
                                         QStringLiteral("delivery"), QStringLiteral("refused")};
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(grid(1.5));
    for (int which = 0; which < count; ++which) {
        m_tiles[which] = new Tile(names[which], this);
        layout->addWidget(m_tiles[which], 1);
    }
    retitle();
    show(nullptr, false, 0);
}

void Tiles::retitle()
{
    m_tiles[People]->setTitle(tr("People online"));
    m_tiles[Peak]->setTitle(tr("Peak today"));
    m_tiles[Messages]->setTitle(tr("Messages a second"));
    m_tiles[Waiting]->setTitle(tr("Waiting messages"));
    m_tiles[Delivery]->setTitle(tr("Delivery time"));
    m_tiles[Refused]->setTitle(tr("Refused"));
}

void Tiles::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retitle();
}

void Tiles::show(const MonitorSnapshot *snapshot, bool isCurrent, qint64 now)
{
    if (snapshot)
        return showFigures(*snapshot, isCurrent, now);
    for (Tile *tile : m_tiles)
        tile->setFigure(QStringLiteral("–"), tr("no figures yet"), false);
}

void Tiles::showFigures(const MonitorSnapshot &snapshot, bool isCurrent, qint64 now)
{
    const auto set = [&](Which which, const QString &figure, const QString &note, const QString &more = {}) {
        m_tiles[which]->setFigure(figure, note, isCurrent, more);
    };
    const ConnectionFigures &connections = snapshot.connections;
    set(People, Format::count(snapshot.users.online), tr("%Ln connection(s)", nullptr, int(connections.now)));
    set(Peak, Format::count(connections.peakToday),
        connections.peakAt > 0
            ? tr("connection(s); since the start %1 (%2)", nullptr, int(connections.peakToday))
                  .arg(Format::count(connections.peak), Format::when(connections.peakAt, now))
            : tr("connection(s)", nullptr, int(connections.peakToday)));
    set(Messages, Format::rate(snapshot.rates.received),
        tr("%1 since the start").arg(Format::count(snapshot.messages.received)));
    set(Waiting, Format::count(snapshot.waiting.messages),
        snapshot.waiting.messages == 0 ? tr("nobody has to catch up")
        : snapshot.waiting.oldestMs
            ? tr("for %Ln people; the oldest for %1", nullptr, int(snapshot.waiting.users))
                  .arg(Format::duration(*snapshot.waiting.oldestMs))
            : tr("for %Ln people", nullptr, int(snapshot.waiting.users)));
    set(Delivery,
        snapshot.delivery.p95Ms ? Format::milliseconds(*snapshot.delivery.p95Ms) : QStringLiteral("–"),
        snapshot.delivery.p95Ms ? tr("for 95 of 100 messages") : tr("no message in the last 10 s"));
    const auto &refused = connections.refused;
    const qint64 all = std::accumulate(refused.begin(), refused.end(), qint64(0));
    const RefusedText reasons = RefusedText::of(refused);
    m_tiles[Refused]->setToolTip(reasons.all);
    set(Refused, Format::count(all),
        all == 0 ? tr("no connection since the start")
                 : tr("connection(s) since the start", nullptr, int(all)),
        reasons.most);
}

void Tiles::showHistory(const LiveHistory &history, qint64 to)
{
    static const QString series[count] = {QStringLiteral("users"),    QStringLiteral("connections"),
                                          QStringLiteral("received"), QStringLiteral("waiting"),
                                          QStringLiteral("p95Ms"),    QStringLiteral("refused")};
    const feed::History &kept = history.history();
    for (int which = 0; which < count; ++which)
        m_tiles[which]->sparkline().setValues(kept.time, kept.series.value(series[which]), to);
}

} // namespace concierge::monitor
