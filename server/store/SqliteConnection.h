#pragma once

#include <QSqlDatabase>
#include <QSqlError>
#include <QString>
#include <QVariant>

#include <optional>

namespace concierge::store {

/// A connection to one SQLite file. Thread: the one that made it, its end included.
class SqliteConnection
{
public:
    enum class Access : quint8 { Read, Write };

    /// A file that is missing is an error for Read, and is made for Write.
    SqliteConnection(const QString &path, Access access);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection &) = delete;
    SqliteConnection &operator=(const SqliteConnection &) = delete;

    const QString &path() const noexcept { return m_path; }
    bool open();
    /// One statement. False: see error().
    bool run(const QString &sql);
    /// The first column of the first row; nothing: see error().
    std::optional<QVariant> value(const QString &sql);
    const QSqlError &error() const noexcept { return m_error; }

    const QSqlDatabase &database() const noexcept { return m_database; }

private:
    const QString m_path;
    const QString m_name;
    QSqlDatabase m_database;
    QSqlError m_error;
};

/// SQLite's own number for what went wrong, without its details; 0: it did not.
int primaryCode(const QSqlError &error);
/// The file's content is not what SQLite wrote.
bool isDamage(const QSqlError &error);
/// What is wrong with the database at `path`, and what to do about it.
QString explain(const QSqlError &error, const QString &path);
/// Makes an empty file for its owner alone, unless there is one.
bool makePrivateFile(const QString &path);

} // namespace concierge::store
