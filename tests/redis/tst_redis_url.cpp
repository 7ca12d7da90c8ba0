#include "redis/Url.h"

#include <QTest>

using namespace concierge::redis;
using Transport = Url::Transport;

/// REDIS_URL, as people write it.
class TestRedisUrl : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parse_whatPeersTake_isTaken_data();
    void parse_whatPeersTake_isTaken();
    void parse_whatIsWrong_saysWhatWouldBeRight_data();
    void parse_whatIsWrong_saysWhatWouldBeRight();
    void parse_whatever_neverTellsAPassword_data();
    void parse_whatever_neverTellsAPassword();
    void toString_isParsedAgain_butForThePassword();
};

namespace {

Url internet(const char *host, quint16 port = 6379, int database = 0, Transport transport = Transport::Tcp)
{
    Url url;
    url.transport = transport;
    url.host = QString::fromLatin1(host);
    url.port = port;
    url.database = database;
    return url;
}

Url local(const char *path, int database = 0)
{
    Url url;
    url.transport = Transport::Unix;
    url.path = QString::fromUtf8(path);
    url.database = database;
    return url;
}

Url as(Url url, QByteArray user, QByteArray password)
{
    url.user = std::move(user);
    url.password = std::move(password);
    return url;
}

} // namespace

void TestRedisUrl::parse_whatPeersTake_isTaken_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<Url>("expected");
    QTest::addColumn<QString>("shown");
    const auto row = [](const char *text, const Url &expected, const char *shown) {
        QTest::newRow(text) << QString::fromUtf8(text) << expected << QString::fromUtf8(shown);
    };
    row("redis://localhost", internet("localhost"), "redis://localhost:6379");
    row("redis://localhost/", internet("localhost"), "redis://localhost:6379");
    row("REDIS://localhost", internet("localhost"), "redis://localhost:6379");
    row("  redis://localhost\n", internet("localhost"), "redis://localhost:6379");
    row("valkey://localhost", internet("localhost"), "redis://localhost:6379");
    row("redis://10.0.0.5:7000/3", internet("10.0.0.5", 7000, 3), "redis://10.0.0.5:7000/3");
    row("redis://h:1/0", internet("h", 1), "redis://h:1");
    row("redis://h:65535", internet("h", 65535), "redis://h:65535");
    row("redis://h?db=15", internet("h", 6379, 15), "redis://h:6379/15");
    row("redis://h/?db=15", internet("h", 6379, 15), "redis://h:6379/15");
    row("rediss://cache.example.com", internet("cache.example.com", 6379, 0, Transport::Tls),
        "rediss://cache.example.com:6379");
    row("valkeys://h", internet("h", 6379, 0, Transport::Tls), "rediss://h:6379");
    row("redis://[::1]", internet("::1"), "redis://[::1]:6379");
    row("redis://[2001:db8::7]:7000/1", internet("2001:db8::7", 7000, 1), "redis://[2001:db8::7]:7000/1");
    row("redis://:secret@h", as(internet("h"), "", "secret"), "redis://:***@h:6379");
    row("redis://alice:secret@h:1/2", as(internet("h", 1, 2), "alice", "secret"), "redis://alice:***@h:1/2");
    row("redis://a%40b:p%3A%2F%40%25%3F@h", as(internet("h"), "a@b", "p:/@%?"), "redis://a%40b:***@h:6379");
    row("redis://alice:a:b@h", as(internet("h"), "alice", "a:b"), "redis://alice:***@h:6379");
    row("redis://alice:a@b@h", as(internet("h"), "alice", "a@b"), "redis://alice:***@h:6379");
    row("redis://:p@[::1]:7", as(internet("::1", 7), "", "p"), "redis://:***@[::1]:7");
    row("redis://:%00%0d%0A@h", as(internet("h"), "", QByteArray("\0\r\n", 3)), "redis://:***@h:6379");
    row("unix:///run/redis/redis.sock", local("/run/redis/redis.sock"), "unix:///run/redis/redis.sock");
    row("redis+unix:///r.sock", local("/r.sock"), "unix:///r.sock");
    row("unix:///r.sock?db=4", local("/r.sock", 4), "unix:///r.sock?db=4");
    row("unix:///a%20b%3F/r.sock", local("/a b?/r.sock"), "unix:///a%20b%3F/r.sock");
    row("unix://alice:secret@/r.sock", as(local("/r.sock"), "alice", "secret"), "unix://alice:***@/r.sock");
    row("unix:///a@b/r.sock", local("/a@b/r.sock"), "unix:///a%40b/r.sock");
}

