#include "app/Privileges.h"

#include <QFunctionPointer>

#include <qt_windows.h>

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

void giveToOwnerOf(const QString &) {}

bool isWritableByAll(const QString &)
{
    return false;
}

void setCoreDumps(bool areAllowed)
{
    if (areAllowed)
        return;
    // Of werapi.h, which MinGW's windows.h does not bear.
    using WerSetFlags = HRESULT(WINAPI *)(DWORD);
    constexpr DWORD reportsWithoutHeap = 1; // WER_FAULT_REPORTING_FLAG_NOHEAP
    const HMODULE kernel = ::GetModuleHandleW(L"kernel32.dll");
    if (const auto set = reinterpret_cast<WerSetFlags>(
            reinterpret_cast<QFunctionPointer>(::GetProcAddress(kernel, "WerSetFlags"))))
        set(reportsWithoutHeap);
}

void hideSecretArguments(int, char **) {}

} // namespace concierge::app
