#include "FakeClients.h"
#include "FakeFeed.h"
#include "ListPage.h"
#include "MonitorTest.h"
#include "ServerSession.h"
#include "Theme.h"

#include <QElapsedTimer>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>

#include <algorithm>

using namespace concierge;
using namespace concierge::monitor;
using concierge::monitor::test::FakeFeed;
using concierge::monitor::test::patient;

class TestMonitorTables : public QObject
{
    Q_OBJECT

private:
    /// A page of people that watches a server with so many clients.
    struct Stage
    {
        explicit Stage(qint64 clients)
            : count(clients)
            , local(test::localServer())
        {
            server.answer = [this](const QJsonObject &request) -> std::optional<QByteArray> {
                const QString type = request.value(QLatin1String("type")).toString();
                if (type == QLatin1String("listClients"))
                    return test::clientPage(request, count);
                return feed::replyLine(request.value(QLatin1String("id")), {});
            };
            (void)server.listen();
            session = std::make_unique<ServerSession>(ServerEntry{QStringLiteral("test"), server.name()},
                                                      *local, patient);
            session->start();
            page.setSession(session.get());
            page.resize(1'280, 700);
            page.show();
        }
        bool isReady() { return page.model().state() == PagedModel::State::Ready; }

        qint64 count;
        FakeFeed server;
        std::unique_ptr<LocalServer> local;
        std::unique_ptr<ServerSession> session;
        PeoplePage page;
    };

private Q_SLOTS:
    void initTestCase() { Theme::apply(ThemeChoice::Light); }

