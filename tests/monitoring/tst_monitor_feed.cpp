#include "monitoring/MonitorFeed.h"
#include "support/FakeClock.h"

#include <QEventLoop>
#include <QJsonDocument>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QtTest>

using namespace concierge;
using namespace concierge::monitoring;
using concierge::test::FakeClock;

namespace {

/// A server that does what it is told, and notes it.
class FakeHost final : public MonitorHost
{
public:
    MonitorSnapshot snapshot() override
    {
        MonitorSnapshot snapshot;
        snapshot.time = ++snapshots;
        return snapshot;
    }
    feed::Hello hello() override
    {
        feed::Hello hello;
        hello.version = QStringLiteral("1.2.3");
        return hello;
    }
    void listClients(const feed::ListRequest &request, Reply<feed::ClientPage> reply) override
    {
        calls << QStringLiteral("listClients %1").arg(request.offset);
        open.push_back([reply, request, this] {
            feed::ClientPage page;
            page.offset = request.offset;
            page.rows.resize(rows);
            reply(page);
        });
        if (!isSlow)
            finish();
    }
    void listWaiting(const feed::ListRequest &, Reply<feed::WaitingPage> reply) override
    {
        reply(feed::WaitingPage());
    }
    feed::History history(const QString &range) override
    {
        feed::History history;
        history.range = range;
        return history;
    }
    void disconnectClient(const QByteArray &sid, Reply<Nothing> reply) override
    {
        calls << QStringLiteral("disconnect ") + QString::fromUtf8(sid);
        reply(Nothing());
    }
    void notifyAll(const QString &text, Reply<qint64> reply) override
    {
        calls << QStringLiteral("notify ") + text;
        reply(3);
    }
    qsizetype maxTextLength() const override { return 10; }
    bool setLogLevel(const QString &name) override { return name == QLatin1String("warn"); }
    void drain() override { calls << QStringLiteral("drain"); }
    void backup(const QString &, Reply<qint64> reply) override { reply(4'096); }

    void finish()
    {
        const auto done = open.front();
        open.erase(open.begin());
        done();
    }

    qint64 snapshots = 0;
    QStringList calls;
    bool isSlow = false;
    qsizetype rows = 0;
    std::vector<std::function<void()>> open;
};

/// Runs the event loop until `isDone`; false: not within ten seconds.
bool runUntil(const std::function<bool()> &isDone)
{
    QDeadlineTimer deadline(10'000);
    while (!isDone() && !deadline.hasExpired())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 100);
    return isDone();
}

class Client
{
public:
    explicit Client(const QString &name)
    {
        socket.connectToServer(name);
        QObject::connect(&socket, &QLocalSocket::readyRead, &socket, [this] {
            if (isReading)
                read();
        });
    }
    void read()
    {
        buffer.append(socket.readAll());
        while (const auto line = buffer.next())
            lines.append(QJsonDocument::fromJson(*line).object());
    }
    void send(const QByteArray &bytes)
    {
        socket.write(bytes);
        socket.flush();
    }
    qsizetype count(const char *type) const
    {
        return std::count_if(lines.begin(), lines.end(), [type](const QJsonObject &line) {
            return line.value(QLatin1String("type")) == QLatin1String(type);
        });
    }
    QJsonObject last(const char *type) const
    {
        for (auto line = lines.crbegin(); line != lines.crend(); ++line) {
            if (line->value(QLatin1String("type")) == QLatin1String(type))
                return *line;
        }
        return {};
    }
    bool waitFor(const char *type, qsizetype number = 1)
    {
        return runUntil([&] { return count(type) >= number; });
    }
    bool isClosed() const { return socket.state() == QLocalSocket::UnconnectedState; }
    QString errorCode() const
    {
        return last("error").value(QLatin1String("error")).toObject().value(QLatin1String("code")).toString();
    }

    QLocalSocket socket;
    feed::LineBuffer buffer{feed::maxAnswerLine};
    QList<QJsonObject> lines;
    bool isReading = true;
};

QString replyCode(const Client &client)
{
    const QJsonObject reply = client.last("reply");
    return reply.value(QLatin1String("ok")).toBool()
               ? QStringLiteral("ok")
               : reply.value(QLatin1String("error")).toObject().value(QLatin1String("code")).toString();
}

} // namespace

class MonitorFeedTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        folder = std::make_unique<QTemporaryDir>();
        host = std::make_unique<FakeHost>();
        log = std::make_unique<LogTap>();
        clock = std::make_unique<FakeClock>();
        feed = std::make_unique<MonitorFeed>(*host, *log, *clock);
        QVERIFY(!feed->listen(name(), SocketAccess::User));
    }
    void cleanup()
    {
        feed.reset();
        folder.reset();
    }

