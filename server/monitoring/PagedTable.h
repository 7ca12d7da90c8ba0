#pragma once

#include "shared/Feed.h"
#include "shared/Result.h"

#include <QStringList>

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

namespace concierge::monitoring {

/// A column to sort by.
template <class Row>
struct Column
{
    const char *name;
    bool (*isLess)(const Row &a, const Row &b);
};

/// Rows as they were at one moment, for pages of them. The order and the filter of the last request are kept,
/// so that scrolling costs nothing. Row has columns() and matches(filter). Thread: one.
template <class Row>
class PagedTable
{
public:
    PagedTable(std::vector<Row> rows, qint64 time)
        : m_rows(std::move(rows))
        , m_time(time)
    {}

    qint64 time() const noexcept { return m_time; } ///< of day, when the rows were gathered
    qint64 total() const noexcept { return static_cast<qint64>(m_rows.size()); }
    qint64 matched() const noexcept { return static_cast<qint64>(m_order.size()); }

    /// The rows that the request asks for, valid until the next call. An unknown column is "bad_request".
    Result<std::vector<const Row *>, feed::ReplyError> page(const feed::ListRequest &request)
    {
        if (!m_isOrdered || request.sort != m_sort || request.filter != m_filter) {
            if (const auto error = order(request))
                return *error;
        }
        std::vector<const Row *> rows;
        const qint64 end = std::min(matched(), request.offset + request.limit);
        for (qint64 i = request.offset; i < end; ++i)
            rows.push_back(&m_rows[m_order[static_cast<std::size_t>(i)]]);
        return rows;
    }

private:
    std::optional<feed::ReplyError> order(const feed::ListRequest &request)
    {
        const bool isDescending = request.sort.startsWith(u'-');
        const QString name = request.sort.isEmpty() ? QStringLiteral("user") : request.sort.mid(isDescending);
        const std::span<const Column<Row>> columns = Row::columns();
        const auto column = std::find_if(columns.begin(), columns.end(), [&name](const Column<Row> &each) {
            return name == QLatin1String(each.name);
        });
        if (column == columns.end())
            return unknownColumn(columns);
        m_order.clear();
        for (std::size_t i = 0; i < m_rows.size(); ++i) {
            if (request.filter.isEmpty() || m_rows[i].matches(request.filter))
                m_order.push_back(static_cast<quint32>(i));
        }
        // Equal ones stay in their order, also from page to page.
        std::stable_sort(m_order.begin(), m_order.end(), [&](quint32 a, quint32 b) {
            return isDescending ? column->isLess(m_rows[b], m_rows[a]) : column->isLess(m_rows[a], m_rows[b]);
        });
        m_sort = request.sort;
        m_filter = request.filter;
        m_isOrdered = true;
        return std::nullopt;
    }

    static feed::ReplyError unknownColumn(std::span<const Column<Row>> columns)
    {
        QStringList names;
        for (const Column<Row> &column : columns)
            names << QLatin1String(column.name);
        return {QStringLiteral("bad_request"), QStringLiteral("sort: it is one of %1, or - and one of them")
                                                   .arg(names.join(QLatin1String(", ")))};
    }

    const std::vector<Row> m_rows;
    const qint64 m_time;
    std::vector<quint32> m_order;
    QString m_sort;
    QString m_filter;
    bool m_isOrdered = false;
};

} // namespace concierge::monitoring
