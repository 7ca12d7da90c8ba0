// What the monitor's program takes of the machine while it watches 50,000 clients.
#include "FakeClients.h"
#include "FakeFeed.h"
#include "MonitorTest.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTimer>

#include <unistd.h>

using namespace concierge;
using concierge::monitor::test::FakeFeed;

namespace {

constexpr qint64 clients = 50'000;
constexpr int seconds = 12;
const QString largeWindow = QStringLiteral("1918x1055+0+0");

/// CPU time of a process, in milliseconds. Source: proc(5), /proc/[pid]/stat, fields 14 and 15.
double cpuMs(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray line = file.readAll();
    const QList<QByteArray> fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    return double(fields[11].toLongLong() + fields[12].toLongLong()) * 1'000 / double(sysconf(_SC_CLK_TCK));
}

double megabytes(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/statm").arg(pid));
    return file.open(QIODevice::ReadOnly)
               ? double(file.readAll().split(' ')[1].toLongLong() * sysconf(_SC_PAGESIZE)) / 1e6
               : 0;
}

/// Ten full minutes that end before `now`, so that the charts and sparklines have all that they can have.
feed::History fullHistory(qint64 now)
{
    feed::History history;
    history.range = feed::historyRanges().constFirst();
    history.stepMs = 1'000;
    for (int second = 600; second > 0; --second)
        history.time.append(now - now % 1'000 - second * 1'000);
    for (const QString &series : feed::historySeries()) {
        auto &values = history.series[series];
        for (int second = 0; second < 600; ++second)
            values.append(900 + second % 13 * 20);
    }
    return history;
}

} // namespace

class TestMonitorCost : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void watchingFiftyThousand_isCheap_data()
    {
        QTest::addColumn<int>("tab");
        QTest::newRow("Overview") << 0;
        QTest::newRow("People") << 1;
    }
    void watchingFiftyThousand_isCheap()
    {
        QFETCH(int, tab);
        FakeFeed server;
        server.answer = [](const QJsonObject &request) -> std::optional<QByteArray> {
            if (request.value(QLatin1String("type")).toString() == QLatin1String("listClients"))
                return monitor::test::clientPage(request, clients);
            QJsonObject history;
            if (request.value(QLatin1String("type")).toString() == QLatin1String("history"))
                history = fields::toJson(fullHistory(QDateTime::currentMSecsSinceEpoch()));
            return feed::replyLine(request.value(QLatin1String("id")), history);
        };
        QVERIFY(server.listen());
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("Concierge")));
        QSettings settings(folder.filePath(QStringLiteral("Concierge/Concierge Monitor.conf")),
                           QSettings::IniFormat);
        settings.setValue(QStringLiteral("window/tab"), tab);
        settings.sync();
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), folder.path());
        QProcess program;
        program.setProcessEnvironment(environment);
        program.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        program.start(QStringLiteral(MONITOR_PROGRAM), {QStringLiteral("-qwindowgeometry"), largeWindow,
                                                        QStringLiteral("--socket"), server.name()});
        QTRY_COMPARE_WITH_TIMEOUT(server.count(QStringLiteral("subscribe")), 1, 20'000);

        // Begins when the window is up and has its first figures, as the server sends them.
        int sent = 0;
        double begin = 0;
        QElapsedTimer elapsed;
        QTimer clock;
        connect(&clock, &QTimer::timeout, &server, [&] {
            MonitorSnapshot snapshot = monitor::test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
            snapshot.connections.now = clients + sent % 17;
            snapshot.rates.received = 900 + sent % 13 * 20;
            server.send(snapshot);
            if (++sent == 3) {
                begin = cpuMs(program.processId());
                elapsed.start();
            }
        });
        clock.start(1'000);
        QTRY_VERIFY_WITH_TIMEOUT(sent == 3 + seconds, (seconds + 10) * 1'000);
        const double percent = (cpuMs(program.processId()) - begin) / double(elapsed.elapsed()) * 100;
        const double memory = megabytes(program.processId());
        qInfo("50,000 clients, %s, a snapshot a second for %d s: %.1f %% of a core, %.1f MB resident",
              qPrintable(largeWindow), seconds, percent, memory);
        QCOMPARE(server.count(QStringLiteral("listClients")) > 0, tab == 1);
        program.kill();
        QVERIFY(program.waitForFinished());
        QVERIFY(memory > 1);
#ifdef NDEBUG // sanitizers take several times as much of both
        QVERIFY(memory < 150);
        QVERIFY(percent < 5);
#endif
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorCost)
#include "tst_monitor_cost.moc"
