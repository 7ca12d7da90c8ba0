#include "app/ServiceSetup_win.h"

#include "app/InstalledLayout.h"
#include "shared/Clock.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QFileInfo>

#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <windows.h>

namespace concierge::app {

namespace {

constexpr Milliseconds startPatience{60'000};
constexpr Milliseconds stopPatience{
    120'000}; ///< the longest DRAIN_TIMEOUT that is sensible, and a file to close
constexpr DWORD pollMs = 100;

constexpr wchar_t eventSourceKey[] = L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\concierge";

struct ServiceCloser
{
    void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using ServiceHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, ServiceCloser>;

struct HandleCloser
{
    void operator()(HANDLE handle) const { ::CloseHandle(handle); }
};
using OwnedHandle = std::unique_ptr<void, HandleCloser>;

/// What failed, and what to do, by the system's code. 3: there was nothing to do.
ServiceAnswer failure(const QString &what, DWORD error = ::GetLastError())
{
    QString why;
    int code = 1;
    switch (error) {
    case ERROR_ACCESS_DENIED:
        why = QStringLiteral("only an administrator may. Open the Start menu, type cmd, choose \"Run as "
                             "administrator\", and say it there again.");
        break;
    case ERROR_SERVICE_DOES_NOT_EXIST:
        why = QStringLiteral("it is not installed. \"concierge service install\" installs it.");
        break;
    case ERROR_SERVICE_EXISTS:
    case ERROR_DUPLICATE_SERVICE_NAME:
        why = QStringLiteral("it is installed already. \"concierge service start\" starts it.");
        break;
    case ERROR_SERVICE_MARKED_FOR_DELETE:
        why = QStringLiteral(
            "it is being removed. Close the Services window and the Task Manager, and try again.");
        break;
    case ERROR_SERVICE_ALREADY_RUNNING:
        why = QStringLiteral("it runs already.");
        code = 3;
        break;
    case ERROR_SERVICE_NOT_ACTIVE:
        why = QStringLiteral("it does not run. \"concierge service start\" starts it.");
        code = 3;
        break;
    case ERROR_SERVICE_DISABLED:
        why =
            QStringLiteral("it is disabled. Set its startup type to Automatic in Windows' list of services.");
        break;
    default:
        why = qt_error_string(int(error)).trimmed();
    }
    return {code, what + QStringLiteral(": ") + why};
}

ServiceHandle openManager(DWORD access)
{
    return ServiceHandle(::OpenSCManagerW(nullptr, nullptr, access));
}

ServiceHandle openService(DWORD access)
{
    const ServiceHandle manager = openManager(SC_MANAGER_CONNECT);
    return ServiceHandle(manager ? ::OpenServiceW(manager.get(), serviceName, access) : nullptr);
}

SERVICE_STATUS_PROCESS statusOf(const ServiceHandle &service)
{
    SERVICE_STATUS_PROCESS status{};
    DWORD size = 0;
    ::QueryServiceStatusEx(service.get(), SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE *>(&status),
                           sizeof status, &size);
    return status;
}

/// A level that this system does not know is done without: the service works then too. All else is an error.
bool configure(const ServiceHandle &service, DWORD level, void *value)
{
    return ::ChangeServiceConfig2W(service.get(), level, value) || ::GetLastError() == ERROR_INVALID_LEVEL;
}

/// Restart after 5 s, then 30 s, then every 5 minutes, counted anew after a day without a failure; also when
/// it ended by itself with an error.
bool setRecovery(const ServiceHandle &service)
{
    std::array<SC_ACTION, 3> actions{
        {{SC_ACTION_RESTART, 5'000}, {SC_ACTION_RESTART, 30'000}, {SC_ACTION_RESTART, 300'000}}};
    SERVICE_FAILURE_ACTIONSW failure{86'400, nullptr, nullptr, DWORD(actions.size()), actions.data()};
    SERVICE_FAILURE_ACTIONS_FLAG flag{TRUE};
    return configure(service, SERVICE_CONFIG_FAILURE_ACTIONS, &failure) &&
           configure(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag);
}

/// Of the privileges that the account has, only the one that everybody has; and when Windows shuts down, as
/// long as an end in order takes.
bool limit(const ServiceHandle &service)
{
    std::array<wchar_t, sizeof SE_CHANGE_NOTIFY_NAME / sizeof(wchar_t) + 1> privileges{SE_CHANGE_NOTIFY_NAME};
    SERVICE_REQUIRED_PRIVILEGES_INFOW required{privileges.data()};
    SERVICE_PRESHUTDOWN_INFO preshutdown{DWORD(stopPatience.count())};
    return configure(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required) &&
           configure(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown);
}

bool describe(const ServiceHandle &service)
{
    std::wstring text =
        L"Delivers chat messages to your web pages and apps. Its window is Concierge Monitor.";
    SERVICE_DESCRIPTIONW description{text.data()};
    return configure(service, SERVICE_CONFIG_DESCRIPTION, &description);
}

/// The event viewer shows our texts as they are: the messages 1 to 1000 of this program of Windows' are "%1".
bool registerEventSource()
{
    constexpr std::wstring_view file = L"%SystemRoot%\\System32\\EventCreate.exe";
    const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    HKEY key = nullptr;
    if (::RegCreateKeyExW(HKEY_LOCAL_MACHINE, eventSourceKey, 0, nullptr, 0, KEY_SET_VALUE, nullptr, &key,
                          nullptr) != ERROR_SUCCESS)
        return false;
    const bool isSet =
        ::RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ,
                         reinterpret_cast<const BYTE *>(file.data()),
                         DWORD((file.size() + 1) * sizeof(wchar_t))) == ERROR_SUCCESS &&
        ::RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, reinterpret_cast<const BYTE *>(&types),
                         sizeof types) == ERROR_SUCCESS;
    ::RegCloseKey(key);
    return isSet;
}

/// Waits until the service stands still in a state: true, when that is `wanted`.
bool settlesIn(const ServiceHandle &service, DWORD wanted, Milliseconds patience)
{
    const QDeadlineTimer deadline(patience);
    for (;;) {
        const DWORD state = statusOf(service).dwCurrentState;
        const bool isOnItsWay = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
        if (state == wanted || !isOnItsWay || deadline.hasExpired())
            return state == wanted;
        ::Sleep(pollMs);
    }
}

/// Its process too must have ended, before its files can be replaced or the service be deleted.
ServiceAnswer stopAndWait(const ServiceHandle &service)
{
    const QString what = QStringLiteral("The service cannot be stopped");
    settlesIn(service, SERVICE_RUNNING, startPatience); // one that is on its way takes no order
    const DWORD id = statusOf(service).dwProcessId;
    const OwnedHandle process(id != 0 ? ::OpenProcess(SYNCHRONIZE, FALSE, id) : nullptr);
    SERVICE_STATUS status{};
    if (!::ControlService(service.get(), SERVICE_CONTROL_STOP, &status))
        return failure(what);
    if (!settlesIn(service, SERVICE_STOPPED, stopPatience) ||
        (process && ::WaitForSingleObject(process.get(), DWORD(stopPatience.count())) != WAIT_OBJECT_0))
        return {1, what + QStringLiteral(
                              ": it did not end within two minutes. Try again, or end concierge.exe in "
                              "the Task Manager.")};
    return {0, QStringLiteral("The service has stopped.")};
}

} // namespace

ServiceAnswer installService()
{
    const QString what = QStringLiteral("The service cannot be installed");
    const ServiceHandle manager = openManager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    if (!manager)
        return failure(what);
    if (openService(SERVICE_QUERY_STATUS))
        return failure(what, ERROR_SERVICE_EXISTS);
    if (const auto error = prepareFolders())
        return {1, *error};
    const std::wstring command = (u'"' + QDir::toNativeSeparators(QCoreApplication::applicationFilePath()) +
                                  QStringLiteral("\" service run"))
                                     .toStdWString();
    const ServiceHandle service(::CreateServiceW(manager.get(), serviceName, L"Concierge", SERVICE_ALL_ACCESS,
                                                 SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                                 SERVICE_ERROR_NORMAL, command.c_str(), nullptr, nullptr,
                                                 nullptr, L"NT SERVICE\\concierge", nullptr));
    if (!service)
        return failure(what);
    if (!describe(service) || !setRecovery(service) || !limit(service) || !registerEventSource()) {
        const DWORD error = ::GetLastError();
        ::DeleteService(service.get());
        return failure(what, error);
    }
    return {0, QStringLiteral(
                   "The service is installed and starts with Windows; \"concierge service start\" starts it "
                   "now. Its settings are in %1.")
                   .arg(installedLayout().configFile)};
}

ServiceAnswer uninstallService()
{
    const ServiceHandle service = openService(SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE);
    if (!service)
        return failure(QStringLiteral("The service cannot be removed"));
    if (statusOf(service).dwCurrentState != SERVICE_STOPPED) {
        if (const auto answer = stopAndWait(service); answer.code == 1)
            return answer;
    }
    if (!::DeleteService(service.get()))
        return failure(QStringLiteral("The service cannot be removed"));
    ::RegDeleteKeyW(HKEY_LOCAL_MACHINE, eventSourceKey);
    return {0, QStringLiteral("The service is removed. Its settings and data are still in %1.")
                   .arg(QDir::toNativeSeparators(QFileInfo(installedLayout().configFile).path()))};
}

ServiceAnswer startService()
{
    const QString what = QStringLiteral("The service cannot be started");
    const ServiceHandle service = openService(SERVICE_START | SERVICE_QUERY_STATUS);
    if (!service || !::StartServiceW(service.get(), 0, nullptr))
        return failure(what);
    if (settlesIn(service, SERVICE_RUNNING, startPatience))
        return {0, QStringLiteral("The service runs.")};
    return {1,
            what + QStringLiteral(": the server ended at once. Why is in %1, and in Windows' event viewer.")
                       .arg(installedLayout().logFile)};
}

ServiceAnswer stopService()
{
    const ServiceHandle service = openService(SERVICE_STOP | SERVICE_QUERY_STATUS);
    if (!service)
        return failure(QStringLiteral("The service cannot be stopped"));
    return stopAndWait(service);
}

} // namespace concierge::app
