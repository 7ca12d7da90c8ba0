#include "RedisFixture.h"

#include <QHash>

using namespace concierge;
using namespace concierge::redis;
using namespace concierge::test;
using metrics::Counter;

namespace {

struct Heard
{
    Subscription subscription;
    QByteArray pattern;
    QByteArray channel;
    QByteArray payload;
    friend bool operator==(const Heard &, const Heard &) = default;
};

struct TestSubscriber final : SubscriberListener
{
    explicit TestSubscriber(Options options)
        : subscriber(std::move(options), clock, counters, *this)
    {}
    explicit TestSubscriber(const Url &url)
        : TestSubscriber(quick(url))
    {}
    bool start()
    {
        const int before = readies;
        subscriber.start();
        return until([&] { return readies > before; });
    }
    bool untilReadyAgain()
    {
        const int before = readies;
        return until([&] { return readies > before; });
    }
    /// Waits until Redis has confirmed it.
    bool subscribe(Subscription subscription, const QByteArray &name)
    {
        const auto before = confirmed.size();
        return subscriber.subscribe(subscription, name) == Subscriber::Status::Taken &&
               until([&] { return confirmed.size() > before; });
    }
    /// Waits until all that was published before has come: behind it comes one on a channel of its own.
    bool hearAll(RedisServer &server)
    {
        const auto before = barriers;
        server.ask({"PUBLISH", "barrier", "x"});
        return until([&] { return barriers > before; });
    }

    void onMessage(const Message &message) override
    {
        if (message.channel == "barrier" && message.subscription == Subscription::Channel) {
            ++barriers;
            return;
        }
        heard.append({message.subscription, message.pattern.toByteArray(), message.channel.toByteArray(),
                      message.payload.toByteArray()});
    }
    void onSubscribed(Subscription, QByteArrayView name) override
    {
        confirmed.append(name.toByteArray());
        if (isStoppedBySubscribing)
            subscriber.stop();
    }
    void onReady() override { ++readies; }
    void onLost(const Loss &loss) override { losses.append(loss); }

    SystemClock clock;
    metrics::ThreadCounters counters;
    QList<Heard> heard;
    QList<QByteArray> confirmed;
    QList<Loss> losses;
    int readies = 0;
    int barriers = 0;
    bool isStoppedBySubscribing = false;
    Subscriber subscriber;
};

QList<QByteArray> channels(int count)
{
    QList<QByteArray> names;
    for (int i = 0; i < count; ++i)
        names.append("channel:" + QByteArray::number(i));
    return names;
}

} // namespace

/// Pub/sub.
class TestRedisSubscriber : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void message_comesByEachKindOfSubscription_data();
    void message_comesByEachKindOfSubscription();
    void message_ofAnyBytes_isKept();
    void messages_comeInOrder();
    void ready_withoutSubscriptions_isSaidToo();
    void unsubscribe_isSilentAtOnce();
    void subscribe_andBackInOneTurn_comesToNothing();
    void subscribe_twice_isOne();
    void subscribe_again_isConfirmedByItsOwnAnswer();
    void subscribe_tooMany_isFull();
    void subscribe_thousandsAtOnce_areFewCommands();
    void stop_fromWithinTheListener_isTheEnd();
    void restart_subscribesToEverythingAgain();
    void killedConnection_comesBack();
    void paused_isDropped_andComesBack();
    void idle_isAskedWhetherItLives_data();
    void idle_isAskedWhetherItLives();
    void notPermitted_isSaid();
    void garbage_dropsTheConnection_data();
    void garbage_dropsTheConnection();

private:
    std::unique_ptr<RedisServer> m_server;
};

void TestRedisSubscriber::initTestCase()
{
    if (!RedisServer::isInstalled())
        QSKIP("there is no redis-server here");
    m_server = std::make_unique<RedisServer>();
    QVERIFY(m_server->start());
}

