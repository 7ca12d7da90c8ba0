#include "shared/Feed.h"

#include <QJsonDocument>
#include <QTest>

using namespace concierge;

class TestFeed : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void snapshot_thereAndBack_isTheSame()
    {
        MonitorSnapshot snapshot;
        snapshot.time = 1'764'201'600'123;
        snapshot.state = QStringLiteral("draining");
        snapshot.connections.now = 300;
        snapshot.connections.refused.insert(QStringLiteral("origin"), 7);
        snapshot.messages.rejected.insert(QStringLiteral("not_registered"), 2);
        snapshot.waiting = {12, 3, 86'400'000};
        snapshot.delivery = {4, 0.25, 1.5, 2.0, 2.5};
        snapshot.threads = {{QStringLiteral("io-0"), 0.5, 3}, {QStringLiteral("chat"), 12.25, 0}};
        snapshot.alerts = {{QStringLiteral("inbox_old"),
                            QStringLiteral("warning"),
                            5,
                            QStringLiteral("…"),
                            QStringLiteral("Wait."),
                            {{QStringLiteral("days"), 8.0}}}};
        MonitorSnapshot back;
        const auto error = fields::fromJson(fields::toJson(snapshot), back);
        QVERIFY2(!error, qPrintable(error ? error->text : QString()));
        QCOMPARE(back, snapshot);
        QVERIFY(!back.isHealthy());
    }

    void history_withGaps_thereAndBack_isTheSame()
    {
        feed::History history;
        history.range = QStringLiteral("10m");
        history.stepMs = 1'000;
        history.time = {1'000, 2'000, 9'000};
        history.series.insert(QStringLiteral("p95Ms"), {1.5, std::nullopt, 3.0});
        history.markers = {
            {9'000, QStringLiteral("alert"), QStringLiteral("Slow."), QStringLiteral("loop_lag")}};
        feed::History back;
        QVERIFY(!fields::fromJson(fields::toJson(history), back));
        QCOMPARE(back, history);
    }

    void reading_ofAnotherVersion_keepsWhatIsKnown()
    {
        const QJsonObject json{{QStringLiteral("format"), 99},
                               {QStringLiteral("fromTheFuture"), QJsonArray{1, 2}},
                               {QStringLiteral("users"), QJsonObject{{QStringLiteral("online"), 5}}}};
        MonitorSnapshot snapshot;
        QVERIFY(!fields::fromJson(json, snapshot));
        QCOMPARE(snapshot.format, 99);
        QCOMPARE(snapshot.users.online, 5);
        QCOMPARE(snapshot.redis, QStringLiteral("off"));
    }

    void reading_ofAnotherType_namesTheField_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("error");
        const auto row = [](const char *name, const char *json, const char *error) {
            QTest::newRow(name) << QByteArray(json) << QString::fromLatin1(error);
        };
        row("string for integer", R"({"time":"now"})", "time: an integer is needed, not a string");
        row("fraction for integer", R"({"time":1.5})", "time: an integer is needed, not the number 1.5");
        row("beyond integers", R"({"time":1e300})", "time: an integer is needed, not the number 1e+300");
        row("within", R"({"users":{"online":null}})", "users.online: an integer is needed, not null");
        row("within a list", R"({"threads":[{},{"lagMs":true}]})",
            "threads.1.lagMs: a number is needed, not true or false");
        row("within a map", R"({"messages":{"rejected":{"too_large":[]}}})",
            "messages.rejected.too_large: an integer is needed, not an array");
        row("no object", R"({"store":3})", "store: an object is needed, not the number 3");
    }
    void reading_ofAnotherType_namesTheField()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, error);
        MonitorSnapshot snapshot;
        const auto found = fields::fromJson(QJsonDocument::fromJson(json).object(), snapshot);
        QVERIFY(found);
        QCOMPARE(found->text, error);
    }

    void lines_cutAnywhere_comeWhole()
    {
        const QByteArray stream = "{\"type\":\"a\"}\r\n\n{\"type\":\"b\"}\nrest";
        for (qsizetype step = 1; step <= stream.size(); ++step) {
            feed::LineBuffer buffer(100);
            QList<QByteArray> lines;
            for (qsizetype at = 0; at < stream.size(); at += step) {
                buffer.append(stream.mid(at, step));
                while (auto line = buffer.next())
                    lines.append(*line);
            }
            QCOMPARE(lines, (QList<QByteArray>{"{\"type\":\"a\"}", "", "{\"type\":\"b\"}"}));
            QVERIFY(!buffer.isTooLong());
        }
    }

    void line_overTheLimit_isRefusedForGood_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::newRow("whole") << QByteArray(11, 'x') + "\n{}\n";
        QTest::newRow("not ended yet") << QByteArray(11, 'x');
    }
    void line_overTheLimit_isRefusedForGood()
    {
        QFETCH(QByteArray, stream);
        feed::LineBuffer buffer(10);
        buffer.append(QByteArray(10, 'x') + '\n');
        QCOMPARE(buffer.next().value_or(QByteArray()), QByteArray(10, 'x'));
        buffer.append(stream);
        QVERIFY(!buffer.next());
        QVERIFY(buffer.isTooLong());
        buffer.append("{}\n");
        QVERIFY(!buffer.next());
    }

    void parseLine_ofBadOnes_saysWhy_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("why");
        QTest::newRow("empty") << QByteArray() << QStringLiteral("the line is no JSON");
        QTest::newRow("garbage") << QByteArray("\xff\x00\x01", 3) << QStringLiteral("the line is no JSON");
        QTest::newRow("array") << QByteArray("[1]") << QStringLiteral("the line is no JSON object");
        QTest::newRow("no type") << QByteArray("{\"id\":1}") << QStringLiteral("the line has no \"type\"");
        QTest::newRow("type is a number")
            << QByteArray("{\"type\":1}") << QStringLiteral("the line has no \"type\"");
    }
    void parseLine_ofBadOnes_saysWhy()
    {
        QFETCH(QByteArray, line);
        QFETCH(QString, why);
        const auto parsed = feed::parseLine(line);
        QVERIFY(!parsed);
        QVERIFY2(parsed.error().text.startsWith(why), qPrintable(parsed.error().text));
    }

    void lines_areWrittenInOne()
    {
        const QByteArray line =
            feed::errorReplyLine(7, {QStringLiteral("not_found"), QStringLiteral("a\nb")});
        QCOMPARE(line.count('\n'), 1);
        QVERIFY(line.endsWith('\n'));
        const auto parsed = feed::parseLine(line.chopped(1));
        QVERIFY(parsed);
        QCOMPARE(parsed->value(QLatin1String("id")).toInt(), 7);
        QCOMPARE(parsed->value(QLatin1String("ok")).toBool(true), false);
    }
};

QTEST_GUILESS_MAIN(TestFeed)
#include "tst_feed.moc"
