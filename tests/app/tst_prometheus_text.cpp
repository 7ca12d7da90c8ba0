#include "TelemetryFixture.h"
#include "app/PrometheusText.h"
#include "chat/ErrorCode.h"

#include <QHash>
#include <QSet>
#include <QTest>

using namespace concierge;
using namespace concierge::app;
using metrics::Counter;
using Fixture = test::TelemetryFixture;

namespace {

/// The value of a series, as it is written; empty: it is not there.
QByteArray valueOf(const QByteArray &text, const QByteArray &series)
{
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith(series + ' '))
            return line.mid(series.size() + 1);
    }
    return {};
}

} // namespace

/// What promtool thinks of it is asked in tests/clients.
class TestPrometheusText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void families_haveHelpAndTypeOnce_aheadOfTheirSamples()
    {
        Fixture f(true);
        const QByteArray text = prometheusText(f.telemetry);
        QVERIFY(text.endsWith('\n'));
        QHash<QByteArray, QByteArray> types;
        QSet<QByteArray> helped;
        for (const QByteArray &line : text.chopped(1).split('\n')) {
            const QByteArrayList words = line.split(' ');
            if (line.startsWith("# HELP ")) {
                QVERIFY2(!helped.contains(words[2]), line.constData());
                QVERIFY2(words.size() > 3, line.constData());
                helped.insert(words[2]);
            } else if (line.startsWith("# TYPE ")) {
                QVERIFY2(helped.contains(words[2]), line.constData());
                types[words[2]] = words[3];
            } else {
                QByteArray name = line.left(line.indexOf(line.contains('{') ? '{' : ' '));
                for (const char *suffix : {"_bucket", "_sum", "_count"}) {
                    const QByteArray stem = name.chopped(qMin(name.size(), qsizetype(qstrlen(suffix))));
                    if (name.endsWith(suffix) && types.value(stem) == "histogram")
                        name = stem;
                }
                QVERIFY2(types.contains(name), line.constData());
                QCOMPARE(name.endsWith("_total"), types[name] == "counter");
            }
        }
    }

    void cluster_isThereWithRedisOnly()
    {
        Fixture alone;
        QVERIFY(!prometheusText(alone.telemetry).contains("_cluster_"));
        QVERIFY(!prometheusText(alone.telemetry).contains("_redis_"));
        Fixture f(true);
        f.cluster->up();
        f.cluster->setOthers(2, 1);
        cluster::AdapterCounters counters;
        counters.received = 7;
        counters.dropped = 3;
        f.cluster->setAdapter(counters);
        f.cluster->eventDropped();
        f.counters.add(Counter::RedisConnected, 2);
        const QByteArray text = prometheusText(f.telemetry);
        QCOMPARE(valueOf(text, "concierge_cluster_up"), QByteArray("1"));
        QCOMPARE(valueOf(text, "concierge_cluster_servers"), QByteArray("3"));
        QCOMPARE(valueOf(text, "concierge_cluster_received_total"), QByteArray("7"));
        QCOMPARE(valueOf(text, "concierge_cluster_malformed_total"), QByteArray("3"));
        QCOMPARE(valueOf(text, "concierge_cluster_events_dropped_total"), QByteArray("1"));
        QCOMPARE(valueOf(text, "concierge_redis_connections"), QByteArray("2"));
        f.cluster->down(QStringLiteral("x"));
        QCOMPARE(valueOf(prometheusText(f.telemetry), "concierge_cluster_up"), QByteArray("0"));
        QVERIFY(!f.cluster->isHeard());
    }

    void counts_areWhatWasCounted()
    {
        Fixture f;
        f.counters.add(Counter::MessagesIn, 12'345'678'901);
        f.counters.refused(metrics::Refused::Origin);
        f.counters.rejected(static_cast<quint8>(chat::ErrorCode::TooLarge));
        f.counters.sessionOpened();
        f.counters.sessionOpened();
        f.counters.add(Counter::WebSocketsOpened);
        f.isDraining = true;
        f.store->fails(QStringLiteral("the disk is full"));
        const QByteArray text = prometheusText(f.telemetry);
        QCOMPARE(valueOf(text, "concierge_messages_received_total"), QByteArray("12345678901"));
        QCOMPARE(valueOf(text, "concierge_connections_refused_total{reason=\"origin\"}"), QByteArray("1"));
        QCOMPARE(valueOf(text, "concierge_connections_refused_total{reason=\"timeout\"}"), QByteArray("0"));
        QCOMPARE(valueOf(text, "concierge_events_rejected_total{code=\"too_large\"}"), QByteArray("1"));
        QCOMPARE(valueOf(text, "concierge_connections{transport=\"websocket\"}"), QByteArray("1"));
        QCOMPARE(valueOf(text, "concierge_connections{transport=\"polling\"}"), QByteArray("1"));
        QCOMPARE(valueOf(text, "concierge_connections_peak"), QByteArray("2"));
        QCOMPARE(valueOf(text, "concierge_draining"), QByteArray("1"));
        QCOMPARE(valueOf(text, "concierge_store_working"), QByteArray("0"));
        QCOMPARE(valueOf(text, "concierge_build_info{version=\"" CONCIERGE_VERSION "\"}"), QByteArray("1"));
    }

    void histograms_growUpToAllOfIt()
    {
        Fixture f;
        metrics::Histogram &delivery = f.counters.latency(metrics::Latency::Delivery);
        delivery.add(50, 3);
        delivery.add(2'000);
        delivery.add(100'000'000); // longer than any `le`
        const QByteArray text = prometheusText(f.telemetry);
        const auto bucket = [&text](const char *le) {
            return valueOf(text, QByteArray("concierge_delivery_seconds_bucket{le=\"") + le + "\"}");
        };
        QCOMPARE(bucket("0.0001"), QByteArray("3"));
        QCOMPARE(bucket("0.001"), QByteArray("3"));
        QCOMPARE(bucket("0.0025"), QByteArray("4"));
        QCOMPARE(bucket("60"), QByteArray("4"));
        QCOMPARE(bucket("+Inf"), QByteArray("5"));
        QCOMPARE(valueOf(text, "concierge_delivery_seconds_count"), QByteArray("5"));
        QCOMPARE(valueOf(text, "concierge_delivery_seconds_sum"), QByteArray("100.00215"));
    }

    void waiting_isTold_andABackupOnlyWhereThereIsOne()
    {
        Fixture f;
        f.store->setWaiting(3, 2);
        f.store->setOldest(f.clock.wall());
        f.clock.advance(Milliseconds(1'500));
        const QByteArray text = prometheusText(f.telemetry);
        QCOMPARE(valueOf(text, "concierge_waiting_messages"), QByteArray("3"));
        QCOMPARE(valueOf(text, "concierge_waiting_users"), QByteArray("2"));
        QCOMPARE(valueOf(text, "concierge_waiting_oldest_seconds"), QByteArray("1.5"));
        QVERIFY(!text.contains("concierge_last_backup"));
    }
};

QTEST_GUILESS_MAIN(TestPrometheusText)
#include "tst_prometheus_text.moc"
