#include "AlertText.h"
#include "AlertsPage.h"
#include "Banner.h"
#include "Chart.h"
#include "Dialogs.h"
#include "FakeFeed.h"
#include "Format.h"
#include "ListPage.h"
#include "LocalServer.h"
#include "MainWindow.h"
#include "MonitorTest.h"
#include "OverviewPage.h"
#include "ServicePage.h"
#include "SupportBundle.h"

#include <QAccessible>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QScrollBar>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryFile>

using namespace concierge;
using namespace concierge::monitor;
using concierge::monitor::test::FakeFeed;
using concierge::monitor::test::patient;

namespace {

QString textOf(const QWidget &window, const char *name)
{
    const auto *label = window.findChild<QLabel *>(QLatin1String(name));
    return label ? label->text() : QStringLiteral("(no %1)").arg(QLatin1String(name));
}

/// What a person acts on or reads row by row.
bool isControl(const QWidget *widget)
{
    return widget->focusPolicy() != Qt::NoFocus && !widget->objectName().startsWith(QLatin1String("qt_")) &&
           !widget->inherits("QComboBoxListView") && !qobject_cast<const QLabel *>(widget) &&
           !qobject_cast<const QDialog *>(widget) && !widget->isWindow();
}

QStringList namelessControls(QWidget &window)
{
    QStringList nameless;
    for (QWidget *widget : window.findChildren<QWidget *>()) {
        if (!isControl(widget))
            continue;
        QAccessibleInterface *accessible = QAccessible::queryAccessibleInterface(widget);
        if (!accessible || accessible->text(QAccessible::Name).trimmed().isEmpty())
            nameless.append(QStringLiteral("%1 %2 in %3")
                                .arg(QLatin1String(widget->metaObject()->className()), widget->objectName(),
                                     QLatin1String(widget->parent()->metaObject()->className())));
    }
    return nameless;
}

/// Texts that have less room than they need.
QStringList clippedTexts(QWidget &page)
{
    QStringList clipped;
    for (const QWidget *widget : page.findChildren<QWidget *>()) {
        if (!widget->isVisible())
            continue;
        const auto *label = qobject_cast<const QLabel *>(widget);
        const auto *button = qobject_cast<const QPushButton *>(widget);
        const QString text = label ? label->text() : button ? button->text() : QString();
        if (text.isEmpty())
            continue;
        const int needed =
            label && label->wordWrap() ? label->heightForWidth(label->width()) : widget->sizeHint().height();
        const bool isNarrow = !(label && label->wordWrap()) && widget->sizeHint().width() > widget->width();
        if (isNarrow || needed > widget->height())
            clipped.append(QStringLiteral("“%1” has %2x%3, needs %4x%5")
                               .arg(text)
                               .arg(widget->width())
                               .arg(widget->height())
                               .arg(widget->sizeHint().width())
                               .arg(needed));
    }
    return clipped;
}

MonitorSnapshot largeSnapshot(qint64 time)
{
    MonitorSnapshot snapshot = test::healthySnapshot(time);
    snapshot.process.rssBytes = 18'333'712;
    return snapshot;
}

} // namespace

class TestMonitorWindow : public QObject
{
    Q_OBJECT

private:
    struct Stage
    {
        Stage()
            : window(test::localServer(), patient)
        {
            server.hello.version = QStringLiteral("0.1.0");
            server.hello.startTime = 1'764'201'600'000;
            server.hello.settings = {
                {QStringLiteral("DRAIN_TIMEOUT"), QStringLiteral("10s"), QStringLiteral("default")}};
            server.answer = [](const QJsonObject &request) -> std::optional<QByteArray> {
                return feed::replyLine(request.value(QLatin1String("id")), {});
            };
            (void)server.listen();
            window.setServers({{QStringLiteral("Test"), server.name()}});
            window.resize(1'024, 640);
            window.show();
        }
        bool isConnected() { return window.current()->feed().isConnected(); }
        QString banner() { return window.banner().situation().text; }

        FakeFeed server;
        MainWindow window;
    };

private Q_SLOTS:
    void cleanup() { QSettings().clear(); }

