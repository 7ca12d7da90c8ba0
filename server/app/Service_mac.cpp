#include "app/Service.h"

#include "app/Logging.h"

#include <cstdio>

namespace concierge::app {

// launchd wants nothing but a process that stays in the foreground and ends upon SIGTERM. Source:
// launchd.plist(5).

int runService(int argc, char **argv, int (*serve)(int, char **))
{
    return serve(argc, argv);
}

std::optional<int> serviceCommand(const QStringList &)
{
    std::fputs("concierge: launchd has the service here: sudo launchctl bootstrap system "
               "/Library/LaunchDaemons/concierge.plist starts it, sudo launchctl bootout system/concierge "
               "stops it.\n",
               stderr);
    return 2;
}

void serviceReady(const QString &) {}

void serviceAlive() {}

void serviceStopping(Milliseconds) {}

void serviceFailed(const QString &line)
{
    complain(line);
}

} // namespace concierge::app
