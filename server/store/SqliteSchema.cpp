#include "store/SqliteSchema.h"

#include <QFile>
#include <QStringList>

/// A static library's resources are linked in only where this is called, which no namespace may surround.
static void initResources()
{
    Q_INIT_RESOURCE(schema);
}

namespace concierge::store {

namespace {

Unusable failure(const QSqlError &error)
{
    return isDamage(error) ? Unusable{Unusable::Kind::Damaged, error.databaseText(), error}
                           : Unusable{Unusable::Kind::Failure, {}, error};
}

std::optional<int> number(SqliteConnection &connection, const char *sql)
{
    const auto value = connection.value(QLatin1String(sql));
    return value ? std::optional(value->toInt()) : std::nullopt;
}

/// See resources/schema/001.sql for what a file may hold.
QStringList statementsOf(const QByteArray &file)
{
    QString text;
    for (const QByteArray &line : file.split('\n')) {
        const qsizetype comment = line.indexOf("--");
        text += QString::fromUtf8(comment < 0 ? line : line.first(comment)).trimmed() + u'\n';
    }
    QStringList statements;
    for (const QString &statement : text.split(QStringLiteral(";\n"))) {
        if (!statement.trimmed().isEmpty())
            statements.append(statement.trimmed());
    }
    return statements;
}

bool runUpgrade(SqliteConnection &connection, const QByteArray &file, std::size_t version)
{
    QStringList statements = statementsOf(file);
    statements.prepend(QStringLiteral("BEGIN IMMEDIATE"));
    // Both are in the file's first page, and so part of the transaction.
    statements << QStringLiteral("PRAGMA application_id = %1").arg(applicationId)
               << QStringLiteral("PRAGMA user_version = %1").arg(version) << QStringLiteral("COMMIT");
    for (const QString &statement : statements) {
        if (!connection.run(statement))
            return false;
    }
    return true;
}

} // namespace

std::vector<QByteArray> schemaUpgrades()
{
    initResources();
    std::vector<QByteArray> upgrades;
    for (;;) {
        QFile file(QStringLiteral(":/schema/%1.sql").arg(upgrades.size() + 1, 3, 10, QLatin1Char('0')));
        if (!file.open(QIODevice::ReadOnly))
            return upgrades;
        upgrades.push_back(file.readAll());
    }
}

std::optional<Unusable> whyUnusable(SqliteConnection &connection, std::size_t versions)
{
    const auto id = number(connection, "PRAGMA application_id");
    const auto version = number(connection, "PRAGMA user_version");
    const auto tables = number(connection, "SELECT count(*) FROM sqlite_master");
    if (!id || !version || !tables)
        return failure(connection.error());
    if (*id == 0 && *version == 0 && *tables == 0)
        return Unusable{Unusable::Kind::Empty, {}, {}};
    if (*id != applicationId)
        return Unusable{Unusable::Kind::Foreign, {}, {}};
    if (*version < 1 || static_cast<std::size_t>(*version) > versions) {
        return Unusable{Unusable::Kind::Newer,
                        QStringLiteral("of version %1, and this program knows versions up to %2")
                            .arg(*version)
                            .arg(versions),
                        {}};
    }
    return std::nullopt;
}

std::optional<Unusable> whyUnsound(SqliteConnection &connection, std::size_t versions)
{
    if (auto why = whyUnusable(connection, versions))
        return why;
    const auto verdict = connection.value(QStringLiteral("PRAGMA quick_check(1)"));
    if (!verdict)
        return failure(connection.error());
    if (verdict->toString() != QLatin1String("ok"))
        return Unusable{Unusable::Kind::Damaged, verdict->toString().simplified(), {}};
    return std::nullopt;
}

std::optional<QString> upgrade(SqliteConnection &connection, const std::vector<QByteArray> &upgrades)
{
    const auto version = number(connection, "PRAGMA user_version");
    if (!version)
        return explain(connection.error(), connection.path());
    for (auto i = static_cast<std::size_t>(*version); i < upgrades.size(); ++i) {
        if (runUpgrade(connection, upgrades[i], i + 1))
            continue;
        const QString why = explain(connection.error(), connection.path());
        connection.run(QStringLiteral("ROLLBACK"));
        return QStringLiteral("it could not be taken to version %1, and is as it was: %2")
            .arg(i + 1)
            .arg(why);
    }
    return std::nullopt;
}

} // namespace concierge::store
