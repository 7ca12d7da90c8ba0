#pragma once

#include "shared/Feed.h"

#include <QString>

#include <functional>
#include <variant>

namespace concierge::monitor {

using TableRow = std::variant<feed::ClientRow, feed::WaitingRow>;

struct TablePage
{
    qint64 offset = 0;
    qint64 total = 0;
    qint64 matched = 0;
    qint64 time = 0;
    QList<TableRow> rows;
};

struct TableColumn
{
    QString key;   ///< what the server sorts by
    QString title; ///< in the person's language
    int width;     ///< in steps of the grid
    Qt::Alignment alignment;
    std::function<QString(const TableRow &, qint64 now)> text;
    std::function<QString(const TableRow &)> raw; ///< for CSV: exact, the same in every language
};

/// A table that the server keeps and gives page by page.
struct TableKind
{
    QLatin1String request;
    QString sort; ///< at first
    std::function<Result<TablePage, QString>(const QJsonObject &)> read;
    std::function<QString(const TableRow &)> id; ///< of a row, as long as the table lives
    std::function<QList<TableColumn>()> columns;

    static const TableKind &people();
    static const TableKind &waiting();
};

} // namespace concierge::monitor
