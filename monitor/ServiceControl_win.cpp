#include "ServiceControl.h"

#include <qt_windows.h>

#include <QTimer>

#include <type_traits>

namespace concierge::monitor {

namespace {

struct ServiceCloser
{
    void operator()(SC_HANDLE handle) const { CloseServiceHandle(handle); }
};
using ServiceHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, ServiceCloser>;

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

    void refresh() override
    {
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
        if (!service || !StartServiceW(service.get(), 0, nullptr))
            return fail();
        setStatus(Status::Starting);
        m_poll.start();
    }

    void stop() override
    {
        const ServiceHandle service = open(SERVICE_STOP);
        SERVICE_STATUS status{};
        if (!service || !ControlService(service.get(), SERVICE_CONTROL_STOP, &status))
            return fail();
        setStatus(Status::Stopping);
        m_poll.start();
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

    void fail()
    {
        Q_EMIT failed(qt_error_string(int(GetLastError())).trimmed());
        refresh();
    }

    QTimer m_poll;
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
