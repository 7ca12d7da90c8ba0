#include "ListPage.h"

#include "CsvExport.h"
#include "EmptyState.h"
#include "Files.h"
#include "Format.h"
#include "Theme.h"
#include "Visible.h"

#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QStackedWidget>
#include <QTableView>

#include <algorithm>

namespace concierge::monitor {

ListPage::ListPage(const TableKind &kind, QWidget *parent)
    : Page(parent)
    , m_model(kind)
    , m_filter(new QLineEdit(this))
    , m_summary(new QLabel(this))
    , m_tools(new QHBoxLayout)
    , m_export(new QPushButton(this))
    , m_stack(new QStackedWidget(this))
    , m_table(new QTableView(this))
    , m_empty(new EmptyState(this))
{
    m_summary->setProperty("tone", QStringLiteral("muted"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(grid(30));
    m_tools->setSpacing(grid(1));
    m_tools->addWidget(m_filter);
    m_tools->addWidget(m_summary, 1);
    m_tools->addWidget(m_export);
    makeTable();
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, grid(1.5), 0, 0);
    layout->setSpacing(grid(1.5));
    layout->addLayout(m_tools);
    layout->addWidget(m_stack, 1);
    m_refresh.setInterval(refreshMs);
    connect(&m_refresh, &QTimer::timeout, this, &ListPage::refresh);
    m_typing.setSingleShot(true);
    m_typing.setInterval(250);
    connect(m_filter, &QLineEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));
    connect(&m_typing, &QTimer::timeout, this, [this] { m_model.setFilter(m_filter->text().trimmed()); });
    connect(m_export, &QPushButton::clicked, this, &ListPage::askExport);
    connect(&m_model, &PagedModel::stateChanged, this, &ListPage::render);
    connect(&m_model, &PagedModel::pageTaken, this, [this] {
        keepSelection();
        look();
        render();
    });
}

void ListPage::makeTable()
{
    m_table->setModel(&m_model);
    m_table->viewport()->installEventFilter(this);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(grid(4));
    QHeaderView *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setStretchLastSection(true);
    header->setSectionsMovable(true);
    header->setMinimumSectionSize(grid(6));
    const auto columns = m_model.kind().columns();
    const QString sort = m_model.sortKey();
    for (int column = 0; column < columns.size(); ++column) {
        if (sort.endsWith(columns[column].key))
            header->setSortIndicator(column, sort.startsWith(QLatin1Char('-')) ? Qt::DescendingOrder
                                                                               : Qt::AscendingOrder);
    }
    const QSettings settings;
    if (header->restoreState(settings.value(settingsKey("columns")).toByteArray()))
        m_isArranged = settings.value(settingsKey("isArranged")).toBool();
    m_table->setSortingEnabled(true);
    connect(header, &QHeaderView::sectionResized, this, [this](int column) {
        // The last one takes what is left by itself.
        if (!m_isFitting && QApplication::mouseButtons() != Qt::NoButton &&
            column + 1 < m_model.columnCount())
            m_isArranged = true;
    });
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, &ListPage::look);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        if (m_isRestoring)
            return;
        m_selected.clear();
        for (const int row : selectedRows()) {
            if (const QString id = m_model.idAt(row); !id.isEmpty())
                m_selected.append(id);
        }
        selectionChanged();
    });
}

QString ListPage::settingsKey(const char *name) const
{
    return QStringLiteral("table/") + m_model.kind().request + u'/' + QLatin1String(name);
}

void ListPage::saveColumns() const
{
    QSettings settings;
    settings.setValue(settingsKey("columns"), m_table->horizontalHeader()->saveState());
    settings.setValue(settingsKey("isArranged"), m_isArranged);
}

void ListPage::addTool(QWidget *widget)
{
    m_tools->insertWidget(m_tools->count() - 1, widget);
    setTabOrder(m_filter, widget);
}

QList<int> ListPage::selectedRows() const
{
    QList<int> rows;
    for (const QItemSelectionRange &range : m_table->selectionModel()->selection()) {
        // All of 50,000 rows may be selected; only what is here has a name.
        for (int row = range.top(); row <= range.bottom(); ++row) {
            if (m_model.row(row))
                rows.append(row);
        }
    }
    return rows;
}

/// The same people stay selected when the rows move, and nobody else becomes so.
void ListPage::keepSelection()
{
    QItemSelection selection;
    QStringList kept;
    for (const QString &id : std::as_const(m_selected)) {
        const int row = m_model.find(id);
        if (row < 0)
            continue;
        kept.append(id);
        selection.select(m_model.index(row, 0), m_model.index(row, m_model.columnCount() - 1));
    }
    m_isRestoring = true;
    m_table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    m_isRestoring = false;
    m_selected = kept;
    selectionChanged();
}

