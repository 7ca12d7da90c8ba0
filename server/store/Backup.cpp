#include "store/Backup.h"

#include "store/DataFolder.h"
#include "store/SqliteDatabase.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QScopeGuard>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <system_error>

namespace concierge::store {

using Access = SqliteConnection::Access;

namespace {

QString selectRun()
{
    return QStringLiteral("SELECT value FROM meta WHERE key = 'run'");
}

StoreError cannotBackUp(const QString &target, const QString &why)
{
    return {QStringLiteral("backup: cannot write ") + target + QStringLiteral(": ") + why};
}

StoreError cannotRestore(const QString &source, const QString &why)
{
    return {QStringLiteral("restore: cannot use ") + source + QStringLiteral(": ") + why};
}

/// What is wrong with a backup.
QString wordsFor(const Unusable &unusable, const QString &path)
{
    switch (unusable.kind) {
    case Unusable::Kind::Empty:
        return QStringLiteral("it is empty");
    case Unusable::Kind::Foreign:
        return QStringLiteral("it is another program's database");
    case Unusable::Kind::Newer:
        return QStringLiteral("it is ") + unusable.detail;
    case Unusable::Kind::Damaged:
        return QStringLiteral("it is damaged, or no backup at all (") + unusable.detail + u')';
    case Unusable::Kind::Failure:
        break;
    }
    return explain(unusable.error, path);
}

/// Why it could not be written, or nothing.
std::optional<QString> writeCopy(SqliteConnection &source, const QString &target)
{
    QString quoted = target;
    quoted.replace(u'\'', QLatin1String("''"));
    if (!source.run(QStringLiteral("PRAGMA synchronous = FULL")) ||
        !source.run(QStringLiteral("VACUUM INTO '") + quoted + u'\''))
        return explain(source.error(), isDamage(source.error()) ? source.path() : target);
    SqliteConnection copy(target, Access::Read);
    if (!copy.open())
        return explain(copy.error(), target);
    const auto unsound = whyUnsound(copy, schemaUpgrades().size());
    return unsound ? std::optional(wordsFor(*unsound, target)) : std::nullopt;
}

std::optional<qint64> runOf(const QString &path)
{
    SqliteConnection connection(path, Access::Read);
    const auto run = connection.open() ? connection.value(selectRun()) : std::nullopt;
    return run ? std::optional(run->toLongLong()) : std::nullopt;
}

/// The highest run of this folder. Nothing: it cannot be read any more.
std::optional<qint64> lastRun(const QString &folder)
{
    const QString database = DataFolder::databasePath(folder);
    const auto own = QFile::exists(database) ? runOf(database) : std::optional<qint64>(0);
    // Where a restore was interrupted the database may be gone, but its run is in the copy.
    const QString copy = DataFolder::unfinishedPath(folder);
    const auto copied = QFile::exists(copy) ? runOf(copy) : std::nullopt;
    return own ? std::optional(std::max(*own, copied.value_or(0))) : std::nullopt;
}

/// SQLite makes it durable, and with it all of the file, which was written without care for that.
bool setRun(SqliteConnection &connection, std::optional<qint64> old)
{
    const auto run = connection.value(selectRun());
    if (!run)
        return false;
    const qint64 own = run->toLongLong();
    const qint64 next = std::max(old.value_or(0), own) + 1; // the next start's is above the clock's, too
    return connection.run(QStringLiteral("PRAGMA synchronous = EXTRA")) &&
           connection.run(QStringLiteral("UPDATE meta SET value = %1 WHERE key = 'run'").arg(next));
}

/// Makes `copy`, a sound database that goes on above the folder's. Why not, or nothing.
std::optional<StoreError> makeCopy(const QString &folder, const QString &source, const QString &copy)
{
    QFile from(source);
    if (!from.copy(copy)) {
        return cannotUse(folder, QStringLiteral("the backup cannot be copied into it: ") +
                                     from.errorString().simplified());
    }
    QFile::setPermissions(copy, QFile::ReadOwner | QFile::WriteOwner);
    SqliteConnection connection(copy, Access::Write);
    if (!connection.open())
        return cannotRestore(source, explain(connection.error(), copy));
    if (const auto unsound = whyUnsound(connection, schemaUpgrades().size()))
        return cannotRestore(source, wordsFor(*unsound, source));
    if (!setRun(connection, lastRun(folder)))
        return cannotUse(folder, explain(connection.error(), copy));
    return std::nullopt;
}

/// Puts a copy of the backup into the folder, under the name that keeps servers from starting. Why not, or
/// nothing.
std::optional<StoreError> prepareCopy(const QString &folder, const QString &source)
{
    const QString unfinished = DataFolder::unfinishedPath(folder);
    const QString copy = unfinished + QStringLiteral(".part");
    QFile::remove(copy);
    auto error = makeCopy(folder, source, copy);
    std::error_code code;
    if (!error) { // in the place of one that an interrupted restore has left, without a moment of neither
        std::filesystem::rename(QFile(copy).filesystemFileName(), QFile(unfinished).filesystemFileName(),
                                code);
        if (code)
            error = cannotUse(folder, QStringLiteral("the backup cannot be renamed in it"));
    }
    if (error)
        QFile::remove(copy);
    return error;
}

QString freeName(const QString &database)
{
    const QString stamp = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss"));
    QString name = database + QStringLiteral(".replaced-") + stamp;
    for (int i = 2; QFile::exists(name); ++i)
        name = database + QStringLiteral(".replaced-%1-%2").arg(stamp).arg(i);
    return name;
}

/// The log beside it first: it must never be taken for the new one's.
bool moveAside(const QString &database, const QString &aside)
{
    constexpr std::array<const char *, 4> parts{"-wal", "-shm", "-journal", ""};
    return std::all_of(parts.begin(), parts.end(), [&](const char *part) {
        const QString suffix = QLatin1String(part);
        return !QFile::exists(database + suffix) || QFile::rename(database + suffix, aside + suffix);
    });
}

/// For the server, which may be another user's than who makes the backup; the folder is its owner's alone.
bool noteBackup(const QString &folder, const QString &path)
{
    const QJsonObject note{{QStringLiteral("time"), QDateTime::currentMSecsSinceEpoch()},
                           {QStringLiteral("path"), path}};
    QSaveFile file(DataFolder::backupNotePath(folder));
    if (!file.open(QIODevice::WriteOnly))
        return false;
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther);
    file.write(QJsonDocument(note).toJson(QJsonDocument::Compact) + '\n');
    return file.commit();
}

std::optional<StoreError> whyNoBackup(const QString &source, const QString &database)
{
    const QFileInfo info(source);
    if (!info.exists())
        return cannotRestore(source, QStringLiteral("there is no such file"));
    if (!info.isFile())
        return cannotRestore(source, QStringLiteral("it is no file"));
    if (!info.isReadable())
        return cannotRestore(source, QStringLiteral("this user may not read it"));
    if (info.canonicalFilePath() == QFileInfo(database).canonicalFilePath())
        return cannotRestore(source, QStringLiteral("it is the database itself, and no backup"));
    if (QFileInfo(source + QStringLiteral("-wal")).size() > 0)
        return cannotRestore(source, QStringLiteral("it has a -wal file beside it, so it is a part of a "
                                                    "database that was in use; make backups with: concierge "
                                                    "backup FILE"));
    return std::nullopt;
}

} // namespace

