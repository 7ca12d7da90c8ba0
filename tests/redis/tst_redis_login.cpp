#include "RedisFixture.h"

using namespace concierge;
using namespace concierge::redis;
using namespace concierge::test;

/// Getting in: passwords, users, databases, TLS, and what is said when that fails.
class TestRedisLogin : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void connect_asWhom_works_data();
    void connect_asWhom_works();
    void connect_asWhom_fails_data();
    void connect_asWhom_fails();
    void connect_names_itself();
    void select_database_isTaken();
    void tls_trusted_works_data();
    void tls_trusted_works();
    void tls_notTrusted_fails_data();
    void tls_notTrusted_fails();
    void maxClients_isSaid();

private:
    std::unique_ptr<RedisServer> m_guarded;
    std::unique_ptr<RedisServer> m_tls;
};

void TestRedisLogin::initTestCase()
{
    if (!RedisServer::isInstalled())
        QSKIP("there is no redis-server here");
    const auto words = [](const char *line) { return QString::fromLatin1(line).split(u' '); };
    m_guarded = std::make_unique<RedisServer>(
        words("--requirepass top:secret") + words("--user alice on >wonder ~* &* +@all") +
        words("--user mute on >hush ~* &* +@all -ping") + words("--user stuck on >s ~* &* +@all -select"));
    m_tls = std::make_unique<RedisServer>(words("--bind 127.0.0.1 127.0.0.2"));
    m_tls->enableTls();
    QVERIFY(m_guarded->start());
    QVERIFY(m_tls->start());
}

void TestRedisLogin::connect_asWhom_works_data()
{
    QTest::addColumn<QString>("login");
    QTest::addColumn<QByteArray>("user");
    QTest::newRow("password alone") << ":top%3Asecret@" << QByteArray("default");
    QTest::newRow("default user") << "default:top%3Asecret@" << QByteArray("default");
    QTest::newRow("ACL user") << "alice:wonder@" << QByteArray("alice");
}

void TestRedisLogin::connect_asWhom_works()
{
    QFETCH(QString, login);
    QFETCH(QByteArray, user);
    const QString text = QLatin1String("redis://") + login + m_guarded->url().place() + QLatin1String("/3");
    TestClient test(Url::parse(text).value());
    QVERIFY(test.start());
    QCOMPARE(test.reply({"ACL", "WHOAMI"}), Reply::bulk(user));
}

void TestRedisLogin::connect_asWhom_fails_data()
{
    QTest::addColumn<QString>("login");
    QTest::addColumn<QString>("database");
    QTest::addColumn<int>("reason");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const char *login, const char *database, LossReason reason,
                        const char *says) {
        QTest::newRow(name) << QString::fromLatin1(login) << QString::fromLatin1(database)
                            << static_cast<int>(reason) << QString::fromLatin1(says);
    };
    row("none", "", "", LossReason::Password, "wants a password");
    row("none, with a database", "", "/1", LossReason::Password, "wants a password");
    row("wrong password", ":hunter2@", "", LossReason::Password, "they are wrong");
    row("wrong password of a user", "alice:hunter2@", "", LossReason::Password, "they are wrong");
    row("unknown user", "bob:hunter2@", "", LossReason::Password, "they are wrong");
    row("may not PING", "mute:hush@", "", LossReason::Permission, "PING");
    row("may not SELECT", "stuck:s@", "/1", LossReason::Permission, "SELECT");
    row("no such database", "alice:wonder@", "/16", LossReason::Database, "no database of that number");
}

void TestRedisLogin::connect_asWhom_fails()
{
    QFETCH(QString, login);
    QFETCH(QString, database);
    QFETCH(int, reason);
    QFETCH(QString, says);
    const QString place = m_guarded->url().place();
    TestClient test(Url::parse(QLatin1String("redis://") + login + place + database).value());
    test.client.start();
    QVERIFY(until([&] { return test.losses.size() == 2; })); // and tries again
    for (const Loss &loss : test.losses) {
        QCOMPARE(static_cast<int>(loss.reason), reason);
        QVERIFY(!loss.wasReady);
        QVERIFY2(loss.text.startsWith(QLatin1String("Redis at ") + place), qPrintable(loss.text));
        QVERIFY2(loss.text.contains(says), qPrintable(loss.text));
        QVERIFY2(!loss.text.contains(QLatin1String("hunter2")), qPrintable(loss.text));
    }
    QCOMPARE(test.readies, 0);
    QCOMPARE(test.count(metrics::Counter::RedisConnectFailures), std::uint64_t(2));
}

