#include "RedisFixture.h"

using namespace concierge;
using namespace concierge::redis;
using namespace concierge::test;
using metrics::Counter;

/// A client of a Redis that is well.
class TestRedisClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void send_hundredThousandAtOnce_areAnsweredInOrder_data() { addTransports(); }
    void send_hundredThousandAtOnce_areAnsweredInOrder();
    void send_fromWithinCallbacks_isAnsweredInOrder_data() { addTransports(); }
    void send_fromWithinCallbacks_isAnsweredInOrder();
    void send_inOneTurn_leavesInOneWrite();
    void send_allKindsOfReplies_comeAsTheyAre();
    void send_largeValues_comeBack_data() { addTransports(); }
    void send_largeValues_comeBack();
    void send_error_isAnAnswerAndCounted();
    void send_withoutCallback_isDone();
    void send_transaction_isOne();
    void send_whileNotConnected_isRefused();
    void send_beyondTheCount_isFull_untilAnswersCome();
    void send_beyondTheBytes_isFull_untilAnswersCome();
    void idle_isAskedWhetherItLives();
    void hostName_isResolved_andAllItsAddressesAreTried();
    void destroyed_withOpenCommands_callsNobody();
    void stop_answersWhatIsOpen_andStartBeginsAnew();
    void metrics_tellWhatWasDone();

private:
    void addTransports();
    Url url(const QString &transport) const;

    std::unique_ptr<RedisServer> m_server;
};

void TestRedisClient::initTestCase()
{
    if (!RedisServer::isInstalled())
        QSKIP("there is no redis-server here");
    m_server = std::make_unique<RedisServer>();
    m_server->enableTls();
    QVERIFY(m_server->start());
}

void TestRedisClient::addTransports()
{
    QTest::addColumn<QString>("transport");
    for (const char *transport : {"tcp", "unix", "tls"})
        QTest::newRow(transport) << QString::fromLatin1(transport);
}

Url TestRedisClient::url(const QString &transport) const
{
    if (transport == QLatin1String("tls"))
        return m_server->tlsUrl();
    return transport == QLatin1String("unix") ? m_server->unixUrl() : m_server->url();
}

void TestRedisClient::send_hundredThousandAtOnce_areAnsweredInOrder()
{
    QFETCH(QString, transport);
    constexpr int count = 100'000;
    Options options = quick(url(transport));
    options.caFile = m_server->caFile();
    options.maxUnanswered = count;
    TestClient test(options);
    QVERIFY(test.start());
    m_server->ask({"DEL", "counter"});
    qint64 next = 1;
    int wrong = 0;
    for (int i = 0; i < count; ++i) {
        const auto sent = test.client.send({"INCR", "counter"}, [&](const Answer &answer) {
            wrong += answer && answer.value().integer == next ? 0 : 1;
            ++next;
        });
        QCOMPARE(sent, SendStatus::Taken);
    }
    QCOMPARE(test.client.unanswered(), qsizetype(count));
    QCOMPARE(next, qint64(1)); // nobody is called from within send()
    QVERIFY(until([&] { return next > count; }));
    QCOMPARE(wrong, 0);
    QCOMPARE(test.client.unanswered(), qsizetype(0));
    QCOMPARE(test.client.unansweredBytes(), qint64(0));
    QCOMPARE(m_server->ask({"GET", "counter"}).bytes, QByteArray::number(count));
    QVERIFY(test.losses.isEmpty());
}

void TestRedisClient::send_fromWithinCallbacks_isAnsweredInOrder()
{
    QFETCH(QString, transport);
    constexpr int count = 3'000;
    Options options = quick(url(transport));
    options.caFile = m_server->caFile();
    TestClient test(options);
    QVERIFY(test.start());
    QList<int> order;
    int given = 0;
    std::function<void()> sendNext = [&] {
        const int number = given++;
        const auto sent = test.client.send({"ECHO", number}, [&, number](const Answer &answer) {
            order.append(answer && answer.value().bytes == QByteArray::number(number) ? number : -1);
            if (given < count)
                sendNext();
        });
        QCOMPARE(sent, SendStatus::Taken);
    };
    for (int i = 0; i < 10; ++i)
        sendNext();
    QVERIFY(until([&] { return order.size() == count; }));
    for (int i = 0; i < count; ++i)
        QCOMPARE(order[i], i);
}

void TestRedisClient::send_inOneTurn_leavesInOneWrite()
{
    TestClient test(m_server->url());
    QVERIFY(test.start());
    const auto reads = [&test] {
        const QByteArray info = test.reply({"INFO", "stats"}).bytes;
        const qsizetype at = info.indexOf("total_reads_processed:") + 22;
        return info.sliced(at, info.indexOf('\r', at) - at).toLongLong();
    };
    const qint64 before = reads();
    int answered = 0;
    for (int i = 0; i < 100; ++i)
        QCOMPARE(test.client.send({"SET", "key", i}, [&](const Answer &) { ++answered; }), SendStatus::Taken);
    QVERIFY(until([&] { return answered == 100; }));
    QCOMPARE(reads() - before, qint64(2)); // theirs, and that of the question itself
}

