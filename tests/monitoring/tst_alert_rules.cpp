#include "monitoring/AlertRule.h"
#include "monitoring/AlertRules.h"

#include <QtTest>

#include <functional>

using namespace concierge;
using namespace concierge::monitoring;

using Change = std::function<void(MonitorSnapshot &)>;

Q_DECLARE_METATYPE(Change)

namespace {

constexpr qint64 day = 86'400'000;
constexpr qint64 noon = 1'700'000'000'000;

/// A server that fares well, for an hour by now; a second passes with each look().
class Watched
{
public:
    explicit Watched(const AlertLimits &limits = {})
        : m_rules(limits)
    {
        snapshot.time = noon;
        snapshot.uptimeMs = 3'600'000;
        snapshot.store.folder = QStringLiteral("/data");
        snapshot.store.diskTotal = 100'000'000'000;
        snapshot.store.diskFree = 50'000'000'000;
        snapshot.store.lastBackup = noon - day;
        snapshot.threads = {{QStringLiteral("main"), 1, 0}, {QStringLiteral("io-0"), 2, 0}};
    }

    std::vector<feed::AlertChange> look(int seconds = 1)
    {
        std::vector<feed::AlertChange> changes;
        for (int i = 0; i < seconds; ++i) {
            snapshot.time += 1'000;
            snapshot.uptimeMs += 1'000;
            for (const feed::AlertChange &change : m_rules.update(snapshot, dataSince))
                changes.push_back(change);
        }
        return changes;
    }
    QStringList codes() const
    {
        QStringList codes;
        for (const Alert &alert : m_rules.active())
            codes << alert.code;
        return codes;
    }
    QList<Alert> active() const { return m_rules.active(); }

    MonitorSnapshot snapshot;
    qint64 dataSince = noon - 30 * day;

private:
    AlertRules m_rules;
};

} // namespace

class AlertRulesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void healthyServer_hasNone()
    {
        Watched server;
        QVERIFY(server.look(700).empty());
        QVERIFY(server.codes().isEmpty());
    }

    void refusals_ofTheFirstSecond_count_andEachReasonIsNamed()
    {
        AlertLimits limits;
        limits.refusedPerMinute = 3;
        AlertRules rules(limits);
        MonitorSnapshot snapshot;
        snapshot.time = noon;
        snapshot.uptimeMs = 1'000;
        snapshot.connections.refused = {{QStringLiteral("not_found"), 10}, {QStringLiteral("origin"), 2}};
        const auto begun = rules.update(snapshot, noon);
        QCOMPARE(begun.size(), std::size_t(1));
        QCOMPARE(begun[0].alert.text,
                 QStringLiteral("12 connections were refused within a minute (not_found 10, origin 2)."));
        QCOMPARE(begun[0].alert.values.value(QStringLiteral("refused.origin")), 2.0);
    }

    void growth_isToldSinceWhen_alsoSoonAfterTheStart()
    {
        Watched server;
        server.look(33);
        server.snapshot.waiting.messages = 1'500;
        QVERIFY(server.look(12).size() == 1);
        QVERIFY2(server.active().constFirst().text.contains(QStringLiteral("1500 more than 4")),
                 qPrintable(server.active().constFirst().text));
    }

    void rule_overItsLimit_beginsAndEnds_data()
    {
        QTest::addColumn<QString>("code");
        QTest::addColumn<QString>("severity");
        QTest::addColumn<Change>("worse");
        QTest::addColumn<Change>("better");
        QTest::addColumn<QString>("figure"); // in the sentence
        const auto row = [](const char *code, const char *severity, const Change &worse, const Change &better,
                            const char *figure) {
            QTest::newRow(code) << QString::fromLatin1(code) << QString::fromLatin1(severity) << worse
                                << better << QString::fromLatin1(figure);
        };
        row(
            "store_failing", "critical",
            [](MonitorSnapshot &s) {
                s.store.isWorking = false;
                s.store.problem = QStringLiteral("the disk is full");
            },
            [](MonitorSnapshot &s) { s.store.isWorking = true; }, "the disk is full");
        row(
            "not_accepting", "critical",
            [](MonitorSnapshot &s) { s.connections.blocked = QStringLiteral("descriptors"); },
            [](MonitorSnapshot &s) { s.connections.blocked.clear(); }, "file descriptors have run out");
        row(
            "limit_reached", "warning",
            [](MonitorSnapshot &s) {
                s.connections.refused.insert(QStringLiteral("address_rate"), 10);
                s.messages.rejected.insert(QStringLiteral("rate_limited"), 31);
            },
            [](MonitorSnapshot &) {}, "41 connections and events");
        row(
            "redis_down", "critical", [](MonitorSnapshot &s) { s.redis = QStringLiteral("down"); },
            [](MonitorSnapshot &s) { s.redis = QStringLiteral("up"); }, "Redis");
        row(
            "api_failing", "critical",
            [](MonitorSnapshot &s) {
                s.webhook.isOn = true;
                s.webhook.failingMs = 61'000;
                s.webhook.pending = 12;
                s.webhook.problem = QStringLiteral("it answers 500");
            },
            [](MonitorSnapshot &s) { s.webhook.failingMs.reset(); }, "12 wait for it here: it answers 500");
        row(
            "api_outbox_full", "warning",
            [](MonitorSnapshot &s) {
                s.webhook.bytes = 1'600'000'000;
                s.webhook.maxBytes = 2'000'000'000;
            },
            [](MonitorSnapshot &s) { s.webhook.bytes = 1'000'000'000; }, "1.6 GB of 2.0 GB");
        row(
            "api_outbox_full", "critical",
            [](MonitorSnapshot &s) { s.webhook.bytes = s.webhook.maxBytes = 2'000'000'000; },
            [](MonitorSnapshot &s) { s.webhook.bytes = 0; }, "No message can be sent");
        row(
            "api_refused", "warning", [](MonitorSnapshot &s) { s.webhook.setAside = 3; },
            [](MonitorSnapshot &s) { s.webhook.setAside = 0; }, "refuses 3 messages");
        row(
            "disk_low", "warning", [](MonitorSnapshot &s) { s.store.diskFree = 900'000'000; },
            [](MonitorSnapshot &s) { s.store.diskFree = 1'200'000'000; }, "900 MB of 100 GB");
        row(
            "delivery_slow", "warning", [](MonitorSnapshot &s) { s.delivery.p95Ms = 1'500; },
            [](MonitorSnapshot &s) { s.delivery.p95Ms.reset(); }, "1.5 seconds");
        row(
            "loop_lag", "warning", [](MonitorSnapshot &s) { s.threads[1].lagMs = 750; },
            [](MonitorSnapshot &s) { s.threads[1].lagMs = 3; }, "io-0 by 750 ms");
        row(
            "refused_burst", "warning",
            [](MonitorSnapshot &s) { s.connections.refused.insert(QStringLiteral("origin"), 400); },
            [](MonitorSnapshot &) {}, "400 connections");
        row(
            "inbox_growing", "warning", [](MonitorSnapshot &s) { s.waiting.messages = 1'234; },
            [](MonitorSnapshot &s) { s.waiting.messages = 100; }, "1234 messages");
        row(
            "inbox_old", "warning", [](MonitorSnapshot &s) { s.waiting.oldestMs = 8 * day; },
            [](MonitorSnapshot &s) { s.waiting.oldestMs.reset(); }, "8 days");
        row(
            "certificate_ending", "warning", [](MonitorSnapshot &s) { s.tls.expires = noon + 20 * day; },
            [](MonitorSnapshot &s) { s.tls.expires = noon + 90 * day; }, "ends in 20 days");
        row(
            "certificate_ending", "critical", [](MonitorSnapshot &s) { s.tls.expires = noon - 3 * day; },
            [](MonitorSnapshot &s) { s.tls.expires = noon + 90 * day; }, "ended 3 days ago");
        row(
            "backup_old", "notice", [](MonitorSnapshot &s) { s.store.lastBackup = noon - 8 * day; },
            [](MonitorSnapshot &s) { s.store.lastBackup = noon; }, "8 days");
    }
    void rule_overItsLimit_beginsAndEnds()
    {
        QFETCH(QString, code);
        QFETCH(QString, severity);
        QFETCH(Change, worse);
        QFETCH(Change, better);
        QFETCH(QString, figure);
        Watched server;
        server.look();
        worse(server.snapshot);
        const auto begun = server.look(20);
        QCOMPARE(begun.size(), std::size_t(1));
        QVERIFY(begun[0].isActive);
        const Alert &alert = begun[0].alert;
        QCOMPARE(alert.code, code);
        QCOMPARE(alert.severity, severity);
        QVERIFY2(alert.text.contains(figure), qPrintable(alert.text));
        QVERIFY(alert.text.endsWith(u'.') && alert.advice.endsWith(u'.'));
        QVERIFY(alert.since > noon && alert.since <= server.snapshot.time);
        QCOMPARE(server.codes(), QStringList(code));

        server.snapshot.alerts = server.active();
        QCOMPARE(server.snapshot.isHealthy(), severity == QLatin1String("notice"));

        better(server.snapshot);
        const auto ended = server.look(700);
        QCOMPARE(ended.size(), std::size_t(1));
        QVERIFY(!ended[0].isActive);
        QCOMPARE(ended[0].alert.code, code);
        QVERIFY(server.codes().isEmpty());
    }

    void apiThatFailsForLessThanAMinute_isNoAlert()
    {
        Watched server;
        server.snapshot.webhook.isOn = true;
        server.snapshot.webhook.failingMs = 59'000;
        QVERIFY(server.look(20).empty());
    }

    void certificateThatEnds_turnsFromWarningToCritical()
    {
        Watched server;
        server.snapshot.tls.expires = noon + 22 * day;
        QVERIFY(server.look(2).empty());
        server.snapshot.time = noon + 2 * day;
        QCOMPARE(server.look(2).size(), std::size_t(1));
        QCOMPARE(server.active().front().severity, QStringLiteral("warning"));
        server.snapshot.time = noon + 23 * day;
        server.snapshot.store.lastBackup = server.snapshot.time;
        server.look(2);
        QCOMPARE(server.codes(), QStringList(QStringLiteral("certificate_ending")));
        QCOMPARE(server.active().front().severity, QStringLiteral("critical"));
    }

    void limitOfZero_turnsTheRuleOff_data()
    {
        QTest::addColumn<Change>("worse");
        QTest::newRow("disk") << Change([](MonitorSnapshot &s) { s.store.diskFree = 1; });
        QTest::newRow("delivery") << Change([](MonitorSnapshot &s) { s.delivery.p95Ms = 1e6; });
        QTest::newRow("lag") << Change([](MonitorSnapshot &s) { s.threads[0].lagMs = 1e6; });
        QTest::newRow("refused") << Change(
            [](MonitorSnapshot &s) { s.connections.refused.insert(QStringLiteral("origin"), 1'000'000); });
        QTest::newRow("limited") << Change(
            [](MonitorSnapshot &s) { s.connections.refused.insert(QStringLiteral("memory"), 1'000'000); });
        QTest::newRow("growth") << Change([](MonitorSnapshot &s) { s.waiting.messages = 1'000'000; });
        QTest::newRow("age") << Change([](MonitorSnapshot &s) { s.waiting.oldestMs = 1'000 * day; });
        QTest::newRow("backup") << Change([](MonitorSnapshot &s) { s.store.lastBackup = 0; });
    }
    void limitOfZero_turnsTheRuleOff()
    {
        QFETCH(Change, worse);
        AlertLimits off{0, Milliseconds(0), 0, Milliseconds(0), 0, Milliseconds(0), Milliseconds(0), 0};
        Watched server(off);
        server.look();
        worse(server.snapshot);
        QVERIFY(server.look(60).empty());
        Watched other; // with its limits it would begin
        other.look();
        worse(other.snapshot);
        QCOMPARE(other.look(60).size(), std::size_t(1));
    }

    void oneBadSecond_isNoAlert_data()
    {
        QTest::addColumn<Change>("bad");
        QTest::addColumn<Change>("good");
        QTest::newRow("lag") << Change([](MonitorSnapshot &s) { s.threads[0].lagMs = 900; })
                             << Change([](MonitorSnapshot &s) { s.threads[0].lagMs = 1; });
        QTest::newRow("delivery") << Change([](MonitorSnapshot &s) { s.delivery.p95Ms = 5'000; })
                                  << Change([](MonitorSnapshot &s) { s.delivery.p95Ms = 1; });
    }
    void oneBadSecond_isNoAlert()
    {
        QFETCH(Change, bad);
        QFETCH(Change, good);
        Watched server;
        for (int i = 0; i < 50; ++i) {
            bad(server.snapshot);
            QVERIFY(server.look().empty());
            good(server.snapshot);
            QVERIFY(server.look().empty());
        }
    }

    void valueAroundItsLimit_doesNotFlap()
    {
        Watched server;
        std::size_t changes = 0;
        for (int i = 0; i < 600; ++i) {
            server.snapshot.delivery.p95Ms = i % 20 < 15 ? 1'010 : 950; // 950 is above the end's 800
            changes += server.look().size();
        }
        QCOMPARE(changes, std::size_t(1));
        QCOMPARE(server.codes(), QStringList(QStringLiteral("delivery_slow")));
    }

    void activeAlert_hasTheFiguresOfNow_andItsOldBegin()
    {
        Watched server;
        server.snapshot.store.diskFree = 900'000'000;
        const auto begun = server.look(10);
        QCOMPARE(begun.size(), std::size_t(1));
        server.snapshot.store.diskFree = 500'000'000;
        QVERIFY(server.look(10).empty());
        const Alert alert = server.active().first();
        QVERIFY2(alert.text.contains(QStringLiteral("500 MB")), qPrintable(alert.text));
        QCOMPARE(alert.values.value(QStringLiteral("freeBytes")), 500'000'000.0);
        QCOMPARE(alert.since, begun[0].alert.since);
    }

    void severalAtOnce_worstFirst()
    {
        Watched server;
        server.snapshot.store.lastBackup.reset();
        server.snapshot.store.isWorking = false;
        server.snapshot.store.diskFree = 0;
        server.look(10);
        QCOMPARE(server.codes(), (QStringList{QStringLiteral("store_failing"), QStringLiteral("disk_low"),
                                              QStringLiteral("backup_old")}));
    }

    void noBackupEver_isNoticedOnceThereIsDataForAWeek()
    {
        Watched server;
        server.snapshot.store.lastBackup.reset();
        server.dataSince = noon - 6 * day;
        QVERIFY(server.look(10).empty());
        server.dataSince = noon - 7 * day;
        const auto begun = server.look(10);
        QCOMPARE(begun.size(), std::size_t(1));
        QVERIFY(begun[0].alert.text.startsWith(QStringLiteral("There is no backup")));
    }

    void diskThatTheSystemDoesNotTell_isNoAlert()
    {
        Watched server;
        server.snapshot.store.diskFree = server.snapshot.store.diskTotal = 0;
        QVERIFY(server.look(60).empty());
    }

    void clockSetBack_changesNothing()
    {
        Watched server;
        server.snapshot.store.diskFree = 0;
        server.look(10);
        server.snapshot.time -= 10 * day;
        QVERIFY(server.look(10).empty());
        QCOMPARE(server.codes(), QStringList(QStringLiteral("disk_low")));
    }

    void spans_areSaidForHumans_data()
    {
        QTest::addColumn<qint64>("ms");
        QTest::addColumn<QString>("text");
        QTest::newRow("ms") << qint64(750) << QStringLiteral("750 ms");
        QTest::newRow("one second") << qint64(1'000) << QStringLiteral("1 second");
        QTest::newRow("seconds") << qint64(1'500) << QStringLiteral("1.5 seconds");
        QTest::newRow("a minute and a half") << qint64(90'000) << QStringLiteral("90 seconds");
        QTest::newRow("minutes") << qint64(600'000) << QStringLiteral("10 minutes");
        QTest::newRow("hours") << qint64(7'200'000) << QStringLiteral("2 hours");
        QTest::newRow("days") << 8 * day << QStringLiteral("8 days");
    }
    void spans_areSaidForHumans()
    {
        QFETCH(qint64, ms);
        QFETCH(QString, text);
        QCOMPARE(spanText(Milliseconds(ms)), text);
    }
};

QTEST_GUILESS_MAIN(AlertRulesTest)
#include "tst_alert_rules.moc"
