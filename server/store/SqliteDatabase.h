#pragma once

#include "shared/Clock.h"
#include "shared/Result.h"
#include "store/DataFolder.h"
#include "store/Durability.h"
#include "store/SqliteConnection.h"
#include "store/SqliteSchema.h"
#include "store/StoreError.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <optional>
#include <vector>

namespace concierge::store {

struct DatabaseOptions
{
    QString folder; ///< DATA_DIR
    Durability durability = Durability::Full;
    Milliseconds now{}; ///< wall time
    std::vector<QByteArray> upgrades = schemaUpgrades();
};

/// DATA_DIR/concierge.db, open for writing by this process and no other, of the latest version. Thread: the
/// one that opened it, its end included.
class SqliteDatabase
{
public:
    /// Begins a new run. Whatever is wrong with the folder or the file is an error that says what to do, see
    /// StoreError; nothing is repaired or replaced by itself.
    static Result<std::unique_ptr<SqliteDatabase>, StoreError> open(const DatabaseOptions &options);

    SqliteConnection &connection() noexcept { return m_connection; }
    const QString &folder() const noexcept { return m_folder->path(); }
    /// Of this database, 32 random bytes.
    const QByteArray &secret() const noexcept { return m_secret; }
    /// Above that of every earlier opening, and, as long as the clock is right, above that of every opening
    /// of this or another copy of the database: whoever puts an old copy back may not know how far the newer
    /// one had come. Grows by one in 1.024 seconds.
    qint64 run() const noexcept { return m_run; }

private:
    explicit SqliteDatabase(std::unique_ptr<DataFolder> folder);

    std::optional<QString> prepare(const DatabaseOptions &options);
    bool configure(Durability durability);
    bool beginRun(Milliseconds now);

    std::unique_ptr<DataFolder> m_folder; // the lock is the last that goes
    SqliteConnection m_connection;
    QByteArray m_secret;
    qint64 m_run = 0;
};

/// What to say of the database at `path`, which cannot be served from.
QString adviceFor(const Unusable &unusable, const QString &path);

} // namespace concierge::store
