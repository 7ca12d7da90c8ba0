#include "RedisFixture.h"

using namespace concierge;
using namespace concierge::redis;
using namespace concierge::test;

/// Lua scripts: loaded with each connection, and again when Redis forgets them.
class TestRedisScripts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void run_script_hasKeysAndArguments();
    void run_itsError_isTheAnswer();
    void connect_loadsAll_inOneGo();
    void flush_isHealedByItself_data();
    void flush_isHealedByItself();
    void flush_withManyUnderWay_loadsOnceAndKeepsTheirOrder();
    void restart_loadsAgain();
    void notLoadable_isAnswered_andHarmsNothingElse();

private:
    qint64 loads();

    std::unique_ptr<RedisServer> m_server;
};

namespace {
constexpr char append[] = "return redis.call('RPUSH', KEYS[1], ARGV[1])";
}

void TestRedisScripts::initTestCase()
{
    if (!RedisServer::isInstalled())
        QSKIP("there is no redis-server here");
    m_server = std::make_unique<RedisServer>();
    QVERIFY(m_server->start());
}

void TestRedisScripts::init()
{
    m_server->ask({"FLUSHALL"});
    m_server->ask({"SCRIPT", "FLUSH"});
    m_server->ask({"CONFIG", "RESETSTAT"});
}

/// SCRIPT LOADs that Redis has had.
qint64 TestRedisScripts::loads()
{
    const QByteArray info = m_server->ask({"INFO", "commandstats"}).bytes;
    const qsizetype at = info.indexOf("cmdstat_script|load:calls=");
    return at < 0 ? 0 : info.sliced(at + 26, info.indexOf(',', at) - at - 26).toLongLong();
}

void TestRedisScripts::run_script_hasKeysAndArguments()
{
    TestClient test(m_server->url());
    const ScriptId script = test.client.addScript("return {KEYS[1], KEYS[2], ARGV[1], #KEYS, #ARGV}");
    QVERIFY(test.start());
    Reply reply;
    QCOMPARE(
        test.client.run(script, {"a", "b"}, {7}, [&](Answer answer) { reply = std::move(answer).value(); }),
        SendStatus::Taken);
    QVERIFY(until([&] { return !reply.isNil(); }));
    QCOMPARE(reply, Reply::array({Reply::bulk("a"), Reply::bulk("b"), Reply::bulk("7"), Reply::ofInteger(2),
                                  Reply::ofInteger(1)}));
}

void TestRedisScripts::run_itsError_isTheAnswer()
{
    TestClient test(m_server->url());
    const ScriptId script = test.client.addScript("return redis.error_reply('MINE is this')");
    QVERIFY(test.start());
    Reply reply;
    QCOMPARE(test.client.run(script, {}, {}, [&](Answer answer) { reply = std::move(answer).value(); }),
             SendStatus::Taken);
    QVERIFY(until([&] { return !reply.isNil(); }));
    QCOMPARE(reply.errorCode(), QByteArrayView("MINE"));
}

void TestRedisScripts::connect_loadsAll_inOneGo()
{
    TestClient test(m_server->url());
    for (int i = 0; i < 20; ++i)
        test.client.addScript("return " + QByteArray::number(i));
    QVERIFY(test.start());
    QCOMPARE(test.reply({"PING"}), Reply::status("PONG")); // behind them
    QCOMPARE(loads(), qint64(20));
    QCOMPARE(test.client.unanswered(), qsizetype(0));
}

void TestRedisScripts::flush_isHealedByItself_data()
{
    QTest::addColumn<QByteArray>("mode");
    QTest::newRow("flushed") << QByteArray("SYNC");
    QTest::newRow("flushed asynchronously") << QByteArray("ASYNC");
}

