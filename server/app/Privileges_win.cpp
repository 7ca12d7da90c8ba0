#include "app/Privileges.h"

#include <qt_windows.h>

#include <werapi.h>

namespace concierge::app {

bool isRoot()
{
    return false;
}

bool isUser(const QString &user)
{
    return user.isEmpty();
}

Result<QString, PrivilegeError> leaveRoot(const QString &, const QString &)
{
    return QString();
}

void forbidCoreDumps()
{
    ::WerSetFlags(WER_FAULT_REPORTING_FLAG_NOHEAP);
}

void hideSecretArguments(int, char **) {}

} // namespace concierge::app
