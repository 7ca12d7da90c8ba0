#pragma once

#include "chat/Inbox.h"
#include "shared/Clock.h"
#include "store/OutgoingTable.h"
#include "store/SqliteStatements.h"

#include <functional>
#include <optional>

namespace concierge::store {

/// What the tables hold, as values: every SQL statement of serving is here. A call that fails answers false
/// (or nothing), and error() says why. Thread: the connection's.
class SqliteTables : private SqliteStatements
{
public:
    explicit SqliteTables(SqliteConnection &connection);

    bool begin();
    bool commit();
    void rollback();

    bool insert(chat::InboxPosition position, const UserId &user, Milliseconds storedAt,
                const chat::Entry &entry);
    bool erase(chat::InboxPosition position);
    bool addMember(const ChatId &chat, const UserId &user);
    bool removeMember(const ChatId &chat, const UserId &user);
    bool record(quint64 number, const QByteArray &block);
    bool forget(quint64 upTo);
    /// Writes something and nothing of meaning.
    bool probe(qint64 value);

    struct Row
    {
        chat::InboxPosition position = 0;
        UserId user;
        Milliseconds storedAt{};
        chat::Entry entry;
    };
    enum class Found : quint8 { Row, Nothing, Failure };
    Found read(chat::InboxPosition position, Row &row);
    /// Rows behind `after`, the oldest first, while `take` says true.
    bool readBehind(chat::InboxPosition after, const std::function<bool(Row)> &take);

    struct Stored
    {
        chat::InboxPosition position = 0;
        Milliseconds storedAt{};
    };
    /// The first message (not receipt) at `from` or behind; none: there is none.
    bool readOldestMessage(chat::InboxPosition from, std::optional<Stored> &oldest);

    /// What of a row counts while it waits.
    struct Head
    {
        chat::InboxPosition position = 0;
        UserId user;
        Milliseconds storedAt{};
        bool isMessage = false;
        bool hasOwnId = false; ///< its sender gave `message`
        UserId sender;
        MessageId message;
    };
    bool readHeads(const std::function<void(const Head &)> &take);
    bool readMembers(const std::function<void(const ChatId &, const UserId &)> &take);
    bool readLedger(const std::function<void(chat::LedgerBlock)> &take);
    /// Nothing that waits was stored later than now; a clock that was wrong would keep it for too long.
    bool limitAge(Milliseconds now);

    /// What the platform's back end is to have. Its errors are error().
    OutgoingTable &outgoing() noexcept { return m_outgoing; }

    const QSqlError &error() const noexcept { return m_lastError; }

private:
    QSqlError m_lastError;
    OutgoingTable m_outgoing;
    Statement m_begin;
    Statement m_commit;
    Statement m_insert;
    Statement m_erase;
    Statement m_addMember;
    Statement m_removeMember;
    Statement m_record;
    Statement m_forget;
    Statement m_probe;
    Statement m_read;
    Statement m_readBehind;
    Statement m_readOldest;
};

} // namespace concierge::store
