#pragma once

#include "shared/Result.h"
#include "store/StoreError.h"

#include <QString>

#include <optional>

namespace concierge::store {

/// What was done, for the operator: one line.
struct Done
{
    QString line;
};

/// Writes the database of `folder` (DATA_DIR), as it is at one moment, to the new file `target`; a server may
/// go on serving from it. For its owner alone. Thread: any.
Result<Done, StoreError> backUp(const QString &folder, const QString &target);

/// Time of day at which the latest backup of that database was made. None: there is none, or a restore has
/// replaced the database since. Thread: any.
std::optional<qint64> lastBackup(const QString &folder);

/// Puts the backup `source` in the place of the database of `folder`, whose own files are kept beside it
/// under another name. No server may run on it. Nothing is touched before the backup is known to be sound.
/// Messages that were delivered since the backup was made will be delivered again; positions go on above
/// those of both. Thread: any.
Result<Done, StoreError> restore(const QString &folder, const QString &source);

} // namespace concierge::store