void TestRedisClient::send_allKindsOfReplies_comeAsTheyAre()
{
    TestClient test(m_server->url());
    QVERIFY(test.start());
    QCOMPARE(test.reply({"SET", "k", QByteArray("\0\r\n\xff", 4)}), Reply::status("OK"));
    QCOMPARE(test.reply({"GET", "k"}), Reply::bulk(QByteArray("\0\r\n\xff", 4)));
    QCOMPARE(test.reply({"GET", "no such key"}), Reply::nil());
    QCOMPARE(
        test.reply({"EVAL", "return {1, 'a', {2, redis.status_reply('S')}, redis.error_reply('E x')}", 0}),
        Reply::array({Reply::ofInteger(1), Reply::bulk("a"),
                      Reply::array({Reply::ofInteger(2), Reply::status("S")}), Reply::error("E x")}));
}

void TestRedisClient::send_largeValues_comeBack()
{
    QFETCH(QString, transport);
    Options options = quick(url(transport));
    options.caFile = m_server->caFile();
    TestClient test(options);
    QVERIFY(test.start());
    QByteArray large(20'000'000, Qt::Uninitialized);
    for (qsizetype i = 0; i < large.size(); ++i)
        large[i] = static_cast<char>(i * 7 + i / 256);
    const Reply reply = test.reply({"ECHO", large});
    QVERIFY(reply.bytes == large);
}

void TestRedisClient::send_error_isAnAnswerAndCounted()
{
    TestClient test(m_server->url());
    QVERIFY(test.start());
    QCOMPARE(test.reply({"LPUSH", "a list", "x"}).type, Reply::Type::Integer);
    const Reply reply = test.reply({"INCR", "a list"});
    QCOMPARE(reply.errorCode(), QByteArrayView("WRONGTYPE"));
    QCOMPARE(test.count(Counter::RedisErrors), std::uint64_t(1));
    QVERIFY(test.client.isReady());
}

void TestRedisClient::send_withoutCallback_isDone()
{
    TestClient test(m_server->url());
    QVERIFY(test.start());
    QCOMPARE(test.client.send({"SET", "silent", "done"}), SendStatus::Taken);
    QCOMPARE(test.reply({"GET", "silent"}), Reply::bulk("done"));
}

void TestRedisClient::send_transaction_isOne()
{
    TestClient test(m_server->url());
    QVERIFY(test.start());
    QCOMPARE(test.client.send({"MULTI"}), SendStatus::Taken);
    QCOMPARE(test.client.send({"SET", "t", 1}), SendStatus::Taken);
    QCOMPARE(test.client.send({"INCR", "t"}), SendStatus::Taken);
    QCOMPARE(test.reply({"EXEC"}), Reply::array({Reply::status("OK"), Reply::ofInteger(2)}));
}

void TestRedisClient::send_whileNotConnected_isRefused()
{
    TestClient test(m_server->url());
    const auto neverCalled = [](const Answer &) { QFAIL("a refused command was answered"); };
    QCOMPARE(test.client.send({"PING"}, neverCalled), SendStatus::NotReady);
    test.client.start();
    QCOMPARE(test.client.send({"PING"}, neverCalled), SendStatus::NotReady);
    QVERIFY(test.untilReadyAgain());
    QCOMPARE(test.reply({"PING"}), Reply::status("PONG"));
    test.client.stop();
    QCOMPARE(test.client.send({"PING"}, neverCalled), SendStatus::NotReady);
    QCoreApplication::processEvents();
}

void TestRedisClient::send_beyondTheCount_isFull_untilAnswersCome()
{
    Options options = quick(m_server->url());
    options.maxUnanswered = 3;
    TestClient test(options);
    const ScriptId script = test.client.addScript("return 1");
    QVERIFY(test.start());
    int answered = 0;
    const auto count = [&](const Answer &) { ++answered; };
    for (int i = 0; i < 3; ++i)
        QCOMPARE(test.client.send({"PING"}, count), SendStatus::Taken);
    QCOMPARE(test.client.send({"PING"}, count), SendStatus::Full);
    QCOMPARE(test.client.run(script, {}, {}, count), SendStatus::Full);
    QVERIFY(until([&] { return answered == 3; }));
    QCOMPARE(test.client.send({"PING"}, count), SendStatus::Taken);
    QVERIFY(until([&] { return answered == 4; }));
}