    void table_fetchesOnlyWhatIsSeen()
    {
        Stage stage(50'000);
        QTRY_VERIFY(stage.isReady());
        QCOMPARE(stage.page.model().rowCount(), 50'000);
        QCOMPARE(stage.server.count(QStringLiteral("listClients")), 1);
        stage.page.table().scrollToBottom();
        QTRY_VERIFY(stage.page.model().row(49'999));
        QCOMPARE(stage.page.model().index(49'999, 0).data().toString(), QStringLiteral("user049999"));
        QVERIFY(stage.server.count(QStringLiteral("listClients")) <= 4);
        QVERIFY(!stage.page.model().row(25'000));
    }

    void fiftyThousandRows_scrollSmoothly_inBoundedMemory()
    {
        Stage stage(50'000);
        QTRY_VERIFY(stage.isReady());
        QTableView &table = stage.page.table();
        QScrollBar &bar = *table.verticalScrollBar();
        std::vector<qint64> frames; // microseconds
        QElapsedTimer timer;
        for (int step = 0; step < 300; ++step) {
            timer.start();
            bar.setValue(int(qint64(bar.maximum()) * step / 299));
            table.viewport()->repaint();
            frames.push_back(timer.nsecsElapsed() / 1'000);
            QCoreApplication::processEvents();
        }
        std::sort(frames.begin(), frames.end());
        const double median = double(frames[frames.size() / 2]) / 1'000;
        const double p99 = double(frames[frames.size() * 99 / 100]) / 1'000;
        qInfo("50,000 rows, 300 jumps over all of them: frame time %.2f ms median, %.2f ms p99", median, p99);
        QTRY_VERIFY(stage.page.model().row(49'999));
        QVERIFY(stage.page.model().pagesKept() <= PagedModel::maxPages);
#ifdef NDEBUG
        // Half of 60 frames a second, on any machine that builds this; sanitizers have their own pace.
        QVERIFY2(p99 < 33, "a frame takes too long");
#endif
        QVERIFY2(stage.server.count(QStringLiteral("listClients")) < 310,
                 "pages are fetched that nobody saw");
    }

    void sortAndFilter_areTheServers()
    {
        Stage stage(1'000);
        QTRY_VERIFY(stage.isReady());
        stage.page.table().sortByColumn(0, Qt::DescendingOrder);
        QTRY_COMPARE(stage.page.model().index(0, 0).data().toString(), QStringLiteral("user000999"));
        stage.page.filter().setText(QStringLiteral("00042"));
        QTRY_COMPARE(stage.page.model().rowCount(), 11);
        QCOMPARE(stage.page.model().matched(), 11);
        QCOMPARE(stage.page.model().total(), 1'000);
    }

    void selection_followsItsPeople_andNobodyElse()
    {
        Stage stage(300);
        QTRY_VERIFY(stage.isReady());
        stage.page.table().selectRow(3);
        stage.page.table().sortByColumn(0, Qt::DescendingOrder);
        QTRY_COMPARE(stage.page.model().index(0, 0).data().toString(), QStringLiteral("user000299"));
        QTRY_VERIFY(!stage.page.table().selectionModel()->isRowSelected(3, {}));
        auto *button = stage.page.findChild<QPushButton *>(QStringLiteral("disconnect"));
        QVERIFY(!button->isEnabled());
        stage.page.table().selectRow(2);
        QVERIFY(button->isEnabled());
        stage.page.disconnectSelected(true);
        QTRY_COMPARE(stage.server.count(QStringLiteral("disconnectClient")), 1);
        const auto request =
            std::find_if(stage.server.requests.begin(), stage.server.requests.end(), [](const auto &r) {
                return r.value(QLatin1String("type")).toString() == QLatin1String("disconnectClient");
            });
        QCOMPARE(request->value(QLatin1String("sid")).toString(), QStringLiteral("sid297"));
    }

    void shrinkingTable_losesRows_notItsPlace()
    {
        Stage stage(1'000);
        QTRY_VERIFY(stage.isReady());
        stage.page.table().scrollToBottom();
        QTRY_VERIFY(stage.page.model().row(999));
        stage.count = 150;
        stage.page.refresh();
        QTRY_COMPARE(stage.page.model().rowCount(), 150);
        QTRY_VERIFY(stage.page.model().row(149));
        stage.count = 0;
        stage.page.refresh();
        QTRY_COMPARE(stage.page.model().rowCount(), 0);
    }

    void failedList_saysWhy_andComesBack()
    {
        Stage stage(10);
        const auto answer = std::exchange(stage.server.answer, [](const QJsonObject &request) {
            return feed::errorReplyLine(request.value(QLatin1String("id")),
                                        {QStringLiteral("busy"), QStringLiteral("too much")});
        });
        QTRY_COMPARE(stage.page.model().state(), PagedModel::State::Failed);
        QCOMPARE(stage.page.model().failure(), QStringLiteral("too much"));
        stage.server.answer = answer;
        stage.page.refresh();
        QTRY_VERIFY(stage.isReady());
    }

    void export_hasEveryRow()
    {
        Stage stage(1'234);
        QTRY_VERIFY(stage.isReady());
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("people.csv"));
        QSignalSpy exported(&stage.page, &ListPage::exported);
        stage.page.exportTo(path);
        QTRY_COMPARE(exported.count(), 1);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = file.readAll().split('\n');
        QCOMPARE(lines.size(), 1 + 1'234 + 1);
        QCOMPARE(lines[0],
                 QByteArray("\xef\xbb\xbfuser,status,devices,transport,address,since,lastSeen,queued,sid\r"));
        QCOMPARE(lines[1], QByteArray("user000000,online,1,websocket,192.0.2.0,2025-11-27T00:00:00.000Z,"
                                      "2025-11-27T00:00:00.000Z,0,sid0\r"));
        QVERIFY(lines[1'234].startsWith("user001233,"));
    }

    void export_toNowhere_saysWhy()
    {
        Stage stage(3);
        QTRY_VERIFY(stage.isReady());
        QSignalSpy told(&stage.page, &Page::told);
        stage.page.exportTo(QStringLiteral("/nowhere/at/all.csv"));
        QTRY_COMPARE(told.count(), 1);
        QVERIFY(told[0][0].toString().contains(QStringLiteral("/nowhere/at/all.csv")));
        QVERIFY(told[0][1].toBool());
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorTables)
#include "tst_monitor_tables.moc"
