#include "OverviewPage.h"

#include "AlertText.h"
#include "Csv.h"
#include "Files.h"
#include "Theme.h"
#include "Tiles.h"

#include <QButtonGroup>
#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace concierge::monitor {

namespace {

qint64 spanOf(const QString &range)
{
    static const QHash<QString, qint64> spans{{QStringLiteral("10m"), 600'000},
                                              {QStringLiteral("1h"), 3'600'000},
                                              {QStringLiteral("24h"), 86'400'000},
                                              {QStringLiteral("7d"), 7 * 86'400'000LL},
                                              {QStringLiteral("90d"), 90 * 86'400'000LL}};
    return spans.value(range);
}

/// "UTC+02:00"
QString zone()
{
    const int minutes = QDateTime::currentDateTime().offsetFromUtc() / 60;
    if (minutes == 0)
        return QStringLiteral("UTC");
    return QStringLiteral("UTC%1%2:%3")
        .arg(minutes < 0 ? QChar(0x2212) : QLatin1Char('+'))
        .arg(std::abs(minutes) / 60, 2, 10, QLatin1Char('0'))
        .arg(std::abs(minutes) % 60, 2, 10, QLatin1Char('0'));
}

} // namespace

OverviewPage::OverviewPage(QWidget *parent)
    : Page(parent)
    , m_tiles(new Tiles(this))
    , m_charts{new Chart(this), new Chart(this)}
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, grid(1.5), 0, 0);
    layout->setSpacing(grid(1.5));
    layout->addWidget(m_tiles);
    auto *card = new QFrame(this);
    card->setObjectName(QStringLiteral("card"));
    auto *charts = new QVBoxLayout(card);
    charts->setContentsMargins(grid(1.5), grid(1), grid(1.5), grid(1));
    charts->setSpacing(grid(0.5));
    charts->addWidget(makeHead());
    for (Chart *chart : m_charts) {
        charts->addWidget(chart, 1);
        chart->alignWith(m_charts);
        connect(chart, &Chart::cursorMoved, this, [this](std::optional<qint64> time) {
            for (Chart *other : m_charts)
                other->setCursorTime(time);
        });
    }
    layout->addWidget(card, 1);
    m_clock.setInterval(1'500); // a snapshot that is a little late comes before it
    connect(&m_clock, &QTimer::timeout, this, &OverviewPage::refreshCharts);
    m_ask.setInterval(60'000);
    connect(&m_ask, &QTimer::timeout, this, &OverviewPage::ask);
    // As the eye goes: what is above the charts comes before them.
    for (int range = 1; range < feed::historyRanges().size(); ++range)
        setTabOrder(m_ranges->button(range - 1), m_ranges->button(range));
    setTabOrder(m_ranges->buttons().constLast(), m_export);
    setTabOrder(m_export, m_charts[0]);
    setTabOrder(m_charts[0], m_charts[1]);
    retranslate();
}

QWidget *OverviewPage::makeHead()
{
    auto *head = new QWidget(this);
    auto *layout = new QHBoxLayout(head);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(grid(0.5));
    m_heading = new QLabel(head);
    m_heading->setProperty("tone", QStringLiteral("muted"));
    layout->addWidget(m_heading, 1);
    m_ranges = new QButtonGroup(this);
    for (int index = 0; index < feed::historyRanges().size(); ++index) {
        auto *button = new QPushButton(head);
        button->setCheckable(true);
        button->setFlat(true);
        button->setChecked(feed::historyRanges()[index] == m_range);
        m_ranges->addButton(button, index);
        layout->addWidget(button);
    }
    connect(m_ranges, &QButtonGroup::idClicked, this,
            [this](int id) { setRange(feed::historyRanges()[id]); });
    m_export = new QPushButton(head);
    m_export->setMenu(new QMenu(m_export));
    m_export->menu()->addAction(QString(), this, &OverviewPage::exportPicture);
    m_export->menu()->addAction(QString(), this, &OverviewPage::exportCsv);
    layout->addSpacing(grid(1));
    layout->addWidget(m_export);
    return head;
}

void OverviewPage::retranslate()
{
    const QString names[] = {tr("10 min"), tr("1 h"), tr("24 h"), tr("7 days"), tr("90 days")};
    const QString spoken[] = {tr("Show the last 10 minutes"), tr("Show the last hour"),
                              tr("Show the last 24 hours"), tr("Show the last 7 days"),
                              tr("Show the last 90 days")};
    for (int index = 0; index < 5; ++index) {
        m_ranges->button(index)->setText(names[index]);
        m_ranges->button(index)->setAccessibleName(spoken[index]);
        m_ranges->button(index)->setToolTip(spoken[index]);
    }
    m_export->setText(tr("Export"));
    m_export->setAccessibleName(tr("Export the charts"));
    m_export->menu()->actions()[0]->setText(tr("As a picture (PNG)…"));
    m_export->menu()->actions()[1]->setText(tr("As a table (CSV)…"));
    m_charts[0]->setNames(
        tr("Connections and people"), tr("number"),
        {{QStringLiteral("connections"), tr("Connections")}, {QStringLiteral("users"), tr("People online")}});
    m_charts[1]->setNames(tr("Messages"), tr("a second"),
                          {{QStringLiteral("received"), tr("received")},
                           {QStringLiteral("delivered"), tr("delivered")},
                           {QStringLiteral("read"), tr("read")}});
    refresh();
}

void OverviewPage::changeEvent(QEvent *event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retranslate();
}

void OverviewPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    refresh();
}

