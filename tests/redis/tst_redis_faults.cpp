#include "RedisFixture.h"

#include <QElapsedTimer>
#include <QRegularExpression>

using namespace concierge;
using namespace concierge::redis;
using namespace concierge::test;
using metrics::Counter;

/// Qt's own event dispatcher instead of GLib's: it can leave sockets out, see busyThread_….
static const bool isWithoutGlib = qputenv("QT_NO_GLIB", "1");

/// What may happen to Redis and to the way there; it always heals by itself.
class TestRedisFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void refused_untilItIsThere_data();
    void refused_untilItIsThere();
    void refused_pausesGrow();
    void unknownHost_isSaid();
    void silentFromTheBeginning_isTooLate();
    void killedInAPipeline_eachCommandHasOneAnswer_andATrueOne();
    void paused_withCommandsOpen_isDropped_andComesBack();
    void paused_whileIdle_isDropped_andComesBack();
    void busyThread_takesTheAnswerThatWaits();
    void slowWay_isNoSilence();
    void garbage_dropsTheConnection_andIsCounted_data();
    void garbage_dropsTheConnection_andIsCounted();
    void closedWithAReason_isHeardToItsEnd();
    void failsBehindEveryGreeting_isNotAskedAllTheTime();
    void replica_isLeft_whenAllIsAnswered();
    void loading_isWaitedFor();
    void fullMemory_isAnAnswer();

private:
    std::unique_ptr<RedisServer> m_server;
};

void TestRedisFaults::initTestCase()
{
    if (!RedisServer::isInstalled())
        QSKIP("there is no redis-server here");
    m_server = std::make_unique<RedisServer>();
    QVERIFY(m_server->start());
}

void TestRedisFaults::refused_untilItIsThere_data()
{
    QTest::addColumn<bool>("isLocal");
    QTest::newRow("tcp") << false;
    QTest::newRow("unix, no such file") << true;
}

void TestRedisFaults::refused_untilItIsThere()
{
    QFETCH(bool, isLocal);
    RedisServer server;
    const Url url = isLocal ? server.unixUrl() : server.url();
    TestClient test(url);
    QTest::ignoreMessage(
        QtWarningMsg, // once, not for each attempt
        QRegularExpression(QStringLiteral("^concierge: Redis at .* refuses connections.*by itself$")));
    test.client.start();
    QVERIFY(until([&] { return test.losses.size() == 3; }));
    for (const Loss &loss : test.losses) {
        QCOMPARE(loss.reason, LossReason::Refused);
        QVERIFY(!loss.wasReady);
        QVERIFY2(loss.text.startsWith(QLatin1String("Redis at ") + url.place() +
                                      QLatin1String(" refuses connections")),
                 qPrintable(loss.text));
    }
    QVERIFY(server.start());
    QVERIFY(test.untilReadyAgain());
    QCOMPARE(test.reply({"PING"}), Reply::status("PONG"));
}

void TestRedisFaults::refused_pausesGrow()
{
    RedisServer server; // not started
    Options options = quick(server.url());
    options.firstPause = Milliseconds(8);
    options.longestPause = Milliseconds(64);
    TestClient test(options);
    test.client.start();
    QVERIFY(until([&] { return test.losses.size() == 6; }));
    qint64 most = 8;
    for (const Loss &loss : test.losses) {
        QVERIFY(loss.retryIn.count() >= most / 2);
        QVERIFY(loss.retryIn.count() <= most);
        most = std::min<qint64>(64, 2 * most);
    }
}

void TestRedisFaults::unknownHost_isSaid()
{
    Url url;
    url.host = QStringLiteral("no-such-host.invalid");
    TestClient test(url);
    test.client.start();
    QVERIFY(test.untilLost());
    QCOMPARE(test.losses[0].reason, LossReason::HostUnknown);
}

void TestRedisFaults::silentFromTheBeginning_isTooLate()
{
    FakeRedis fake{QByteArray()};
    Options options = quick(fake.url());
    options.connectTimeout = Milliseconds(50);
    TestClient test(options);
    test.client.start();
    QVERIFY(until([&] { return test.losses.size() == 2; }));
    QCOMPARE(test.losses[0].reason, LossReason::ConnectTimeout);
    QCOMPARE(test.readies, 0);
    QVERIFY(until([&] { return fake.connections >= 2; }));
}

