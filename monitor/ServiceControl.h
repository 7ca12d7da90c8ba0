#pragma once

#include <QObject>
#include <QString>
#include <QStringList>

#include <functional>
#include <memory>

namespace concierge::monitor {

/// The service `concierge` of this computer's service manager. Everything is asynchronous: nothing here waits
/// for the manager. One implementation a platform: ServiceControl_linux.cpp (systemd), _mac.cpp (launchd),
/// _win.cpp (the service manager). Thread: the GUI's.
class ServiceControl : public QObject
{
    Q_OBJECT

public:
    enum class Status { Unknown, NotInstalled, Stopped, Starting, Running, Stopping, Failed };

    static std::unique_ptr<ServiceControl> create();

    /// Asks the manager; statusChanged() tells when it has answered.
    virtual void refresh() = 0;
    virtual void start() = 0;
    virtual void stop() = 0;
    /// As the person knows it: "systemd", "Windows services", "launchd".
    virtual QString managerName() const = 0;

    Status status() const noexcept { return m_status; }
    bool isInstalled() const noexcept
    {
        return m_status != Status::NotInstalled && m_status != Status::Unknown;
    }

Q_SIGNALS:
    void statusChanged();
    /// start() or stop() did not work; one sentence.
    void failed(const QString &why);

protected:
    using ToolCallback = std::function<void(int code, const QString &output)>;

    void setStatus(Status status);
    /// Runs a program and answers with its exit code, and what it wrote to both channels. Code -1: it could
    /// not be started, and why.
    void runTool(const QString &program, const QStringList &arguments, ToolCallback done);

private:
    Status m_status = Status::Unknown;
};

/// Where a server of this computer is found when no MONITOR_SOCKET says it; see OwnSocket.
QString standardSocket();

} // namespace concierge::monitor