void OverviewPage::setSession(ServerSession *session)
{
    Page::setSession(session);
    m_history = {};
    m_failure.clear();
    if (session) {
        connect(session, &ServerSession::snapshotTaken, this, &OverviewPage::refresh);
        connect(session, &ServerSession::historyMerged, this, &OverviewPage::refresh);
        connect(session, &ServerSession::situationChanged, this, &OverviewPage::refreshFigures);
        connect(&session->feed(), &FeedClient::helloReceived, this, &OverviewPage::ask);
    }
    ask();
    refresh();
}

void OverviewPage::setRange(const QString &range)
{
    m_range = range;
    m_history = {};
    m_failure.clear();
    if (auto *button = m_ranges->button(int(feed::historyRanges().indexOf(range))))
        button->setChecked(true);
    ask();
    refreshCharts();
}

bool OverviewPage::isLive() const
{
    return m_range == feed::historyRanges().constFirst();
}

void OverviewPage::ask()
{
    if (isLive() || !m_session)
        return m_ask.stop();
    m_ask.start();
    m_session->feed().request(QLatin1String("history"), {{QStringLiteral("range"), m_range}}, this,
                              [this, range = m_range](const FeedClient::Reply &reply) {
                                  if (range != m_range)
                                      return;
                                  feed::History history;
                                  if (!reply)
                                      m_failure = reply.error().message;
                                  else if (!fields::fromJson(reply.value(), history))
                                      m_history = std::move(history);
                                  refreshCharts();
                              });
}

void OverviewPage::refresh()
{
    refreshFigures();
    refreshCharts();
}

void OverviewPage::refreshFigures()
{
    if (!isVisible())
        return;
    if (!m_session)
        return m_tiles->show(nullptr, false, 0);
    const auto &snapshot = m_session->feed().snapshot();
    m_tiles->show(snapshot ? &*snapshot : nullptr, m_session->feed().isConnected(), m_session->now());
}

void OverviewPage::refreshCharts()
{
    m_clock.start(); // a snapshot came, or none for longer than a second
    if (!isVisible() || !m_session)
        return;
    m_tiles->showHistory(m_session->history(), m_session->now());
    const feed::History &history = isLive() ? m_session->history().history() : m_history;
    const qint64 to = m_session->now();
    for (Chart *chart : m_charts) {
        chart->setNote(note());
        chart->setHistory(history, markers(history.markers), to - spanOf(m_range), to);
    }
    m_heading->setText(tr("Times are this computer's (%1)").arg(zone()));
}

QString OverviewPage::note() const
{
    if (!m_session->feed().isConnected())
        return absence() + QLatin1Char('\n') + tr("Figures appear here as soon as the server sends some.");
    if (!m_failure.isEmpty())
        return m_failure;
    return isLive() ? tr("The first figures come in a second.") : tr("Fetching the history…");
}

QList<ChartMarker> OverviewPage::markers(const QList<feed::Marker> &markers) const
{
    QList<ChartMarker> shown;
    for (const feed::Marker &marker : markers) {
        if (marker.kind == QLatin1String("start")) {
            shown.append({marker.time, ChartMarker::Kind::Start, tr("The server started")});
        } else if (marker.kind == QLatin1String("stop")) {
            shown.append({marker.time, ChartMarker::Kind::Stop, tr("The server stopped")});
        } else if (marker.kind == QLatin1String("alert")) {
            shown.append({marker.time, ChartMarker::Kind::Alert, AlertText::titleOf(marker)});
        }
    }
    return shown;
}

QImage OverviewPage::picture()
{
    const int gap = grid(2);
    QSize size(0, gap);
    for (const Chart *chart : m_charts)
        size = {std::max(size.width(), chart->width() + 2 * gap), size.height() + chart->height() + gap};
    QImage image(size * 2, QImage::Format_RGB32);
    image.setDevicePixelRatio(2);
    image.fill(Theme::current().surface);
    QPainter painter(&image);
    int top = gap;
    for (Chart *chart : m_charts) {
        chart->render(&painter, QPoint(gap, top), QRegion(), QWidget::DrawChildren);
        top += chart->height() + gap;
    }
    return image;
}

QByteArray OverviewPage::csv() const
{
    const feed::History history = isLive() && m_session ? m_session->history().history() : m_history;
    Csv csv(QStringList(QStringLiteral("time")) + feed::historySeries());
    for (qsizetype index = 0; index < history.time.size(); ++index) {
        QStringList row{Csv::time(history.time[index])};
        for (const QString &series : feed::historySeries()) {
            const auto value = history.series.value(series).value(index);
            row.append(value ? QString::number(*value, 'f', QLocale::FloatingPointShortest) : QString());
        }
        csv.add(row);
    }
    return csv.bytes();
}

void OverviewPage::exportPicture()
{
    const QString path =
        askSavePath(this, tr("Save the charts as a picture"), QStringLiteral("concierge-%1.png"));
    if (path.isEmpty())
        return;
    if (picture().save(path, "PNG"))
        Q_EMIT told(tr("The picture is saved: %1").arg(path), false);
    else
        Q_EMIT told(tr("The picture could not be saved as %1").arg(path), true);
}

void OverviewPage::exportCsv()
{
    const QString path =
        askSavePath(this, tr("Save the charts as a table"), QStringLiteral("concierge-%1.csv"));
    if (path.isEmpty())
        return;
    const QString failure = saveFile(path, csv());
    Q_EMIT told(failure.isEmpty() ? tr("The table is saved: %1").arg(path) : failure, !failure.isEmpty());
}

} // namespace concierge::monitor