void ListPage::setSession(ServerSession *session)
{
    Page::setSession(session);
    m_selected.clear();
    m_model.setFeed(session && isVisible() ? &session->feed() : nullptr);
    if (session) {
        connect(&session->feed(), &FeedClient::stateChanged, this, [this] {
            if (isVisible())
                m_model.setFeed(&m_session->feed());
            render();
        });
        connect(session, &ServerSession::situationChanged, this, [this] {
            if (isVisible() && !m_session->feed().isConnected())
                render();
        });
    }
    render();
}

void ListPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    m_refresh.start();
    fitColumns();
    if (m_session && m_model.state() == PagedModel::State::Idle)
        m_model.setFeed(&m_session->feed());
    else
        refresh();
    render();
}

void ListPage::hideEvent(QHideEvent *event)
{
    Page::hideEvent(event);
    m_refresh.stop();
}

/// The table's view has its size later than the page, when there is something in it.
bool ListPage::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Resize) {
        fitColumns();
        look();
    }
    return Page::eventFilter(watched, event);
}

/// All columns are in view where there is room for their heads, which are never cut off, whatever the
/// language. Who has changed a width has it his way.
void ListPage::fitColumns()
{
    if (m_isArranged)
        return;
    const auto columns = m_model.kind().columns();
    int wanted = 0;
    for (const TableColumn &column : columns)
        wanted += grid(column.width);
    const double scale = std::min(1.0, double(m_table->viewport()->width()) / std::max(1, wanted));
    m_isFitting = true;
    for (int column = 0; column < columns.size(); ++column) {
        const int least = m_table->horizontalHeader()->sectionSizeHint(column) + grid(0.5);
        m_table->setColumnWidth(column, std::max(least, int(grid(columns[column].width) * scale)));
    }
    m_isFitting = false;
}

void ListPage::refresh()
{
    if (isVisible())
        m_model.refresh();
}

void ListPage::look()
{
    const int height = m_table->verticalHeader()->defaultSectionSize();
    const int first = m_table->verticalScrollBar()->value() / height;
    m_model.look(first, first + m_table->viewport()->height() / height + 1);
}

void ListPage::render()
{
    const PagedModel::State state = m_model.state();
    const bool isThere = m_session && m_session->feed().isConnected();
    m_filter->setEnabled(isThere);
    m_export->setEnabled(isThere && m_model.matched() > 0 && !m_running);
    m_summary->setText(isThere && state == PagedModel::State::Ready ? summary() : QString());
    const bool hasRows = isThere && m_model.rowCount() > 0 && state != PagedModel::State::Failed;
    m_stack->setCurrentWidget(hasRows ? static_cast<QWidget *>(m_table) : m_empty);
    if (hasRows)
        return;
    if (!isThere)
        m_empty->show(Glyph::Off, absence(), tr("This list appears as soon as the server answers."));
    else if (state == PagedModel::State::Failed)
        m_empty->show(Glyph::Error, tr("The list could not be fetched"), m_model.failure());
    else if (state != PagedModel::State::Ready)
        m_empty->show(Glyph::Wait, tr("Fetching the list…"), QString());
    else if (!m_model.filter().isEmpty())
        m_empty->show(Glyph::Info, tr("Nothing matches “%1”").arg(shortened(m_model.filter(), 40)),
                      tr("Change or clear the search to see the rest."));
    else
        showEmpty(*m_empty);
}

void ListPage::retranslate()
{
    m_filter->setPlaceholderText(tr("Search"));
    m_filter->setAccessibleName(tr("Search in this list"));
    m_filter->setToolTip(tr("Search in this list (Ctrl+F)"));
    m_export->setText(tr("Export…"));
    m_export->setAccessibleName(tr("Export this list as a table"));
    m_model.retranslate();
    fitColumns();
    render();
}

void ListPage::changeEvent(QEvent *event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retranslate();
}

void ListPage::askExport()
{
    const QString path = askSavePath(this, tr("Save the list"), QStringLiteral("concierge-list-%1.csv"));
    if (!path.isEmpty())
        exportTo(path);
}

void ListPage::exportTo(const QString &path)
{
    if (!m_session || m_running)
        return;
    m_running =
        new CsvExport(m_model.kind(), m_session->feed(), m_model.sortKey(), m_model.filter(), path, this);
    connect(m_running, &CsvExport::progressed, this, [this](qint64 rows, qint64 of) {
        Q_EMIT told(tr("Saving: %1 of %2").arg(Format::count(rows), Format::count(of)), false);
    });
    connect(m_running, &CsvExport::finished, this, [this, path](const QString &failure) {
        m_running.clear();
        Q_EMIT told(failure.isEmpty() ? tr("The list is saved: %1").arg(path) : failure, !failure.isEmpty());
        render();
        if (failure.isEmpty())
            Q_EMIT exported(path);
    });
    m_running->start();
    render();
}

} // namespace concierge::monitor
