// Texts from elsewhere (the server, a client, the person) are shown as they are, and harm nothing.
#include "AlertsPage.h"
#include "Banner.h"
#include "FakeFeed.h"
#include "Files.h"
#include "ListPage.h"
#include "LogPage.h"
#include "MainWindow.h"
#include "MonitorTest.h"
#include "ServicePage.h"
#include "Visible.h"

#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QTableView>
#include <QTimer>
#include <QToolTip>

using namespace concierge;
using namespace concierge::monitor;
using concierge::monitor::test::FakeFeed;

namespace {

const QString markup = QStringLiteral("<b>bold</b> <img src=/x.png>");

QStringList labelsWithMarkup(const QWidget &window)
{
    QStringList found;
    for (const QLabel *label : window.findChildren<QLabel *>()) {
        if (label->textFormat() != Qt::PlainText)
            found.append(QStringLiteral("%1 “%2”").arg(label->objectName(), label->text()));
    }
    return found;
}

} // namespace

class TestMonitorForeign : public QObject
{
    Q_OBJECT

private:
    struct Stage
    {
        Stage()
            : window(test::localServer())
        {
            server.hello.version = markup;
            server.hello.dataDir = markup;
            server.answer = [](const QJsonObject &request) -> std::optional<QByteArray> {
                return feed::replyLine(request.value(QLatin1String("id")), {});
            };
            (void)server.listen();
            window.setServers({{markup, server.name()}});
            window.resize(1'024, 640);
            window.show();
        }
        bool isConnected() { return window.current()->feed().isConnected(); }

        FakeFeed server;
        MainWindow window;
    };

private Q_SLOTS:
    void cleanup() { QSettings().clear(); }

    void noLabel_takesMarkup()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        MonitorSnapshot snapshot = test::healthySnapshot(QDateTime::currentMSecsSinceEpoch());
        snapshot.alerts = {{QStringLiteral("new"), QStringLiteral("critical"), 5, markup, markup, {}}};
        stage.server.send(snapshot);
        Q_EMIT stage.window.log().told(markup, true);
        for (int tab = 0; tab < MainWindow::tabCount; ++tab) {
            stage.window.showTab(MainWindow::Tab(tab));
            QCoreApplication::processEvents();
        }
        stage.window.showTab(MainWindow::Alerts);
        QTRY_COMPARE(stage.window.alerts().cards().size(), 1);
        QCoreApplication::processEvents();
        QVERIFY(stage.window.findChildren<QLabel *>().size() > 40);
        const QStringList found = labelsWithMarkup(stage.window);
        QVERIFY2(found.isEmpty(), qPrintable(found.join(QLatin1Char('\n'))));
        QCOMPARE(stage.window.findChild<QLabel *>(QStringLiteral("bannerText"))->text(), markup);
    }

    void question_takesNoMarkup()
    {
        QWidget parent;
        QStringList found;
        QStringList texts;
        QTimer::singleShot(0, &parent, [&] {
            auto *box = parent.findChild<QMessageBox *>();
            found = labelsWithMarkup(*box);
            for (const QLabel *label : box->findChildren<QLabel *>())
                texts.append(label->text());
            box->reject();
        });
        QVERIFY(!confirm(&parent, QStringLiteral("Disconnect %1?").arg(markup), markup, markup));
        QCOMPARE(found, QStringList());
        QVERIFY(texts.contains(markup));
        QVERIFY(texts.contains(QStringLiteral("Disconnect %1?").arg(markup)));
    }

    void toolTip_takesNoMarkup()
    {
        Stage stage; // with the program's style
        QToolTip::showText(QPoint(10, 10), markup, &stage.window);
        const QLabel *tip = nullptr;
        for (const QWidget *widget : QApplication::topLevelWidgets()) {
            if (widget->inherits("QTipLabel"))
                tip = qobject_cast<const QLabel *>(widget);
        }
        QVERIFY(tip);
        QCOMPARE(tip->text(), markup);
        QCOMPARE(tip->textFormat(), Qt::PlainText);
        QToolTip::hideText();
    }

