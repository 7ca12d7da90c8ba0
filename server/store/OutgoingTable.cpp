#include "store/OutgoingTable.h"

#include "store/MessageColumns.h"

#include <utility>

namespace concierge::store {

namespace {

enum Column : int { Number, Bytes, Receivers, Reason, FirstOfMessage };

Outgoing rowOf(const QSqlQuery &query)
{
    Outgoing row;
    row.number = query.value(Number).toLongLong();
    row.bytes = query.value(Bytes).toLongLong();
    for (const QByteArray &id : split(query.value(Receivers).toByteArray()))
        row.entry.receivers.append(UserId(id));
    row.entry.message = messageOf(query, FirstOfMessage);
    row.entry.isPublished = (query.value(FirstOfMessage).toInt() & flagPublished) != 0;
    row.reason = query.value(Reason).toString();
    return row;
}

} // namespace

qint64 costOf(const chat::JournalEntry &entry)
{
    constexpr qint64 row = 100;
    const chat::Message &message = *entry.message;
    qint64 bytes = row + message.id.utf8().size() + message.sender.utf8().size() +
                   message.chat.utf8().size() + message.data.size();
    for (const QByteArray &part : message.attachments)
        bytes += part.size();
    for (const UserId &user : entry.receivers)
        bytes += user.utf8().size();
    return bytes;
}

OutgoingTable::OutgoingTable(SqliteConnection &connection, QSqlError &error)
    : SqliteStatements(connection, error)
    , m_insert{"INSERT INTO outgoing (number, state, bytes, receivers, flags, peer, message_id, chat, "
               "timestamp, data, attachments) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {}}
    , m_erase{"DELETE FROM outgoing WHERE number BETWEEN ? AND ? AND state = 0", {}}
    , m_setAside{"UPDATE outgoing SET state = 1, reason = ? WHERE number = ?", {}}
    , m_restoreAside{"UPDATE outgoing SET state = 0, reason = NULL WHERE state = 1", {}}
    , m_eraseAside{"DELETE FROM outgoing WHERE state = 1", {}}
    , m_readBehind{"SELECT number, bytes, receivers, reason, flags, peer, message_id, chat, timestamp, data, "
                   "attachments FROM outgoing WHERE number > ? AND state = 0 ORDER BY number",
                   {}}
    , m_readAside{"SELECT number, bytes, receivers, reason, flags, peer, message_id, chat, timestamp, data, "
                  "attachments FROM outgoing WHERE state = 1 ORDER BY number LIMIT ?",
                  {}}
{}

bool OutgoingTable::insert(qint64 number, qint64 bytes, const chat::JournalEntry &entry)
{
    QList<QByteArray> receivers;
    for (const UserId &user : entry.receivers)
        receivers.append(user.utf8());
    QVariantList columns = columnsOf(*entry.message);
    if (entry.isPublished)
        columns[0] = columns[0].toInt() | flagPublished;
    return runOnce(m_insert, QVariantList{number, bytes, joined(receivers)} + columns);
}

bool OutgoingTable::erase(qint64 from, qint64 to)
{
    return runOnce(m_erase, {from, to});
}

bool OutgoingTable::setAside(qint64 number, const QString &reason)
{
    return runOnce(m_setAside, {reason, number});
}

bool OutgoingTable::restoreAside()
{
    return runOnce(m_restoreAside);
}

bool OutgoingTable::eraseAside()
{
    return runOnce(m_eraseAside);
}

bool OutgoingTable::count(OutgoingContent &content)
{
    QSqlQuery query(m_connection.database());
    query.setForwardOnly(true);
    const bool isDone = query.exec(
        QStringLiteral("SELECT state, count(*), sum(bytes), max(number) FROM outgoing GROUP BY state"));
    while (isDone && query.next()) {
        OutgoingCount &count = query.value(0).toInt() == 0 ? content.pending : content.setAside;
        count = {query.value(1).toLongLong(), query.value(2).toLongLong()};
        content.lastNumber = std::max(content.lastNumber, query.value(3).toLongLong());
    }
    return finish(query, isDone);
}

bool OutgoingTable::readBehind(qint64 after, const std::function<bool(Outgoing)> &take)
{
    if (!run(m_readBehind, {after}))
        return false;
    QSqlQuery &query = *m_readBehind.query;
    bool isWanted = true;
    while (isWanted && query.next())
        isWanted = take(rowOf(query));
    return finish(query, true);
}

bool OutgoingTable::readAside(int most, std::vector<Outgoing> &found)
{
    if (!run(m_readAside, {most}))
        return false;
    QSqlQuery &query = *m_readAside.query;
    while (query.next())
        found.push_back(rowOf(query));
    return finish(query, true);
}

} // namespace concierge::store
