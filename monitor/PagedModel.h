#pragma once

#include "FeedClient.h"
#include "TableKind.h"

#include <QAbstractTableModel>
#include <QPointer>
#include <QTimer>

#include <map>
#include <set>

namespace concierge::monitor {

/// A server's table, of which only the pages that are looked at are fetched. Bounded: maxPages of pageSize
/// rows are kept, one request at a time is on its way, and the pages wanted are those of the last look.
class PagedModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    static constexpr int pageSize = 100;
    static constexpr int maxPages = 12;
    enum class State { Idle, Loading, Ready, Failed };

    explicit PagedModel(const TableKind &kind, QObject *parent = nullptr);

    /// null: nothing is fetched.
    void setFeed(FeedClient *feed);
    void setFilter(const QString &filter);
    const QString &filter() const noexcept { return m_filter; }
    QString sortKey() const noexcept { return m_sort; }
    /// Rows that are seen: they are fetched again.
    void look(int first, int last);
    void refresh();

    State state() const noexcept { return m_state; }
    const QString &failure() const noexcept { return m_failure; }
    qint64 total() const noexcept { return m_total; }
    qint64 matched() const noexcept { return m_matched; }
    /// None where its page is not here.
    const TableRow *row(int row) const;
    QString idAt(int row) const;
    /// The row with this id among the pages that are here; -1: none.
    int find(const QString &id) const;
    int pagesKept() const noexcept { return int(m_pages.size()); }
    const TableKind &kind() const noexcept { return m_kind; }
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

Q_SIGNALS:
    void stateChanged();
    void pageTaken();

private:
    void restart();
    void want(int page);
    void fetchNext();
    void take(int page, const FeedClient::Reply &reply);
    void resize(qint64 matched);
    void setState(State state);

    const TableKind &m_kind;
    QList<TableColumn> m_columns;
    QPointer<FeedClient> m_feed;
    QString m_sort;
    QString m_filter;
    std::map<int, QList<TableRow>> m_pages;
    std::set<int> m_wanted;
    QTimer m_soon; // one look asks for many rows
    int m_firstSeen = 0;
    int m_lastSeen = 0;
    int m_generation = 0; // of filter and sort: older answers are nobody's
    int m_rows = 0;
    bool m_isFetching = false;
    qint64 m_total = 0;
    qint64 m_matched = 0;
    qint64 m_time = 0;
    State m_state = State::Idle;
    QString m_failure;
};

} // namespace concierge::monitor
