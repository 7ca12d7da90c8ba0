#include "LogPage.h"

#include "EmptyState.h"
#include "Files.h"
#include "Format.h"
#include "Theme.h"

#include <QClipboard>
#include <QComboBox>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QShortcut>
#include <QStackedWidget>
#include <QTableView>

namespace concierge::monitor {

namespace {

constexpr qint64 longestDate = 1'790'596'800'000; // in September, with two digits

} // namespace

void LogFilter::setLevel(int level)
{
    m_level = level;
    invalidateFilter();
}

void LogFilter::setSearch(const QString &search)
{
    m_search = search;
    invalidateFilter();
}

bool LogFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const QModelIndex index = sourceModel()->index(row, LogModel::Message, parent);
    if (index.data(LogModel::LevelRole).toInt() > m_level)
        return false;
    return m_search.isEmpty() ||
           index.data(LogModel::SearchRole).toString().contains(m_search, Qt::CaseInsensitive);
}

LogPage::LogPage(QWidget *parent)
    : Page(parent)
    , m_search(new QLineEdit(this))
    , m_view(new QComboBox(this))
    , m_level(new QComboBox(this))
    , m_pause(new QPushButton(this))
    , m_save(new QPushButton(this))
    , m_pending(new QLabel(this))
    , m_stack(new QStackedWidget(this))
    , m_table(new QTableView(this))
    , m_empty(new EmptyState(this))
{
    m_search->setClearButtonEnabled(true);
    m_search->setMinimumWidth(grid(30));
    m_pending->setProperty("tone", QStringLiteral("muted"));
    m_pause->setCheckable(true);
    m_view->addItems({QString(), QString()});
    m_level->addItems({QString(), QString(), QString(), QString()});
    m_level->setCurrentIndex(2);
    auto *tools = new QHBoxLayout;
    tools->setSpacing(grid(1));
    tools->addWidget(m_search);
    tools->addWidget(m_level);
    tools->addWidget(m_view);
    tools->addWidget(m_pending, 1);
    tools->addWidget(m_pause);
    tools->addWidget(m_save);
    makeTable();
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, grid(1.5), 0, 0);
    layout->setSpacing(grid(1.5));
    layout->addLayout(tools);
    layout->addWidget(m_stack, 1);
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_rows.setSearch(text.trimmed());
        render();
    });
    connect(m_level, &QComboBox::currentIndexChanged, this, [this](int level) {
        m_rows.setLevel(level);
        render();
    });
    connect(m_view, &QComboBox::currentIndexChanged, this, &LogPage::setView);
    connect(m_pause, &QPushButton::toggled, this, [this](bool isPaused) {
        if (m_session)
            m_session->log().setPaused(isPaused);
        retranslate();
    });
    connect(m_save, &QPushButton::clicked, this, &LogPage::save);
    retranslate();
}

void LogPage::makeTable()
{
    m_table->setModel(&m_rows);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(grid(3.5));
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    // New lines are followed while the end is in view, and not while somebody reads further up.
    connect(&m_rows, &QAbstractItemModel::rowsAboutToBeInserted, this, [this] {
        const QScrollBar *bar = m_table->verticalScrollBar();
        m_table->setProperty("follows", bar->value() >= bar->maximum() - 1);
    });
    connect(&m_rows, &QAbstractItemModel::rowsInserted, this, [this] {
        if (m_table->property("follows").toBool())
            m_table->scrollToBottom();
        render();
    });
    auto *copying = new QShortcut(QKeySequence::Copy, m_table, nullptr, nullptr, Qt::WidgetShortcut);
    connect(copying, &QShortcut::activated, this, &LogPage::copy);
}

void LogPage::setSession(ServerSession *session)
{
    if (m_session)
        m_session->log().disconnect(this);
    Page::setSession(session);
    m_rows.setSourceModel(session ? &session->log() : nullptr);
    if (session) {
        m_pause->setChecked(session->log().isPaused());
        connect(&session->log(), &LogModel::pendingChanged, this, &LogPage::render);
        connect(&session->feed(), &FeedClient::stateChanged, this, &LogPage::render);
        connect(session, &ServerSession::situationChanged, this, [this] {
            if (isVisible() && !m_session->feed().isConnected())
                render();
        });
    }
    setView(m_view->currentIndex());
    m_table->scrollToBottom();
    render();
}

