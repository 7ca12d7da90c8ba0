#pragma once

#include "store/SqliteConnection.h"

#include <QByteArray>
#include <QString>

#include <optional>
#include <vector>

namespace concierge::store {

/// What SQLite files of ours carry as their application_id: `CNCG`.
inline constexpr int applicationId = 0x434E4347;

/// The statements of resources/schema, in their order: the first make version 1 of an empty database, each
/// following ones take it a version further.
std::vector<QByteArray> schemaUpgrades();

/// Why a file cannot be served from.
struct Unusable
{
    enum class Kind : quint8 { Empty, Foreign, Newer, Damaged, Failure };

    Kind kind = Kind::Failure;
    QString detail;  ///< of Newer: which version it is and which are known; Damaged: SQLite's words
    QSqlError error; ///< of Failure, and sometimes of Damaged
};

/// Nothing: a program that knows `versions` of them can serve from it. Is quick.
std::optional<Unusable> whyUnusable(SqliteConnection &connection, std::size_t versions);
/// The same, after a look at every page of the file.
std::optional<Unusable> whyUnsound(SqliteConnection &connection, std::size_t versions);

/// Takes the database to the latest version. Each step happens as a whole or not at all, whenever the process
/// ends. Why it failed, or nothing.
std::optional<QString> upgrade(SqliteConnection &connection, const std::vector<QByteArray> &upgrades);

} // namespace concierge::store
