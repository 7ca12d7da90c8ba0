#pragma once

#include <QString>

namespace concierge::app {

/// Where a server that was installed on this system has what is its own. What `concierge
/// --print-installed-config` prints holds all but the first.
struct InstalledLayout
{
    QString configFile;
    QString dataDir;
    QString logFile; ///< empty: the service manager keeps the log
    QString monitorSocket;
};

/// Thread: any.
const InstalledLayout &installedLayout();

} // namespace concierge::app
