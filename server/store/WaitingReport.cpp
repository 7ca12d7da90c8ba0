#include "store/WaitingReport.h"

#include "store/DataFolder.h"
#include "store/SqliteConnection.h"

#include <QSqlQuery>

namespace concierge::store {

Result<std::vector<WaitingUser>, StoreError> waitingByUser(const QString &folder)
{
    const QString path = DataFolder::absolutePath(folder);
    SqliteConnection connection(DataFolder::databasePath(path), SqliteConnection::Access::Read);
    if (!connection.open())
        return cannotUse(path, explain(connection.error(), connection.path()));
    std::vector<WaitingUser> users;
    QSqlQuery query(connection.database());
    query.setForwardOnly(true);
    constexpr int isMessage = 1; // resources/schema/001.sql
    const bool isRead = query.exec(
        QStringLiteral("SELECT user, COUNT(*), SUM(IFNULL(LENGTH(data), 0) + "
                       "IFNULL(LENGTH(attachments), 0)), MIN(stored_at) FROM waiting WHERE kind = %1 "
                       "GROUP BY user")
            .arg(isMessage));
    while (isRead && query.next())
        users.push_back({UserId(query.value(0).toByteArray()), query.value(1).toLongLong(),
                         query.value(2).toLongLong(), Milliseconds(query.value(3).toLongLong())});
    if (query.lastError().isValid())
        return cannotUse(path, explain(query.lastError(), connection.path()));
    return users;
}

} // namespace concierge::store
