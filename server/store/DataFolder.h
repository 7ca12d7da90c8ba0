#pragma once

#include "shared/Result.h"
#include "store/StoreError.h"

#include <QLockFile>
#include <QString>

#include <memory>

namespace concierge::store {

/// DATA_DIR, held by this process: made where it was missing (for its owner alone), and locked against a
/// second server. A lock whose process has ended, in this system or in a container that shares its kernel, is
/// taken over. Thread: any, one at a time.
class DataFolder
{
public:
    /// Errors begin with `DATA_DIR: cannot use …`.
    static Result<std::unique_ptr<DataFolder>, StoreError> claim(const QString &path);

    const QString &path() const noexcept { return m_path; }
    QString databasePath() const { return databasePath(m_path); }

    static QString absolutePath(const QString &path);
    static QString databasePath(const QString &folder);
    /// When and where the last backup was made.
    static QString backupNotePath(const QString &folder);
    /// A database that a restore has not put in its place yet.
    static QString unfinishedPath(const QString &folder);

private:
    explicit DataFolder(const QString &path);

    const QString m_path;
    QLockFile m_lock;
};

} // namespace concierge::store
