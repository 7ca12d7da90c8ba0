#include "app/Service.h"

#include "app/Logging.h"
#include "app/ServiceSetup_win.h"
#include "app/SignalHandler_win.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <windows.h>

namespace concierge::app {

namespace {

constexpr Milliseconds startHint{60'000};
constexpr Milliseconds stopMargin{10'000}; ///< to close the database, beyond the time the sessions have

/// What the main thread, which is Qt's, and the service manager's threads have in common.
struct Service
{
    std::promise<bool> isManaged; ///< the manager has called; or there is none
    std::promise<int> isOver;     ///< with the exit code
    std::mutex mutex;
    SERVICE_STATUS_HANDLE handle = nullptr;                             // guarded by mutex
    SERVICE_STATUS status{SERVICE_WIN32_OWN_PROCESS, 0, 0, 0, 0, 0, 0}; // guarded by mutex

    /// Thread: any. Nothing happens where no manager has started us.
    void report(DWORD state, Milliseconds hint = {})
    {
        const std::lock_guard lock(mutex);
        const bool isPending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
        status.dwCurrentState = state;
        status.dwControlsAccepted =
            state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN : 0;
        status.dwCheckPoint = isPending ? status.dwCheckPoint + 1 : 0;
        status.dwWaitHint = static_cast<DWORD>(hint.count());
        if (handle)
            ::SetServiceStatus(handle, &status);
    }
    bool isRunning()
    {
        const std::lock_guard lock(mutex);
        return handle != nullptr;
    }
};

Service &service()
{
    static Service instance;
    return instance;
}

/// Into Windows' event log, where an administrator looks first. Source: ServiceSetup_win.cpp registers its
/// texts.
void logEvent(WORD type, const QString &line)
{
    if (!service().isRunning())
        return;
    const HANDLE source = ::RegisterEventSourceW(nullptr, serviceName);
    if (!source)
        return;
    auto text = reinterpret_cast<const wchar_t *>(line.utf16());
    ::ReportEventW(source, type, 0, 1, nullptr, 1, 0, &text, nullptr);
    ::DeregisterEventSource(source);
}

DWORD WINAPI onControl(DWORD control, DWORD, void *, void *)
{
    switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN:
        service().report(SERVICE_STOP_PENDING, stopMargin);
        requestStop();
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

/// Thread: the service manager's. Only waits: Qt wants its event loop on the main thread.
void WINAPI serviceMain(DWORD, LPWSTR *)
{
    Service &own = service();
    {
        const std::lock_guard lock(own.mutex);
        own.handle = ::RegisterServiceCtrlHandlerExW(serviceName, onControl, nullptr);
    }
    own.report(SERVICE_START_PENDING, startHint);
    auto end = own.isOver.get_future();
    own.isManaged.set_value(true);
    const int code = end.get();
    own.status.dwWin32ExitCode = code == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
    own.status.dwServiceSpecificExitCode = static_cast<DWORD>(code);
    own.report(SERVICE_STOPPED);
}

int runManaged(int argc, char **argv, int (*serve)(int, char **))
{
    Service &own = service();
    auto isManaged = own.isManaged.get_future();
    std::thread dispatcher([&own] {
        std::wstring name = serviceName;
        const std::array<SERVICE_TABLE_ENTRYW, 2> table{{{name.data(), serviceMain}, {nullptr, nullptr}}};
        if (!::StartServiceCtrlDispatcherW(table.data()))
            own.isManaged.set_value(false);
    });
    int code = 2;
    if (isManaged.get()) {
        ignoreConsole();
        code = serve(argc, argv);
        own.isOver.set_value(code);
    } else {
        std::fputs(
            "concierge: \"service run\" is for Windows' service manager only. \"concierge service start\" "
            "starts the service, \"concierge\" alone a server in this window.\n",
            stderr);
    }
    dispatcher.join();
    return code;
}

} // namespace

int runService(int argc, char **argv, int (*serve)(int, char **))
{
    const bool isManaged =
        argc > 2 && std::strcmp(argv[1], "service") == 0 && std::strcmp(argv[2], "run") == 0;
    return isManaged ? runManaged(argc, argv, serve) : serve(argc, argv);
}

std::optional<int> serviceCommand(const QStringList &words)
{
    struct Row
    {
        const char *word;
        ServiceAnswer (*act)();
    };
    static constexpr std::array<Row, 4> rows{{{"install", installService},
                                              {"uninstall", uninstallService},
                                              {"start", startService},
                                              {"stop", stopService}}};
    if (!words.isEmpty() && words.front() == QLatin1String("run"))
        return std::nullopt;
    for (const Row &row : rows) {
        if (words.size() != 1 || words.front() != QLatin1String(row.word))
            continue;
        const ServiceAnswer answer = row.act();
        const QByteArray prefix = answer.code == 0 ? QByteArray() : QByteArrayLiteral("concierge: ");
        std::fprintf(answer.code == 0 ? stdout : stderr, "%s%s\n", prefix.constData(),
                     qUtf8Printable(answer.line));
        return answer.code;
    }
    std::fputs(
        "concierge: service takes install, uninstall, start or stop, for example: concierge service start\n",
        stderr);
    return 2;
}

void serviceReady(const QString &status)
{
    service().report(SERVICE_RUNNING);
    logEvent(EVENTLOG_INFORMATION_TYPE, QStringLiteral("Concierge " CONCIERGE_VERSION ": ") + status);
}

void serviceAlive() {}

void serviceStopping(Milliseconds most)
{
    service().report(SERVICE_STOP_PENDING, most + stopMargin);
    logEvent(EVENTLOG_INFORMATION_TYPE, QStringLiteral("Concierge stops."));
}

void serviceFailed(const QString &line)
{
    complain(line);
    logEvent(EVENTLOG_ERROR_TYPE, line);
}

} // namespace concierge::app
