#pragma once

#include <QString>

#include <optional>

namespace concierge::app {

inline constexpr wchar_t serviceName[] = L"concierge";

/// One line for the operator, and an exit code. 0: done, 1: not, 3: not, because the service is so already.
struct ServiceAnswer
{
    int code = 0;
    QString line;
};

/// What `concierge service` does to Windows' service manager. Each waits until it is done, and yields what to
/// say. Thread: main.
ServiceAnswer installService();
ServiceAnswer uninstallService();
ServiceAnswer startService();
ServiceAnswer stopService();

/// Makes the folders of the installed server, with access for administrators and for the service's account
/// alone, and its configuration file where there is none. An error is one line.
std::optional<QString> prepareFolders();

} // namespace concierge::app
