#include "monitoring/History.h"
#include "monitoring/HistoryFile.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace concierge;
using namespace concierge::monitoring;

namespace {

constexpr qint64 second = 1'000;
constexpr qint64 minute = 60'000;
constexpr qint64 hour = 3'600'000;
constexpr qint64 noon = 1'700'006'400'000; // the begin of an hour

MonitorSnapshot at(qint64 time, qint64 connections = 1, double received = 0)
{
    MonitorSnapshot snapshot;
    snapshot.time = time;
    snapshot.connections.now = connections;
    snapshot.rates.received = received;
    return snapshot;
}

/// Every second from `begin` on, before `end`.
void run(History &history, qint64 begin, qint64 end, qint64 connections = 1, double received = 0)
{
    for (qint64 time = begin; time < end; time += second)
        history.add(at(time + 500, connections, received));
}

QList<std::optional<double>> column(const feed::History &history, const char *name)
{
    return history.series.value(QLatin1String(name));
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void overwrite(const QString &path, qint64 offset, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(offset));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace

class HistoryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void columns_areThoseOfTheContract()
    {
        QCOMPARE(feed::historySeries().size(), qsizetype(HistoryPoint::columns));
    }

    void second_isReadBackAsItWas()
    {
        History history;
        MonitorSnapshot snapshot = at(noon + 700, 12, 3.5);
        snapshot.users.online = 7;
        snapshot.waiting.messages = 5;
        snapshot.threads = {{QStringLiteral("main"), 1, 0}, {QStringLiteral("io-0"), 4, 0}};
        history.add(snapshot);
        const feed::History read = history.read(QStringLiteral("10m"), noon + 900);
        QCOMPARE(read.stepMs, second);
        QCOMPARE(read.time, QList<qint64>{noon});
        QCOMPARE(column(read, "connections"), QList<std::optional<double>>{12.0});
        QCOMPARE(column(read, "users"), QList<std::optional<double>>{7.0});
        QCOMPARE(column(read, "received"), QList<std::optional<double>>{3.5});
        QCOMPARE(column(read, "waiting"), QList<std::optional<double>>{5.0});
        QCOMPARE(column(read, "lagMs"), QList<std::optional<double>>{4.0});
        QCOMPARE(column(read, "oldestMs"), QList<std::optional<double>>{std::nullopt});
        QCOMPARE(column(read, "p95Ms"), QList<std::optional<double>>{std::nullopt});
        QCOMPARE(read.series.size(), qsizetype(HistoryPoint::columns));
    }

    void seconds_olderThanTenMinutes_areGone()
    {
        History history;
        run(history, noon, noon + 700 * second);
        const feed::History read = history.read(QStringLiteral("10m"), noon + 699 * second + 500);
        QCOMPARE(read.time.size(), qsizetype(600));
        QCOMPARE(read.time.first(), noon + 100 * second);
        QCOMPARE(read.time.last(), noon + 699 * second);
    }

    void minute_hasTheMeanOfRatesAndTheHighestOfTheRest()
    {
        History history;
        run(history, noon, noon + 30 * second, 10, 2);
        run(history, noon + 30 * second, noon + minute, 20, 4);
        run(history, noon + minute, noon + 90 * second, 5, 1);
        const feed::History read = history.read(QStringLiteral("1h"), noon + 90 * second);
        QCOMPARE(read.stepMs, minute);
        QCOMPARE(read.time, (QList<qint64>{noon, noon + minute})); // the last is under way
        QCOMPARE(column(read, "connections"), (QList<std::optional<double>>{20.0, 5.0}));
        QCOMPARE(column(read, "received"), (QList<std::optional<double>>{3.0, 1.0}));
    }

    void hour_isMadeOfMinutes_weighedBySamples()
    {
        History history;
        run(history, noon, noon + 30 * second, 1, 8); // half a minute
        run(history, noon + minute, noon + 2 * minute, 1, 2);
        history.add(at(noon + hour + 500));
        const feed::History read = history.read(QStringLiteral("7d"), noon + hour + 600);
        QCOMPARE(read.stepMs, hour);
        QCOMPARE(read.time, (QList<qint64>{noon, noon + hour}));
        QCOMPARE(*column(read, "received")[0], (30 * 8.0 + 60 * 2.0) / 90);
    }

    void gap_hasNoSteps()
    {
        History history;
        run(history, noon, noon + 3 * second);
        run(history, noon + 10 * second, noon + 12 * second);
        const feed::History read = history.read(QStringLiteral("10m"), noon + 12 * second);
        QCOMPARE(read.time, (QList<qint64>{noon, noon + second, noon + 2 * second, noon + 10 * second,
                                           noon + 11 * second}));
    }

    void sampleThatIsALittleLate_leavesNoHole()
    {
        History history;
        history.add(at(noon + 999));
        history.add(at(noon + 2'001));
        QCOMPARE(history.read(QStringLiteral("10m"), noon + 2'001).time.size(), qsizetype(3));
        history.add(at(noon + 4'500)); // this one is too late for that
        QCOMPARE(history.read(QStringLiteral("10m"), noon + 4'500).time.size(), qsizetype(4));
    }

    void clockSetBack_dropsWhatLiesAhead()
    {
        History history;
        run(history, noon, noon + 5 * minute, 7);
        run(history, noon + 2 * minute, noon + 2 * minute + 10 * second, 9);
        const qint64 now = noon + 2 * minute + 10 * second;
        const feed::History read = history.read(QStringLiteral("10m"), noon + 10 * minute - second);
        QCOMPARE(read.time.last(), now - second);
        QCOMPARE(read.time.size(), qsizetype(130));
        QCOMPARE(*column(read, "connections").last(), 9.0);
        QCOMPARE(*column(read, "connections").first(), 7.0);
        QCOMPARE(history.read(QStringLiteral("1h"), noon + hour - 1).time,
                 (QList<qint64>{noon, noon + minute, noon + 2 * minute}));
    }

    void clockSetForth_isAGap()
    {
        History history;
        run(history, noon, noon + 5 * second);
        run(history, noon + 30 * 24 * hour, noon + 30 * 24 * hour + 5 * second);
        QCOMPARE(history.read(QStringLiteral("10m"), noon + 30 * 24 * hour + 5 * second).time.size(),
                 qsizetype(5));
        QCOMPARE(history.read(QStringLiteral("90d"), noon + 30 * 24 * hour + 5 * second).time,
                 (QList<qint64>{noon, noon + 30 * 24 * hour}));
    }

    void mostConnections_areKnownAsFarAsTheyAreKept()
    {
        const QTemporaryDir folder;
        {
            History history;
            const HistoryFile file(folder.path(), history, noon);
            MonitorSnapshot snapshot;
            for (const auto &[time, connections] :
                 {std::pair(noon, 70), std::pair(noon + hour + 7 * second, 64),
                  std::pair(noon + 2 * hour + 9 * second, 5)}) {
                snapshot.time = time;
                snapshot.connections.now = connections;
                history.add(snapshot);
            }
        }
        History history;
        const HistoryFile file(folder.path(), history, noon + 3 * hour);
        QCOMPARE(history.mostConnections(noon), qint64(70));
        QCOMPARE(history.mostConnections(noon + minute), qint64(64));
        QCOMPARE(history.mostConnections(noon + 3 * hour), qint64(0));
    }

    void markers_areKeptInOrder_theLastOnes()
    {
        History history;
        for (int i = 0; i < 300; ++i)
            history.mark({noon + i, QStringLiteral("alert"), QString::number(i), {}});
        const feed::History read = history.read(QStringLiteral("10m"), noon + 300);
        QCOMPARE(read.markers.size(), qsizetype(History::markerCount));
        QCOMPARE(read.markers.first().text, QStringLiteral("44"));
        QCOMPARE(read.markers.last().text, QStringLiteral("299"));
        QVERIFY(history.read(QStringLiteral("10m"), noon + hour).markers.isEmpty());
        QCOMPARE(history.read(QStringLiteral("24h"), noon + hour).markers.size(), qsizetype(256));
    }

    void file_afterARestart_hasWhatWas()
    {
        const QTemporaryDir folder;
        {
            History history;
            const HistoryFile file(folder.path(), history, noon);
            history.mark({noon, QStringLiteral("start"), QStringLiteral("1.0"), {}});
            history.mark(
                {noon, QStringLiteral("alert"), QString(1'000, u'x'), QStringLiteral("inbox_growing")});
            history.mark({noon, QStringLiteral("alert"), {}, QString(1'000, u'x')});
            run(history, noon, noon + 150 * second, 3, 6);
        } // as after kill -9: nothing is written at the end
        History history;
        const HistoryFile file(folder.path(), history, noon + 10 * minute);
        QCOMPARE(file.madeAt(), noon);
        history.mark({noon + 9 * minute, QStringLiteral("start"), QStringLiteral("1.1"), {}});
        run(history, noon + 9 * minute, noon + 9 * minute + 5 * second, 4);
        const qint64 now = noon + 9 * minute + 5 * second;
        QCOMPARE(history.read(QStringLiteral("10m"), now).time.size(), qsizetype(155));
        const feed::History minutes = history.read(QStringLiteral("1h"), now);
        QCOMPARE(minutes.time, (QList<qint64>{noon, noon + minute, noon + 2 * minute, noon + 9 * minute}));
        QCOMPARE(*column(minutes, "received")[2], 6.0); // the minute in which it was killed
        QCOMPARE(minutes.markers.size(), qsizetype(4));
        QCOMPARE(minutes.markers[0].text, QStringLiteral("1.0"));
        QCOMPARE(minutes.markers[1].code, QStringLiteral("inbox_growing"));
        QCOMPARE(minutes.markers[1].text.size(), History::markerBytes);
        QCOMPARE(minutes.markers[2].code.size(), History::codeBytes);
        QCOMPARE(minutes.markers[3].text, QStringLiteral("1.1"));
    }

    void file_hasItsSizeFromTheBeginning()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("history.bin"));
        History history;
        const HistoryFile file(folder.path(), history, noon);
        const qint64 size = QFileInfo(path).size();
        QVERIFY(size > 500'000 && size < 700'000);
        run(history, noon, noon + 2 * hour);
        QCOMPARE(QFileInfo(path).size(), size);
    }

    void file_cutAnywhereInAWrite_losesThatRecordOnly_data()
    {
        QTest::addColumn<int>("written");
        for (const int written : {1, 8, 64, 100, 127})
            QTest::newRow(QByteArray::number(written)) << written;
    }
    void file_cutAnywhereInAWrite_losesThatRecordOnly()
    {
        QFETCH(int, written);
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("history.bin"));
        {
            History history;
            const HistoryFile file(folder.path(), history, noon);
            run(history, noon, noon + 10 * second);
        }
        // The record of the sixth second, half overwritten by another one's.
        const qint64 slot = (noon / second + 5) % 600;
        const qint64 offset = 64 + slot * 128;
        const QByteArray other = contentOf(path).mid(offset - 128, 128);
        overwrite(path, offset, other.first(written));
        History history;
        const HistoryFile file(folder.path(), history, noon + minute);
        const feed::History read = history.read(QStringLiteral("10m"), noon + minute);
        QCOMPARE(read.time.size(), qsizetype(9));
        QVERIFY(!read.time.contains(noon + 5 * second));
    }

    void file_thatCannotBeUsed_isPutAside_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("foreign") << QByteArray("#!/bin/sh\n");
        QTest::newRow("right size") << QByteArray(603'200, 'x');
    }
    void file_thatCannotBeUsed_isPutAside()
    {
        QFETCH(QByteArray, content);
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("history.bin"));
        {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(content);
        }
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("history.bin cannot be used")));
        {
            History history;
            const HistoryFile file(folder.path(), history, noon);
            run(history, noon, noon + 3 * second);
        }
        const QStringList aside = QDir(folder.path()).entryList({QStringLiteral("history.bin.aside-*")});
        QCOMPARE(aside.size(), qsizetype(1));
        QCOMPARE(contentOf(folder.filePath(aside.first())), content);
        History history;
        const HistoryFile file(folder.path(), history, noon + second * 3);
        QCOMPARE(history.read(QStringLiteral("10m"), noon + 3 * second).time.size(), qsizetype(3));
    }

    void file_ofAnotherVersion_isPutAside()
    {
        const QTemporaryDir folder;
        {
            History history;
            const HistoryFile file(folder.path(), history, noon);
        }
        overwrite(folder.filePath(QStringLiteral("history.bin")), 18, QByteArray(1, '\x02'));
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("another program or version")));
        History history;
        const HistoryFile file(folder.path(), history, noon);
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), qsizetype(2));
    }

    void folder_inItsPlace_isPutAside()
    {
        const QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("history.bin")));
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("it is no file")));
        History history;
        const HistoryFile file(folder.path(), history, noon);
        QVERIFY(QFileInfo(folder.filePath(QStringLiteral("history.bin"))).isFile());
    }

    void folder_thatIsNotThere_isSaidOnce_andMemoryGoesOn()
    {
        History history;
        const HistoryFile file(QStringLiteral("/no/such/folder"), history, noon);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("cannot be written")));
        run(history, noon, noon + 5 * second);
        QCOMPARE(history.read(QStringLiteral("10m"), noon + 5 * second).time.size(), qsizetype(5));
    }

    void recordsAheadOfTheClock_areLeftOut()
    {
        const QTemporaryDir folder;
        {
            History history;
            const HistoryFile file(folder.path(), history, noon);
            run(history, noon, noon + 100 * second);
        }
        History history;
        const HistoryFile file(folder.path(), history, noon + 10 * second);
        QCOMPARE(history.read(QStringLiteral("10m"), noon + 100 * second).time.size(), qsizetype(11));
    }
};

QTEST_GUILESS_MAIN(HistoryTest)
#include "tst_history.moc"
