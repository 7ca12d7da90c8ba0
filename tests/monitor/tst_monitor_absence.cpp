// A server that sends no figures, for one reason or another: every page says the same of it.
#include "AlertsPage.h"
#include "Banner.h"
#include "Chart.h"
#include "FakeFeed.h"
#include "ListPage.h"
#include "LogPage.h"
#include "MainWindow.h"
#include "MonitorTest.h"
#include "OverviewPage.h"
#include "ServicePage.h"

#include <QFileInfo>
#include <QLabel>

using namespace concierge;
using namespace concierge::monitor;
using concierge::monitor::test::FakeFeed;
using concierge::monitor::test::patient;

namespace {

constexpr FeedTimes impatient{std::chrono::milliseconds(150), std::chrono::milliseconds(10),
                              std::chrono::milliseconds(40), std::chrono::milliseconds(60'000)};

bool says(const QWidget &page, const QString &text)
{
    const auto labels = page.findChildren<QLabel *>();
    return std::any_of(labels.begin(), labels.end(),
                       [&text](const QLabel *label) { return label->isVisible() && label->text() == text; });
}

/// "stop server_unreachable", in the order of their times.
QString markersOf(const ServerSession &session)
{
    QStringList kinds;
    for (const feed::Marker &marker : session.history().history().markers)
        kinds.append(marker.kind);
    return kinds.join(QLatin1Char(' '));
}

} // namespace

class TestMonitorAbsence : public QObject
{
    Q_OBJECT

private:
    struct Stage
    {
        explicit Stage(FeedTimes times)
            : window(test::localServer(), times)
        {
            server.hello.startTime = 1'764'201'600'000;
            server.answer = [](const QJsonObject &request) -> std::optional<QByteArray> {
                return feed::replyLine(request.value(QLatin1String("id")), {});
            };
            (void)server.listen();
            window.setServers({{QStringLiteral("Test"), server.name()}});
            window.show();
        }
        ServerSession &session() { return *window.current(); }
        FeedState state() { return session().feed().state(); }
        /// It has sent figures once.
        bool isSeen()
        {
            if (!session().feed().isConnected())
                return false;
            if (!session().feed().snapshot())
                server.send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
            return session().feed().snapshot().has_value();
        }
        /// Of the first chart, where it is empty.
        QString note() { return window.findChildren<Chart *>().constFirst()->spoken(); }

        FakeFeed server;
        MainWindow window;
    };

private Q_SLOTS:
    void cleanup() { QSettings().clear(); }

    void frozenServer_isNotMarkedAsStopped_untilItIs()
    {
        Stage stage(impatient);
        QTRY_VERIFY(stage.isSeen());
        QTRY_COMPARE(stage.state(), FeedState::Stale);
        QCOMPARE(markersOf(stage.session()), QStringLiteral("alert"));
        stage.server.send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
        QTRY_COMPARE(stage.state(), FeedState::Connected);
        QCOMPARE(markersOf(stage.session()), QStringLiteral("alert"));
        QTRY_COMPARE(stage.state(), FeedState::Stale);
        stage.server.close();
        QTRY_COMPARE(stage.state(), FeedState::NotRunning);
        QVERIFY2(markersOf(stage.session()).endsWith(QLatin1String("stop")),
                 qPrintable(markersOf(stage.session())));
    }

    void stoppedServer_hasOneMarker()
    {
        Stage stage(patient);
        QTRY_VERIFY(stage.isSeen());
        stage.server.close();
        QTRY_COMPARE(stage.state(), FeedState::NotRunning);
        QCOMPARE(markersOf(stage.session()), QStringLiteral("stop"));
        stage.server.hello.startTime += 60'000;
        QVERIFY(stage.server.listen());
        QTRY_COMPARE(stage.state(), FeedState::Connected);
        QVERIFY(markersOf(stage.session()).contains(QLatin1String("stop")));
        QVERIFY(markersOf(stage.session()).contains(QLatin1String("start")));
    }

    void serverThatWasThereAllTheTime_isNotMarkedAsStopped()
    {
        Stage stage(patient);
        QTRY_VERIFY(stage.isSeen());
        stage.server.drop();
        QTRY_COMPARE(stage.server.connections, 2);
        QTRY_COMPARE(stage.state(), FeedState::Connected);
        QCOMPARE(markersOf(stage.session()), QStringLiteral("alert"));
        QCOMPARE(stage.session().history().history().markers.constFirst().code,
                 QStringLiteral("server_unreachable"));
    }

#ifdef Q_OS_UNIX
    void deniedPerson_isToldWhoMay()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("m.sock")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        const auto detail = [&file] {
            Situation::Input input;
            input.state = FeedState::Denied;
            input.socket = file.fileName();
            return Situation::of(input).detail;
        };
        const QFileInfo info(file);
        QVERIFY(!info.group().isEmpty() && !info.owner().isEmpty());
        QVERIFY(file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner |
                                    QFileDevice::ReadGroup | QFileDevice::WriteGroup));
        QVERIFY2(detail().contains(QStringLiteral("the group “%1”").arg(info.group())), qPrintable(detail()));
        QVERIFY(file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner));
        QVERIFY2(detail().contains(QStringLiteral("the user “%1” alone").arg(info.owner())),
                 qPrintable(detail()));
        // In a folder that may not be looked into, nothing is known.
        QVERIFY(file.remove());
        QVERIFY2(detail().endsWith(file.fileName()), qPrintable(detail()));
    }
#endif

    void everyPage_saysWhatTheBannerSays_data()
    {
        QTest::addColumn<QByteArray>("lastWord");
        QTest::addColumn<bool>("isClosed");
        QTest::addColumn<FeedState>("state");
        QTest::newRow("frozen") << QByteArray() << false << FeedState::Stale;
        QTest::newRow("stopped") << QByteArray() << true << FeedState::NotRunning;
        QTest::newRow("full") << feed::errorLine({QStringLiteral("too_many_monitors"),
                                                  QStringLiteral("There are 16 monitors already.")})
                              << false << FeedState::Refused;
        QTest::newRow("not understood")
            << QByteArray("HTTP/1.1 400 Bad Request\n") << false << FeedState::Incompatible;
    }
    void everyPage_saysWhatTheBannerSays()
    {
        QFETCH(QByteArray, lastWord);
        QFETCH(bool, isClosed);
        QFETCH(FeedState, state);
        Stage stage(state == FeedState::Stale ? impatient : patient);
        QTRY_COMPARE(stage.state(), FeedState::Connected);
        if (!lastWord.isEmpty())
            stage.server.send(lastWord);
        if (isClosed)
            stage.server.close();
        QTRY_COMPARE(stage.state(), state);
        const QString text = stage.window.banner().situation().text;
        QVERIFY(!text.isEmpty());
        const auto isSaidOn = [&](MainWindow::Tab tab, const QWidget &page) {
            stage.window.showTab(tab);
            QCoreApplication::processEvents();
            return says(page, text);
        };
        QVERIFY(isSaidOn(MainWindow::People, stage.window.people()));
        QVERIFY(isSaidOn(MainWindow::Waiting, stage.window.waiting()));
        QVERIFY(isSaidOn(MainWindow::Log, stage.window.log()));
        QVERIFY(isSaidOn(MainWindow::Service, stage.window.service()));
        stage.window.showTab(MainWindow::Overview);
        for (const QString &range : {QStringLiteral("10m"), QStringLiteral("24h")}) {
            stage.window.overview().setRange(range);
            QVERIFY2(stage.note().startsWith(text), qPrintable(stage.note()));
        }
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorAbsence)
#include "tst_monitor_absence.moc"
