#pragma once

#include "store/SqliteConnection.h"

#include <QSqlQuery>

#include <optional>

namespace concierge::store {

/// Prepared statements of one connection. What fails answers false or nothing, and the error is put where
/// the constructor was told. Thread: the connection's.
class SqliteStatements
{
public:
    /// Both outlive this object.
    SqliteStatements(SqliteConnection &connection, QSqlError &error)
        : m_connection(connection)
        , m_error(error)
    {}

protected:
    /// One that is prepared when it is first used.
    struct Statement
    {
        const char *sql;
        std::optional<QSqlQuery> query;
    };

    bool run(Statement &statement, const QVariantList &values = {});
    bool runOnce(Statement &statement, const QVariantList &values = {}); ///< and has no result
    bool finish(QSqlQuery &query, bool isDone);

    SqliteConnection &m_connection;
    QSqlError &m_error;

private:
    QSqlQuery *prepared(Statement &statement);
};

} // namespace concierge::store
