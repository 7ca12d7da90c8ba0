#include "store/SqliteDatabase.h"

#include "store/Secret.h"

#include <QFile>
#include <QFileInfo>

#include <utility>

namespace concierge::store {

SqliteDatabase::SqliteDatabase(std::unique_ptr<DataFolder> folder)
    : m_folder(std::move(folder))
    , m_connection(m_folder->databasePath(), SqliteConnection::Access::Write)
{}

Result<std::unique_ptr<SqliteDatabase>, StoreError> SqliteDatabase::open(const DatabaseOptions &options)
{
    const QString path = DataFolder::absolutePath(options.folder);
    if (!QSqlDatabase::isDriverAvailable(QStringLiteral("QSQLITE")))
        return cannotUse(path, QStringLiteral("Qt's driver for SQLite is missing; install it (Debian and "
                                              "Ubuntu: libqt6sql6-sqlite)"));
    auto folder = DataFolder::claim(path);
    if (!folder)
        return folder.error();
    std::unique_ptr<SqliteDatabase> database(
        new SqliteDatabase(std::move(*folder))); // its constructor is ours
    if (const auto why = database->prepare(options))
        return cannotUse(path, *why);
    return database;
}

/// Why it cannot be used, or nothing.
std::optional<QString> SqliteDatabase::prepare(const DatabaseOptions &options)
{
    const QString &path = m_connection.path();
    if (QFile::exists(DataFolder::unfinishedPath(folder())))
        return QStringLiteral("a restore into it was interrupted; do it again: concierge restore FILE");
    if (QFileInfo::exists(path) && !QFileInfo(path).isFile())
        return QStringLiteral("concierge.db in it is no file; move it away");
    const bool isThere = makePrivateFile(path); // SQLite gives the files beside it the same mode
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner);
    if (!m_connection.open())
        return explain(m_connection.error(), path);
    const auto unusable = whyUnusable(m_connection, options.upgrades.size());
    if (unusable && unusable->kind != Unusable::Kind::Empty)
        return adviceFor(*unusable, path);
    if (!isThere || !configure(options.durability)) {
        return m_connection.error().isValid()
                   ? explain(m_connection.error(), path)
                   : QStringLiteral("its file system is none for databases; name a folder on a local disk");
    }
    if (auto why = upgrade(m_connection, options.upgrades))
        return why;
    if (!beginRun(options.now)) {
        auto why = explain(m_connection.error(), path);
        m_connection.run(QStringLiteral("ROLLBACK"));
        return why;
    }
    return std::nullopt;
}

QString adviceFor(const Unusable &unusable, const QString &path)
{
    switch (unusable.kind) {
    case Unusable::Kind::Empty:
        return QStringLiteral("concierge.db is empty");
    case Unusable::Kind::Foreign:
        return QStringLiteral("concierge.db is another program's database; name another folder, or move the "
                              "file away");
    case Unusable::Kind::Newer:
        return QStringLiteral("concierge.db is ") + unusable.detail +
               QStringLiteral("; start the newer program, or put an older backup in its place: concierge "
                              "restore FILE");
    case Unusable::Kind::Damaged:
    case Unusable::Kind::Failure:
        break;
    }
    return explain(unusable.error, path);
}

bool SqliteDatabase::configure(Durability durability)
{
    const QString synchronous =
        durability == Durability::Full ? QStringLiteral("FULL") : QStringLiteral("NORMAL");
    const bool isDone =
        m_connection.value(QStringLiteral("PRAGMA journal_mode = WAL")) == QVariant(QStringLiteral("wal")) &&
        m_connection.run(QStringLiteral("PRAGMA synchronous = ") + synchronous) &&
        m_connection.run(QStringLiteral("PRAGMA cache_size = -16384")) &&
        m_connection.run(QStringLiteral("PRAGMA journal_size_limit = 67108864")) &&
        // Old texts are overwritten where that costs no write of its own.
        m_connection.run(QStringLiteral("PRAGMA secure_delete = FAST"));
    return isDone;
}

bool SqliteDatabase::beginRun(Milliseconds now)
{
    const qint64 runOfNow = now.count() >> 10;
    // What is read here may have been written in this very transaction.
    const bool isDone =
        m_connection.run(QStringLiteral("BEGIN IMMEDIATE")) &&
        m_connection.run(QStringLiteral("INSERT OR IGNORE INTO meta VALUES ('secret', X'%1')")
                             .arg(QLatin1String(makeSecret().toHex()))) &&
        m_connection.run(
            QStringLiteral("INSERT INTO meta VALUES ('run', max(1, %1)) ON CONFLICT (key) DO UPDATE "
                           "SET value = max(value + 1, %1)")
                .arg(runOfNow));
    if (!isDone)
        return false;
    const auto secret = m_connection.value(QStringLiteral("SELECT value FROM meta WHERE key = 'secret'"));
    const auto run = m_connection.value(QStringLiteral("SELECT value FROM meta WHERE key = 'run'"));
    if (!secret || !run || !m_connection.run(QStringLiteral("COMMIT")))
        return false;
    m_secret = secret->toByteArray();
    m_run = run->toLongLong();
    return true;
}

} // namespace concierge::store
