// systemd's part is played by a script named systemctl: a test has no service manager of its own.
#include "LocalServer.h"
#include "MonitorTest.h"
#include "OwnSocket.h"

#include <QFile>
#include <QSignalSpy>

using namespace concierge::monitor;
using Status = ServiceControl::Status;

class TestServiceControl : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    void write(const QString &name, const QByteArray &text)
    {
        QFile file(m_folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.setPermissions(file.permissions() | QFileDevice::ExeOwner);
    }

private Q_SLOTS:
    void socketOfThisComputer_isTheServersOwn_data()
    {
        QTest::addColumn<QString>("environment");
        QTest::addColumn<QByteArray>("dotEnv");
        QTest::addColumn<QString>("name"); // empty: the standard
        QTest::newRow("nothing is said") << QString() << QByteArray() << QString();
        QTest::newRow("the environment")
            << QStringLiteral("/e.sock") << QByteArray() << QStringLiteral("/e.sock");
        QTest::newRow(".env") << QString() << QByteArray("PORT=1\nexport MONITOR_SOCKET='/d.sock' # here\n")
                              << QStringLiteral("/d.sock");
        QTest::newRow("both") << QStringLiteral("/e.sock") << QByteArray("MONITOR_SOCKET=/d.sock\n")
                              << QStringLiteral("/e.sock");
        QTest::newRow("none in .env") << QString() << QByteArray("MONITOR_SOCKET=none\n") << QString();
        QTest::newRow("none in the environment")
            << QStringLiteral("none") << QByteArray("MONITOR_SOCKET=/d.sock\n") << QString();
    }
    void socketOfThisComputer_isTheServersOwn()
    {
        QFETCH(QString, environment);
        QFETCH(QByteArray, dotEnv);
        QFETCH(QString, name);
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral(".env")));
        if (!dotEnv.isEmpty()) {
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(dotEnv);
            file.close();
        }
        const OwnSocket own = OwnSocket::find(environment, file.fileName());
        QCOMPARE(own.name, name.isEmpty() ? standardSocket() : name);
        QCOMPARE(own.source, name.isEmpty() ? OwnSocket::Source::Standard : OwnSocket::Source::Setting);
    }

    void init()
    {
        write(QStringLiteral("systemctl"),
              "#!/bin/sh\n"
              "cd \"$(dirname \"$0\")\"\n"
              "case $1 in\n"
              "show) cat state ;;\n"
              "start|stop) [ -e refusal ] && { cat refusal; exit 1; }; cp \"after-$1\" state ;;\n"
              "esac\n");
        write(QStringLiteral("after-start"), "LoadState=loaded\nActiveState=active\n");
        write(QStringLiteral("after-stop"), "LoadState=loaded\nActiveState=inactive\n");
        QFile::remove(m_folder.filePath(QStringLiteral("refusal")));
        qputenv("PATH", m_folder.path().toLocal8Bit() + ":/usr/bin:/bin");
    }

    void status_isWhatSystemdSays_data()
    {
        QTest::addColumn<QByteArray>("said");
        QTest::addColumn<Status>("status");
        QTest::newRow("unknown unit")
            << QByteArray("LoadState=not-found\nActiveState=inactive\n") << Status::NotInstalled;
        QTest::newRow("stopped") << QByteArray("LoadState=loaded\nActiveState=inactive\n") << Status::Stopped;
        QTest::newRow("running") << QByteArray("LoadState=loaded\nActiveState=active\n") << Status::Running;
        QTest::newRow("starting") << QByteArray("LoadState=loaded\nActiveState=activating\n")
                                  << Status::Starting;
        QTest::newRow("stopping") << QByteArray("LoadState=loaded\nActiveState=deactivating\n")
                                  << Status::Stopping;
        QTest::newRow("failed") << QByteArray("LoadState=loaded\nActiveState=failed\n") << Status::Failed;
    }
    void status_isWhatSystemdSays()
    {
        QFETCH(QByteArray, said);
        QFETCH(Status, status);
        write(QStringLiteral("state"), said);
        const auto service = ServiceControl::create();
        service->refresh();
        QTRY_COMPARE(service->status(), status);
    }

    void withoutSystemd_nothingIsInstalled()
    {
        qputenv("PATH", "/nowhere");
        const auto service = ServiceControl::create();
        service->refresh();
        QTRY_COMPARE(service->status(), Status::NotInstalled);
    }

    void installedService_isStartedAndStoppedByItsManager()
    {
        write(QStringLiteral("state"), "LoadState=loaded\nActiveState=inactive\n");
        LocalServer local(ServiceControl::create(), QStringLiteral("/nowhere/concierge"));
        QTRY_COMPARE(local.service().status(), Status::Stopped);
        QVERIFY(local.manner().contains(QStringLiteral("systemd")));
        local.start(QStringLiteral("unused"));
        QVERIFY(local.isStarting());
        QTRY_COMPARE(local.service().status(), Status::Running);
        QVERIFY(local.stopService());
        QTRY_COMPARE(local.service().status(), Status::Stopped);
        QVERIFY(!local.stopService()); // nothing that runs
    }

    void refusedOrder_isToldInTheManagersWords()
    {
        write(QStringLiteral("state"), "LoadState=loaded\nActiveState=inactive\n");
        write(QStringLiteral("refusal"), "Access denied\n");
        LocalServer local(ServiceControl::create(), QStringLiteral("/nowhere/concierge"));
        QTRY_COMPARE(local.service().status(), Status::Stopped);
        QSignalSpy failed(&local, &LocalServer::failed);
        local.start(QStringLiteral("unused"));
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(failed[0][0].toString(), QStringLiteral("Access denied"));
        QVERIFY(!local.isStarting());
        QTRY_COMPARE(local.service().status(), Status::Stopped);
    }

    void withoutServiceAndProgram_startSaysWhatIsMissing()
    {
        qputenv("PATH", "/nowhere");
        LocalServer local(ServiceControl::create());
        QTRY_COMPARE(local.service().status(), Status::NotInstalled);
        QVERIFY(!local.canStart());
        QSignalSpy failed(&local, &LocalServer::failed);
        local.start(QStringLiteral("unused"));
        QCOMPARE(failed.count(), 1);
        QVERIFY(!local.isStarting());
    }
};

CONCIERGE_MONITOR_TEST(TestServiceControl)
#include "tst_service_control.moc"