    void toolTipOfALogLine_isNoWiderThanAScreen()
    {
        LogModel log;
        log.append({1, QStringLiteral("warn"), QStringLiteral("c"), QString(5'000, QLatin1Char('x')), 0});
        QTRY_COMPARE(log.rowCount(), 1);
        const QStringList lines =
            log.index(0, LogModel::Message).data(Qt::ToolTipRole).toString().split(QLatin1Char('\n'));
        QCOMPARE(lines.size(), 21); // and one that says that there is more
        QCOMPARE(lines[0].size(), 100);
        QCOMPARE(wrapped(QStringLiteral("one two\nthree")), QStringLiteral("one two\nthree"));
    }

    void searchWithoutMatch_isShownCut()
    {
        Stage stage;
        QTRY_VERIFY(stage.isConnected());
        stage.window.showTab(MainWindow::People);
        QTRY_COMPARE(stage.window.people().model().state(), PagedModel::State::Ready);
        stage.window.people().filter().setText(QString(300, QLatin1Char('w')) + markup);
        const auto title = [&]() -> QLabel * {
            for (auto *label : stage.window.people().findChildren<QLabel *>()) {
                if (label->text().startsWith(QLatin1String("Nothing matches")))
                    return label;
            }
            return nullptr;
        };
        QTRY_VERIFY(title() != nullptr);
        QCoreApplication::processEvents();
        QVERIFY2(title()->sizeHint().width() <= title()->width(), qPrintable(title()->text()));
        QCOMPARE(stage.window.width(), 1'024);
    }

    void idInATable_isShownAsItIs_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("shown");
        QTest::newRow("a name") << QStringLiteral("Zoë 你好 😀 שלום") << QStringLiteral("Zoë 你好 😀 שלום");
        QTest::newRow("joined, as Persian is") << QStringLiteral("\u0645\u06CC\u200C\u0646\u0627\u0632")
                                               << QStringLiteral("\u0645\u06CC\u200C\u0646\u0627\u0632");
        QTest::newRow("turned around") << QStringLiteral("\u202Elive\u202C") << QStringLiteral("?live?");
        QTest::newRow("two lines") << QStringLiteral("one\ntwo\u2028three")
                                   << QStringLiteral("one?two?three");
        QTest::newRow("not seen") << QStringLiteral("a\u200Bb\u00ADc\u0007") << QStringLiteral("a?b?c?");
        QTest::newRow("not seen, beyond the first plane")
            << QStringLiteral("a\U000E0041b") << QStringLiteral("a?b");
        QTest::newRow("half of a character")
            << QString(QChar(0xD83D)) + QLatin1Char('x') << QString(QChar(0xFFFD)) + QLatin1Char('x');
        QTest::newRow("long") << QString(90, QLatin1Char('w')) << QString(90, QLatin1Char('w'));
    }
    void idInATable_isShownAsItIs()
    {
        QFETCH(QString, id);
        QFETCH(QString, shown);
        FakeFeed server;
        server.answer = [&id](const QJsonObject &request) -> std::optional<QByteArray> {
            feed::ClientPage page{0, 1, 1, 1'000, {}};
            page.rows.append({id, id, QStringLiteral("online"), 1, QStringLiteral("websocket"),
                              QStringLiteral("192.0.2.1"), 1, 1, 0});
            return feed::replyLine(request.value(QLatin1String("id")), fields::toJson(page));
        };
        QVERIFY(server.listen());
        FeedClient client(server.name());
        client.start();
        QTRY_VERIFY(client.isConnected());
        PagedModel model(TableKind::people());
        model.setFeed(&client);
        QTRY_COMPARE(model.rowCount(), 1);
        QCOMPARE(model.index(0, 0).data().toString(), shown);
        QCOMPARE(model.index(0, 8).data().toString(), shown);
        QCOMPARE(model.index(0, 0).data(Qt::ToolTipRole).toString(), shown);
    }

    void logLine_isOneLine()
    {
        LogModel log;
        log.setView(LogView::Technical);
        log.append({1, QStringLiteral("warn"), QStringLiteral("c"), QStringLiteral("a\nb\u202Ec"), 0});
        QTRY_COMPARE(log.rowCount(), 1);
        QCOMPARE(log.index(0, LogModel::Message).data().toString(), QStringLiteral("c: a?b?c"));
    }

    void desktopsTexts_haveNoMarkup()
    {
        QCOMPARE(withoutMarkup(QStringLiteral("<b>a</b> & b")), QStringLiteral("‹b›a‹/b› & b"));
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorForeign)
#include "tst_monitor_foreign.moc"
