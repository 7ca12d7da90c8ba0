#pragma once

#include "LocalServer.h"
#include "shared/MonitorSnapshot.h"

#include <QApplication>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

namespace concierge::monitor::test {

/// No service manager: what is installed on the machine of the test is none of its business.
class NoService final : public ServiceControl
{
public:
    void refresh() override { setStatus(Status::NotInstalled); }
    void start() override {}
    void stop() override {}
    QString managerName() const override { return QStringLiteral("none"); }
};

inline std::unique_ptr<LocalServer> localServer(const QString &program = QStringLiteral("/nowhere/concierge"))
{
    return std::make_unique<LocalServer>(std::make_unique<NoService>(), program);
}

inline MonitorSnapshot healthySnapshot(qint64 time)
{
    MonitorSnapshot snapshot;
    snapshot.time = time;
    snapshot.uptimeMs = 3'600'000;
    snapshot.version = QStringLiteral("0.1.0");
    snapshot.connections.now = 1'320;
    snapshot.connections.peak = 2'500;
    snapshot.connections.peakAt = time - 60'000;
    snapshot.connections.peakToday = 2'400;
    snapshot.users.online = 1'200;
    snapshot.messages.received = 54'321;
    snapshot.rates.received = 12.4;
    snapshot.delivery = {100, 0.4, 1.5, 3, 8};
    return snapshot;
}

/// The tests of one class, with settings and files that nobody else has.
template <class Test>
int run(int argc, char **argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    const QTemporaryDir folder;
    qputenv("XDG_DATA_HOME", folder.path().toLocal8Bit());
    qputenv("XDG_RUNTIME_DIR", folder.path().toLocal8Bit());
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("Concierge"));
    QApplication::setApplicationName(QStringLiteral("Concierge Monitor"));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.path());
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace concierge::monitor::test

#define CONCIERGE_MONITOR_TEST(Test)                                                                         \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        return concierge::monitor::test::run<Test>(argc, argv);                                              \
    }
