#include "ServiceControl.h"

#include <QFileInfo>

#include <utility>

namespace concierge::monitor {

namespace {

/// systemd, by systemctl. A person who is not root is asked for a password by the desktop's polkit agent.
class SystemdService final : public ServiceControl
{
public:
    void refresh() override
    {
        run({QStringLiteral("show"), QStringLiteral("concierge.service"),
             QStringLiteral("--property=LoadState,ActiveState")},
            [this](int code, const QString &output) { readStatus(code, output); });
    }
    void start() override { order(QStringLiteral("start"), Status::Starting); }
    void stop() override { order(QStringLiteral("stop"), Status::Stopping); }
    QString managerName() const override { return QStringLiteral("systemd"); }

private:
    void readStatus(int code, const QString &output)
    {
        if (code != 0 || !output.contains(QLatin1String("LoadState=loaded")))
            return setStatus(Status::NotInstalled);
        if (output.contains(QLatin1String("ActiveState=activating")))
            return setStatus(Status::Starting);
        if (output.contains(QLatin1String("ActiveState=active")))
            return setStatus(Status::Running);
        if (output.contains(QLatin1String("ActiveState=deactivating")))
            return setStatus(Status::Stopping);
        setStatus(output.contains(QLatin1String("ActiveState=failed")) ? Status::Failed : Status::Stopped);
    }

    void order(const QString &verb, Status meanwhile)
    {
        setStatus(meanwhile);
        run({verb, QStringLiteral("concierge.service")}, [this](int code, const QString &output) {
            if (code != 0)
                Q_EMIT failed(output.trimmed());
            refresh();
        });
    }

    void run(const QStringList &arguments, ToolCallback done)
    {
        runTool(QStringLiteral("systemctl"), arguments, std::move(done));
    }
};

} // namespace

std::unique_ptr<ServiceControl> ServiceControl::create()
{
    return std::make_unique<SystemdService>();
}

QString standardSocket()
{
    const QString installed = QStringLiteral("/run/concierge/monitor.sock");
    return QFileInfo::exists(installed) ? installed : QStringLiteral("concierge-monitor");
}

} // namespace concierge::monitor
