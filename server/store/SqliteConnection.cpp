#include "store/SqliteConnection.h"

#include <QFile>
#include <QFileInfo>
#include <QSqlQuery>
#include <QStorageInfo>

#include <atomic>

namespace concierge::store {

namespace {

// Of SQLite's result codes, https://www.sqlite.org/rescode.html; its header is not needed for anything else.
constexpr int codePerm = 3;
constexpr int codeBusy = 5;
constexpr int codeLocked = 6;
constexpr int codeReadOnly = 8;
constexpr int codeIoError = 10;
constexpr int codeCorrupt = 11;
constexpr int codeFull = 13;
constexpr int codeCannotOpen = 14;
constexpr int codeNoDatabase = 26;

QString nextName()
{
    static std::atomic<int> last{0};
    return QStringLiteral("concierge-%1").arg(++last);
}

bool isDiskFull(const QString &path)
{
    constexpr qint64 nearlyNothing = 100'000; // a page of the write-ahead log's index takes 32,768
    const QStorageInfo disk(QFileInfo(path).path());
    return disk.isValid() && disk.bytesAvailable() < nearlyNothing;
}

QString diskFull()
{
    return QStringLiteral("the disk is full; make room on it");
}

QString notWritable(const QString &path)
{
    const QString name = QFileInfo(path).fileName();
    if (QStorageInfo(QFileInfo(path).path()).isReadOnly())
        return QStringLiteral("the disk is read-only; name a folder that can be written to");
    return name + QStringLiteral(" cannot be opened for writing; give it, the files beside it and the folder "
                                 "to this user");
}

} // namespace

SqliteConnection::SqliteConnection(const QString &path, Access access)
    : m_path(path)
    , m_name(nextName())
    , m_database(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name))
{
    m_database.setDatabaseName(path);
    if (access == Access::Read)
        m_database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
}

SqliteConnection::~SqliteConnection()
{
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

bool SqliteConnection::open()
{
    const bool isOpen = m_database.open();
    m_error = isOpen ? QSqlError() : m_database.lastError();
    return isOpen;
}

bool SqliteConnection::run(const QString &sql)
{
    QSqlQuery query(m_database);
    const bool isDone = query.exec(sql);
    m_error = isDone ? QSqlError() : query.lastError();
    return isDone;
}

std::optional<QVariant> SqliteConnection::value(const QString &sql)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (query.exec(sql) && query.next()) {
        m_error = {};
        return query.value(0);
    }
    m_error = query.lastError();
    return std::nullopt;
}

int primaryCode(const QSqlError &error)
{
    return error.nativeErrorCode().toInt() & 0xFF;
}

bool isDamage(const QSqlError &error)
{
    const int code = primaryCode(error);
    return code == codeCorrupt || code == codeNoDatabase;
}

QString explain(const QSqlError &error, const QString &path)
{
    const QString name = QFileInfo(path).fileName();
    const QString text = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    switch (primaryCode(error)) {
    case codeFull:
        return diskFull();
    case codeCorrupt:
    case codeNoDatabase:
        return name + QStringLiteral(" is damaged (") + text +
               QStringLiteral("); put a backup in its place: concierge restore FILE");
    case codeBusy:
    case codeLocked:
        return QStringLiteral("another program has ") + name + QStringLiteral(" locked; end it");
    case codeReadOnly:
    case codePerm:
        return notWritable(path);
    case codeCannotOpen:
        return isDiskFull(path) ? diskFull() : notWritable(path);
    case codeIoError:
        return isDiskFull(path) ? diskFull()
                                : QStringLiteral("the disk fails (") + text +
                                      QStringLiteral("); look at the system's log");
    default:
        return name + QStringLiteral(": ") + text;
    }
}

bool makePrivateFile(const QString &path)
{
    QFile file(path);
    return file.exists() ||
           file.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner);
}

} // namespace concierge::store
