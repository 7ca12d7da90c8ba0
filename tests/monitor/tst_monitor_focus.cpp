// Who goes by the keyboard sees where he is.
#include "Chart.h"
#include "Dialogs.h"
#include "MainWindow.h"
#include "MonitorTest.h"
#include "Theme.h"

#include <QListWidget>
#include <QPushButton>
#include <QTabBar>
#include <QTabWidget>

using namespace concierge::monitor;

namespace {

QString nameOf(const QWidget *widget)
{
    return widget ? QStringLiteral("%1 “%2”").arg(QLatin1String(widget->metaObject()->className()),
                                                  widget->accessibleName())
                  : QStringLiteral("nothing");
}

QImage pictureOf(QWidget &window, const QWidget *widget)
{
    return window.grab(QRect(widget->mapTo(&window, QPoint()), widget->size())).toImage();
}

/// The widgets in the order in which Tab comes by them; each has to look different while it has the focus.
struct Walk
{
    explicit Walk(QWidget &window)
    {
        if (QWidget *first = window.focusWidget())
            first->clearFocus();
        for (int step = 0; step < 60; ++step) {
            QWidget *before = QApplication::focusWidget();
            QTest::keyClick(before ? before : &window, Qt::Key_Tab);
            QWidget *focus = QApplication::focusWidget();
            if (!focus || order.contains(focus))
                break;
            order.append(focus);
            const QImage with = pictureOf(window, focus);
            focus->clearFocus();
            const QImage without = pictureOf(window, focus);
            if (with == without)
                unseen.append(nameOf(focus));
            focus->setFocus(Qt::TabFocusReason);
        }
    }
    qsizetype place(const QString &name) const
    {
        for (qsizetype index = 0; index < order.size(); ++index) {
            if (order[index]->accessibleName() == name)
                return index;
        }
        return -1;
    }

    QList<QWidget *> order;
    QStringList unseen;
};

} // namespace

class TestMonitorFocus : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { QSettings().clear(); }

    void focus_isSeenInTheWindow_inTheOrderOfTheEye_data()
    {
        QTest::addColumn<ThemeChoice>("theme");
        QTest::newRow("light") << ThemeChoice::Light;
        QTest::newRow("dark") << ThemeChoice::Dark;
    }
    void focus_isSeenInTheWindow_inTheOrderOfTheEye()
    {
        QFETCH(ThemeChoice, theme);
        MainWindow window(test::localServer());
        Preferences preferences;
        preferences.theme = theme;
        window.setPreferences(preferences);
        window.setServers({{QStringLiteral("Here"), QStringLiteral("/nowhere/a")},
                           {QStringLiteral("There"), QStringLiteral("/nowhere/b")}});
        window.resize(1'024, 640);
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        const Walk walk(window);
        QVERIFY2(walk.unseen.isEmpty(), qPrintable(walk.unseen.join(QLatin1Char('\n'))));
        qsizetype before = -1;
        for (const auto &name :
             {QStringLiteral("Server that is shown"), QStringLiteral("Add, rename and remove servers"),
              QStringLiteral("Another server: There: The server is not running"),
              QStringLiteral("Preferences of this monitor"), QStringLiteral("Pages"),
              QStringLiteral("Show the last 10 minutes"), QStringLiteral("Export the charts"),
              QStringLiteral("Connections and people"), QStringLiteral("Messages")}) {
            QVERIFY2(walk.place(name) > before, qPrintable(name));
            before = walk.place(name);
        }
    }

    void focus_isSeenInDialogs()
    {
        MainWindow window(test::localServer()); // with the program's style
        ServersDialog servers({{QStringLiteral("a"), QString()}, {QStringLiteral("b"), QString()}}, nullptr);
        PreferencesDialog preferences(Preferences(), true, nullptr);
        for (QDialog *dialog : std::initializer_list<QDialog *>{&servers, &preferences}) {
            dialog->open();
            QVERIFY(QTest::qWaitForWindowActive(dialog));
            const Walk walk(*dialog);
            QVERIFY(walk.order.size() >= 6);
            QVERIFY2(walk.unseen.isEmpty(), qPrintable(walk.unseen.join(QLatin1Char('\n'))));
            dialog->close();
        }
    }

    void ringOfATab_isAroundItsWord()
    {
        MainWindow window(test::localServer());
        window.resize(1'024, 640);
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        auto *bar = window.findChild<QTabWidget *>()->tabBar();
        QTest::keyClick(&window, Qt::Key_Tab); // from now on it is the keyboard
        bar->setFocus(Qt::TabFocusReason);
        const QImage picture = pictureOf(window, bar);
        const QRect tab = bar->tabRect(0);
        const QFontMetrics metrics(bar->font());
        QRect word(0, 0, metrics.horizontalAdvance(bar->tabText(0)), metrics.height());
        word.moveCenter(tab.center());
        const auto hasAccent = [&](int row) {
            for (int column = tab.left(); column <= tab.right(); ++column) {
                if (picture.pixelColor(column, row) == Theme::current().accent)
                    return true;
            }
            return false;
        };
        bool isAbove = false;
        for (int row = 0; row < word.top(); ++row)
            isAbove = isAbove || hasAccent(row);
        QVERIFY(isAbove);
    }

    void frameOfAChart_touchesNoLabel()
    {
        MainWindow window(test::localServer());
        window.resize(1'024, 640);
        window.show();
        Chart chart;
        concierge::feed::History history;
        history.stepMs = 1'000;
        history.time = {1'764'201'600'000, 1'764'201'601'000};
        history.series.insert(QStringLiteral("connections"), {12'345, 12'346});
        chart.setNames(QStringLiteral("Title"), QStringLiteral("unit"),
                       {{QStringLiteral("connections"), QStringLiteral("name")}});
        chart.setHistory(history, {}, 1'764'201'000'000, 1'764'201'601'000);
        chart.resize(600, 200);
        const QImage picture = chart.grab().toImage();
        const QColor ground = picture.pixelColor(0, 0);
        for (int inset = 0; inset < 3; ++inset) {
            for (int column = 0; column < picture.width(); ++column) {
                QCOMPARE(picture.pixelColor(column, inset), ground);
                QCOMPARE(picture.pixelColor(column, picture.height() - 1 - inset), ground);
            }
            for (int row = 0; row < picture.height(); ++row) {
                QCOMPARE(picture.pixelColor(inset, row), ground);
                QCOMPARE(picture.pixelColor(picture.width() - 1 - inset, row), ground);
            }
        }
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorFocus)
#include "tst_monitor_focus.moc"
