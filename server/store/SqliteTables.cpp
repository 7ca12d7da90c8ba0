#include "store/SqliteTables.h"

#include <QtEndian>

#include <utility>

namespace concierge::store {

using chat::Entry;
using chat::Message;
using chat::Receipt;

namespace {

enum Kind : int { KindMessage = 1, KindReceipt = 2 };
enum Flag : int { AppendSenderId = 1, AppendTimestamp = 2, AppendMessageId = 4 };

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

QVariant ms(Milliseconds time)
{
    return static_cast<qint64>(time.count());
}

QByteArray joined(const QList<QByteArray> &parts)
{
    QByteArray bytes;
    for (const QByteArray &part : parts) {
        const auto size = qToBigEndian(static_cast<quint32>(part.size()));
        bytes.append(reinterpret_cast<const char *>(&size), sizeof size);
        bytes += part;
    }
    return bytes;
}

QList<QByteArray> split(const QByteArray &bytes)
{
    QList<QByteArray> parts;
    constexpr qsizetype head = sizeof(quint32);
    for (qsizetype at = 0; at + head <= bytes.size();) {
        const auto size = static_cast<qsizetype>(qFromBigEndian<quint32>(bytes.constData() + at));
        parts.append(bytes.mid(at + head, size));
        at += head + size;
    }
    return parts;
}

QVariantList valuesOf(const Message &message)
{
    const int flags = (message.appendSenderId ? AppendSenderId : 0) |
                      (message.appendTimestamp ? AppendTimestamp : 0) |
                      (message.appendMessageId ? AppendMessageId : 0);
    return {int(KindMessage),      flags,
            message.sender.utf8(), message.id.utf8(),
            message.chat.utf8(),   ms(message.timestamp),
            message.data,          joined(message.attachments)};
}

QVariantList valuesOf(const Receipt &receipt)
{
    return {int(KindReceipt),
            static_cast<int>(receipt.state),
            receipt.receiver.utf8(),
            receipt.message.utf8(),
            receipt.chat.utf8(),
            ms(receipt.timestamp),
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
    auto message = std::make_shared<Message>();
    message->id = MessageId(query.value(MessageIdOf).toByteArray());
    message->sender = UserId(query.value(Peer).toByteArray());
    message->chat = ChatId(query.value(Chat).toByteArray());
    message->timestamp = timeOf(query, Timestamp);
    message->data = query.value(Data).toByteArray();
    message->attachments = split(query.value(Parts).toByteArray());
    message->appendSenderId = (flags & AppendSenderId) != 0;
    message->appendTimestamp = (flags & AppendTimestamp) != 0;
    message->appendMessageId = (flags & AppendMessageId) != 0;
    return message;
}

SqliteTables::Row rowOf(const QSqlQuery &query)
{
    return {query.value(Position).toLongLong(), UserId(query.value(User).toByteArray()),
            timeOf(query, StoredAt), entryOf(query)};
}

} // namespace

SqliteTables::SqliteTables(SqliteConnection &connection)
    : m_connection(connection)
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

QSqlQuery *SqliteTables::prepared(Statement &statement)
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

bool SqliteTables::run(Statement &statement, const QVariantList &values)
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

bool SqliteTables::runOnce(Statement &statement, const QVariantList &values)
{
    const bool isDone = run(statement, values);
    if (isDone)
        statement.query->finish();
    return isDone;
}

/// A query that was left before its end keeps the write-ahead log from being used anew.
bool SqliteTables::finish(QSqlQuery &query, bool isDone)
{
    if (query.lastError().isValid()) {
        m_error = query.lastError();
        isDone = false;
    }
    query.finish();
    return isDone;
}

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
    return runOnce(m_insert, QVariantList{position, user.utf8(), ms(storedAt)} + values);
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
              isMessage && (query.value(Flags).toInt() & AppendMessageId) == 0,
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
