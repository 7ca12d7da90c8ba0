#include "ServiceControl.h"

#include <QFileInfo>

#include <unistd.h>

namespace concierge::monitor {

namespace {

const QString launchctl = QStringLiteral("/bin/launchctl");
const QString daemonPlist = QStringLiteral("/Library/LaunchDaemons/concierge.plist");

/// launchd, by launchctl: an agent of this user, or the daemon of the machine. Only root may start and stop
/// the daemon: a person who is not is asked for an administrator's password by macOS.
class LaunchdService final : public ServiceControl
{
public:
    void refresh() override
    {
        if (!QFileInfo::exists(plist()))
            return setStatus(Status::NotInstalled);
        runTool(launchctl, {QStringLiteral("print"), target()}, [this](int code, const QString &output) {
            const bool isRunning = output.contains(QLatin1String("state = running"));
            setStatus(code == 0 && isRunning ? Status::Running : Status::Stopped);
        });
    }
    void start() override
    {
        setStatus(Status::Starting);
        // Already loaded is no fault: kickstart tells what is one.
        if (isForRoot())
            return orderAsRoot(QStringLiteral("%1 bootstrap system %2; %1 kickstart system/concierge")
                                   .arg(launchctl, daemonPlist));
        runTool(launchctl, {QStringLiteral("bootstrap"), domain(), plist()}, [this](int, const QString &) {
            order(launchctl, {QStringLiteral("kickstart"), target()});
        });
    }
    void stop() override
    {
        setStatus(Status::Stopping);
        if (isForRoot())
            return orderAsRoot(launchctl + QStringLiteral(" bootout system/concierge"));
        order(launchctl, {QStringLiteral("bootout"), target()});
    }
    QString managerName() const override { return QStringLiteral("launchd"); }

private:
    static QString agent()
    {
        return qEnvironmentVariable("HOME") + QStringLiteral("/Library/LaunchAgents/concierge.plist");
    }
    static bool isAgent() { return QFileInfo::exists(agent()); }
    static bool isForRoot() { return !isAgent() && ::geteuid() != 0; }
    static QString plist() { return isAgent() ? agent() : daemonPlist; }
    static QString domain()
    {
        return isAgent() ? QStringLiteral("gui/%1").arg(::getuid()) : QStringLiteral("system");
    }
    static QString target() { return domain() + QStringLiteral("/concierge"); }

    /// `command`: fixed words only, as AppleScript and a shell read it.
    void orderAsRoot(const QString &command)
    {
        order(QStringLiteral("/usr/bin/osascript"),
              {QStringLiteral("-e"),
               QStringLiteral("do shell script \"%1\" with administrator privileges").arg(command)});
    }

    void order(const QString &program, const QStringList &arguments)
    {
        runTool(program, arguments, [this](int code, const QString &output) {
            if (code != 0)
                Q_EMIT failed(output.trimmed());
            refresh();
        });
    }
};

} // namespace

std::unique_ptr<ServiceControl> ServiceControl::create()
{
    return std::make_unique<LaunchdService>();
}

QString standardSocket()
{
    const QString installed = QStringLiteral("/Library/Application Support/Concierge/run/monitor.sock");
    return QFileInfo::exists(installed) ? installed : QStringLiteral("concierge-monitor");
}

} // namespace concierge::monitor