void LogPage::setView(int view)
{
    if (m_session)
        m_session->log().setView(view == 0 ? LogView::Plain : LogView::Technical);
    // Wide enough for the longest there is.
    const QFontMetrics metrics(m_table->font());
    m_table->setColumnWidth(LogModel::Time,
                            metrics.horizontalAdvance(view == 0 ? Format::dateTime(longestDate)
                                                                : QStringLiteral("0000-00-00 00:00:00.000")) +
                                grid(4));
    m_table->setColumnWidth(LogModel::Level, metrics.horizontalAdvance(tr("Information")) + grid(4));
}

void LogPage::render()
{
    const bool isThere = m_session && m_session->feed().isConnected();
    const int pending = m_session && m_session->log().isPaused() ? m_session->log().pendingCount() : 0;
    m_pending->setText(pending > 0 ? tr("%Ln new line(s)", nullptr, pending) : QString());
    m_save->setEnabled(m_rows.rowCount() > 0);
    m_stack->setCurrentWidget(m_rows.rowCount() > 0 ? static_cast<QWidget *>(m_table) : m_empty);
    if (m_rows.rowCount() > 0)
        return;
    if (m_session && m_session->log().rowCount() > 0)
        m_empty->show(Glyph::Info, tr("No line matches"),
                      tr("Change the search or the kind to see the rest."));
    else if (isThere)
        m_empty->show(Glyph::Wait, tr("Nothing has happened yet"),
                      tr("What the server says from now on is listed here, the latest at the bottom."));
    else
        m_empty->show(Glyph::Off, absence(), tr("Its log appears here as soon as the server answers."));
}

void LogPage::retranslate()
{
    m_search->setPlaceholderText(tr("Search"));
    m_search->setAccessibleName(tr("Search in the log"));
    m_search->setToolTip(tr("Search in the log (Ctrl+F)"));
    const QString levels[] = {tr("Problems only"), tr("Warnings and worse"), tr("Information and worse"),
                              tr("Everything")};
    for (int level = 0; level < 4; ++level)
        m_level->setItemText(level, levels[level]);
    m_level->setAccessibleName(tr("Which lines to show"));
    m_view->setItemText(0, tr("In plain words"));
    m_view->setItemText(1, tr("Technical"));
    m_view->setAccessibleName(tr("How to show them"));
    m_pause->setText(m_pause->isChecked() ? tr("Go on") : tr("Pause"));
    m_pause->setAccessibleName(m_pause->isChecked() ? tr("Show new lines again") : tr("Hold the log"));
    m_save->setText(tr("Save…"));
    m_save->setAccessibleName(tr("Save these lines"));
    m_table->setAccessibleName(tr("Log of the server"));
    setView(m_view->currentIndex());
    render();
}

void LogPage::changeEvent(QEvent *event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retranslate();
}

void LogPage::copy()
{
    QStringList lines;
    auto rows = m_table->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    for (const QModelIndex &row : std::as_const(rows)) {
        QStringList cells;
        for (int column = 0; column < LogModel::columns; ++column)
            cells.append(row.siblingAtColumn(column).data().toString());
        lines.append(cells.join(QLatin1Char('\t')));
    }
    QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

void LogPage::save()
{
    const QString path = askSavePath(this, tr("Save the log"), QStringLiteral("concierge-log-%1.txt"));
    if (path.isEmpty())
        return;
    QByteArray text;
    for (int row = 0; row < m_rows.rowCount(); ++row) {
        text += m_rows.index(row, LogModel::Time).data(LogModel::ExactTimeRole).toString().toUtf8();
        for (const int column : {LogModel::Level, LogModel::Message})
            text += '\t' + m_rows.index(row, column).data().toString().toUtf8();
        text += '\n';
    }
    const QString failure = saveFile(path, text);
    Q_EMIT told(failure.isEmpty() ? tr("The log is saved: %1").arg(path) : failure, !failure.isEmpty());
}

} // namespace concierge::monitor