void TestRedisUrl::parse_whatPeersTake_isTaken()
{
    QFETCH(QString, text);
    QFETCH(Url, expected);
    QFETCH(QString, shown);
    const auto parsed = Url::parse(text);
    QVERIFY2(parsed.hasValue(), parsed ? "" : qPrintable(parsed.error()));
    QCOMPARE(parsed.value(), expected);
    QCOMPARE(parsed.value().toString(), shown);
}

void TestRedisUrl::parse_whatIsWrong_saysWhatWouldBeRight_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *text, const char *says) {
        QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(says);
    };
    row("", "redis://127.0.0.1:6379");
    row("localhost:6379", "has to begin with redis://");
    row("http://localhost", "has to begin with redis://");
    row("redis:/localhost", "has to begin with redis://");
    row("redis://", "names no host");
    row("redis:///1", "names no host");
    row("redis://:6379", "names no host");
    row("redis://h:", "number from 1 to 65535");
    row("redis://h:0", "number from 1 to 65535");
    row("redis://h:65536", "number from 1 to 65535");
    row("redis://h:+1", "number from 1 to 65535");
    row("redis://h:6379x", "number from 1 to 65535");
    row("redis://h:99999999999999999999", "number from 1 to 65535");
    row("redis://h/x", "whole number");
    row("redis://h/-1", "whole number");
    row("redis://h/1/", "whole number");
    row("redis://h/1000001", "whole number");
    row("redis://h?db=", "whole number");
    row("redis://h/1?db=2", "two databases");
    row("redis://h?timeout=5", "only ?db=N");
    row("redis://::1", "brackets: redis://[::1]:6379");
    row("redis://::1:6379", "brackets: redis://[::1]:6379");
    row("redis://[::1", "[ without a ]");
    row("redis://[::1]6379", "no port");
    row("redis://[localhost]", "IPv6");
    row("redis://a b", "no host has");
    row("redis://a%41", "no host has");
    row("redis://@h", "redis://user:password@host");
    row("redis://alice@h", "redis://user:password@host");
    row("redis://alice:@h", "empty password");
    row("redis://:100%@h", "%25");
    row("redis://:1%zz@h", "%25");
    row("redis://:pa/ss@h", "%2F");
    row("redis://:pa?ss@h", "%3F");
    row("unix://", "unix:///run/redis/redis.sock");
    row("unix:///", "unix:///run/redis/redis.sock");
    row("unix://run/redis.sock", "third slash");
    row("unix:///a%", "%25");
    row("unix:///a%00b", "names no socket");
}

void TestRedisUrl::parse_whatIsWrong_saysWhatWouldBeRight()
{
    QFETCH(QString, text);
    QFETCH(QString, says);
    const auto parsed = Url::parse(text);
    QVERIFY(!parsed);
    QVERIFY2(parsed.error().contains(says), qPrintable(parsed.error()));
}

void TestRedisUrl::parse_whatever_neverTellsAPassword_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text :
         {"hunter2", "hunter2@h", ":hunter2@h", "redis:hunter2@h", "redis://u:hunter2@",
          "redis://u:hunter2@h:x", "redis://u:hunter2", "redis://u:hunter2/@h", "redis://u:/hunter2@h",
          "redis://u:?hunter2@h", "redis://u:#hunter2@h", "redis://u:%hunter2@h", "redis://hunter2@h",
          "redis://u:hunter2@[h", "redis://u:hunter2@h/x", "redis://u:hunter2@h?x=1", "unix://u:hunter2@",
          "redis://u:hunter2@h", "unix://u:hunter2@/r.sock"})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void TestRedisUrl::parse_whatever_neverTellsAPassword()
{
    QFETCH(QString, text);
    const auto parsed = Url::parse(text);
    const QString said = parsed ? parsed.value().toString() + parsed.value().place() : parsed.error();
    QVERIFY2(!said.contains(QLatin1String("hunter2")), qPrintable(said));
}

void TestRedisUrl::toString_isParsedAgain_butForThePassword()
{
    Url url = as(internet("2001:db8::1", 7001, 9, Transport::Tls), "we:ird@/?", "secret");
    const auto again = Url::parse(url.toString());
    QVERIFY(again.hasValue());
    url.password = "***";
    QCOMPARE(again.value(), url);
}

QTEST_GUILESS_MAIN(TestRedisUrl)
#include "tst_redis_url.moc"