/// With appendfsync always the count after the restart tells what was done: all that was answered, nothing of
/// what was said not to be sent.
void TestRedisFaults::killedInAPipeline_eachCommandHasOneAnswer_andATrueOne()
{
    RedisServer server({QStringLiteral("--appendonly"), QStringLiteral("yes"),
                        QStringLiteral("--appendfsync"), QStringLiteral("always")});
    QVERIFY(server.start());
    constexpr int count = 40'000;
    Options options = quick(server.url());
    options.maxUnansweredBytes = 200'000'000;
    TestClient test(options);
    QVERIFY(test.start());
    const QByteArray ballast(2'000, 'x'); // more than the system takes at once
    enum Fate { Open, Done, Lost, NotSent };
    std::vector<Fate> fates(count, Open);
    int answered = 0;
    int twice = 0;
    for (int i = 0; i < count; ++i) {
        const auto sent = test.client.send({"EVAL", "return redis.call('INCR', 'n')", 0, ballast},
                                           [&, i](const Answer &answer) {
                                               auto &fate = fates[static_cast<std::size_t>(i)];
                                               twice += fate == Open ? 0 : 1;
                                               if (answer)
                                                   fate = Done;
                                               else
                                                   fate = answer.error() == Unanswered::Lost ? Lost : NotSent;
                                               if (++answered == 1'000)
                                                   server.kill();
                                           });
        QCOMPARE(sent, SendStatus::Taken);
    }
    QVERIFY(until([&] { return answered == count; }));
    QCOMPARE(twice, 0);
    QVERIFY(std::is_sorted(fates.begin(), fates.end())); // first the answers, then the lost, then the rest
    const auto done = std::count(fates.begin(), fates.end(), Done);
    const auto lost = std::count(fates.begin(), fates.end(), Lost);
    QVERIFY(done >= 1'000);
    QVERIFY(lost > 0);
    QVERIFY(std::count(fates.begin(), fates.end(), NotSent) > 0);
    QVERIFY(until([&] { return !test.losses.isEmpty(); }));
    QVERIFY(test.losses[0].wasReady);
    QCOMPARE(test.count(Counter::RedisUnanswered), static_cast<std::uint64_t>(count - done));

    QVERIFY(server.start());
    QVERIFY(test.untilReadyAgain());
    const qint64 n = test.reply({"GET", "n"}).bytes.toLongLong();
    QVERIFY2(n >= done && n <= done + lost, qPrintable(QString::number(n)));
}

void TestRedisFaults::paused_withCommandsOpen_isDropped_andComesBack()
{
    Options options = quick(m_server->url());
    options.timeout = Milliseconds(400);
    options.connectTimeout = Milliseconds(400);
    TestClient test(options);
    QVERIFY(test.start());
    m_server->pause();
    QElapsedTimer elapsed;
    elapsed.start();
    QList<Unanswered> fates;
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(test.client.send({"INCR", "paused"}, [&](const Answer &a) { fates.append(a.error()); }),
                 SendStatus::Taken);
    }
    QVERIFY(until([&] { return !test.losses.isEmpty(); }));
    QVERIFY(elapsed.elapsed() >= 390);
    QCOMPARE(test.losses[0].reason, LossReason::Silent);
    QVERIFY(test.losses[0].wasReady);
    QCOMPARE(fates, QList<Unanswered>(3, Unanswered::Lost));
    QVERIFY(until([&] { return test.losses.size() == 2; }));
    QCOMPARE(test.losses[1].reason, LossReason::ConnectTimeout); // the system connects, but nobody greets
    m_server->resume();
    QVERIFY(test.untilReadyAgain());
    QCOMPARE(test.reply({"PING"}), Reply::status("PONG"));
}

void TestRedisFaults::paused_whileIdle_isDropped_andComesBack()
{
    Options options = quick(m_server->url());
    options.pingInterval = Milliseconds(50);
    options.timeout = Milliseconds(100);
    TestClient test(options);
    QVERIFY(test.start());
    m_server->pause();
    QVERIFY(test.untilLost());
    QCOMPARE(test.losses[0].reason, LossReason::Silent);
    m_server->resume();
    QVERIFY(test.untilReadyAgain());
}

void TestRedisFaults::busyThread_takesTheAnswerThatWaits()
{
    Options options = quick(m_server->url());
    options.timeout = Milliseconds(100);
    options.pingInterval = Milliseconds(50);
    TestClient test(options);
    QVERIFY(isWithoutGlib);
    QVERIFY(test.start());
    for (int i = 0; i < 2; ++i) {
        bool isAnswered = false;
        QCOMPARE(test.client.send({"PING"}, [&](const Answer &answer) { isAnswered = answer.hasValue(); }),
                 SendStatus::Taken);
        QCoreApplication::sendPostedEvents(); // it is sent
        QVERIFY(!isAnswered);
        QElapsedTimer busy;
        busy.start();
        while (busy.elapsed() < 400) {
        }
        QCoreApplication::processEvents(QEventLoop::ExcludeSocketNotifiers); // the timer's turn comes first
        QVERIFY(!isAnswered);
        QVERIFY(until([&] { return isAnswered; }));
    }
    QVERIFY(test.losses.isEmpty());
}

/// Redis answers when it has all of a command, which takes longer here than it may be silent.
void TestRedisFaults::slowWay_isNoSilence()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket *peer = nullptr;
    QTimer reads;
    qint64 read = 0;
    QObject::connect(&server, &QTcpServer::newConnection, &server, [&] {
        peer = server.nextPendingConnection();
        peer->setReadBufferSize(65'536);
        peer->setSocketOption(QAbstractSocket::ReceiveBufferSizeSocketOption, 65'536);
        reads.start(8);
    });
    constexpr qint64 size = 20'000'000;
    QObject::connect(&reads, &QTimer::timeout, &server, [&] {
        if (read == 0 && peer->bytesAvailable() > 0)
            peer->write(FakeRedis::greeting);
        const qint64 before = read;
        read += peer->readAll().size();
        if (before < 15'000'000 &&
            read >= 15'000'000) { // what the system holds for us at the end shows nothing
            peer->setReadBufferSize(0);
            reads.start(0);
        }
        if (before < size && read >= size)
            peer->write("+OK\r\n");
    });
    Url url;
    url.host = QStringLiteral("127.0.0.1");
    url.port = server.serverPort();
    Options options = quick(url);
    options.timeout = Milliseconds(1'000);
    TestClient test(options);
    QVERIFY(test.start());
    QElapsedTimer elapsed;
    elapsed.start();
    QCOMPARE(test.reply({"SET", "k", QByteArray(size, 'x')}), Reply::status("OK"));
    QVERIFY(elapsed.elapsed() > 1'200);
    QVERIFY(test.losses.isEmpty());
}

void TestRedisFaults::garbage_dropsTheConnection_andIsCounted_data()
{
    QTest::addColumn<QByteArray>("first");
    QTest::addColumn<QByteArray>("then");
    const QByteArray greeting(FakeRedis::greeting);
    QTest::newRow("HTTP") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n") << QByteArray();
    QTest::newRow("another greeting") << QByteArray("+HELLO\r\n+PONG\r\n") << QByteArray();
    QTest::newRow("an answer too many") << greeting + "+OK\r\n" << QByteArray();
    QTest::newRow("no reply") << greeting << QByteArray("\x1b[2J\r\n");
    QTest::newRow("a huge reply") << greeting << QByteArray("$99999999999\r\n");
    QTest::newRow("a depth bomb") << greeting << QByteArray("*1\r\n").repeated(10'000);
    QTest::newRow("more answers than commands") << greeting << QByteArray("+OK\r\n+OK\r\n");
}

void TestRedisFaults::garbage_dropsTheConnection_andIsCounted()
{
    QFETCH(QByteArray, first);
    QFETCH(QByteArray, then);
    FakeRedis fake(first, then);
    TestClient test(fake.url());
    test.client.start();
    QVERIFY(until([&] { return test.readies + test.losses.size() > 0; }));
    int answers = 0;
    if (test.client.isReady())
        QCOMPARE(test.client.send({"GET", "k"}, [&](const Answer &) { ++answers; }), SendStatus::Taken);
    QVERIFY(until([&] { return !test.losses.isEmpty(); }));
    QCOMPARE(test.losses[0].reason, LossReason::Garbage);
    QVERIFY2(!test.losses[0].text.contains(QLatin1String("Bad Request")), qPrintable(test.losses[0].text));
    QCOMPARE(answers, then.isEmpty() ? 0 : 1);
    QCOMPARE(test.count(Counter::RedisProtocolErrors), std::uint64_t(1));
    QVERIFY(until([&] { return fake.connections == 2; })); // and tries again
}

void TestRedisFaults::closedWithAReason_isHeardToItsEnd()
{
    TestClient test(m_server->url());
    QVERIFY(test.start());
    bool isDone = false;
    // QUIT is answered, then the connection closed; what is behind it never is.
    QCOMPARE(test.client.send(
                 {"QUIT"}, [&](const Answer &answer) { isDone = answer && answer.value().isStatus("OK"); }),
             SendStatus::Taken);
    QList<Unanswered> behind;
    QCOMPARE(test.client.send({"PING"}, [&](const Answer &a) { behind.append(a.error()); }),
             SendStatus::Taken);
    QVERIFY(test.untilLost());
    QVERIFY(isDone);
    QCOMPARE(behind, QList<Unanswered>{Unanswered::Lost});
    QCOMPARE(test.losses[0].reason, LossReason::Closed);
    QVERIFY(test.untilReadyAgain());
}

void TestRedisFaults::failsBehindEveryGreeting_isNotAskedAllTheTime()
{
    FakeRedis fake(QByteArray(FakeRedis::greeting) + "what\r\n");
    Options options = quick(fake.url());
    options.firstPause = Milliseconds(4);
    options.longestPause = Milliseconds(64);
    TestClient test(options);
    test.client.start();
    QVERIFY(until([&] { return test.losses.size() == 6; }));
    QCOMPARE(test.readies, 6);
    QVERIFY(test.losses.last().retryIn >= Milliseconds(32));
}

void TestRedisFaults::replica_isLeft_whenAllIsAnswered()
{
    RedisServer server;
    QVERIFY(server.start());
    TestClient test(server.url());
    QVERIFY(test.start());
    QCOMPARE(server.ask({"REPLICAOF", "127.0.0.1", 1}), Reply::status("OK"));
    QList<QByteArray> codes;
    const auto keep = [&](const Answer &answer) {
        codes.append(answer ? answer.value().errorCode().toByteArray() : QByteArray("none"));
    };
    QCOMPARE(test.client.send({"SET", "k", 1}, keep), SendStatus::Taken);
    QCOMPARE(test.client.send({"GET", "k"}, keep), SendStatus::Taken);
    QCOMPARE(test.client.send({"SET", "k", 2}, keep), SendStatus::Taken);
    SendStatus later = SendStatus::Taken;
    QCOMPARE(test.client.send({"GET", "k"}, [&](const Answer &) { later = test.client.send({"PING"}); }),
             SendStatus::Taken);
    QVERIFY(test.untilLost());
    QCOMPARE(codes, (QList<QByteArray>{"READONLY", "", "READONLY"}));
    QCOMPARE(later, SendStatus::NotReady);
    QCOMPARE(test.losses[0].reason, LossReason::ReadOnly);
    QCOMPARE(server.ask({"REPLICAOF", "NO", "ONE"}), Reply::status("OK"));
    QVERIFY(test.untilReadyAgain());
    QCOMPARE(test.reply({"SET", "k", 3}), Reply::status("OK"));
}

void TestRedisFaults::loading_isWaitedFor()
{
    RedisServer server({QStringLiteral("--key-load-delay"), QStringLiteral("300"),
                        QStringLiteral("--loading-process-events-interval-bytes"), QStringLiteral("1024")});
    QVERIFY(server.start());
    QVERIFY(server.ask({"DEBUG", "POPULATE", 3'000}).isStatus() ||
            server.ask({"EVAL", "for i = 1, 3000 do redis.call('SET', 'key:' .. i, 'value') end return 1", 0})
                    .integer == 1);
    QCOMPARE(server.ask({"SAVE"}), Reply::status("OK"));
    QVERIFY(server.launch());
    TestClient test(server.url());
    test.client.start();
    QVERIFY(test.untilReadyAgain());
    QVERIFY(std::any_of(test.losses.begin(), test.losses.end(),
                        [](const Loss &loss) { return loss.reason == LossReason::Loading; }));
    QCOMPARE(test.reply({"DBSIZE"}), Reply::ofInteger(3'000));
}

void TestRedisFaults::fullMemory_isAnAnswer()
{
    RedisServer server({QStringLiteral("--maxmemory"), QStringLiteral("1")});
    QVERIFY(server.start());
    TestClient test(server.url());
    QVERIFY(test.start());
    QCOMPARE(test.reply({"SET", "k", 1}).errorCode(), QByteArrayView("OOM"));
    QVERIFY(test.client.isReady());
}

QTEST_GUILESS_MAIN(TestRedisFaults)
#include "tst_redis_faults.moc"
