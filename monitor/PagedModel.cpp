#include "PagedModel.h"

#include "Theme.h"
#include "Visible.h"

#include <algorithm>
#include <limits>

namespace concierge::monitor {

PagedModel::PagedModel(const TableKind &kind, QObject *parent)
    : QAbstractTableModel(parent)
    , m_kind(kind)
    , m_columns(kind.columns())
    , m_sort(kind.sort)
{
    m_soon.setSingleShot(true);
    m_soon.setInterval(0);
    connect(&m_soon, &QTimer::timeout, this, &PagedModel::fetchNext);
}

void PagedModel::setFeed(FeedClient *feed)
{
    m_feed = feed;
    m_isFetching = false;
    restart();
}

void PagedModel::setFilter(const QString &filter)
{
    if (m_filter == filter)
        return;
    m_filter = filter;
    restart();
}

void PagedModel::sort(int column, Qt::SortOrder order)
{
    if (column < 0 || column >= m_columns.size())
        return;
    const QString sort =
        (order == Qt::DescendingOrder ? QStringLiteral("-") : QString()) + m_columns[column].key;
    if (m_sort == sort)
        return;
    m_sort = sort;
    restart();
}

/// Another table: nothing that is here belongs to it.
void PagedModel::restart()
{
    ++m_generation;
    m_isFetching = false;
    m_failure.clear();
    beginResetModel();
    m_pages.clear();
    m_wanted.clear();
    m_rows = 0;
    m_total = m_matched = 0;
    m_firstSeen = m_lastSeen = 0;
    endResetModel();
    if (!m_feed || !m_feed->isConnected())
        return setState(State::Idle);
    setState(State::Loading);
    want(0);
}

void PagedModel::look(int first, int last)
{
    m_firstSeen = std::max(0, first);
    m_lastSeen = std::max(m_firstSeen, last);
    for (int page = m_firstSeen / pageSize; page <= m_lastSeen / pageSize; ++page) {
        if (!m_pages.contains(page))
            want(page);
    }
}

void PagedModel::refresh()
{
    if (!m_feed || !m_feed->isConnected())
        return;
    if (m_state == State::Idle || m_state == State::Failed)
        return restart();
    for (int page = m_firstSeen / pageSize; page <= m_lastSeen / pageSize; ++page)
        want(page);
}

void PagedModel::want(int page)
{
    m_wanted.insert(page);
    if (!m_isFetching && !m_soon.isActive())
        m_soon.start();
}

void PagedModel::fetchNext()
{
    // What was scrolled past in the meantime is of no interest any more.
    const int first = m_firstSeen / pageSize;
    const int last = m_lastSeen / pageSize;
    std::erase_if(m_wanted, [&](int page) { return page < first || page > last; });
    if (m_isFetching || m_wanted.empty() || !m_feed)
        return;
    const int page = *m_wanted.begin();
    m_wanted.erase(m_wanted.begin());
    m_isFetching = true;
    feed::ListRequest request{qint64(page) * pageSize, pageSize, m_sort, m_filter};
    m_feed->request(m_kind.request, fields::toJson(request), this,
                    [this, page, generation = m_generation](const FeedClient::Reply &reply) {
                        if (generation != m_generation)
                            return;
                        m_isFetching = false;
                        take(page, reply);
                        fetchNext();
                    });
}

void PagedModel::take(int page, const FeedClient::Reply &reply)
{
    auto read = reply ? m_kind.read(reply.value()) : Result<TablePage, QString>(reply.error().message);
    if (!read) {
        m_wanted.clear();
        m_failure = read.error();
        return setState(State::Failed);
    }
    m_time = read->time;
    m_total = read->total;
    resize(read->matched);
    auto &kept = m_pages[page];
    const QList<TableRow> before = std::exchange(kept, std::move(read->rows));
    // Only what changed is painted again; ages change with every look.
    const int begin = page * pageSize;
    const int end = std::min(begin + std::max(int(kept.size()), int(before.size())), m_rows) - 1;
    if (end >= begin)
        Q_EMIT dataChanged(index(begin, 0), index(end, columnCount() - 1));
    while (int(m_pages.size()) > maxPages) {
        const int middle = (m_firstSeen + m_lastSeen) / 2 / pageSize;
        const bool isLowFarther = middle - m_pages.begin()->first > m_pages.rbegin()->first - middle;
        m_pages.erase(isLowFarther ? m_pages.begin() : std::prev(m_pages.end()));
    }
    setState(State::Ready);
    Q_EMIT pageTaken();
}

void PagedModel::resize(qint64 matched)
{
    m_matched = matched;
    const int rows = int(std::min<qint64>(matched, std::numeric_limits<int>::max() / 64));
    if (rows > m_rows) {
        beginInsertRows({}, m_rows, rows - 1);
        m_rows = rows;
        endInsertRows();
    } else if (rows < m_rows) {
        beginRemoveRows({}, rows, m_rows - 1);
        m_rows = rows;
        std::erase_if(m_pages, [rows](const auto &page) { return page.first * pageSize >= rows; });
        endRemoveRows();
        m_lastSeen = std::min(m_lastSeen, std::max(0, rows - 1));
        m_firstSeen = std::min(m_firstSeen, m_lastSeen);
    }
}

const TableRow *PagedModel::row(int row) const
{
    const auto page = m_pages.find(row / pageSize);
    if (row < 0 || page == m_pages.end() || row % pageSize >= page->second.size())
        return nullptr;
    return &page->second[row % pageSize];
}

QString PagedModel::idAt(int place) const
{
    const TableRow *found = row(place);
    return found ? m_kind.id(*found) : QString();
}

int PagedModel::find(const QString &id) const
{
    for (const auto &[page, rows] : m_pages) {
        for (int index = 0; index < rows.size(); ++index) {
            if (m_kind.id(rows[index]) == id)
                return page * pageSize + index;
        }
    }
    return -1;
}

void PagedModel::retranslate()
{
    m_columns = m_kind.columns();
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
    if (m_rows > 0)
        Q_EMIT dataChanged(index(0, 0), index(m_rows - 1, columnCount() - 1));
}

int PagedModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int PagedModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_columns.size());
}

QVariant PagedModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const TableColumn &column = m_columns[index.column()];
    switch (role) {
    case Qt::DisplayRole: {
        const TableRow *found = row(index.row());
        return found ? visible(column.text(*found, m_time)) : QStringLiteral("…");
    }
    case Qt::ToolTipRole: {
        // Whole: the column may be too narrow for it.
        const TableRow *found = row(index.row());
        return found ? QVariant(wrapped(visible(column.text(*found, m_time)))) : QVariant();
    }
    case Qt::TextAlignmentRole:
        return int(column.alignment);
    case Qt::ForegroundRole:
        return index.column() == 0 ? QVariant() : Theme::current().muted;
    default:
        return {};
    }
}

QVariant PagedModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section >= m_columns.size())
        return {};
    if (role == Qt::DisplayRole)
        return m_columns[section].title;
    if (role == Qt::TextAlignmentRole)
        return int(m_columns[section].alignment);
    if (role == Qt::SizeHintRole)
        return {};
    return {};
}

void PagedModel::setState(State state)
{
    if (m_state == state && state != State::Failed)
        return;
    m_state = state;
    Q_EMIT stateChanged();
}

} // namespace concierge::monitor
