#pragma once

#include "shared/Clock.h"
#include "shared/Ids.h"
#include "shared/Result.h"
#include "store/StoreError.h"

#include <QString>

#include <vector>

namespace concierge::store {

/// The messages that wait for one user.
struct WaitingUser
{
    UserId user;
    qint64 messages = 0;
    qint64 bytes = 0;      ///< their data and attachments
    Milliseconds oldest{}; ///< wall time
};

/// For whom messages wait in the database of `folder` (DATA_DIR), as far as the disk has them. Reads all of
/// it, on a connection of its own, beside a server that goes on writing: some seconds for a million.
/// Thread: any, but none that others wait for.
Result<std::vector<WaitingUser>, StoreError> waitingByUser(const QString &folder);

} // namespace concierge::store