void TestRedisClient::send_beyondTheBytes_isFull_untilAnswersCome()
{
    Options options = quick(m_server->url());
    options.maxUnansweredBytes = 10'000;
    TestClient test(options);
    QVERIFY(test.start());
    const QByteArray most(6'000, 'x');
    int answered = 0;
    const auto count = [&](const Answer &) { ++answered; };
    QCOMPARE(test.client.send({"ECHO", most}, count), SendStatus::Taken);
    QCOMPARE(test.client.send({"ECHO", most}, count), SendStatus::Full);
    QCOMPARE(test.client.send({"PING"}, count), SendStatus::Taken);
    QVERIFY(until([&] { return answered == 2; }));
    QCOMPARE(test.client.send({"ECHO", most}, count), SendStatus::Taken);
    QCOMPARE(test.client.send({"ECHO", QByteArray(10'000, 'x')}, count),
             SendStatus::Full); // and always will be
    QVERIFY(until([&] { return answered == 3; }));
}

void TestRedisClient::idle_isAskedWhetherItLives()
{
    FakeRedis fake(FakeRedis::greeting, "+PONG\r\n");
    Options options = quick(fake.url());
    options.pingInterval = Milliseconds(20);
    TestClient test(options);
    QVERIFY(test.start());
    const QByteArray ping("*1\r\n$4\r\nPING\r\n");
    QVERIFY(until([&] { return fake.received.count(ping) == 6; })); // the greeting's, and five more
    QVERIFY(test.losses.isEmpty());
    QCOMPARE(test.count(Counter::RedisCommands), std::uint64_t(0));
}

void TestRedisClient::hostName_isResolved_andAllItsAddressesAreTried()
{
    Url url = m_server->url(); // listens on 127.0.0.1 alone; the name may have ::1 first
    url.host = QStringLiteral("localhost");
    TestClient test(url);
    QVERIFY(test.start());
    QCOMPARE(test.reply({"PING"}), Reply::status("PONG"));
}

void TestRedisClient::destroyed_withOpenCommands_callsNobody()
{
    {
        TestClient test(m_server->url());
        QVERIFY(test.start());
        QCOMPARE(test.client.send({"PING"}, [](const Answer &) { QFAIL("called after its end"); }),
                 SendStatus::Taken);
    }
    QCoreApplication::processEvents();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void TestRedisClient::stop_answersWhatIsOpen_andStartBeginsAnew()
{
    TestClient test(m_server->url());
    QVERIFY(test.start());
    QList<Unanswered> answers;
    QCOMPARE(test.client.send({"SET", "stopped", 1}, [&](const Answer &a) { answers.append(a.error()); }),
             SendStatus::Taken);
    test.client.stop();
    QCOMPARE(answers, QList<Unanswered>{Unanswered::NotSent});
    QVERIFY(test.losses.isEmpty());
    QVERIFY(test.start());
    QCOMPARE(test.reply({"GET", "stopped"}), Reply::nil());
    // From within a callback, with answers behind it that were read already.
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(test.client.send({"PING"},
                                  [&](const Answer &answer) {
                                      if (answer)
                                          test.client.stop();
                                      else
                                          answers.append(answer.error());
                                  }),
                 SendStatus::Taken);
    }
    QVERIFY(until([&] { return answers.size() == 3; }));
    QCOMPARE(answers, (QList<Unanswered>{Unanswered::NotSent, Unanswered::Lost, Unanswered::Lost}));
    QVERIFY(test.start());
}

void TestRedisClient::metrics_tellWhatWasDone()
{
    TestClient test(m_server->url());
    QVERIFY(test.start());
    QCOMPARE(test.count(Counter::RedisConnected), std::uint64_t(1));
    const auto in = test.count(Counter::RedisBytesIn);
    const auto out = test.count(Counter::RedisBytesOut);
    QCOMPARE(test.reply({"ECHO", "12345"}).bytes, QByteArray("12345"));
    QCOMPARE(test.count(Counter::RedisBytesOut) - out, std::uint64_t(4 + 10 + 11)); // *2 $4 ECHO $5 12345
    QCOMPARE(test.count(Counter::RedisBytesIn) - in, std::uint64_t(11));
    QCOMPARE(test.count(Counter::RedisCommands), std::uint64_t(1));
    const auto latency = test.counters.latency(metrics::Latency::Redis).read();
    QCOMPARE(latency.count(), std::uint64_t(1));
    QVERIFY(latency.sum() > 0);
    QCOMPARE(test.count(Counter::RedisLost), std::uint64_t(0));
    test.client.stop();
    QCOMPARE(test.count(Counter::RedisLost), std::uint64_t(1));
}

QTEST_GUILESS_MAIN(TestRedisClient)
#include "tst_redis_client.moc"