void TestRedisScripts::flush_isHealedByItself()
{
    QFETCH(QByteArray, mode);
    TestClient test(m_server->url());
    const ScriptId script = test.client.addScript(append);
    QVERIFY(test.start());
    for (int round = 1; round <= 3; ++round) {
        QCOMPARE(m_server->ask({"SCRIPT", "FLUSH", mode}), Reply::status("OK"));
        Reply reply;
        QCOMPARE(test.client.run(script, {"list"}, {round}, [&](Answer a) { reply = std::move(a).value(); }),
                 SendStatus::Taken);
        QVERIFY(until([&] { return !reply.isNil(); }));
        QCOMPARE(reply, Reply::ofInteger(round));
    }
    QCOMPARE(loads(), qint64(4));
    QCOMPARE(test.count(metrics::Counter::RedisErrors), std::uint64_t(0));
}

void TestRedisScripts::flush_withManyUnderWay_loadsOnceAndKeepsTheirOrder()
{
    TestClient test(m_server->url());
    const ScriptId script = test.client.addScript(append);
    const ScriptId other = test.client.addScript("return 'other'");
    QVERIFY(test.start());
    QCOMPARE(m_server->ask({"SCRIPT", "FLUSH"}), Reply::status("OK"));
    constexpr int count = 5'000;
    int answered = 0;
    int wrong = 0;
    for (int i = 1; i <= count; ++i) {
        QCOMPARE(test.client.run(script, {"list"}, {i},
                                 [&, i](const Answer &answer) {
                                     ++answered;
                                     wrong += answer && answer.value().integer == i ? 0 : 1;
                                 }),
                 SendStatus::Taken);
        if (i % 1'000 == 0) {
            QCOMPARE(test.client.run(other, {}, {},
                                     [&](const Answer &answer) {
                                         wrong += answer && answer.value().bytes == "other" ? 0 : 1;
                                     }),
                     SendStatus::Taken);
        }
    }
    QVERIFY(until([&] { return answered == count; }));
    QVERIFY(until([&] { return test.client.unanswered() == 0; }));
    QCOMPARE(wrong, 0);
    QCOMPARE(loads(), qint64(4)); // each with the connection, and each once more
    QCOMPARE(m_server->ask({"LINDEX", "list", count - 1}), Reply::bulk(QByteArray::number(count)));
}

void TestRedisScripts::restart_loadsAgain()
{
    TestClient test(m_server->url());
    const ScriptId script = test.client.addScript(append);
    QVERIFY(test.start());
    m_server->kill();
    QVERIFY(m_server->start());
    QVERIFY(test.untilReadyAgain());
    Reply reply;
    QCOMPARE(
        test.client.run(script, {"list"}, {1}, [&](Answer answer) { reply = std::move(answer).value(); }),
        SendStatus::Taken);
    QVERIFY(until([&] { return !reply.isNil(); }));
    QCOMPARE(reply, Reply::ofInteger(1));
    QCOMPARE(loads(), qint64(1));
}

void TestRedisScripts::notLoadable_isAnswered_andHarmsNothingElse()
{
    TestClient test(m_server->url());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("does not load a script")));
    const ScriptId broken = test.client.addScript("this is not Lua");
    const ScriptId works = test.client.addScript(append);
    QVERIFY(test.start());
    QList<Reply> replies;
    const auto keep = [&](Answer answer) { replies.append(std::move(answer).value()); };
    for (int i = 0; i < 3; ++i) // one for each time that it is tried again
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("does not load a script")));
    QCOMPARE(test.client.run(broken, {}, {}, keep), SendStatus::Taken);
    QCOMPARE(test.client.run(works, {"list"}, {1}, keep), SendStatus::Taken);
    QVERIFY(until([&] { return replies.size() == 2; }));
    QCOMPARE(replies[0], Reply::ofInteger(1));
    QCOMPARE(replies[1].errorCode(), QByteArrayView("NOSCRIPT"));
    QVERIFY(test.losses.isEmpty());
}

QTEST_GUILESS_MAIN(TestRedisScripts)
#include "tst_redis_scripts.moc"
