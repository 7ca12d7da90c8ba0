#include "monitoring/StatusView.h"

#include <QRegularExpression>
#include <QtTest>

using namespace concierge;
using namespace concierge::monitoring;

namespace {

MonitorSnapshot busy()
{
    constexpr qint64 many = 123'456'789;
    MonitorSnapshot s;
    s.version = QStringLiteral("0.1.0");
    s.time = 1'700'000'000'000;
    s.uptimeMs = 90LL * 86'400'000;
    s.connections = {many, many, s.time, many, many, many, many, many, {{QStringLiteral("origin"), many}},
                     {}};
    s.users = {many, many};
    s.messages = {many, many, many, many, many, many, {}};
    s.waiting = {many, many, 30LL * 86'400'000};
    s.rates = {123'456.7, 123'456.7, 123'456.7, 1, 1e9, 1e9};
    s.delivery = {many, 12'345.6, 12'345.6, 12'345.6, 12'345.6};
    s.store.folder = QString(200, u'f');
    s.store.bytes = s.store.diskFree = s.store.diskTotal = many * 1'000;
    s.store.lastBackup = 0;
    s.redis = QStringLiteral("up");
    s.process = {799.9, many * 100, many, many};
    return s;
}

Alert alert(const char *severity)
{
    return {QStringLiteral("disk_low"), QLatin1String(severity), 0, QString(60, u't'), QString(60, u'a'), {}};
}

} // namespace

class StatusViewTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void screen_hasRoomForTheLargestFigures()
    {
        MonitorSnapshot snapshot = busy();
        snapshot.alerts = QList<Alert>(9, alert("warning"));
        feed::Hello hello;
        hello.dataDir = QString(60, u'd');
        const QStringList lines = statusView(hello, snapshot, Colours::None).split(u'\n');
        for (const QString &line : lines)
            QVERIFY2(line.size() <= 80, qPrintable(line));
        QVERIFY2(lines.size() <= 33, qPrintable(QString::number(lines.size())));
        QVERIFY(lines.last().isEmpty());
        QVERIFY(lines.join(u'\n').contains(QStringLiteral("and 5 more")));
    }

    void longText_goesOnBelow_andIsWhole()
    {
        MonitorSnapshot snapshot = busy();
        QStringList words;
        for (int i = 0; i < 60; ++i)
            words.append(QStringLiteral("word%1").arg(i));
        Alert long1 = alert("critical");
        long1.text = words.join(u' ');
        long1.advice = QString(200, u'x');
        snapshot.alerts = {long1};
        const QStringList lines = statusView({}, snapshot, Colours::None).split(u'\n');
        QStringList shown;
        for (const QString &line : lines) {
            QVERIFY2(line.size() <= 80, qPrintable(line));
            shown.append(line.trimmed());
        }
        const QString all = shown.join(u' ').simplified();
        QVERIFY2(all.contains(QStringLiteral("critical ") + words.join(u' ')), qPrintable(all));
        QCOMPARE(all.count(u'x'), 200);
    }

    void state_isSaidInTheFirstLine_data()
    {
        QTest::addColumn<QString>("state");
        QTest::addColumn<QByteArray>("severity");
        QTest::addColumn<QString>("word");
        QTest::newRow("healthy") << QStringLiteral("running") << QByteArray() << QStringLiteral("HEALTHY");
        QTest::newRow("notice") << QStringLiteral("running") << QByteArray("notice")
                                << QStringLiteral("HEALTHY");
        QTest::newRow("warning") << QStringLiteral("running") << QByteArray("warning")
                                 << QStringLiteral("NEEDS ATTENTION");
        QTest::newRow("critical") << QStringLiteral("running") << QByteArray("critical")
                                  << QStringLiteral("NEEDS ATTENTION");
        QTest::newRow("stopping") << QStringLiteral("draining") << QByteArray() << QStringLiteral("STOPPING");
    }
    void state_isSaidInTheFirstLine()
    {
        QFETCH(QString, state);
        QFETCH(QByteArray, severity);
        QFETCH(QString, word);
        MonitorSnapshot snapshot;
        snapshot.version = QStringLiteral("0.1.0");
        snapshot.state = state;
        if (!severity.isEmpty())
            snapshot.alerts = {alert(severity.constData())};
        const QString first = statusView({}, snapshot, Colours::None).split(u'\n').first();
        QVERIFY(first.startsWith(QStringLiteral("Concierge 0.1.0 ")));
        QVERIFY(first.endsWith(u' ' + word));
        QCOMPARE(first.size(), qsizetype(80));
    }

    void colours_addSequencesOnly()
    {
        MonitorSnapshot snapshot = busy();
        snapshot.alerts = {alert("critical"), alert("notice")};
        const QString plain = statusView({}, snapshot, Colours::None);
        QString coloured = statusView({}, snapshot, Colours::Ansi);
        QVERIFY(!plain.contains(u'\x1B'));
        QVERIFY(coloured.contains(u'\x1B'));
        QCOMPARE(coloured.remove(QRegularExpression(QStringLiteral("\x1B\\[[0-9;]*m"))), plain);
    }

    void textOfOthers_cannotMoveTheCursor()
    {
        MonitorSnapshot snapshot;
        snapshot.store.isWorking = false;
        snapshot.store.problem = QStringLiteral("bad\x1B[2J\nnews\u202E");
        const QString view = statusView({}, snapshot, Colours::None);
        QVERIFY(!view.contains(u'\x1B') && !view.contains(QChar(0x202E)));
        QVERIFY(view.contains(QStringLiteral("bad?[2J?news?")));
    }

    void nothingKnown_isDashes()
    {
        const QString view = statusView({}, {}, Colours::None);
        QVERIFY(view.contains(QStringLiteral("median -, 95 %: -")));
        QVERIFY(view.contains(QStringLiteral("Waiting      none")));
        QVERIFY(!view.contains(QStringLiteral("Redis")));
    }
};

QTEST_GUILESS_MAIN(StatusViewTest)
#include "tst_status_view.moc"
