#pragma once

#include "chat/Journal.h"
#include "store/SqliteStatements.h"

#include <QString>

#include <functional>
#include <vector>

namespace concierge::store {

/// A message that the platform's back end is to have.
struct Outgoing
{
    qint64 number = 0; ///< later is greater
    qint64 bytes = 0;  ///< costOf()
    chat::JournalEntry entry;
    QString reason; ///< why it was set aside
};

/// Bytes that it takes on disk, about.
qint64 costOf(const chat::JournalEntry &entry);

/// How much there is.
struct OutgoingCount
{
    qint64 entries = 0;
    qint64 bytes = 0;
};
struct OutgoingContent
{
    qint64 lastNumber = 0;
    OutgoingCount pending;
    OutgoingCount setAside;
};

/// The table of that name, as values: every SQL statement of it is here. As SqliteTables otherwise.
class OutgoingTable : private SqliteStatements
{
public:
    OutgoingTable(SqliteConnection &connection, QSqlError &error);

    bool insert(qint64 number, qint64 bytes, const chat::JournalEntry &entry);
    /// Those that are pending, from one to the other.
    bool erase(qint64 from, qint64 to);
    bool setAside(qint64 number, const QString &reason);
    /// All that were set aside are pending again, or gone.
    bool restoreAside();
    bool eraseAside();

    bool count(OutgoingContent &content);
    /// Pending ones behind `after`, the oldest first, while `take` says true.
    bool readBehind(qint64 after, const std::function<bool(Outgoing)> &take);
    /// Those that were set aside, at most so many.
    bool readAside(int most, std::vector<Outgoing> &found);

private:
    Statement m_insert;
    Statement m_erase;
    Statement m_setAside;
    Statement m_restoreAside;
    Statement m_eraseAside;
    Statement m_readBehind;
    Statement m_readAside;
};

} // namespace concierge::store
