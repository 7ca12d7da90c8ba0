#include "ServiceControl.h"

#include <qt_windows.h>

#include <QCoreApplication>
#include <QDir>
#include <QThread>
#include <QTimer>

#include <shellapi.h>

#include <type_traits>

namespace concierge::monitor {

namespace {

struct ServiceCloser
{
    void operator()(SC_HANDLE handle) const { CloseServiceHandle(handle); }
};
using ServiceHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, ServiceCloser>;

/// `concierge service WORD` as an administrator, whom Windows asks for first. Yields 0 or why not. Waits: for
/// a thread of its own.
DWORD runElevated(const wchar_t *words)
{
    const std::wstring program =
        QDir::toNativeSeparators(QCoreApplication::applicationDirPath() + QStringLiteral("/concierge.exe"))
            .toStdWString();
    SHELLEXECUTEINFOW info{};
    info.cbSize = sizeof info;
    info.fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_NOASYNC | SEE_MASK_FLAG_NO_UI;
    info.lpVerb = L"runas";
    info.lpFile = program.c_str();
    info.lpParameters = words;
    info.nShow = SW_HIDE;
    if (!ShellExecuteExW(&info))
        return GetLastError();
    WaitForSingleObject(info.hProcess, INFINITE);
    CloseHandle(info.hProcess);
    return NO_ERROR; // refresh() tells how it went
}

/// The service manager of Windows. Its calls only give the order, and come back at once; a timer asks how it
/// went, for as long as it is on its way.
class WindowsService final : public ServiceControl
{
public:
    WindowsService()
    {
        m_poll.setInterval(500);
        connect(&m_poll, &QTimer::timeout, this, &WindowsService::refresh);
    }
    ~WindowsService() override
    {
        if (m_asking) // Windows' question is in front of everything: it is not for long
            m_asking->wait();
    }

    void refresh() override
    {
        if (m_asking)
            return;
        const ServiceHandle service = open(SERVICE_QUERY_STATUS);
        SERVICE_STATUS status{};
        if (!service || !QueryServiceStatus(service.get(), &status))
            return settle(Status::NotInstalled);
        switch (status.dwCurrentState) {
        case SERVICE_RUNNING:
            return settle(Status::Running);
        case SERVICE_START_PENDING:
            return setStatus(Status::Starting);
        case SERVICE_STOP_PENDING:
            return setStatus(Status::Stopping);
        default:
            settle(status.dwWin32ExitCode == NO_ERROR ? Status::Stopped : Status::Failed);
        }
    }

    void start() override
    {
        const ServiceHandle service = open(SERVICE_START);
        if (service && StartServiceW(service.get(), 0, nullptr))
            return follow(Status::Starting);
        askForAdministrator(Status::Starting, L"service start");
    }

    void stop() override
    {
        const ServiceHandle service = open(SERVICE_STOP);
        SERVICE_STATUS status{};
        if (service && ControlService(service.get(), SERVICE_CONTROL_STOP, &status))
            return follow(Status::Stopping);
        askForAdministrator(Status::Stopping, L"service stop");
    }

    QString managerName() const override { return ServiceControl::tr("Windows services"); }

private:
    static ServiceHandle open(DWORD access)
    {
        const ServiceHandle services(OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
        return ServiceHandle(services ? OpenServiceW(services.get(), L"concierge", access) : nullptr);
    }

    void settle(Status status)
    {
        m_poll.stop();
        setStatus(status);
    }

    void follow(Status status)
    {
        setStatus(status);
        m_poll.start();
    }

    /// After a call of the manager's that failed: most people at the desk may watch the service only.
    void askForAdministrator(Status status, const wchar_t *words)
    {
        const DWORD error = GetLastError();
        if (error != ERROR_ACCESS_DENIED)
            return fail(error);
        if (m_asking)
            return;
        setStatus(status);
        m_asking.reset(QThread::create([this, words] {
            const DWORD why = runElevated(words);
            QMetaObject::invokeMethod(
                this, [this, why] { wasAsked(why); }, Qt::QueuedConnection);
        }));
        m_asking->start();
    }

    void wasAsked(DWORD error)
    {
        m_asking->wait();
        m_asking.reset();
        if (error != NO_ERROR && error != ERROR_CANCELLED) // who says no knows it
            return fail(error);
        follow(status());
        refresh();
    }

    void fail(DWORD error)
    {
        Q_EMIT failed(qt_error_string(int(error)).trimmed());
        refresh();
    }

    QTimer m_poll;
    std::unique_ptr<QThread> m_asking;
};

} // namespace

std::unique_ptr<ServiceControl> ServiceControl::create()
{
    return std::make_unique<WindowsService>();
}

QString standardSocket()
{
    return QStringLiteral("concierge-monitor");
}

} // namespace concierge::monitor
