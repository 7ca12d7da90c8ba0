#include "Chart.h"
#include "ChartScale.h"
#include "ChartTip.h"
#include "Csv.h"
#include "Format.h"
#include "LineLayer.h"
#include "LiveHistory.h"
#include "LogModel.h"
#include "MonitorTest.h"
#include "PlainLog.h"
#include "Preferences.h"
#include "SupportBundle.h"
#include "Theme.h"

#include <QLocale>
#include <QMouseEvent>

#include <cmath>

using namespace concierge;
using namespace concierge::monitor;

namespace {

/// Source: WCAG 2.1, "relative luminance".
double luminance(const QColor &color)
{
    const auto part = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF());
}

double contrast(const QColor &one, const QColor &two)
{
    const double a = luminance(one);
    const double b = luminance(two);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

feed::History keptHistory(qint64 first, int count)
{
    feed::History history;
    history.range = QStringLiteral("10m");
    history.stepMs = 1'000;
    for (int index = 0; index < count; ++index)
        history.time.append(first + index * 1'000);
    for (const QString &series : feed::historySeries())
        history.series.insert(series, QList<std::optional<double>>(count, 7.0));
    return history;
}

LineLayer::Frame lineFrame()
{
    LineLayer::Frame frame;
    frame.size = QSize(700, 100);
    frame.background = Qt::white;
    frame.grid = Qt::lightGray;
    frame.gridLines = {50.5};
    frame.zero = 90;
    frame.unit = 1;
    frame.span = 600'000;
    return frame;
}

/// One value a second up to `to`; none for a while, and seconds that are lost.
LineLayer::Content lineContent(qint64 to)
{
    LineLayer::Content content;
    content.lines = {{{Qt::blue, QColor(0, 0, 255, 30), Qt::SolidLine, 1.8}, {}},
                     {{Qt::red, QColor(), Qt::DashLine, 1.8}, {}}};
    for (qint64 second = (to - 600'000) / 1'000; second * 1'000 <= to; ++second) {
        if (second % 97 == 5 || second % 211 < 9)
            continue;
        content.time.append(second * 1'000);
        for (int line = 0; line < 2; ++line)
            content.lines[line].values.append(
                second % 61 == 7 ? std::nullopt : std::optional(20.0 + second * (7 + line) % 45));
    }
    return content;
}

} // namespace

class TestMonitorValues : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QStringLiteral("en_US"))); }

    void formats_areWhatPeopleRead()
    {
        QCOMPARE(Format::count(12'345), QStringLiteral("12,345"));
        QCOMPARE(Format::rate(0), QStringLiteral("0"));
        QCOMPARE(Format::rate(0.44), QStringLiteral("0.4"));
        QCOMPARE(Format::rate(1'234.4), QStringLiteral("1,234"));
        QCOMPARE(Format::milliseconds(0.31), QStringLiteral("0.3 ms"));
        QCOMPARE(Format::milliseconds(250), QStringLiteral("250 ms"));
        QCOMPARE(Format::milliseconds(1'234), QStringLiteral("1.2 s"));
        QCOMPARE(Format::duration(59'999), QStringLiteral("59 s"));
        QCOMPARE(Format::duration(2 * 3'600'000 + 5 * 60'000), QStringLiteral("2 h 5 min"));
        QCOMPARE(Format::bytes(1'234'567), QStringLiteral("1.2 MB"));
    }

    void everySeries_isReadFromASnapshot()
    {
        MonitorSnapshot snapshot = test::healthySnapshot(1'000);
        snapshot.waiting.oldestMs = 5;
        for (const QString &series : feed::historySeries())
            QVERIFY2(seriesValue(series, snapshot), qPrintable(series));
        QCOMPARE(*seriesValue(QStringLiteral("users"), snapshot), 1'200.0);
        QVERIFY(!seriesValue(QStringLiteral("unheard"), snapshot));
    }

    void liveHistory_isTenMinutesLong_andAGapIsAGap()
    {
        LiveHistory live;
        for (qint64 second = 1; second <= 700; ++second)
            live.append(test::healthySnapshot(second * 1'000 + 37));
        live.append(test::healthySnapshot(720'000));
        const auto &history = live.history();
        QCOMPARE(history.time.constLast(), 720'000);
        QCOMPARE(history.time.constFirst(), 120'000);
        QCOMPARE(history.time.at(history.time.size() - 2), 700'000);
        for (const auto &series : history.series)
            QCOMPARE(series.size(), history.time.size());
    }

    void liveHistory_ofAClockSetBack_goesOn()
    {
        LiveHistory live;
        live.append(test::healthySnapshot(100'000));
        live.append(test::healthySnapshot(101'000));
        live.append(test::healthySnapshot(100'500));
        QCOMPARE(live.history().time, (QList<qint64>{100'000}));
    }

    void liveHistory_takesWhatTheServerKept_withoutLosingWhatCameSince()
    {
        LiveHistory live;
        live.append(test::healthySnapshot(50'000));
        live.append(test::healthySnapshot(205'000));
        live.merge(keptHistory(100'000, 101));
        const auto &history = live.history();
        QCOMPARE(history.time.size(), 103);
        QCOMPARE(history.time.constFirst(), 50'000);
        QCOMPARE(history.time.constLast(), 205'000);
        QVERIFY(std::is_sorted(history.time.begin(), history.time.end()));
        QCOMPARE(*history.series.value(QStringLiteral("users")).at(1), 7.0);
        QCOMPARE(*history.series.value(QStringLiteral("users")).constLast(), 1'200.0);
    }

    void marker_ofTheSameEvent_isKeptOnce()
    {
        LiveHistory live;
        live.append(test::healthySnapshot(1'000'000));
        live.mark({900'000, QStringLiteral("start"), QStringLiteral("0.1.0"), {}});
        live.mark({900'700, QStringLiteral("start"), {}, {}});
        live.mark({900'700, QStringLiteral("stop"), {}, {}});
        live.mark({900'700, QStringLiteral("alert"), QStringLiteral("A tide."), QStringLiteral("tide")});
        live.mark(
            {900'700, QStringLiteral("alert"), QStringLiteral("A higher tide."), QStringLiteral("tide")});
        live.mark({900'700, QStringLiteral("alert"), QStringLiteral("A storm."), QStringLiteral("storm")});
        QCOMPARE(live.history().markers.size(), 4);
    }

    void valueScale_isRound_data()
    {
        QTest::addColumn<double>("highest");
        QTest::addColumn<double>("top");
        QTest::addColumn<int>("ticks");
        QTest::newRow("nothing") << 0.0 << 4.0 << 5;
        QTest::newRow("few") << 7.0 << 8.0 << 5;
        QTest::newRow("exactly") << 400.0 << 400.0 << 5;
        QTest::newRow("many") << 48'123.0 << 60'000.0 << 4;
    }
    void valueScale_isRound()
    {
        QFETCH(double, highest);
        const ValueScale scale = ValueScale::of(highest, 4);
        QTEST(scale.top, "top");
        QTEST(int(scale.ticks.size()), "ticks");
        QCOMPARE(scale.ticks.constFirst().at, 0.0);
        QCOMPARE(scale.ticks.constLast().at, scale.top);
    }

    void timeTicks_areRoundInLocalTime()
    {
        const QDateTime to(QDate(2026, 3, 29), QTime(15, 7, 12));
        const qint64 end = to.toMSecsSinceEpoch();
        const auto minutes = timeTicks(end - 600'000, end, 10);
        QCOMPARE(minutes.size(), 10);
        QCOMPARE(minutes.constLast().label, QStringLiteral("15:07"));
        const auto days = timeTicks(end - 7 * 86'400'000LL, end, 8);
        QVERIFY(days.size() >= 6 && days.size() <= 8);
        for (const Tick &tick : days)
            QCOMPARE(QDateTime::fromMSecsSinceEpoch(qint64(tick.at)).time(), QTime(0, 0));
    }

    void chart_isReadByKeyboard()
    {
        Chart chart;
        chart.setNames(QStringLiteral("People"), QStringLiteral("number"),
                       {{QStringLiteral("users"), QStringLiteral("People online")}});
        chart.setHistory(keptHistory(100'000, 60), {}, 100'000, 160'000);
        chart.resize(600, 300);
        QVERIFY(!chart.cursorTime());
        QTest::keyClick(&chart, Qt::Key_Home);
        QCOMPARE(*chart.cursorTime(), 100'000);
        QTest::keyClick(&chart, Qt::Key_Right);
        QCOMPARE(*chart.cursorTime(), 101'000);
        QTest::keyClick(&chart, Qt::Key_End);
        QCOMPARE(*chart.cursorTime(), 159'000);
        QVERIFY(chart.accessibleDescription().contains(QStringLiteral("People online: 7")));
        QTest::keyClick(&chart, Qt::Key_Escape);
        QVERIFY(!chart.cursorTime());
    }

    void crosshair_ofAGap_stopsAtTheMarksInIt_andNowhereElse()
    {
        Chart chart;
        chart.setNames(QStringLiteral("People"), QStringLiteral("number"),
                       {{QStringLiteral("users"), QStringLiteral("People online")}});
        feed::History history = keptHistory(100'000, 100);
        history.time.remove(20, 60); // 120 s to 180 s
        for (auto &series : history.series)
            series.remove(20, 60);
        chart.setHistory(history, {{150'000, ChartMarker::Kind::Stop, QStringLiteral("It stopped")}}, 100'000,
                         200'000);
        chart.resize(1'000, 300);
        (void)chart.grab();
        const auto moveTo = [&chart](qint64 time) {
            const double x = chart.axisLeft() +
                             double(time - 100'000) / 100'000 * (chart.width() - chart.axisLeft() - grid(1));
            QMouseEvent event(QEvent::MouseMove, QPointF(x, 150), QPointF(x, 150), Qt::NoButton, {}, {});
            QCoreApplication::sendEvent(&chart, &event);
        };
        moveTo(110'000);
        QCOMPARE(*chart.cursorTime(), 110'000);
        moveTo(150'400);
        QCOMPARE(*chart.cursorTime(), 150'000);
        QVERIFY(chart.accessibleDescription().contains(QStringLiteral("It stopped")));
        QVERIFY(chart.accessibleDescription().contains(QStringLiteral("People online: –")));
        moveTo(135'000);
        QVERIFY(std::abs(*chart.cursorTime() - 135'000) < 200);
        chart.setCursorTime(119'000);
        QTest::keyClick(&chart, Qt::Key_Right);
        QCOMPARE(*chart.cursorTime(), 150'000);
        QTest::keyClick(&chart, Qt::Key_Right);
        QCOMPARE(*chart.cursorTime(), 180'000);
    }

    void chartsAboveEachOther_haveTheSameTimesBelowEachOther()
    {
        Chart high;
        Chart low;
        for (Chart *chart : {&high, &low}) {
            const bool isHigh = chart == &high;
            feed::History history = keptHistory(0, 60);
            if (isHigh)
                history.series[QStringLiteral("users")].fill(50'000.0);
            chart->setNames({}, {}, {{QStringLiteral("users"), {}}});
            chart->setHistory(history, {}, 0, 60'000);
            chart->resize(600, isHigh ? 300 : 120);
            chart->alignWith({&high, &low});
        }
        (void)high.grab();
        (void)low.grab();
        QCOMPARE(low.axisLeft(), high.axisLeft());
    }

    void tipOfManyLines_staysInItsRoom_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("columns");
        QTest::newRow("few") << 3 << 1;
        QTest::newRow("marks") << 7 << 2;
        QTest::newRow("more than there is room for") << 100 << 0;
    }
    void tipOfManyLines_staysInItsRoom()
    {
        QFETCH(int, count);
        QFETCH(int, columns);
        const QFontMetricsF metrics(QApplication::font());
        const QRectF room(8, 30, 940, metrics.lineSpacing() * 4 + grid(1.5));
        QStringList lines;
        for (int line = 0; line < count; ++line)
            lines.append(QStringLiteral("The server started for the %1th time").arg(line));
        for (const double at : {60.0, 500.0, 940.0}) {
            const ChartTip tip = ChartTip::of(lines, metrics, room, at);
            QVERIFY(room.contains(tip.box));
            QVERIFY(columns == 0 || tip.columns.size() == columns);
            qsizetype told = 0;
            for (const ChartTip::Column &column : tip.columns) {
                told += column.lines.size();
                QVERIFY(column.topLeft.x() > tip.box.left());
                QVERIFY(column.topLeft.y() + double(column.lines.size()) * metrics.lineSpacing() <=
                        tip.box.bottom());
            }
            if (columns > 0)
                QCOMPARE(told, count);
            else
                QCOMPARE(tip.columns.last().lines.last(),
                         QStringLiteral("and %1 more").arg(count - told + 1));
        }
    }

    void chart_paintsAGapAsAGap()
    {
        Theme::apply(ThemeChoice::Light);
        feed::History history = keptHistory(0, 100);
        for (auto &series : history.series)
            series[50] = std::nullopt;
        history.time.remove(20, 10);
        for (auto &series : history.series)
            series.remove(20, 10);
        Chart chart;
        chart.setNames({}, {}, {{QStringLiteral("users"), {}}});
        chart.setHistory(history, {}, 0, 100'000);
        chart.resize(1'000, 300);
        const QImage image = chart.grab().toImage();
        // Columns with the line's colour in them, from left to right: three runs with two gaps between them.
        int runs = 0;
        bool isIn = false;
        for (int x = 0; x < image.width(); ++x) {
            bool hasLine = false;
            for (int y = 25; y < image.height() - 40 && !hasLine; ++y) {
                const QColor color = image.pixelColor(x, y);
                hasLine = color.blue() > 150 && color.red() < 120;
            }
            runs += hasLine && !isIn;
            isIn = hasLine;
        }
        QCOMPARE(runs, 3);
    }

    void movedLines_lookAsIfPaintedAnew_andTakeLittlePainting()
    {
        const qint64 begin = 1'764'201'600'000;
        LineLayer moved;
        (void)moved.picture(lineFrame(), lineContent(begin), begin);
        QCOMPARE(moved.paintedWidth(), 700);
        int widest = 0;
        for (int second = 1; second <= 300; ++second) {
            const qint64 to = begin + second * 1'000 + second * 37 % 90;
            const QImage seen = moved.picture(lineFrame(), lineContent(to), to).toImage();
            widest = std::max(widest, moved.paintedWidth());
            if (second % 10 != 0)
                continue;
            LineLayer anew;
            const QImage wanted = anew.picture(lineFrame(), lineContent(to), to).toImage();
            int different = 0;
            for (int y = 0; y < 100; ++y) {
                // The oldest piece begins elsewhere as points become too old.
                for (int x = 60; x < 700; ++x)
                    different += std::abs(qBlue(seen.pixel(x, y)) - qBlue(wanted.pixel(x, y))) > 8 ||
                                 std::abs(qRed(seen.pixel(x, y)) - qRed(wanted.pixel(x, y))) > 8;
            }
            QCOMPARE(different, 0);
        }
        QVERIFY2(widest < 100, qPrintable(QString::number(widest)));
        // Without anything new, nothing is painted.
        (void)moved.picture(lineFrame(), lineContent(begin + 300'000), begin + 300'000);
        (void)moved.picture(lineFrame(), lineContent(begin + 300'000), begin + 300'000);
        QCOMPARE(moved.paintedWidth(), 0);
    }

    void csv_isReadableAndHarmless()
    {
        Csv csv({QStringLiteral("user"), QStringLiteral("n")});
        csv.add({QStringLiteral("=HYPERLINK(\"http://x\")"), QStringLiteral("-5")});
        csv.add({QStringLiteral("Müller, Jörg"), QString()});
        QCOMPARE(csv.bytes(), QByteArray("\xef\xbb\xbfuser,n\r\n\"'=HYPERLINK(\"\"http://x\"\")\",-5\r\n"
                                         "\"M\xc3\xbcller, J\xc3\xb6rg\",\r\n"));
        QCOMPARE(Csv::time(1'764'201'600'123), QStringLiteral("2025-11-27T00:00:00.123Z"));
    }

    void contrast_isWhatWcagAsksFor_data()
    {
        QTest::addColumn<const Theme *>("theme");
        QTest::newRow("light") << &Theme::light();
        QTest::newRow("dark") << &Theme::dark();
    }
    void contrast_isWhatWcagAsksFor()
    {
        QFETCH(const Theme *, theme);
        for (const QColor &ground : {theme->window, theme->surface, theme->hover, theme->selection}) {
            QVERIFY2(contrast(theme->text, ground) >= 4.5, qPrintable(ground.name()));
            QVERIFY2(contrast(theme->muted, ground) >= 4.5, qPrintable(ground.name()));
        }
        QVERIFY(contrast(theme->onAccent, theme->accent) >= 4.5);
        for (const ToneColors &tone : theme->tones) {
            QVERIFY2(contrast(tone.ink, tone.ground) >= 4.5, qPrintable(tone.ground.name()));
            QVERIFY2(contrast(tone.ink, theme->surface) >= 4.5, qPrintable(tone.ink.name()));
            QVERIFY2(contrast(theme->text, tone.ground) >= 4.5, qPrintable(tone.ground.name()));
        }
        for (const QColor &series : theme->series)
            QVERIFY2(contrast(series, theme->surface) >= 3, qPrintable(series.name()));
        QVERIFY(contrast(theme->field, theme->surface) >= 3);
        QVERIFY(contrast(theme->field, theme->window) >= 3);
    }

    void log_isBoundedAndPaused()
    {
        LogModel log;
        for (int line = 0; line < LogModel::maxRecords + 100; ++line)
            log.append({line, QStringLiteral("info"), QStringLiteral("c"), QString::number(line), 0});
        QTRY_COMPARE(log.rowCount(), LogModel::maxRecords);
        QCOMPARE(log.records().front().message, QStringLiteral("100"));
        log.setPaused(true);
        log.append({0, QStringLiteral("warn"), QStringLiteral("c"), QStringLiteral("later"), 0});
        QCOMPARE(log.pendingCount(), 1);
        QCOMPARE(log.records().back().message, QString::number(LogModel::maxRecords + 99));
        log.setPaused(false);
        QCOMPARE(log.records().back().message, QStringLiteral("later"));
        QCOMPARE(log.rowCount(), LogModel::maxRecords);
    }

    void log_ofANewConnection_repeatsNothing()
    {
        LogModel log;
        const auto line = [&log](qint64 time, const QString &text) {
            log.append({time, QStringLiteral("info"), QStringLiteral("c"), text, 0});
        };
        line(1, QStringLiteral("a"));
        line(2, QStringLiteral("b"));
        line(2, QStringLiteral("b")); // twice in a millisecond is twice
        log.expectRepeats();
        line(1, QStringLiteral("a"));
        line(2, QStringLiteral("b"));
        line(2, QStringLiteral("new"));
        line(3, QStringLiteral("b"));
        QTRY_COMPARE(log.rowCount(), 5);
    }

    void plainLog_saysWhatLinesMean_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("plain");
        QTest::newRow("stop") << QStringLiteral("stopped after 10 ms")
                              << QStringLiteral("The server has stopped, after 10 ms.");
        QTest::newRow("monitor") << QStringLiteral("monitor connected: anna (uid 1000)")
                                 << QStringLiteral("A monitor of anna watches the server.");
        QTest::newRow("backup") << QStringLiteral("anna (uid 1000): backup path=/b/x.db: ok")
                                << QStringLiteral("anna has made a backup: /b/x.db");
        QTest::newRow("numbers") << QStringLiteral("file descriptors: at most 20000")
                                 << QStringLiteral(
                                        "This computer lets the server have 20,000 open connections.");
        QTest::newRow("nobody waits") << QStringLiteral("/d/c.db: 0 entries wait for 0 users; opened in 3 ms")
                                      << QStringLiteral("No messages wait for anybody.");
        QTest::newRow("people wait") << QStringLiteral(
                                            "/d/c.db: 1040 entries wait for 4 users; opened in 3 ms")
                                     << QStringLiteral("Messages that wait: 1,040; people they wait for: 4.");
        QTest::newRow("turned away") << QStringLiteral("root (uid 0): closed, too_many_monitors")
                                     << QStringLiteral(
                                            "A monitor of root was turned away: too many watch already.");
        QTest::newRow("refused")
            << QStringLiteral("refused in the last minute: not_found 1, origin 12")
            << QStringLiteral("Refused in the last minute: 12 came from a page that CLIENT_URL does "
                              "not name; 1 asked for a path that there is not.");
        QTest::newRow("refused tokens")
            << QStringLiteral("refused in the last minute: token_expired 3")
            << QStringLiteral("Refused in the last minute: 3 came with a token that has expired.");
        QTest::newRow("token mode")
            << QStringLiteral("token mode: 1 key")
            << QStringLiteral("People sign in with tokens; keys that these may be signed with: 1.");
        QTest::newRow("keys not renewed")
            << QStringLiteral("keys are not renewed, and those there were stay: JWT_SECRET_FILE: it is empty")
            << QStringLiteral(
                   "The new keys for tokens cannot be used (JWT_SECRET_FILE: it is empty). The ones "
                   "before stay in use.");
        QTest::newRow("no monitor")
            << QStringLiteral("no monitor can connect for now: another server uses it")
            << QStringLiteral("Other monitors cannot connect for now (another server uses it).");
        QTest::newRow("backup failed")
            << QStringLiteral("42 (uid 0): backup path=/b/x.db: exists, It is there.")
            << QStringLiteral("42 could not make a backup: It is there.");
        QTest::newRow("cluster")
            << QStringLiteral("in the cluster socket.io, by Redis at 127.0.0.1:6379")
            << QStringLiteral("This server works together with others, by Redis at 127.0.0.1:6379.");
        QTest::newRow("cluster again")
            << QStringLiteral("in the cluster again, by Redis at 127.0.0.1:6379, after 1200 s")
            << QStringLiteral("Redis answers again, after 1,200 s: the servers hear of each other.");
        QTest::newRow("cluster lost")
            << QStringLiteral(
                   "out of the cluster: Redis at 10.0.0.1:6379 has closed the connection. Users here go "
                   "on chatting; what other servers say is not heard until Redis is back")
            << QStringLiteral(
                   "The servers do not hear of each other for now (Redis at 10.0.0.1:6379 has closed the "
                   "connection). People here go on chatting.");
        QTest::newRow("no cluster")
            << QStringLiteral(
                   "not in the cluster: Redis at db:6379 refuses connections. The server works alone "
                   "until Redis answers")
            << QStringLiteral(
                   "This server works alone until Redis answers (Redis at db:6379 refuses connections).");
        QTest::newRow("other servers")
            << QStringLiteral("other servers in the cluster: 2, of them Node's: 1")
            << QStringLiteral("Other servers that this one works together with: 2.");
        QTest::newRow("unknown") << QStringLiteral("something else %1")
                                 << QStringLiteral("something else %1");
    }
    void plainLog_saysWhatLinesMean()
    {
        QFETCH(QString, line);
        QTEST(plainMessage({0, QStringLiteral("info"), QStringLiteral("c"), line, 0}), "plain");
    }

    void logOfAlerts_isToldInThePersonsWords()
    {
        LogModel log;
        const auto message = [&log](int row) { return log.index(row, LogModel::Message).data().toString(); };
        const auto tip = [&log](int row) {
            return log.index(row, LogModel::Message).data(Qt::ToolTipRole).toString();
        };
        const QString category = QStringLiteral("concierge.alert");
        const QString low =
            QStringLiteral("disk_low: Only 53 GB of 271 GB are free on the disk of /d. Delete "
                           "what is not needed there.");
        for (const QString &line :
             {low, QStringLiteral("disk_low: it is over."), QStringLiteral("sun_storm: A storm. Wait.")})
            log.append({1, QStringLiteral("warn"), category, line, 0});
        QTRY_COMPARE(log.rowCount(), 3);
        QCOMPARE(message(0), QStringLiteral("Alert: Disk nearly full"));
        QCOMPARE(message(1), QStringLiteral("It is over: Disk nearly full"));
        QCOMPARE(message(2), QStringLiteral("sun_storm: A storm. Wait."));
        log.learn({QStringLiteral("disk_low"),
                   QStringLiteral("warning"),
                   1,
                   QStringLiteral("Only 53 GB of 271 GB are free on the disk of /d."),
                   QString(),
                   {{QStringLiteral("freeBytes"), 53e9}, {QStringLiteral("totalBytes"), 271e9}}});
        QCOMPARE(message(0),
                 QStringLiteral(
                     "Alert: Disk nearly full. Only 53.0 GB of 271.0 GB are free on the server's disk."));
        QVERIFY(tip(0).contains(message(0)) && tip(0).contains(low));
        // Of another day than today.
        QCOMPARE(log.index(0, LogModel::Time).data().toString(), Format::dateTime(1));
    }

    void supportBundle_hasNoSecrets_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("secret");
        QTest::newRow("url") << QStringLiteral("redis at redis://bob:hunter2@10.1.2.3:6379/0")
                             << QStringLiteral("hunter2");
        QTest::newRow("jwt") << QStringLiteral("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln")
                             << QStringLiteral("eyJ");
        QTest::newRow("token") << QStringLiteral("Authorization: Bearer abcdef") << QStringLiteral("abcdef");
        QTest::newRow("address") << QStringLiteral("cannot take a connection of 203.0.113.9")
                                 << QStringLiteral("203.0");
        QTest::newRow("address 6") << QStringLiteral("from 2001:db8:0:1::7 came")
                                   << QStringLiteral("2001:db8");
    }
    void supportBundle_hasNoSecrets()
    {
        QFETCH(QString, line);
        QFETCH(QString, secret);
        QVERIFY2(!withoutSecrets(line).contains(secret), qPrintable(withoutSecrets(line)));
        const QString own = QStringLiteral("2026-11-27T00:24:03.778Z listening on http://127.0.0.1:4000");
        QCOMPARE(withoutSecrets(own), own);
        for (const auto *name : {"JWT_SECRET", "JWT_PUBLIC_KEY", "REDIS_PASSWORD", "api_token"})
            QVERIFY2(isSecretName(QLatin1String(name)), name);
        for (const auto *name : {"PORT", "SOCKET_PATH", "DATA_DIR", "PING_INTERVAL"})
            QVERIFY2(!isSecretName(QLatin1String(name)), name);
    }

    void preferencesAndServers_areKept()
    {
        Preferences preferences;
        preferences.theme = ThemeChoice::Dark;
        preferences.language = QStringLiteral("de");
        preferences.notifies = false;
        preferences.startsMinimised = true;
        preferences.save();
        QCOMPARE(Preferences::load(), preferences);
        Preferences().save();
        QCOMPARE(loadServers().size(), 1);
        const QList<ServerEntry> servers{{QStringLiteral("Chat"), QStringLiteral("chat")},
                                         {QStringLiteral("Test"), QStringLiteral("/tmp/test.sock")}};
        saveServers(servers);
        QCOMPARE(loadServers(), servers);
        saveServers({});
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorValues)
#include "tst_monitor_values.moc"
