#pragma once

#include <QtGlobal>

namespace concierge::monitor {

/// Whether a process of this computer has not ended yet. One implementation a platform.
bool isRunning(qint64 pid);

} // namespace concierge::monitor