Result<Done, StoreError> backUp(const QString &folder, const QString &target)
{
    const QString database = DataFolder::databasePath(DataFolder::absolutePath(folder));
    const QString path = DataFolder::absolutePath(target);
    const QString source = DataFolder::absolutePath(folder);
    if (QFileInfo(source).isDir() && !QFileInfo(source).isExecutable())
        return cannotUse(
            source,
            QStringLiteral("this user may not look into it; make the backup as its owner, or with sudo"));
    if (!QFileInfo(database).isFile())
        return cannotUse(source, QStringLiteral("there is no concierge.db in it"));
    if (QFileInfo::exists(path) || QFileInfo(path).isSymLink())
        return cannotBackUp(path, QStringLiteral("it exists; name a new file"));
    const QString part = path + QStringLiteral(".part-%1").arg(QCoreApplication::applicationPid());
    QFile file(part);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner))
        return cannotBackUp(path, file.errorString().simplified());
    file.close();
    const auto tidyUp = qScopeGuard([&part] { QFile::remove(part); });
    SqliteConnection connection(database, Access::Write);
    if (!connection.open())
        return cannotUse(DataFolder::absolutePath(folder), explain(connection.error(), database));
    if (const auto unusable = whyUnusable(connection, schemaUpgrades().size()))
        return cannotUse(DataFolder::absolutePath(folder), adviceFor(*unusable, database));
    if (const auto why = writeCopy(connection, part))
        return cannotBackUp(path, *why);
    if (!QFile::rename(part, path)) // which replaces nothing
        return cannotBackUp(path, QStringLiteral("another program has made it meanwhile"));
    QString line =
        QStringLiteral("backed up %1 to %2 (%3 bytes)").arg(database, path).arg(QFileInfo(path).size());
    if (!noteBackup(DataFolder::absolutePath(folder), path))
        line += QStringLiteral("; the time of it could not be noted in the folder, so the server does not "
                               "know of this backup");
    return Done{line};
}

std::optional<qint64> lastBackup(const QString &folder)
{
    QFile file(DataFolder::backupNotePath(DataFolder::absolutePath(folder)));
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    constexpr qint64 most = 64 * 1024;
    const QJsonValue time = QJsonDocument::fromJson(file.read(most)).object().value(QLatin1String("time"));
    return time.isDouble() ? std::optional(static_cast<qint64>(time.toDouble())) : std::nullopt;
}

Result<Done, StoreError> restore(const QString &given, const QString &backup)
{
    const auto folder = DataFolder::claim(given);
    if (!folder)
        return folder.error();
    const QString path = (*folder)->path();
    const QString database = (*folder)->databasePath();
    const QString source = DataFolder::absolutePath(backup);
    if (auto error = whyNoBackup(source, database))
        return *std::move(error);
    if (auto error = prepareCopy(path, source))
        return *std::move(error);
    // From here on no server starts until the copy has its place, whatever happens.
    const QString aside = freeName(database);
    const bool isReplaced = QFile::exists(database);
    if (!moveAside(database, aside) || !QFile::rename(DataFolder::unfinishedPath(path), database))
        return cannotUse(path, QStringLiteral("its files cannot be renamed; make them this user's, and "
                                              "restore again"));
    QFile::remove(DataFolder::backupNotePath(path)); // that was of another database
    return Done{QStringLiteral("restored %1 from %2").arg(database, source) +
                (isReplaced ? QStringLiteral("; what was there is %1 now").arg(aside) : QString())};
}

} // namespace concierge::store
