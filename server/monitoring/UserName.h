#pragma once

#include <QString>

namespace concierge::monitoring {

/// "anna (uid 1000)", or "uid 1000" for a user that the system has no name for. Unix only. Thread: any.
QString userName(unsigned int uid);

} // namespace concierge::monitoring