void TestRedisSubscriber::message_comesByEachKindOfSubscription_data()
{
    QTest::addColumn<int>("subscription");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("publish");
    QTest::newRow("channel") << static_cast<int>(Subscription::Channel) << QByteArray("news")
                             << QByteArray("PUBLISH");
    QTest::newRow("pattern") << static_cast<int>(Subscription::Pattern) << QByteArray("n?w*")
                             << QByteArray("PUBLISH");
    QTest::newRow("shard") << static_cast<int>(Subscription::Shard) << QByteArray("news")
                           << QByteArray("SPUBLISH");
}

void TestRedisSubscriber::message_comesByEachKindOfSubscription()
{
    QFETCH(int, subscription);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, publish);
    const auto kind = static_cast<Subscription>(subscription);
    TestSubscriber test(m_server->url());
    QVERIFY(test.start());
    QVERIFY(test.subscribe(kind, name));
    QCOMPARE(test.confirmed, QList<QByteArray>{name});
    QCOMPARE(m_server->ask({publish, "news", "hello"}), Reply::ofInteger(1));
    QVERIFY(until([&] { return !test.heard.isEmpty(); }));
    const QByteArray pattern = kind == Subscription::Pattern ? name : QByteArray();
    QCOMPARE(test.heard, (QList<Heard>{{kind, pattern, "news", "hello"}}));
    QCOMPARE(test.counters.read(Counter::RedisMessages), std::uint64_t(1));
}

void TestRedisSubscriber::message_ofAnyBytes_isKept()
{
    TestSubscriber test(m_server->url());
    const QByteArray name("a\0\r\nb", 5);
    QVERIFY(test.start());
    QVERIFY(test.subscribe(Subscription::Channel, name));
    const QByteArray large(3'000'000, '\xff');
    m_server->ask({"PUBLISH", name, QByteArray("\0\r\n$", 4)});
    m_server->ask({"PUBLISH", name, QByteArray()});
    m_server->ask({"PUBLISH", name, large});
    QVERIFY(until([&] { return test.heard.size() == 3; }));
    QCOMPARE(test.heard[0], (Heard{Subscription::Channel, {}, name, QByteArray("\0\r\n$", 4)}));
    QVERIFY(test.heard[1].payload.isEmpty());
    QVERIFY(test.heard[2].payload == large);
}

void TestRedisSubscriber::messages_comeInOrder()
{
    TestSubscriber test(m_server->url());
    QVERIFY(test.start());
    QVERIFY(test.subscribe(Subscription::Channel, "c"));
    QVERIFY(test.subscribe(Subscription::Pattern, "c"));
    constexpr int count = 20'000;
    m_server->ask({"EVAL", "for i = 0, ARGV[1] - 1 do redis.call('PUBLISH', 'c', i) end", 0, count});
    QVERIFY(until([&] { return test.heard.size() == 2 * count; }));
    for (int i = 0; i < count; ++i) {
        QCOMPARE(test.heard[2 * i].payload, QByteArray::number(i));
        QCOMPARE(test.heard[2 * i + 1].subscription, Subscription::Pattern);
    }
}

void TestRedisSubscriber::ready_withoutSubscriptions_isSaidToo()
{
    TestSubscriber test(m_server->url());
    QVERIFY(test.start());
    QVERIFY(test.subscriber.isReady());
    test.subscriber.stop();
    QVERIFY(!test.subscriber.isReady());
    QVERIFY(test.start());
    QVERIFY(test.losses.isEmpty());
}

