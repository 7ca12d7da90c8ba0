// The list of servers: what is done to it in its dialog and in the window.
#include "Banner.h"
#include "Dialogs.h"
#include "FakeFeed.h"
#include "MainWindow.h"
#include "MonitorTest.h"
#include "ServerList.h"

#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QStyleOptionComboBox>

using namespace concierge;
using namespace concierge::monitor;
using concierge::monitor::test::FakeFeed;
using concierge::monitor::test::patient;

namespace {

ServerEntry nowhere(const QString &name)
{
    return {name, QStringLiteral("/nowhere/%1.sock").arg(name)};
}

QPushButton *removeButton(const ServersDialog &dialog)
{
    for (auto *button : dialog.findChildren<QPushButton *>()) {
        if (button->text() == QLatin1String("Remove"))
            return button;
    }
    return nullptr;
}

} // namespace

class TestMonitorServers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { QSettings().clear(); }

    void serverThatCannotBeReached_isAddedAndChanged()
    {
        FakeFeed server;
        QVERIFY(server.listen());
        const ServerEntry reachable{QStringLiteral("Test"), server.name()};
        MainWindow window(test::localServer(), patient);
        window.setServers({reachable});
        window.show();
        // Nobody is behind these: that is known before connectToServer() returns.
        window.setServers({reachable, nowhere(QStringLiteral("a"))});
        window.select(1);
        QTRY_COMPARE(window.banner().situation().text, QStringLiteral("The server is not running"));
        window.setServers({nowhere(QStringLiteral("b")), reachable, nowhere(QStringLiteral("c"))});
        QCOMPARE(window.current()->entry(), nowhere(QStringLiteral("b")));
        window.setServers({nowhere(QStringLiteral("d"))});
        QTRY_COMPARE(window.banner().situation().text, QStringLiteral("The server is not running"));
    }

    void removing_takesTheChosenServer_andLeavesOne_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("chosen");
        QTest::newRow("the first of two") << 2 << 0;
        QTest::newRow("the second of two") << 2 << 1;
        QTest::newRow("the first of three") << 3 << 0;
        QTest::newRow("the second of three") << 3 << 1;
        QTest::newRow("the last of three") << 3 << 2;
    }
    void removing_takesTheChosenServer_andLeavesOne()
    {
        QFETCH(int, count);
        QFETCH(int, chosen);
        QList<ServerEntry> servers;
        for (int server = 0; server < count; ++server)
            servers.append(nowhere(QStringLiteral("server%1").arg(server)));
        ServersDialog dialog(servers, nullptr);
        auto *list = dialog.findChild<QListWidget *>();
        list->setCurrentRow(chosen);
        removeButton(dialog)->click();
        servers.removeAt(chosen);
        QCOMPARE(dialog.servers(), servers);
        QCOMPARE(list->count(), count - 1);
        QCOMPARE(removeButton(dialog)->isEnabled(), count > 2);
        // What is typed now belongs to the one that is shown as chosen.
        const int current = list->currentRow();
        QVERIFY(current >= 0);
        const auto fields = dialog.findChildren<QLineEdit *>();
        QCOMPARE(fields[0]->text(), servers[current].name);
        QCOMPARE(fields[1]->text(), servers[current].socket);
    }

    void failureOfAServerThatIsNotShown_isSeen_andLeadsToIt()
    {
        FakeFeed first;
        FakeFeed second;
        QVERIFY(first.listen() && second.listen());
        MainWindow window(test::localServer(), patient);
        window.setServers(
            {{QStringLiteral("First"), first.name()}, {QStringLiteral("Second & Co"), second.name()}});
        window.resize(1'024, 640);
        window.show();
        auto *others = window.findChild<QPushButton *>(QStringLiteral("otherServers"));
        auto *list = window.findChild<ServerList *>();
        for (FakeFeed *feed : {&first, &second}) {
            QTRY_COMPARE(feed->connections, 1);
            feed->send(test::healthySnapshot(QDateTime::currentMSecsSinceEpoch()));
        }
        QTRY_COMPARE(list->itemData(1, ServerList::TextRole).toString(),
                     QStringLiteral("Everything is working"));
        QVERIFY(!others->isVisible());
        second.close();
        QTRY_VERIFY(others->isVisible());
        QCOMPARE(others->text(), QStringLiteral("Second && Co: The server is not running"));
        QVERIFY(!others->icon().isNull());
        QCOMPARE(window.banner().situation().text, QStringLiteral("Everything is working"));
        // In the list too: by a glyph and words, not by a colour alone.
        QCOMPARE(list->itemData(1, ServerList::TextRole).toString(),
                 QStringLiteral("The server is not running"));
        QVERIFY(list->itemData(0, ServerList::GlyphRole) != list->itemData(1, ServerList::GlyphRole));
        QCOMPARE(list->itemData(1, Qt::AccessibleTextRole).toString(),
                 QStringLiteral("Second & Co: The server is not running"));
        others->click();
        QCOMPARE(window.current()->entry().name, QStringLiteral("Second & Co"));
        QVERIFY(!others->isVisible());
    }

    void longName_isCutBeforeTheArrow()
    {
        MainWindow window(test::localServer(), patient);
        const QString name(200, QLatin1Char('w'));
        window.setServers({nowhere(name)});
        window.resize(1'024, 640);
        window.show();
        QCOMPARE(window.width(), 1'024);
        auto *list = window.findChild<ServerList *>();
        QVERIFY(list->toolTip().contains(QString(90, QLatin1Char('w'))));
        // Right before the arrow nothing is painted.
        const QImage cut = list->grab().toImage();
        QStyleOptionComboBox box;
        box.initFrom(list);
        box.subControls = QStyle::SC_All;
        const QRect arrow =
            list->style()->subControlRect(QStyle::CC_ComboBox, &box, QStyle::SC_ComboBoxArrow, list);
        const int column = arrow.left();
        const QColor ground = cut.pixelColor(column, 4);
        for (int row = 4; row < list->height() - 4; ++row)
            QCOMPARE(cut.pixelColor(column, row), ground);
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorServers)
#include "tst_monitor_servers.moc"