    void everyControl_hasAName()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        MonitorSnapshot snapshot = test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
        snapshot.alerts = {
            {QStringLiteral("disk_low"), QStringLiteral("warning"), 5, QStringLiteral("…"), {}, {}}};
        stage.server.send(snapshot);
        for (int tab = 0; tab < MainWindow::tabCount; ++tab)
            stage.window.showTab(MainWindow::Tab(tab));
        stage.window.showTab(MainWindow::Alerts);
        QTRY_COMPARE(stage.window.alerts().cards().size(), 1);
        const QStringList nameless = namelessControls(stage.window);
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(QLatin1Char('\n'))));
        PreferencesDialog preferences(Preferences(), true, nullptr);
        QCOMPARE(namelessControls(preferences), QStringList());
        ServersDialog servers({{QStringLiteral("a"), QString()}}, nullptr);
        QCOMPARE(namelessControls(servers), QStringList());
    }

    void nothing_isClippedInTheSmallestWindow_data()
    {
        QTest::addColumn<QString>("language");
        QTest::newRow("English") << QStringLiteral("en");
        QTest::newRow("German") << QStringLiteral("de");
    }
    void nothing_isClippedInTheSmallestWindow()
    {
        QFETCH(QString, language);
        Stage stage;
        Preferences preferences;
        preferences.language = language;
        stage.window.setPreferences(preferences);
        QTRY_VERIFY(stage.isConnected());
        MonitorSnapshot snapshot = test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
        snapshot.waiting = {1'234'567, 4'321, 3 * 86'400'000LL + 5 * 3'600'000};
        stage.server.send(snapshot);
        QTRY_VERIFY(stage.window.current()->feed().snapshot());
        QCOMPARE(stage.window.size(), QSize(1'024, 640));
        for (int tab = 0; tab < MainWindow::tabCount; ++tab) {
            stage.window.showTab(MainWindow::Tab(tab));
            QCoreApplication::processEvents();
            QCOMPARE(stage.window.size(), QSize(1'024, 640));
            const QStringList clipped = clippedTexts(stage.window);
            QVERIFY2(clipped.isEmpty(), qPrintable(clipped.join(QLatin1Char('\n'))));
        }
        preferences.language = QStringLiteral("en");
        stage.window.setPreferences(preferences);
    }

    void firstWindow_fitsTheScreen_andScrollsWhereThatIsSmall()
    {
        MainWindow window(test::localServer(), patient);
        window.show();
        const QSize room = window.screen()->availableGeometry().size(); // 800 x 800
        QVERIFY(room.width() < 1'024);
        QVERIFY2(window.width() <= room.width() && window.height() < room.height(),
                 qPrintable(QStringLiteral("%1x%2").arg(window.width()).arg(window.height())));
        auto *scroll = window.findChild<QScrollArea *>(QStringLiteral("windowScroll"));
        QCOMPARE(scroll->widget()->width(), 1'024);
        QTRY_COMPARE(scroll->horizontalScrollBar()->maximum(), 1'024 - scroll->viewport()->width());
        window.resize(1'024, 640);
        QTRY_COMPARE(scroll->horizontalScrollBar()->maximum(), 0);
        QCOMPARE(scroll->verticalScrollBar()->maximum(), 0);
    }

    void whatIsTold_movesNothing_andGoesWhenItIsNoLongerSo()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        stage.server.send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
        QTRY_COMPARE(stage.banner(), QStringLiteral("Everything is working"));
        QCoreApplication::processEvents();
        auto *tabs = stage.window.findChild<QTabWidget *>();
        const QRect before(tabs->mapTo(&stage.window, QPoint()), tabs->size());
        const QString words = QStringLiteral("The table could not be saved. ").repeated(12);
        Q_EMIT stage.window.overview().told(words, true);
        QCoreApplication::processEvents();
        QCOMPARE(stage.window.message(), words);
        QCOMPARE(QRect(tabs->mapTo(&stage.window, QPoint()), tabs->size()), before);
        const auto *notice = stage.window.findChild<QFrame *>(QStringLiteral("notice"));
        QVERIFY(stage.window.rect().contains(notice->geometry()));
        QVERIFY(clippedTexts(*notice->parentWidget()).isEmpty());
        // That the server is there says nothing about the table, but it does about itself.
        stage.server.send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
        stage.server.close();
        QTRY_COMPARE(stage.banner(), QStringLiteral("The server is not running"));
        QCOMPARE(stage.window.message(), words);
        Q_EMIT stage.window.current()->local().failed(QStringLiteral("It does not answer."));
        QCOMPARE(stage.window.message(), QStringLiteral("It does not answer."));
        QVERIFY(stage.server.listen());
        QTRY_COMPARE(stage.window.message(), QString());
        // Nor when it was told while the server was not there.
        stage.server.close();
        QTRY_COMPARE(stage.banner(), QStringLiteral("The server is not running"));
        Q_EMIT stage.window.overview().told(words, true);
        QVERIFY(stage.server.listen());
        QTRY_VERIFY(stage.isConnected());
        QCOMPARE(stage.window.message(), words);
    }

    void tiles_showTheSnapshot()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        MonitorSnapshot snapshot = test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
        snapshot.connections.refused = {{QStringLiteral("origin"), 3}, {QStringLiteral("bad_request"), 4}};
        snapshot.waiting = {12, 3, 7'200'000};
        stage.server.send(snapshot);
        QTRY_COMPARE(textOf(stage.window, "peopleFigure"), QStringLiteral("1,200"));
        QCOMPARE(textOf(stage.window, "peopleNote"), QStringLiteral("1,320 connections"));
        QCOMPARE(textOf(stage.window, "peakFigure"), QStringLiteral("2,400"));
        QCOMPARE(textOf(stage.window, "messagesFigure"), QStringLiteral("12"));
        QCOMPARE(textOf(stage.window, "waitingFigure"), QStringLiteral("12"));
        QVERIFY(textOf(stage.window, "waitingNote").contains(QStringLiteral("2 h")));
        QCOMPARE(textOf(stage.window, "deliveryFigure"), QStringLiteral("1.5 ms"));
        QCOMPARE(textOf(stage.window, "refusedFigure"), QStringLiteral("7"));
        QCOMPARE(stage.banner(), QStringLiteral("12 messages wait for people who are offline"));
    }

    void refusedTile_saysWhy()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        MonitorSnapshot snapshot = test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
        snapshot.connections.refused = {{QStringLiteral("bad_request"), 3},
                                        {QStringLiteral("origin"), 1'200},
                                        {QStringLiteral("sun_<b>storm"), 4},
                                        {QStringLiteral("timeout"), 0}};
        stage.server.send(snapshot);
        QTRY_COMPARE(textOf(stage.window, "refusedFigure"), QStringLiteral("1,207"));
        const auto *figure = stage.window.findChild<QLabel *>(QStringLiteral("refusedFigure"));
        QCOMPARE(figure->parentWidget()->toolTip(),
                 QStringLiteral("1,200 came from a page that CLIENT_URL does not name\n"
                                "4 sun_\u2039b>storm\n3 sent what is no request"));
        stage.window.resize(1'900, 900);
        stage.server.send(snapshot);
        QTRY_COMPARE(textOf(stage.window, "refusedNote"),
                     QStringLiteral("connections since the start\nmost: page not in CLIENT_URL"));
        stage.window.resize(1'024, 640);
        stage.server.send(snapshot);
        QTRY_COMPARE(textOf(stage.window, "refusedNote"), QStringLiteral("connections since the start"));
    }

    void one_isOne()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        MonitorSnapshot snapshot = test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
        snapshot.connections.refused = {{QStringLiteral("origin"), 1}};
        snapshot.connections.peakToday = 1;
        snapshot.connections.peakAt = 0;
        snapshot.waiting = {1, 1, std::nullopt};
        stage.server.send(snapshot);
        QTRY_COMPARE(textOf(stage.window, "peakFigure"), QStringLiteral("1"));
        QCOMPARE(textOf(stage.window, "peakNote"), QStringLiteral("connection"));
        QVERIFY(textOf(stage.window, "refusedNote").startsWith(QStringLiteral("connection since the start")));
        QCOMPARE(textOf(stage.window, "waitingNote"), QStringLiteral("for one person"));
        QVERIFY(stage.window.banner().situation().detail.contains(
            QStringLiteral("It is delivered when this person comes back.")));
    }

    void banner_ofAServerThatGoesAndComes_saysSo()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        stage.server.send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
        QTRY_COMPARE(stage.banner(), QStringLiteral("Everything is working"));
        stage.server.close();
        QTRY_COMPARE(stage.banner(), QStringLiteral("The server is not running"));
        QCOMPARE(stage.window.current()->alerts().worst()->alert.code, QStringLiteral("server_unreachable"));
        // The last figures stay, but not as if they were of now.
        QVERIFY(!stage.window.findChild<QLabel *>(QStringLiteral("peopleFigure"))->isEnabled());
        QVERIFY(stage.server.listen());
        QTRY_VERIFY(stage.isConnected());
        stage.server.send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
        QTRY_COMPARE(stage.banner(), QStringLiteral("Everything is working"));
        QCOMPARE(stage.window.current()->alerts().activeCount(), 0);
    }

    void service_ofAServerElsewhere_asksForNothingThatCannotBeDoneHere()
    {
        Stage stage;
        stage.window.showTab(MainWindow::Service);
        QTRY_VERIFY(stage.isConnected());
        stage.server.send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
        QTRY_VERIFY(textOf(stage.window, "manner").contains(QStringLiteral("can be stopped from here")));
        QVERIFY(textOf(stage.window, "manner").contains(QStringLiteral("started only where it runs")));
        QVERIFY(textOf(stage.window, "backupNote").contains(QStringLiteral("concierge restore")));
        QString question;
        QTimer::singleShot(0, &stage.window, [&question] {
            auto *box = qobject_cast<QMessageBox *>(QApplication::activeModalWidget());
            question = box ? box->text() + box->informativeText() : QString();
            if (box)
                box->reject();
        });
        stage.window.service().stopServer(false);
        QVERIFY2(question.contains(QStringLiteral("cannot be started again from here")),
                 qPrintable(question));
        stage.server.close();
        QTRY_COMPARE(textOf(stage.window, "manner"), QStringLiteral("It can be started only where it runs."));
        QVERIFY(!stage.window.findChild<QPushButton *>(QStringLiteral("start"))->isEnabled());
        const AlertEntry *worst = stage.window.current()->alerts().worst();
        QVERIFY(AlertText::of(worst->alert).advice.startsWith(QStringLiteral("Start it where it runs")));
    }

    void backupOverAFileThatIsThere_isNotAskedOfTheServer()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        QTemporaryFile file;
        QVERIFY(file.open());
        stage.window.service().backupTo(file.fileName());
        QVERIFY2(stage.window.message().contains(QStringLiteral("choose another name")),
                 qPrintable(stage.window.message()));
        stage.window.service().backupTo(file.fileName() + QStringLiteral(".new"));
        QTRY_COMPARE(stage.server.count(QStringLiteral("backup")), 1);
    }

    void restore_isReportedInThePersonsWords()
    {
        Stage stage;
        Q_EMIT stage.window.current()->local().restored(
            QStringLiteral("restored /d/c.db from /b/x.db; what was there is /d/c.db.old now"));
        QCOMPARE(stage.window.message(),
                 QStringLiteral("The backup is restored. What was there before is kept as /d/c.db.old."));
    }

    void drain_isCountedDown()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        MonitorSnapshot snapshot = test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
        snapshot.state = QStringLiteral("draining");
        stage.server.send(snapshot);
        QTRY_COMPARE(stage.banner(), QStringLiteral("The server is stopping"));
        QVERIFY2(stage.window.banner().situation().detail.contains(
                     QRegularExpression(QStringLiteral("in (9|10) s"))),
                 qPrintable(stage.window.banner().situation().detail));
    }

    void acknowledgedAlert_makesRoom()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        MonitorSnapshot snapshot = test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
        snapshot.alerts = {{QStringLiteral("sun_storm"),
                            QStringLiteral("critical"),
                            5,
                            QStringLiteral("A storm."),
                            QStringLiteral("Wait."),
                            {}},
                           {QStringLiteral("tide"),
                            QStringLiteral("warning"),
                            6,
                            QStringLiteral("A tide."),
                            QStringLiteral("Climb."),
                            {}}};
        stage.server.send(snapshot);
        stage.window.showTab(MainWindow::Alerts);
        QTRY_COMPARE(stage.banner(), QStringLiteral("A storm."));
        QTRY_COMPARE(stage.window.alerts().cards().size(), 2);
        QTest::mouseClick(&stage.window.alerts().cards().constFirst()->button(), Qt::LeftButton);
        QTRY_COMPARE(stage.banner(), QStringLiteral("A tide."));
        QCOMPARE(stage.window.alerts().cards().size(), 2);
    }

    void beginOfAnAlert_isMarkedOnce_alsoWhenTheHistoryComesAgain()
    {
        Stage stage;
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        const Alert tide{
            QStringLiteral("tide"), QStringLiteral("warning"), now, QStringLiteral("A tide."), {}, {}};
        stage.server.answer = [now](const QJsonObject &request) -> std::optional<QByteArray> {
            feed::History history;
            history.time = {now / 1'000 * 1'000};
            history.markers = {
                {now, QStringLiteral("alert"), QStringLiteral("A tide."), QStringLiteral("tide")},
                {now, QStringLiteral("alert"), QStringLiteral("A storm."), QStringLiteral("storm")}};
            return feed::replyLine(request.value(QLatin1String("id")), fields::toJson(history));
        };
        QTRY_VERIFY(stage.isConnected());
        stage.server.send(feed::line(QLatin1String("alert"), fields::toJson(feed::AlertChange{true, tide})));
        QTRY_COMPARE(stage.window.current()->history().history().markers.size(), 2);
        stage.server.drop();
        QTRY_COMPARE(stage.server.count(QStringLiteral("history")), 2);
        MonitorSnapshot snapshot = test::healthySnapshot(now);
        snapshot.alerts = {tide};
        stage.server.send(snapshot);
        QTRY_COMPARE(stage.banner(), QStringLiteral("A tide."));
        const auto &markers = stage.window.current()->history().history().markers;
        const auto isAlert = [](const feed::Marker &marker) { return marker.kind == QLatin1String("alert"); };
        // And that the server was not there for a moment.
        QStringList seen;
        for (const feed::Marker &marker : markers)
            seen.append(QStringLiteral("%1 %2 %3").arg(marker.time - now).arg(marker.kind, marker.text));
        QVERIFY2(std::count_if(markers.begin(), markers.end(), isAlert) == 3,
                 qPrintable(seen.join(QLatin1Char('\n'))));
    }

    void columns_areAsTheyWereLeft()
    {
        const auto headerOf = [](MainWindow &window) {
            window.showTab(MainWindow::People);
            return window.people().table().horizontalHeader();
        };
        int width = 0;
        {
            Stage stage;
            QTRY_VERIFY(stage.isConnected());
            QHeaderView *header = headerOf(stage.window);
            QTRY_VERIFY(header->sectionSize(1) > 0);
            header->moveSection(2, 0);
            header->setSortIndicator(3, Qt::DescendingOrder);
            // As a person does it, by the border between the heads.
            const QPoint border(header->sectionViewportPosition(1) + header->sectionSize(1) - 1,
                                header->height() / 2);
            QTest::mousePress(header->viewport(), Qt::LeftButton, {}, border);
            QTest::mouseMove(header->viewport(), border + QPoint(37, 0));
            QTest::mouseRelease(header->viewport(), Qt::LeftButton, {}, border + QPoint(37, 0));
            width = header->sectionSize(1);
            stage.window.close();
        }
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        QHeaderView *header = headerOf(stage.window);
        QCOMPARE(header->visualIndex(2), 0);
        QCOMPARE(header->sortIndicatorSection(), 3);
        QVERIFY(stage.window.people().model().sortKey().startsWith(QLatin1Char('-')));
        stage.window.resize(1'300, 700);
        QCoreApplication::processEvents();
        QCOMPARE(header->sectionSize(1), width);
    }

    void severalServers_areWatchedAtOnce()
    {
        Stage stage;
        FakeFeed second;
        QVERIFY(second.listen());
        stage.window.setServers(
            {{QStringLiteral("Test"), stage.server.name()}, {QStringLiteral("Second"), second.name()}});
        QTRY_VERIFY(stage.isConnected());
        QTRY_COMPARE(second.connections, 1);
        QCOMPARE(stage.server.connections, 1); // the first one was not left for it
        stage.window.select(1);
        QTRY_VERIFY(stage.isConnected());
        QCOMPARE(stage.window.current()->entry().name, QStringLiteral("Second"));
        stage.window.setServers({{QStringLiteral("Second"), second.name()}});
        QCOMPARE(stage.window.current()->entry().name, QStringLiteral("Second"));
        QCOMPARE(second.connections, 1);
    }

    void tabs_areReachedByKeys()
    {
        Stage stage;
        QVERIFY(QTest::qWaitForWindowActive(&stage.window));
        auto *tabs = stage.window.findChild<QTabWidget *>();
        QTest::keyClick(&stage.window, Qt::Key_2, Qt::ControlModifier);
        QCOMPARE(tabs->currentIndex(), int(MainWindow::People));
        QTest::keyClick(&stage.window, Qt::Key_5, Qt::ControlModifier);
        QCOMPARE(tabs->currentIndex(), int(MainWindow::Log));
    }

    void supportBundle_tellsAll_butSecrets()
    {
        Stage stage;
        stage.server.hello.settings = {
            {QStringLiteral("JWT_SECRET"), QStringLiteral("swordfish"), QStringLiteral("environment")},
            {QStringLiteral("REDIS_URL"), QStringLiteral("redis://u:hunter2@db/0"), QStringLiteral(".env")}};
        QTRY_VERIFY(stage.isConnected());
        stage.server.drop();
        QTRY_VERIFY(stage.server.connections > 1 && stage.isConnected());
        stage.server.send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
        QTRY_COMPARE(stage.window.current()->alerts().activeCount(), 0);
        stage.server.send(
            feed::line(QLatin1String("log"),
                       fields::toJson(feed::LogRecord{1, QStringLiteral("warn"), QStringLiteral("c"),
                                                      QStringLiteral("client 203.0.113.9 left"), 0})));
        QTRY_COMPARE(stage.window.current()->log().rowCount(), 1);
        const QByteArray bundle = supportBundle(*stage.window.current());
        for (const char *wanted :
             {"version 0.1.0", "JWT_SECRET=(removed)", "REDIS_URL=redis://(removed)@db/0", "\"online\": 1200",
              "client (address) left", "server_unreachable (over): The server cannot be reached."})
            QVERIFY2(bundle.contains(wanted), wanted);
        for (const char *secret : {"swordfish", "hunter2", "203.0.113"})
            QVERIFY2(!bundle.contains(secret), secret);
    }

    void charts_areExported()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        for (int second = 5; second > 0; --second)
            stage.server.send(largeSnapshot(now - second * 1'000));
        QTRY_COMPARE(stage.window.current()->history().history().time.size(), 5);
        const QList<QByteArray> lines = stage.window.overview().csv().split('\n');
        QCOMPARE(lines.size(), 1 + 5 + 1);
        QVERIFY(lines[0].contains("time,connections,users,received"));
        QVERIFY(lines[1].contains(",1320,1200,12.4,"));
        QVERIFY(lines[1].contains(",18333712,"));
        const QImage picture = stage.window.overview().picture();
        QVERIFY(picture.width() > 1'000 && picture.height() > 300);
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorWindow)
#include "tst_monitor_window.moc"
