/// A node on its thread, with a Redis of its own. What io threads do with events is tested elsewhere.

#include "app/ClusterNode.h"
#include "cluster/ClassicCodec.h"
#include "support/RedisServer.h"
#include "transport/GateFixture.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QSemaphore>
#include <QTest>

#include <tuple>

using namespace concierge;
using namespace concierge::app;
using namespace concierge::cluster;

namespace {

constexpr Milliseconds patience{60'000};

/// Hears all that is published, as another server does; it listens where Node's servers do.
struct Listener final : redis::SubscriberListener
{
    explicit Listener(const redis::Url &url)
        : subscriber(optionsFor(url), clock, counters, *this)
    {
        std::ignore = subscriber.subscribe(redis::Subscription::Pattern, QByteArray("socket.io#/#*"));
        std::ignore = subscriber.subscribe(redis::Subscription::Channel, QByteArray("socket.io-response#/#"));
        std::ignore = subscriber.subscribe(redis::Subscription::Channel, QByteArray("socket.io-request#/#"));
        subscriber.start();
    }
    static redis::Options optionsFor(const redis::Url &url)
    {
        redis::Options options;
        options.url = url;
        options.timeout = patience;
        return options;
    }
    void onMessage(const redis::Message &message) override
    {
        if (message.channel != "socket.io-request#/#")
            heard.append(message.payload.toByteArray());
    }
    void onReady() override { isReady = true; }
    void onLost(const redis::Loss &) override { isReady = false; }

    SystemClock clock;
    metrics::ThreadCounters counters;
    QList<QByteArray> heard;
    bool isReady = false;
    redis::Subscriber subscriber;
};

template <class Condition>
bool until(Condition isSo)
{
    const QDeadlineTimer deadline(patience);
    while (!isSo()) {
        if (deadline.hasExpired())
            return false;
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    }
    return true;
}

struct Fixture
{
    explicit Fixture(const redis::Url &url, std::vector<ClusterWorker> workers = {})
        : node(optionsFor(url), std::move(workers), clock, counters)
    {}
    static ClusterOptions optionsFor(const redis::Url &url)
    {
        ClusterOptions options;
        options.redis.url = url;
        options.redis.firstPause = Milliseconds(10);
        options.redis.longestPause = Milliseconds(50);
        options.tellsMax = 2;
        options.backlogMax = 3;
        return options;
    }

    SystemClock clock;
    metrics::ThreadCounters counters;
    ClusterNode node;
};

void post(ClusterNode &node, ClusterMail mail)
{
    std::vector<ClusterMail> batch;
    batch.push_back(std::move(mail));
    node.post(batch);
}

chat::Push typing()
{
    return chat::TypingPush{UserId("ann"), {}, true};
}

} // namespace

class TestClusterNode : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!test::RedisServer::isInstalled())
            QSKIP("there is no redis-server");
    }

    void withoutRedis_itSaysWhyAtOnce_andStops()
    {
        test::RedisServer redis; // not started
        Fixture f(redis.url());
        f.node.start();
        const auto problem = f.node.waitUntilUp(patience);
        QVERIFY(problem && problem->contains(QLatin1String("refuses connections")));
        QVERIFY(!f.node.health()->isUp());
        f.node.stop();
        post(f.node, SocketGone{}); // nobody is there any more
    }

    void redisThatComesBack_isFoundAgain()
    {
        test::RedisServer redis;
        QVERIFY(redis.start());
        Fixture f(redis.url());
        f.node.start();
        QVERIFY(!f.node.waitUntilUp(patience));
        redis.kill();
        QVERIFY(until([&] { return !f.node.health()->isUp(); }));
        QVERIFY(!f.node.health()->snapshot().problem.isEmpty());
        QVERIFY(redis.start());
        QVERIFY(until([&] { return f.node.health()->isUp(); }));
    }

    void requests_areAnswered_whoeverWasToldIsThere()
    {
        test::RedisServer redis;
        QVERIFY(redis.start());
        Listener other(redis.url());
        Fixture f(redis.url());
        f.node.start();
        QVERIFY(!f.node.waitUntilUp(patience));
        QVERIFY(until([&] { return other.isReady; }));
        const chat::SocketRef ann{0, 1};
        for (int round = 0; round < 100; ++round) {
            const QByteArray user = "user" + QByteArray::number(round);
            post(f.node, SocketArrived{ann, SocketId("sid"), {}});
            post(f.node, chat::SpeaksFor{ann, UserId(user), {}});
            other.heard.clear();
            const QByteArray request =
                "{\"uid\":\"other1\",\"requestId\":\"r1\",\"type\":0,\"rooms\":[\"" + user + "\"]}";
            redis.ask({"PUBLISH", "socket.io-request#/#", request});
            QVERIFY(until([&] { return !other.heard.isEmpty(); }));
            QCOMPARE(other.heard, QList<QByteArray>{"{\"requestId\":\"r1\",\"sockets\":[\"sid\"]}"});
        }
    }

    /// Several come in one turn of the event loop, and what came by mail meanwhile counts for the next one.
    void mail_isTakenBeforeEachMessage()
    {
        test::RedisServer redis;
        QVERIFY(redis.start());
        Listener other(redis.url());
        SystemClock clock;
        metrics::ThreadCounters counters;
        ClusterHealth health;
        std::vector<ClusterMail> mail;
        int arrived = 0;
        std::unique_ptr<ClusterLink> link;
        const auto drain = [&] {
            mail.emplace_back(
                SocketArrived{{0, quint64(++arrived)}, SocketId(QByteArray::number(arrived)), {}});
            link->take(mail);
        };
        const ClusterOptions options = Fixture::optionsFor(redis.url());
        link = std::make_unique<ClusterLink>(options, std::vector<ClusterWorker>(), clock, counters, health,
                                             drain, [] {});
        QVERIFY(until([&] { return health.isUp() && other.isReady; }));
        const QByteArray request = "{\"uid\":\"other1\",\"requestId\":\"r1\",\"type\":0,\"rooms\":[]}";
        const char *script = "for i = 1, 3 do redis.call('PUBLISH', 'socket.io-request#/#', ARGV[1]) end";
        redis.ask({"EVAL", script, "0", request});
        QVERIFY(until([&] { return other.heard.size() == 3; }));
        QCOMPARE(other.heard.first(), QByteArray("{\"requestId\":\"r1\",\"sockets\":[\"1\"]}"));
        QCOMPARE(other.heard.last().count("\",\""), 3); // three sids, and the request's id before them
    }

    void whatIsTold_isPublished_onceOthersListen()
    {
        test::RedisServer redis;
        QVERIFY(redis.start());
        Fixture f(redis.url());
        f.node.start();
        QVERIFY(!f.node.waitUntilUp(patience));
        f.node.tell(UserId("bob"), typing()); // to nobody
        Listener other(redis.url());
        QVERIFY(until([&] { return f.node.isHeard(); }));
        QCOMPARE(f.node.health()->snapshot().foreign, 1);
        f.node.tell(UserId("bob"), typing());
        QVERIFY(until([&] { return !other.heard.isEmpty(); }));
        QCOMPARE(other.heard.size(), 1);
        const auto message = classic::decode(ChannelKind::Broadcast, "/", other.heard.front());
        const auto &broadcast = std::get<Broadcast>((*message).body);
        QCOMPARE(broadcast.emit.args, QByteArray("[\"typing\",{\"userId\":\"ann\",\"isTyping\":true}]"));
        QCOMPARE(broadcast.options.rooms, QList<Room>{{"bob"}});
        QVERIFY(broadcast.options.flags.isVolatile);
        QCOMPARE(broadcast.options.flags.marker, QByteArray("1"));
    }

    void whatIsTold_isBounded()
    {
        test::RedisServer redis;
        QVERIFY(redis.start());
        Listener other(redis.url());
        Fixture f(redis.url());
        f.node.start();
        QVERIFY(!f.node.waitUntilUp(patience));
        QVERIFY(until([&] { return f.node.isHeard(); }));
        QSemaphore isBusy;
        QSemaphore goesOn;
        f.node.run([&] {
            isBusy.release();
            goesOn.acquire();
        });
        isBusy.acquire();
        for (int i = 0; i < 5; ++i)
            f.node.tell(UserId("bob"), typing()); // 2 may wait
        QCOMPARE(f.node.waiting(), qsizetype(2));
        QCOMPARE(f.node.health()->snapshot().tellsDropped, 3U);
        goesOn.release();
        QVERIFY(until([&] { return other.heard.size() == 2; }));
        f.node.tell(UserId("bob"), typing());
        QVERIFY(until([&] { return other.heard.size() == 3; }));
    }

    void eventsForAThreadThatIsBehind_areBounded()
    {
        test::RedisServer redis;
        QVERIFY(redis.start());
        test::GateFixture gate;
        Fixture f(redis.url(), {{&gate.worker(), [] { return nullptr; }}}); // it carries nothing out
        f.node.start();
        QVERIFY(!f.node.waitUntilUp(patience));
        post(f.node, SocketArrived{{0, 1}, SocketId("sid"), {}});
        const auto event = classic::encode({"other1", {}, Broadcast{{"[\"x\"]", {}}, {}}}, "/");
        for (int i = 0; i < 5; ++i) // 3 may wait
            redis.ask({"PUBLISH", "socket.io#/#", *event});
        QVERIFY(until([&] { return f.node.health()->snapshot().adapter.broadcasts == 5; }));
        QCOMPARE(f.node.health()->snapshot().eventsDropped, 2U);
        f.node.stop();
    }

    void twoOfThisKind_doNotTellEachOther()
    {
        test::RedisServer redis;
        QVERIFY(redis.start());
        Fixture one(redis.url());
        Fixture two(redis.url());
        for (Fixture *f : {&one, &two}) {
            f->node.start();
            QVERIFY(!f->node.waitUntilUp(patience));
        }
        QVERIFY(until([&] { return one.node.health()->snapshot().others == 1; }));
        QVERIFY(until([&] { return one.node.health()->snapshot().foreign == 0; }));
        QVERIFY(!one.node.isHeard());
    }

    void wrongPassword_isSaid()
    {
        test::RedisServer redis({QStringLiteral("--requirepass"), QStringLiteral("right")});
        QVERIFY(redis.start());
        redis::Url url = redis.url();
        url.password = "hunter2";
        Fixture f(url);
        f.node.start();
        const auto problem = f.node.waitUntilUp(patience);
        QVERIFY(problem && problem->contains(QLatin1String("does not take the user and password")));
        QVERIFY(!problem->contains(QLatin1String("hunter2")));
    }
};

QTEST_GUILESS_MAIN(TestClusterNode)
#include "tst_cluster_node.moc"