void TestRedisSubscriber::unsubscribe_isSilentAtOnce()
{
    TestSubscriber test(m_server->url());
    QVERIFY(test.start());
    QVERIFY(test.subscribe(Subscription::Channel, "barrier"));
    QVERIFY(test.subscribe(Subscription::Channel, "c"));
    QCOMPARE(m_server->ask({"PUBLISH", "c", "on its way"}), Reply::ofInteger(1));
    test.subscriber.unsubscribe(Subscription::Channel, "c");
    QVERIFY(test.hearAll(*m_server));
    QVERIFY(test.heard.isEmpty());
    QVERIFY(until([&] { return m_server->ask({"PUBLISH", "c", "nobody"}).integer == 0; }));
    QVERIFY(test.subscribe(Subscription::Channel, "c"));
    m_server->ask({"PUBLISH", "c", "back"});
    QVERIFY(test.hearAll(*m_server));
    QCOMPARE(test.heard.size(), 1);
    QCOMPARE(test.heard[0].payload, QByteArray("back"));
}

void TestRedisSubscriber::subscribe_andBackInOneTurn_comesToNothing()
{
    TestSubscriber test(m_server->url());
    QVERIFY(test.start());
    QVERIFY(test.subscribe(Subscription::Channel, "barrier"));
    const auto out = test.counters.read(Counter::RedisBytesOut);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    test.subscriber.unsubscribe(Subscription::Channel, "c");
    test.subscriber.unsubscribe(Subscription::Channel, "barrier");
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "barrier"), Subscriber::Status::Taken);
    test.subscriber.unsubscribe(Subscription::Channel, "never subscribed to");
    QVERIFY(test.hearAll(*m_server));
    QCOMPARE(test.counters.read(Counter::RedisBytesOut), out);
    QCOMPARE(test.subscriber.subscriptions(), qsizetype(1));
}

void TestRedisSubscriber::subscribe_twice_isOne()
{
    TestSubscriber test(m_server->url());
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "barrier"), Subscriber::Status::Taken);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    QVERIFY(test.start());
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    m_server->ask({"PUBLISH", "c", "x"});
    QVERIFY(test.hearAll(*m_server));
    QCOMPARE(test.heard.size(), 1);
    QCOMPARE(test.confirmed.size(), 2);
}

void TestRedisSubscriber::subscribe_again_isConfirmedByItsOwnAnswer()
{
    FakeRedis fake(FakeRedis::greeting);
    TestSubscriber test(fake.url());
    QVERIFY(test.start());
    const QByteArray yes("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
    const QByteArray no("*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n");
    const QByteArray word("subscribe\r\n"); // unsubscribe ends so too
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    QVERIFY(until([&] { return fake.received.count(word) == 1; }));
    test.subscriber.unsubscribe(Subscription::Channel, "c");
    QVERIFY(until([&] { return fake.received.count(word) == 2; }));
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    QVERIFY(until([&] { return fake.received.count(word) == 3; }));
    const auto bytes = test.counters.read(Counter::RedisBytesIn);
    fake.say(yes + no);
    QVERIFY(until([&] { return test.counters.read(Counter::RedisBytesIn) > bytes; }));
    QVERIFY(test.confirmed.isEmpty());
    fake.say(yes);
    QVERIFY(until([&] { return test.confirmed.size() == 1; }));
    QVERIFY(test.losses.isEmpty());
}

void TestRedisSubscriber::subscribe_tooMany_isFull()
{
    Options options = quick(m_server->url());
    options.maxSubscriptions = 10;
    TestSubscriber test(options);
    const auto names = channels(11);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, names), Subscriber::Status::Full);
    QCOMPARE(test.subscriber.subscriptions(), qsizetype(0));
    const std::span<const QByteArray> ten(names.constData(), 10);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, ten), Subscriber::Status::Taken);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, ten), Subscriber::Status::Taken);
    QCOMPARE(test.subscriber.subscribe(Subscription::Pattern, "p"), Subscriber::Status::Full);
    test.subscriber.unsubscribe(Subscription::Channel, names[0]);
    QCOMPARE(test.subscriber.subscribe(Subscription::Pattern, "p"), Subscriber::Status::Taken);
}

