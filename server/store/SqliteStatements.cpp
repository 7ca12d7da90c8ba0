#include "store/SqliteStatements.h"

#include <utility>

namespace concierge::store {

QSqlQuery *SqliteStatements::prepared(Statement &statement)
{
    if (statement.query)
        return &*statement.query;
    QSqlQuery query(m_connection.database());
    query.setForwardOnly(true);
    if (!query.prepare(QLatin1String(statement.sql))) {
        m_error = query.lastError();
        return nullptr;
    }
    return &statement.query.emplace(std::move(query));
}

bool SqliteStatements::run(Statement &statement, const QVariantList &values)
{
    QSqlQuery *query = prepared(statement);
    if (!query)
        return false;
    for (int i = 0; i < values.size(); ++i)
        query->bindValue(i, values[i]);
    if (query->exec())
        return true;
    m_error = query->lastError();
    query->finish();
    return false;
}

bool SqliteStatements::runOnce(Statement &statement, const QVariantList &values)
{
    const bool isDone = run(statement, values);
    if (isDone)
        statement.query->finish();
    return isDone;
}

/// A query that was left before its end keeps the write-ahead log from being used anew.
bool SqliteStatements::finish(QSqlQuery &query, bool isDone)
{
    if (query.lastError().isValid()) {
        m_error = query.lastError();
        isDone = false;
    }
    query.finish();
    return isDone;
}

} // namespace concierge::store
