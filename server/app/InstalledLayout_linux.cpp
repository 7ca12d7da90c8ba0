#include "app/InstalledLayout.h"

namespace concierge::app {

/// By the Filesystem Hierarchy Standard; the log is the journal's.
const InstalledLayout &installedLayout()
{
    static const InstalledLayout layout{QStringLiteral("/etc/concierge/concierge.conf"),
                                        QStringLiteral("/var/lib/concierge"), QString(),
                                        QStringLiteral("/run/concierge/monitor.sock")};
    return layout;
}

} // namespace concierge::app