void TestRedisLogin::connect_names_itself()
{
    Options options = quick(m_tls->url());
    options.name = "a-name";
    TestClient test(options);
    QVERIFY(test.start());
    QCOMPARE(test.reply({"CLIENT", "GETNAME"}), Reply::bulk("a-name"));
}

void TestRedisLogin::select_database_isTaken()
{
    for (const Url &url : {m_tls->url(7), m_tls->unixUrl(7)}) {
        m_tls->ask({"FLUSHALL"});
        TestClient test(url);
        QVERIFY(test.start());
        QCOMPARE(test.reply({"SET", "k", 1}), Reply::status("OK"));
        QCOMPARE(m_tls->ask({"DBSIZE"}), Reply::ofInteger(0));
        QCOMPARE(m_tls->ask({"SWAPDB", 0, 7}), Reply::status("OK"));
        QCOMPARE(m_tls->ask({"DBSIZE"}), Reply::ofInteger(1));
    }
}

void TestRedisLogin::tls_trusted_works_data()
{
    QTest::addColumn<QString>("host");
    QTest::newRow("by address") << "127.0.0.1";
    QTest::newRow("by name") << "localhost";
}

void TestRedisLogin::tls_trusted_works()
{
    QFETCH(QString, host);
    Options options = quick(m_tls->tlsUrl());
    options.url.host = host;
    options.caFile = m_tls->caFile();
    TestClient test(options);
    QVERIFY(test.start());
    QCOMPARE(test.reply({"PING"}), Reply::status("PONG"));
}

void TestRedisLogin::tls_notTrusted_fails_data()
{
    QTest::addColumn<Url>("url");
    QTest::addColumn<QString>("caFile");
    QTest::addColumn<int>("reason");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const Url &url, const QString &caFile, LossReason reason,
                        const char *says) {
        QTest::newRow(name) << url << caFile << static_cast<int>(reason) << QString::fromLatin1(says);
    };
    Url anotherName = m_tls->tlsUrl();
    anotherName.host = QStringLiteral("127.0.0.2");
    Url tlsToPlain = m_tls->tlsUrl();
    tlsToPlain.port = m_tls->port();
    Url plainToTls = m_tls->url();
    plainToTls.port = m_tls->tlsPort();
    row("unknown authority", m_tls->tlsUrl(), {}, LossReason::Tls, "self-signed");
    row("another name", anotherName, m_tls->caFile(), LossReason::Tls, "host name");
    row("no such file", m_tls->tlsUrl(), QStringLiteral("/no/such/file.pem"), LossReason::Tls,
        "/no/such/file.pem");
    row("TLS to a plain port", tlsToPlain, m_tls->caFile(), LossReason::ConnectTimeout, "for TLS?");
    row("plain to a TLS port", plainToTls, {}, LossReason::Closed, "closed");
}

void TestRedisLogin::tls_notTrusted_fails()
{
    QFETCH(Url, url);
    QFETCH(QString, caFile);
    QFETCH(int, reason);
    QFETCH(QString, says);
    Options options = quick(url);
    options.caFile = caFile;
    if (reason == static_cast<int>(LossReason::ConnectTimeout))
        options.connectTimeout = Milliseconds(200);
    TestClient test(options);
    test.client.start();
    QVERIFY(test.untilLost());
    QVERIFY2(static_cast<int>(test.losses[0].reason) == reason, qPrintable(test.losses[0].text));
    QVERIFY2(test.losses[0].text.contains(says), qPrintable(test.losses[0].text));
    QCOMPARE(test.readies, 0);
}

void TestRedisLogin::maxClients_isSaid()
{
    RedisServer server({QStringLiteral("--maxclients"), QStringLiteral("1")});
    QVERIFY(server.start());
    TestClient first(server.url());
    QVERIFY(first.start());
    TestClient second(server.url());
    second.client.start();
    QVERIFY(second.untilLost());
    QCOMPARE(second.losses[0].reason, LossReason::TooManyClients);
    first.client.stop();
    QVERIFY(second.untilReadyAgain());
}

QTEST_GUILESS_MAIN(TestRedisLogin)
#include "tst_redis_login.moc"
