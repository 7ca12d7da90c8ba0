#include "app/InstalledLayout.h"

namespace concierge::app {

/// By Apple's File System Programming Guide, "The Library Directory Stores App-Specific Files".
const InstalledLayout &installedLayout()
{
    static const InstalledLayout layout{
        QStringLiteral("/Library/Application Support/Concierge/concierge.conf"),
        QStringLiteral("/Library/Application Support/Concierge/data"),
        QStringLiteral("/Library/Logs/Concierge/concierge.log"),
        QStringLiteral("/Library/Application Support/Concierge/run/monitor.sock")};
    return layout;
}

} // namespace concierge::app