void TestRedisSubscriber::subscribe_thousandsAtOnce_areFewCommands()
{
    TestSubscriber test(m_server->url());
    QVERIFY(test.start());
    m_server->ask({"CONFIG", "RESETSTAT"});
    const auto names = channels(5'500);
    for (const QByteArray &name : names)
        QCOMPARE(test.subscriber.subscribe(Subscription::Channel, name), Subscriber::Status::Taken);
    QVERIFY(until([&] { return test.confirmed.size() == names.size(); }));
    QVERIFY(m_server->ask({"INFO", "commandstats"}).bytes.contains("cmdstat_subscribe:calls=6,"));
    test.subscriber.unsubscribe(Subscription::Channel, names);
    QVERIFY(until([&] { return m_server->ask({"PUBSUB", "CHANNELS"}).size() == 0; }));
    QVERIFY(m_server->ask({"INFO", "commandstats"}).bytes.contains("cmdstat_unsubscribe:calls=6,"));
}

void TestRedisSubscriber::stop_fromWithinTheListener_isTheEnd()
{
    TestSubscriber test(m_server->url());
    test.isStoppedBySubscribing = true;
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    test.subscriber.start();
    QVERIFY(until([&] { return !test.confirmed.isEmpty(); }));
    QVERIFY(until([&] { return m_server->ask({"PUBSUB", "CHANNELS"}).size() == 0; }));
    QCOMPARE(test.readies, 0);
    QVERIFY(test.losses.isEmpty());
    test.isStoppedBySubscribing = false;
    QVERIFY(test.start());
    QCOMPARE(m_server->ask({"PUBLISH", "c", "x"}), Reply::ofInteger(1));
}

void TestRedisSubscriber::restart_subscribesToEverythingAgain()
{
    RedisServer server;
    QVERIFY(server.start());
    TestSubscriber test(server.url());
    const auto names = channels(2'000);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, names), Subscriber::Status::Taken);
    QCOMPARE(test.subscriber.subscribe(Subscription::Shard, names), Subscriber::Status::Taken);
    QCOMPARE(test.subscriber.subscribe(Subscription::Pattern, "p*"), Subscriber::Status::Taken);
    QVERIFY(test.start());
    QCOMPARE(server.ask({"PUBSUB", "CHANNELS"}).size(), std::size_t(2'000));
    for (int round = 1; round <= 3; ++round) {
        server.kill();
        QVERIFY(until([&] { return test.losses.size() >= round; }));
        QVERIFY(!test.subscriber.isReady());
        // While there is no connection, wishes are taken all the same.
        test.subscriber.unsubscribe(Subscription::Channel, names[round]);
        QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "new:" + QByteArray::number(round)),
                 Subscriber::Status::Taken);
        QVERIFY(server.start());
        QVERIFY(test.untilReadyAgain());
        QCOMPARE(server.ask({"PUBSUB", "CHANNELS"}).size(), std::size_t(2'000));
        QCOMPARE(server.ask({"PUBSUB", "SHARDCHANNELS"}).size(), std::size_t(2'000));
        QCOMPARE(server.ask({"PUBSUB", "NUMPAT"}), Reply::ofInteger(1));
        QCOMPARE(server.ask({"PUBLISH", names[round], "gone"}), Reply::ofInteger(0));
        QCOMPARE(server.ask({"PUBLISH", "channel:1999", "again"}), Reply::ofInteger(1));
        QVERIFY(until([&] { return test.heard.size() == round; }));
        while (test.losses.size() > round) // attempts that failed in between
            test.losses.removeLast();
    }
}

void TestRedisSubscriber::killedConnection_comesBack()
{
    TestSubscriber test(m_server->url());
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    QVERIFY(test.start());
    QCOMPARE(m_server->ask({"CLIENT", "KILL", "TYPE", "pubsub"}), Reply::ofInteger(1));
    QVERIFY(test.untilReadyAgain());
    QCOMPARE(test.losses.size(), 1);
    QCOMPARE(test.losses[0].reason, LossReason::Closed);
    QVERIFY(test.losses[0].wasReady);
    m_server->ask({"PUBLISH", "c", "x"});
    QVERIFY(until([&] { return test.heard.size() == 1; }));
}

void TestRedisSubscriber::paused_isDropped_andComesBack()
{
    Options options = quick(m_server->url());
    options.pingInterval = Milliseconds(50);
    options.timeout = Milliseconds(100);
    options.connectTimeout = Milliseconds(1'000);
    TestSubscriber test(options);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    QVERIFY(test.start());
    m_server->pause();
    QVERIFY(until([&] { return !test.losses.isEmpty(); }));
    QCOMPARE(test.losses[0].reason, LossReason::Silent);
    m_server->resume();
    QVERIFY(test.untilReadyAgain());
}

void TestRedisSubscriber::idle_isAskedWhetherItLives_data()
{
    QTest::addColumn<bool>("isSubscribed"); // the answer differs
    QTest::newRow("subscribed") << true;
    QTest::newRow("not subscribed") << false;
}

void TestRedisSubscriber::idle_isAskedWhetherItLives()
{
    QFETCH(bool, isSubscribed);
    RedisServer server;
    QVERIFY(server.start());
    Options options = quick(server.url());
    options.pingInterval = Milliseconds(10);
    TestSubscriber test(options);
    if (isSubscribed)
        QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "c"), Subscriber::Status::Taken);
    QVERIFY(test.start());
    const auto bytes = test.counters.read(Counter::RedisBytesIn);
    QVERIFY(until([&] { return test.counters.read(Counter::RedisBytesIn) >= bytes + 5 * 7; }));
    QVERIFY(test.losses.isEmpty());
}

void TestRedisSubscriber::notPermitted_isSaid()
{
    RedisServer server(QStringLiteral("--user deaf on >p ~* &allowed +@all").split(u' '));
    QVERIFY(server.start());
    Url url = server.url();
    url.user = "deaf";
    url.password = "p";
    TestSubscriber test(url);
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "forbidden"), Subscriber::Status::Taken);
    test.subscriber.start();
    QVERIFY(until([&] { return test.losses.size() == 2; }));
    QCOMPARE(test.losses[0].reason, LossReason::Permission);
    QCOMPARE(test.readies, 0);
    test.subscriber.unsubscribe(Subscription::Channel, "forbidden");
    QCOMPARE(test.subscriber.subscribe(Subscription::Channel, "allowed"), Subscriber::Status::Taken);
    QVERIFY(test.untilReadyAgain());
}

void TestRedisSubscriber::garbage_dropsTheConnection_data()
{
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("no RESP") << QByteArray("hello\r\n");
    QTest::newRow("a status") << QByteArray("+OK\r\n");
    QTest::newRow("a number") << QByteArray(":1\r\n");
    QTest::newRow("an empty array") << QByteArray("*0\r\n");
    QTest::newRow("a message without a payload") << QByteArray("*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n");
    QTest::newRow("a message with a number") << QByteArray("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n:1\r\n");
    QTest::newRow("a confirmation that nobody waits for")
        << QByteArray("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
    QTest::newRow("a pong that nobody waits for") << QByteArray("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
}

void TestRedisSubscriber::garbage_dropsTheConnection()
{
    QFETCH(QByteArray, said);
    FakeRedis fake(FakeRedis::greeting);
    TestSubscriber test(fake.url());
    QVERIFY(test.start());
    fake.say(said);
    QVERIFY(until([&] { return !test.losses.isEmpty(); }));
    QCOMPARE(test.losses[0].reason, LossReason::Garbage);
    QCOMPARE(test.counters.read(Counter::RedisProtocolErrors), std::uint64_t(1));
}

QTEST_GUILESS_MAIN(TestRedisSubscriber)
#include "tst_redis_subscriber.moc"
