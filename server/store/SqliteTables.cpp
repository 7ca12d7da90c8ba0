#include "store/SqliteTables.h"

#include "store/MessageColumns.h"

#include <utility>

namespace concierge::store {

using chat::Entry;
using chat::Message;
using chat::Receipt;

namespace {

enum Kind : int { KindMessage = 1, KindReceipt = 2 };
// The order of the columns in the statements.
enum Column : int {
    Position,
    User,
    StoredAt,
    KindOf,
    Flags,
    Peer,
    MessageIdOf,
    Chat,
    Timestamp,
    Data,
    Parts
};

QVariantList valuesOf(const Message &message)
{
    return QVariantList{int(KindMessage)} + columnsOf(message);
}

QVariantList valuesOf(const Receipt &receipt)
{
    return {int(KindReceipt),
            static_cast<int>(receipt.state),
            receipt.receiver.utf8(),
            receipt.message.utf8(),
            receipt.chat.utf8(),
            inMs(receipt.timestamp),
            QByteArray(),
            QByteArray()};
}

Milliseconds timeOf(const QSqlQuery &query, int column)
{
    return Milliseconds(query.value(column).toLongLong());
}

Entry entryOf(const QSqlQuery &query)
{
    const int flags = query.value(Flags).toInt();
    if (query.value(KindOf).toInt() == KindReceipt) {
        auto receipt = std::make_shared<Receipt>();
        receipt->message = MessageId(query.value(MessageIdOf).toByteArray());
        receipt->chat = ChatId(query.value(Chat).toByteArray());
        receipt->receiver = UserId(query.value(Peer).toByteArray());
        receipt->state = static_cast<chat::MessageState>(flags);
        receipt->timestamp = timeOf(query, Timestamp);
        return receipt;
    }
    return messageOf(query, Flags);
}

SqliteTables::Row rowOf(const QSqlQuery &query)
{
    return {query.value(Position).toLongLong(), UserId(query.value(User).toByteArray()),
            timeOf(query, StoredAt), entryOf(query)};
}

} // namespace

SqliteTables::SqliteTables(SqliteConnection &connection)
    : SqliteStatements(connection, m_lastError)
    , m_outgoing(connection, m_lastError)
    , m_begin{"BEGIN IMMEDIATE", {}}
    , m_commit{"COMMIT", {}}
    , m_insert{"INSERT INTO waiting (position, user, stored_at, kind, flags, peer, message_id, chat, "
               "timestamp, data, attachments) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {}}
    , m_erase{"DELETE FROM waiting WHERE position = ?", {}}
    , m_addMember{"INSERT OR IGNORE INTO member (chat, user) VALUES (?, ?)", {}}
    , m_removeMember{"DELETE FROM member WHERE chat = ? AND user = ?", {}}
    , m_record{"INSERT INTO ledger (number, bytes) VALUES (?, ?)", {}}
    , m_forget{"DELETE FROM ledger WHERE number <= ?", {}}
    , m_probe{"INSERT OR REPLACE INTO meta VALUES ('probe', ?)", {}}
    , m_read{"SELECT position, user, stored_at, kind, flags, peer, message_id, chat, timestamp, data, "
             "attachments FROM waiting WHERE position = ?",
             {}}
    , m_readBehind{"SELECT position, user, stored_at, kind, flags, peer, message_id, chat, timestamp, data, "
                   "attachments FROM waiting WHERE position > ? ORDER BY position",
                   {}}
    , m_readOldest{"SELECT position, stored_at FROM waiting WHERE position >= ? AND kind = 1 ORDER BY "
                   "position LIMIT 1",
                   {}}
{}

bool SqliteTables::begin()
{
    return runOnce(m_begin);
}

bool SqliteTables::commit()
{
    return runOnce(m_commit);
}

void SqliteTables::rollback()
{
    m_connection.run(QStringLiteral("ROLLBACK")); // SQLite may have done it by itself
}

bool SqliteTables::insert(chat::InboxPosition position, const UserId &user, Milliseconds storedAt,
                          const Entry &entry)
{
    const QVariantList values = std::visit([](const auto &pointer) { return valuesOf(*pointer); }, entry);
    return runOnce(m_insert, QVariantList{position, user.utf8(), inMs(storedAt)} + values);
}

bool SqliteTables::erase(chat::InboxPosition position)
{
    return runOnce(m_erase, {position});
}

bool SqliteTables::addMember(const ChatId &chat, const UserId &user)
{
    return runOnce(m_addMember, {chat.utf8(), user.utf8()});
}

bool SqliteTables::removeMember(const ChatId &chat, const UserId &user)
{
    return runOnce(m_removeMember, {chat.utf8(), user.utf8()});
}

bool SqliteTables::record(quint64 number, const QByteArray &block)
{
    return runOnce(m_record, {static_cast<qint64>(number), block});
}

bool SqliteTables::forget(quint64 upTo)
{
    return runOnce(m_forget, {static_cast<qint64>(upTo)});
}

bool SqliteTables::probe(qint64 value)
{
    return runOnce(m_probe, {value});
}

SqliteTables::Found SqliteTables::read(chat::InboxPosition position, Row &row)
{
    if (!run(m_read, {position}))
        return Found::Failure;
    QSqlQuery &query = *m_read.query;
    const bool isThere = query.next();
    if (isThere)
        row = rowOf(query);
    if (!finish(query, true))
        return Found::Failure;
    return isThere ? Found::Row : Found::Nothing;
}

bool SqliteTables::readBehind(chat::InboxPosition after, const std::function<bool(Row)> &take)
{
    if (!run(m_readBehind, {after}))
        return false;
    QSqlQuery &query = *m_readBehind.query;
    bool isWanted = true;
    while (isWanted && query.next())
        isWanted = take(rowOf(query));
    return finish(query, true);
}

bool SqliteTables::readOldestMessage(chat::InboxPosition from, std::optional<Stored> &oldest)
{
    oldest.reset();
    if (!run(m_readOldest, {from}))
        return false;
    QSqlQuery &query = *m_readOldest.query;
    if (query.next())
        oldest = Stored{query.value(0).toLongLong(), timeOf(query, 1)};
    return finish(query, true);
}

bool SqliteTables::readHeads(const std::function<void(const Head &)> &take)
{
    QSqlQuery query(m_connection.database());
    query.setForwardOnly(true);
    bool isDone = query.exec(QStringLiteral("SELECT position, user, stored_at, kind, flags, peer, message_id "
                                            "FROM waiting ORDER BY position"));
    while (isDone && query.next()) {
        const bool isMessage = query.value(KindOf).toInt() == KindMessage;
        take({query.value(Position).toLongLong(), UserId(query.value(User).toByteArray()),
              timeOf(query, StoredAt), isMessage,
              isMessage && (query.value(Flags).toInt() & flagAppendMessageId) == 0,
              UserId(query.value(Peer).toByteArray()), MessageId(query.value(MessageIdOf).toByteArray())});
    }
    return finish(query, isDone);
}

bool SqliteTables::readMembers(const std::function<void(const ChatId &, const UserId &)> &take)
{
    QSqlQuery query(m_connection.database());
    query.setForwardOnly(true);
    bool isDone = query.exec(QStringLiteral("SELECT chat, user FROM member ORDER BY joined"));
    while (isDone && query.next())
        take(ChatId(query.value(0).toByteArray()), UserId(query.value(1).toByteArray()));
    return finish(query, isDone);
}

bool SqliteTables::readLedger(const std::function<void(chat::LedgerBlock)> &take)
{
    QSqlQuery query(m_connection.database());
    query.setForwardOnly(true);
    bool isDone = query.exec(QStringLiteral("SELECT number, bytes FROM ledger ORDER BY number"));
    while (isDone && query.next())
        take({static_cast<quint64>(query.value(0).toLongLong()), query.value(1).toByteArray()});
    return finish(query, isDone);
}

bool SqliteTables::limitAge(Milliseconds now)
{
    const bool isDone = m_connection.run(
        QStringLiteral("UPDATE waiting SET stored_at = %1 WHERE stored_at > %1").arg(now.count()));
    if (!isDone)
        m_error = m_connection.error();
    return isDone;
}

} // namespace concierge::store
