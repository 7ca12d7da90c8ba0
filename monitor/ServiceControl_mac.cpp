#include "ServiceControl.h"

#include <QFileInfo>
#include <utility>

#include <unistd.h>

namespace concierge::monitor {

namespace {

/// launchd, by launchctl: an agent of this user, or a daemon of the machine.
class LaunchdService final : public ServiceControl
{
public:
    void refresh() override
    {
        if (!QFileInfo::exists(plist()))
            return setStatus(Status::NotInstalled);
        run({QStringLiteral("print"), target()}, [this](int code, const QString &output) {
            const bool isRunning = output.contains(QLatin1String("state = running"));
            setStatus(code == 0 && isRunning ? Status::Running : Status::Stopped);
        });
    }
    void start() override
    {
        setStatus(Status::Starting);
        // Already loaded is no fault: kickstart tells what is one.
        run({QStringLiteral("bootstrap"), domain(), plist()}, [this](int, const QString &) {
            order({QStringLiteral("kickstart"), target()});
        });
    }
    void stop() override
    {
        setStatus(Status::Stopping);
        order({QStringLiteral("bootout"), target()});
    }
    QString managerName() const override { return QStringLiteral("launchd"); }

private:
    static QString agent()
    {
        return qEnvironmentVariable("HOME") + QStringLiteral("/Library/LaunchAgents/concierge.plist");
    }
    static QString plist()
    {
        return QFileInfo::exists(agent()) ? agent()
                                          : QStringLiteral("/Library/LaunchDaemons/concierge.plist");
    }
    static QString domain()
    {
        return QFileInfo::exists(agent()) ? QStringLiteral("gui/%1").arg(getuid()) : QStringLiteral("system");
    }
    static QString target() { return domain() + QStringLiteral("/concierge"); }

    void order(const QStringList &arguments)
    {
        run(arguments, [this](int code, const QString &output) {
            if (code != 0)
                Q_EMIT failed(output.trimmed());
            refresh();
        });
    }

    void run(const QStringList &arguments, ToolCallback done)
    {
        runTool(QStringLiteral("/bin/launchctl"), arguments, std::move(done));
    }
};

} // namespace

std::unique_ptr<ServiceControl> ServiceControl::create()
{
    return std::make_unique<LaunchdService>();
}

QString standardSocket()
{
    return QStringLiteral("concierge-monitor");
}

} // namespace concierge::monitor
