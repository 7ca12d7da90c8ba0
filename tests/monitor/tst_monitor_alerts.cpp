#include "AlertBook.h"
#include "AlertText.h"
#include "MonitorTest.h"
#include "RefusedText.h"
#include "Situation.h"

#include "metrics/Metrics.h"

using namespace concierge;
using namespace concierge::monitor;

namespace {

Alert alert(const char *code, const char *severity, qint64 since)
{
    return {QLatin1String(code), QLatin1String(severity), since, QStringLiteral("Server's words."), {}, {}};
}

} // namespace

class TestMonitorAlerts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knownAlert_isToldWithItsFigures()
    {
        Alert old = alert("inbox_old", "warning", 1);
        old.values = {{QStringLiteral("oldestMs"), 3 * 3'600'000.0}, {QStringLiteral("messages"), 12}};
        const AlertText text = AlertText::of(old);
        QVERIFY2(text.text.contains(QStringLiteral("3 h")) && text.text.contains(QStringLiteral("12")),
                 qPrintable(text.text));
        QVERIFY(!text.advice.isEmpty());
    }

    void backupThatIsOld_isNotOneThatNeverWas()
    {
        Alert old = alert("backup_old", "notice", 1);
        old.values = {{QStringLiteral("ageMs"), 9 * 3'600'000.0}};
        QCOMPARE(AlertText::of(old).text, QStringLiteral("The last backup is 9 h old."));
        old.values = {{QStringLiteral("keptMs"), 9 * 3'600'000.0}};
        QCOMPARE(AlertText::of(old).text,
                 QStringLiteral("There is no backup, and the server has kept messages for 9 h."));
        QCOMPARE(AlertText::of(old).title, QStringLiteral("No backup"));
    }

    void refusals_areToldWithTheirMostFrequentReason()
    {
        Alert burst = alert("refused_burst", "warning", 1);
        burst.values = {{QStringLiteral("perMinute"), 14},
                        {QStringLiteral("refused.origin"), 2},
                        {QStringLiteral("refused.unsupported_protocol"), 12}};
        QCOMPARE(
            AlertText::of(burst).text,
            QStringLiteral(
                "14 connections were refused within a minute (most: old client, page not in CLIENT_URL)."));
        QVERIFY(AlertText::of(burst).advice.contains(QStringLiteral("newer version")));
        QVERIFY(AlertText::of(burst).advice.contains(QStringLiteral("CLIENT_URL")));
        burst.values.insert(QStringLiteral("refused.origin"), 200); // the other is next to nothing
        QVERIFY(AlertText::of(burst).text.endsWith(QStringLiteral("(most: page not in CLIENT_URL).")));
        QVERIFY(!AlertText::of(burst).advice.contains(QStringLiteral("newer version")));
        burst.values = {{QStringLiteral("perMinute"), 14}, {QStringLiteral("refused.sun_storm"), 14}};
        QVERIFY(AlertText::of(burst).advice.contains(QStringLiteral("log")));
    }

    void everyReasonOfTheServer_hasWordsAndAdvice()
    {
        QStringList names{QStringLiteral("event_rate")};
        for (int reason = 0; reason < int(metrics::Refused::RefusedCount); ++reason)
            names.append(QString::fromLatin1(metrics::toString(static_cast<metrics::Refused>(reason))));
        for (const QString &name : names) {
            const RefusedText text = RefusedText::of({{name, 1}});
            QVERIFY2(!text.advice.isEmpty(), qPrintable(name));
            QVERIFY2(!text.all.endsWith(name), qPrintable(name));
        }
    }

    void nobodyComesIn_isToldByItsCause_data()
    {
        QTest::addColumn<QString>("cause");
        QTest::addColumn<QString>("advice");
        QTest::newRow("descriptors") << QStringLiteral("descriptors") << QStringLiteral("ulimit");
        QTest::newRow("memory") << QStringLiteral("memory") << QStringLiteral("raise MEMORY_WATERMARK");
        QTest::newRow("full") << QStringLiteral("max_connections") << QStringLiteral("Raise MAX_CONNECTIONS");
    }
    void nobodyComesIn_isToldByItsCause()
    {
        QFETCH(QString, cause);
        QFETCH(QString, advice);
        Alert blocked = alert("not_accepting", "critical", 1);
        blocked.values = {{cause, 1}};
        QCOMPARE(AlertText::of(blocked).title, QStringLiteral("Nobody new can connect"));
        QVERIFY(AlertText::of(blocked).advice.contains(advice));
    }

    void markerOfAnAlert_hasItsTitle()
    {
        const QString words = QStringLiteral("A message has waited for 3 h.");
        QCOMPARE(AlertText::titleOf({1, QStringLiteral("alert"), words, QStringLiteral("inbox_old")}),
                 QStringLiteral("Messages wait for long"));
        QCOMPARE(AlertText::titleOf({1, QStringLiteral("alert"), words, QStringLiteral("sun_storm")}), words);
    }

    void alertWithoutItsFigures_orOfANewerServer_isToldInTheServersWords()
    {
        QCOMPARE(AlertText::of(alert("inbox_old", "warning", 1)).text, QStringLiteral("Server's words."));
        QCOMPARE(AlertText::of(alert("sun_storm", "warning", 1)).text, QStringLiteral("Server's words."));
    }

    void book_tellsWhatIsNew_andRemembersWhatIsOver()
    {
        AlertBook book(QStringLiteral("a"));
        QCOMPARE(book.update({alert("disk_low", "warning", 5)}, 10).size(), 1);
        QCOMPARE(book.update({alert("disk_low", "warning", 5)}, 11).size(), 0);
        QCOMPARE(book.update({}, 12).size(), 0);
        QCOMPARE(book.activeCount(), 0);
        QCOMPARE(book.entries().size(), 1);
        QCOMPARE(book.entries().constFirst().endedAt, 12);
        // The same again later is another one.
        QCOMPARE(book.update({alert("disk_low", "warning", 20)}, 21).size(), 1);
        for (int round = 0; round < 3 * AlertBook::maxEnded; ++round)
            book.update({alert("disk_low", "warning", 100 + round)}, 101 + round);
        QCOMPARE(book.entries().size(), AlertBook::maxEnded + 1);
    }

    void worst_isCriticalBeforeWarning_andUnknownBeforeAcknowledged()
    {
        AlertBook book(QStringLiteral("b"));
        book.update({alert("backup_old", "notice", 1), alert("disk_low", "warning", 2),
                     alert("store_failing", "critical", 3)},
                    10);
        QCOMPARE(book.worst()->alert.code, QStringLiteral("store_failing"));
        book.acknowledge(book.worst()->alert);
        QCOMPARE(book.worst()->alert.code, QStringLiteral("disk_low"));
        AlertBook again(QStringLiteral("b"));
        again.update({alert("store_failing", "critical", 3)}, 11);
        QVERIFY(again.worst()->isAcknowledged);
    }

    void situation_saysOneSentence_data()
    {
        QTest::addColumn<FeedState>("state");
        QTest::addColumn<QString>("serverState");
        QTest::addColumn<qint64>("waiting");
        QTest::addColumn<QString>("severity");
        QTest::addColumn<Tone>("tone");
        QTest::addColumn<QString>("text");
        const QString running = QStringLiteral("running");
        QTest::newRow("working") << FeedState::Connected << running << qint64(0) << QString() << Tone::Good
                                 << QStringLiteral("Everything is working");
        QTest::newRow("waiting") << FeedState::Connected << running << qint64(12) << QString() << Tone::Good
                                 << QStringLiteral("12 message(s) wait for people who are offline");
        QTest::newRow("draining") << FeedState::Connected << QStringLiteral("draining") << qint64(0)
                                  << QString() << Tone::Warning << QStringLiteral("The server is stopping");
        QTest::newRow("warning") << FeedState::Connected << running << qint64(3) << QStringLiteral("warning")
                                 << Tone::Warning << QStringLiteral("Server's words.");
        QTest::newRow("notice") << FeedState::Connected << running << qint64(0) << QStringLiteral("notice")
                                << Tone::Good << QStringLiteral("Everything is working");
        QTest::newRow("not running") << FeedState::NotRunning << running << qint64(0) << QString()
                                     << Tone::Critical << QStringLiteral("The server is not running");
        QTest::newRow("stale") << FeedState::Stale << running << qint64(0) << QString() << Tone::Critical
                               << QStringLiteral("The server does not answer");
        QTest::newRow("denied") << FeedState::Denied << running << qint64(0) << QString() << Tone::Critical
                                << QStringLiteral("You may not watch this server");
    }
    void situation_saysOneSentence()
    {
        QFETCH(FeedState, state);
        QFETCH(QString, serverState);
        QFETCH(qint64, waiting);
        QFETCH(QString, severity);
        MonitorSnapshot snapshot = test::healthySnapshot(1'000);
        snapshot.state = serverState;
        snapshot.waiting.messages = waiting;
        const AlertEntry entry{alert("sun_storm", qPrintable(severity), 5), true, false, 0};
        Situation::Input input;
        input.state = state;
        input.snapshot = &snapshot;
        input.worst = severity.isEmpty() ? nullptr : &entry;
        input.alerts = severity.isEmpty() ? 0 : 1;
        const Situation situation = Situation::of(input);
        QTEST(situation.text, "text");
        QTEST(situation.tone, "tone");
        QVERIFY(!situation.detail.isEmpty() || !severity.isEmpty());
    }

    void adviceOnAServerThatIsAway_canBeFollowed()
    {
        const auto adviceOn = [](const char *why) {
            Alert alert{QStringLiteral("server_unreachable"), QStringLiteral("critical"), 5, {}, {}, {}};
            if (why)
                alert.values.insert(QLatin1String(why), 1);
            return AlertText::of(alert).advice;
        };
        QVERIFY(adviceOn(nullptr).startsWith(QStringLiteral("Start it under Service")));
        QVERIFY(adviceOn("isElsewhere").startsWith(QStringLiteral("Start it where it runs")));
        QVERIFY(adviceOn("isFrozen").startsWith(QStringLiteral("If this lasts, end it where it runs")));
        QCOMPARE(adviceOn("isClosed"), QStringLiteral("The line above the pages says why."));
        Situation::Input input;
        input.state = FeedState::Stale;
        input.pid = 4'711;
        QVERIFY(Situation::of(input).detail.contains(QStringLiteral("end its process 4711 where it runs")));
        input.canRestart = true;
        QVERIFY(Situation::of(input).detail.contains(QStringLiteral("stop and start it under Service")));
    }

    void situation_ofAStoppedServer_offersToStartIt_andSaysWhenItDoes()
    {
        Situation::Input input;
        input.state = FeedState::NotRunning;
        QCOMPARE(Situation::of(input).action, BannerAction::Start);
        input.isStarting = true;
        QCOMPARE(Situation::of(input).action, BannerAction::None);
        QCOMPARE(Situation::of(input).tone, Tone::Neutral);
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorAlerts)
#include "tst_monitor_alerts.moc"