    void newMonitor_hearsHello_thenASnapshot()
    {
        Client client(name());
        QVERIFY(client.waitFor("snapshot"));
        QCOMPARE(client.lines[0].value(QLatin1String("type")).toString(), QStringLiteral("hello"));
        QCOMPARE(client.lines[0].value(QLatin1String("version")).toString(), QStringLiteral("1.2.3"));
    }

    void snapshots_comeWhenTheIntervalIsOver_madeOnceForAll()
    {
        Client one(name());
        Client two(name());
        QVERIFY(one.waitFor("snapshot") && two.waitFor("snapshot"));
        QCOMPARE(host->snapshots, 2);
        clock->advance(Milliseconds(1'000));
        QVERIFY(one.waitFor("snapshot", 2) && two.waitFor("snapshot", 2));
        QCOMPARE(host->snapshots, 3);
        one.send("{\"type\":\"subscribe\",\"id\":1,\"topics\":[\"alert\"]}\n");
        QVERIFY(one.waitFor("reply"));
        clock->advance(Milliseconds(1'000));
        QVERIFY(two.waitFor("snapshot", 3));
        QCOMPARE(one.count("snapshot"), qsizetype(2));
    }

    void monitorThatDoesNotRead_getsNoSnapshots_andTheNewestOnceItReads()
    {
        // What the system takes for it is bounded: beyond that nothing is made for it.
        Client client(name());
        QVERIFY(client.waitFor("snapshot"));
        client.isReading = false;
        client.socket.setReadBufferSize(1);
        host->rows = 20'000; // a reply of megabytes, so that the system takes no more
        client.send("{\"type\":\"listClients\",\"id\":1}\n");
        QVERIFY(runUntil([this] { return host->calls.size() == 1; }));
        const qint64 before = host->snapshots;
        Client other(name());
        QVERIFY(other.waitFor("snapshot"));
        for (int i = 2; i <= 4; ++i) {
            clock->advance(Milliseconds(1'000));
            QVERIFY(other.waitFor("snapshot", i));
        }
        QCOMPARE(host->snapshots, before + 4); // for the other alone
        client.isReading = true;
        client.socket.setReadBufferSize(0);
        client.read();
        QVERIFY(client.waitFor("reply"));
        QCOMPARE(client.count("snapshot"), qsizetype(1));
        clock->advance(Milliseconds(1'000));
        QVERIFY(client.waitFor("snapshot", 2));
        QVERIFY(client.last("snapshot").value(QLatin1String("time")).toInteger() > before + 4);
    }

    void comingAndGoing_keepsNobodyFromItsSnapshots()
    {
        Client watch(name());
        QVERIFY(watch.waitFor("snapshot"));
        clock->advance(Milliseconds(1'000));
        const QDeadlineTimer deadline(5'000);
        while (watch.count("snapshot") < 2 && !deadline.hasExpired()) {
            Client visitor(name()); // as health checks do, one after the other
            QVERIFY(visitor.waitFor("snapshot"));
        }
        QCOMPARE(watch.count("snapshot"), qsizetype(2));
    }

    void seventeenth_getsOneLook_andMayComeWhenOneHasLeft()
    {
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < feed::maxMonitors; ++i) {
            clients.push_back(std::make_unique<Client>(name()));
            QVERIFY(clients.back()->waitFor("hello"));
        }
        Client late(name());
        QVERIFY(late.waitFor("error"));
        QCOMPARE(late.errorCode(), QStringLiteral("too_many_monitors"));
        QVERIFY(runUntil([&] { return late.isClosed(); }));
        QCOMPARE(late.count("snapshot"), qsizetype(1));
        QVERIFY(late.last("hello").value(QLatin1String("isFull")).toBool());
        QVERIFY(!clients.front()->last("hello").value(QLatin1String("isFull")).toBool());
        clients.pop_back();
        QVERIFY(runUntil([this] { return feed->peerCount() == feed::maxMonitors - 1; }));
        Client next(name());
        QVERIFY(next.waitFor("hello"));
    }

    void badInput_closesWithAReason_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("code");
        QTest::newRow("garbage") << QByteArray("\x00\xff\n", 3) << QStringLiteral("bad_line");
        QTest::newRow("empty line") << QByteArray("\n") << QStringLiteral("bad_line");
        QTest::newRow("no object") << QByteArray("7\n") << QStringLiteral("bad_line");
        QTest::newRow("no type") << QByteArray("{}\n") << QStringLiteral("bad_line");
        QTest::newRow("deep") << QByteArray(20'000, '[') + '\n' << QStringLiteral("bad_line");
        QTest::newRow("too long") << QByteArray(feed::maxLine + 1, 'x') << QStringLiteral("line_too_long");
        QTest::newRow("a megabyte") << QByteArray(1'000'000, ' ') << QStringLiteral("line_too_long");
    }
    void badInput_closesWithAReason()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, code);
        Client client(name());
        QVERIFY(client.waitFor("hello"));
        client.send(bytes);
        QVERIFY(client.waitFor("error"));
        QCOMPARE(client.errorCode(), code);
        QVERIFY(runUntil([&] { return client.isClosed(); }));
        QVERIFY(runUntil([this] { return feed->peerCount() == 0; }));
    }

    void longestLine_isTaken()
    {
        Client client(name());
        QByteArray line = "{\"type\":\"history\",\"id\":1,\"range\":\"10m\",\"x\":\"";
        line += QByteArray(feed::maxLine - line.size() - 2, 'x') + "\"}";
        QCOMPARE(line.size(), feed::maxLine);
        client.send(line + '\n');
        QVERIFY(client.waitFor("reply"));
        QCOMPARE(replyCode(client), QStringLiteral("ok"));
    }

    void oneCommandAtATime_theRestWaits()
    {
        host->isSlow = true;
        Client client(name());
        client.send("{\"type\":\"listClients\",\"id\":1,\"offset\":1}\n{\"type\":\"listClients\",\"id\":2,"
                    "\"offset\":2}\n"
                    "{\"type\":\"drain\",\"id\":3}\n");
        QVERIFY(runUntil([this] { return host->open.size() == 1; }));
        Client other(name()); // has its own turn
        other.send("{\"type\":\"history\",\"id\":1,\"range\":\"1h\"}\n");
        QVERIFY(other.waitFor("reply"));
        QCOMPARE(host->calls, QStringList(QStringLiteral("listClients 1")));
        host->finish();
        QVERIFY(client.waitFor("reply") && runUntil([this] { return host->open.size() == 1; }));
        host->finish();
        QVERIFY(client.waitFor("reply", 3));
        QCOMPARE(host->calls, (QStringList{QStringLiteral("listClients 1"), QStringLiteral("listClients 2"),
                                           QStringLiteral("drain")}));
    }

    void monitorThatLeft_isNotAnswered()
    {
        host->isSlow = true;
        {
            Client client(name());
            client.send("{\"type\":\"listClients\",\"id\":1}\n");
            QVERIFY(runUntil([this] { return host->open.size() == 1; }));
        }
        QVERIFY(runUntil([this] { return feed->peerCount() == 0; }));
        host->finish();
        QCOMPARE(feed->peerCount(), qsizetype(0));
    }

    void repliesThatNobodyReads_areBounded()
    {
        Client client(name());
        QVERIFY(client.waitFor("snapshot"));
        client.isReading = false;
        client.socket.setReadBufferSize(1);
        host->rows = 20'000; // some 3 MB each
        for (int i = 0; i < 8; ++i)
            client.send("{\"type\":\"listClients\",\"id\":1}\n");
        QVERIFY(runUntil([this] { return feed->peerCount() == 0; }));
        QVERIFY(host->calls.size() <= 5);
    }

    void command_withBadFields_saysWhich_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QString>("code");
        const auto row = [](const char *request, const char *code) {
            QTest::newRow(request) << QByteArray(request) << QString::fromLatin1(code);
        };
        row(R"({"type":"dance","id":1})", "unknown_type");
        row(R"({"type":"history","range":"10m"})", "bad_request"); // no id
        row(R"({"type":"history","id":{},"range":"10m"})", "bad_request");
        row(R"({"type":"history","id":1})", "bad_request");
        row(R"({"type":"history","id":1,"range":"2h"})", "bad_request");
        row(R"({"type":"history","id":"a","range":"90d"})", "ok");
        row(R"({"type":"listClients","id":1,"limit":501})", "bad_request");
        row(R"({"type":"listClients","id":1,"limit":0})", "bad_request");
        row(R"({"type":"listClients","id":1,"offset":-1})", "bad_request");
        row(R"({"type":"listWaiting","id":1,"filter":1})", "bad_request");
        row(R"({"type":"listWaiting","id":1,"limit":500})", "ok");
        row(R"({"type":"disconnectClient","id":1})", "bad_request");
        row(R"({"type":"disconnectClient","id":1,"sid":""})", "bad_request");
        row(R"({"type":"disconnectClient","id":1,"sid":"abc"})", "ok");
        row(R"({"type":"notifyAll","id":1,"text":" "})", "bad_request");
        row(R"({"type":"notifyAll","id":1,"text":"12345678901"})", "bad_request");
        row(R"({"type":"notifyAll","id":1,"text":"1234567890"})", "ok");
        row(R"({"type":"setLogLevel","id":1,"level":"loud"})", "bad_request");
        row(R"({"type":"setLogLevel","id":1,"level":"warn"})", "ok");
        row(R"({"type":"backup","id":1,"path":"here.db"})", "bad_request");
        row(R"({"type":"backup","id":1,"path":"/tmp/here.db"})", "ok");
        row(R"({"type":"backup","id":1,"path":"/tmp/nothing/../here.db"})", "ok");
        row(R"({"type":"backup","id":1,"path":"/tmp/here/"})", "bad_request");
        row(R"({"type":"backup","id":1,"path":"/tmp/a\u0000b.db"})", "bad_request");
        row(R"({"type":"subscribe","id":1,"intervalMs":249})", "bad_request");
        row(R"({"type":"subscribe","id":1,"intervalMs":60001})", "bad_request");
        row(R"({"type":"subscribe","id":1,"topics":["stars"]})", "bad_request");
        row(R"({"type":"subscribe","id":1,"topics":[]})", "ok");
    }
    void command_withBadFields_saysWhich()
    {
        QFETCH(QByteArray, request);
        QFETCH(QString, code);
        Client client(name());
        client.send(request + '\n');
        QVERIFY(client.waitFor("reply"));
        QCOMPARE(replyCode(client), code);
        client.send("{\"type\":\"history\",\"id\":2,\"range\":\"10m\"}\n"); // it goes on
        QVERIFY(client.waitFor("reply", 2));
        QCOMPARE(replyCode(client), QStringLiteral("ok"));
    }

    void failures_areLoggedOnceAMinute()
    {
        QStringList lines;
        s_lines = &lines;
        const auto handler =
            qInstallMessageHandler([](QtMsgType type, const QMessageLogContext &, const QString &message) {
                if (type == QtWarningMsg)
                    *s_lines << message;
            });
        const auto fail = [this] {
            Client client(name());
            client.send("garbage\n");
            return client.waitFor("error");
        };
        const bool isFirst = fail() && fail();
        const QStringList first = std::exchange(lines, {});
        clock->advance(Milliseconds(60'000));
        const bool isSecond = fail();
        qInstallMessageHandler(handler);
        QVERIFY(isFirst && isSecond);
        QCOMPARE(first.size(), qsizetype(1));
        QVERIFY2(first[0].endsWith(QStringLiteral(": closed, bad_line")), qPrintable(first[0]));
        QCOMPARE(lines.size(), qsizetype(1));
    }

    void commands_areLogged_withTheirUserAndOutcome_butNoText()
    {
        QStringList lines;
        s_lines = &lines;
        const auto handler = qInstallMessageHandler(
            [](QtMsgType, const QMessageLogContext &, const QString &message) { *s_lines << message; });
        Client client(name());
        client.send(
            "{\"type\":\"notifyAll\",\"id\":1,\"text\":\"secret\"}\n"
            "{\"type\":\"disconnectClient\",\"id\":2,\"sid\":\"abc\"}\n{\"type\":\"dance\",\"id\":3}\n");
        const bool isAnswered = client.waitFor("reply", 3);
        qInstallMessageHandler(handler);
        QVERIFY(isAnswered);
        QCOMPARE(lines.filter(QStringLiteral("secret")).size(), qsizetype(0));
        QCOMPARE(lines.filter(QStringLiteral(": notifyAll: ok")).size(), qsizetype(1));
        QCOMPARE(lines.filter(QStringLiteral(": disconnectClient sid=abc: ok")).size(), qsizetype(1));
        QCOMPARE(lines.filter(QStringLiteral(": dance: unknown_type")).size(), qsizetype(1));
#ifdef Q_OS_UNIX
        QVERIFY(lines.filter(QStringLiteral("notifyAll")).first().contains(QStringLiteral("uid ")));
#endif
    }

    void sameQuestions_areLoggedOnceAMinute_withTheirNumber_butChangesOneByOne()
    {
        static QStringList audit;
        QStringList lines;
        s_lines = &lines;
        audit.clear();
        const auto handler =
            qInstallMessageHandler([](QtMsgType, const QMessageLogContext &context, const QString &message) {
                (qstrcmp(context.category, "concierge.audit") == 0 ? audit : *s_lines) << message;
            });
        const auto restore = qScopeGuard([handler] { qInstallMessageHandler(handler); });
        Client client(name());
        for (int i = 1; i <= 10; ++i)
            client.send(
                "{\"type\":\"history\",\"id\":1,\"range\":\"10m\"}\n{\"type\":\"listClients\",\"id\":2}\n");
        client.send("{\"type\":\"history\",\"id\":1}\n"); // another outcome
        for (int i = 1; i <= 3; ++i)
            client.send("{\"type\":\"disconnectClient\",\"id\":3,\"sid\":\"abc\"}\n");
        QVERIFY(client.waitFor("reply", 24));
        QCOMPARE(lines.filter(QStringLiteral(": history range=10m: ok")).size(), qsizetype(1));
        QCOMPARE(lines.filter(QStringLiteral(": history: bad_request, range")).size(), qsizetype(1));
        QCOMPARE(lines.filter(QStringLiteral(": listClients: ok")).size(), qsizetype(1));
        QCOMPARE(audit.filter(QStringLiteral(": disconnectClient sid=abc: ok")).size(), qsizetype(3));
        QCOMPARE(lines.filter(QStringLiteral("more times")).size(), qsizetype(0));
        clock->advance(Milliseconds(60'000));
        QVERIFY(runUntil([&] { return lines.filter(QStringLiteral("more time")).size() == 2; }));
        QCOMPARE(lines.filter(QStringLiteral(": history: ok, 9 more times")).size(), qsizetype(1));
        client.send("{\"type\":\"history\",\"id\":1,\"range\":\"10m\"}\n");
        QVERIFY(client.waitFor("reply", 25));
        QCOMPARE(lines.filter(QStringLiteral(": history range=10m: ok")).size(), qsizetype(1));
        client.socket.abort(); // the last one leaves, and nothing is kept back
        QVERIFY(
            runUntil([&] { return lines.filter(QStringLiteral(": history: ok, 1 more time")).size() == 1; }));
    }

    void log_comesToWhoWantsIt_withWhatWas()
    {
        log->append({1, QStringLiteral("info"), QStringLiteral("c"), QStringLiteral("before"), 0});
        Client client(name());
        client.send("{\"type\":\"subscribe\",\"id\":1,\"topics\":[\"log\"]}\n");
        QVERIFY(client.waitFor("log"));
        QCOMPARE(client.last("log").value(QLatin1String("message")).toString(), QStringLiteral("before"));
        log->append({2, QStringLiteral("warn"), QStringLiteral("c"), QStringLiteral("after"), 0});
        QVERIFY(client.waitFor("log", 2));
        QCOMPARE(client.last("log").value(QLatin1String("message")).toString(), QStringLiteral("after"));
    }

    void alerts_areToldToThoseWhoWantThem()
    {
        Client one(name());
        Client two(name());
        two.send("{\"type\":\"subscribe\",\"id\":1,\"topics\":[\"snapshot\"]}\n");
        QVERIFY(one.waitFor("snapshot") && two.waitFor("reply"));
        feed::AlertChange change;
        change.isActive = true;
        change.alert.code = QStringLiteral("disk_low");
        feed->tellAlert(change);
        clock->advance(Milliseconds(1'000));
        QVERIFY(one.waitFor("alert") && two.waitFor("snapshot", 2));
        QCOMPARE(two.count("alert"), qsizetype(0));
    }

    void nameOfALiveServer_isNotTaken()
    {
        MonitorFeed second(*host, *log, *clock);
        const auto problem = second.listen(name(), SocketAccess::User);
        QVERIFY(problem);
        QVERIFY(problem->isInUse);
        Client client(name());
        QVERIFY(client.waitFor("hello"));
    }

#ifdef Q_OS_UNIX
    void socketFileOfADeadServer_isReplaced()
    {
        const QString path = folder->filePath(QStringLiteral("stale.sock"));
        {
            QLocalServer dead;
            QVERIFY(dead.listen(path));
            QVERIFY(QFile::rename(path, path + QStringLiteral(".kept"))); // close() would remove it
        }
        QVERIFY(QFile::rename(path + QStringLiteral(".kept"), path));
        MonitorFeed second(*host, *log, *clock);
        QVERIFY(!second.listen(path, SocketAccess::Group));
        QCOMPARE(QFile::permissions(path) &
                     (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther),
                 QFile::ReadGroup | QFile::WriteGroup);
        Client client(path);
        QVERIFY(client.waitFor("hello"));
    }

    void otherFile_isNotReplaced()
    {
        const QString path = folder->filePath(QStringLiteral("notes.txt"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        MonitorFeed second(*host, *log, *clock);
        const auto problem = second.listen(path, SocketAccess::User);
        QVERIFY(problem && !problem->isInUse);
        QVERIFY(QFileInfo(path).isFile());
    }
#endif

private:
    QString name() const
    {
#ifdef Q_OS_WIN
        return QStringLiteral("concierge-test-%1").arg(QCoreApplication::applicationPid());
#else
        return folder->filePath(QStringLiteral("feed.sock"));
#endif
    }

    static inline QStringList *s_lines = nullptr;
    std::unique_ptr<QTemporaryDir> folder;
    std::unique_ptr<FakeHost> host;
    std::unique_ptr<LogTap> log;
    std::unique_ptr<FakeClock> clock;
    std::unique_ptr<MonitorFeed> feed;
};

QTEST_GUILESS_MAIN(MonitorFeedTest)
#include "tst_monitor_feed.moc"
