#include "redis/Backoff.h"
#include "redis/Command.h"
#include "redis/Greeting.h"

#include <QTest>

#include <limits>

using namespace concierge;
using namespace concierge::redis;

/// What is sent, what the greeting makes of its answers, and pauses.
class TestRedisCommand : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void append_words_areBulkStrings();
    void append_partsAndWhatIsThere_areOneBehindTheOther();
    void append_anyBytes_areKept();
    void append_largeWord_isKept();
    void greeting_saysWhatIsWanted_data();
    void greeting_saysWhatIsWanted();
    void greeting_answers_areJudged_data();
    void greeting_answers_areJudged();
    void backoff_growsToItsLimit_andIsSpread();
};

void TestRedisCommand::append_words_areBulkStrings()
{
    QByteArray out;
    appendCommand(out, {"SET", QByteArray("key"), 12'345, QByteArrayView()});
    QCOMPARE(out, QByteArray("*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\n12345\r\n$0\r\n\r\n"));
    out.clear();
    appendCommand(out, {std::numeric_limits<qint64>::min(), std::numeric_limits<quint64>::max(), 0});
    QCOMPARE(out,
             QByteArray("*3\r\n$20\r\n-9223372036854775808\r\n$20\r\n18446744073709551615\r\n$1\r\n0\r\n"));
}

void TestRedisCommand::append_partsAndWhatIsThere_areOneBehindTheOther()
{
    QByteArray out("before");
    const Arg head[]{"A", "B"};
    const Arg tail[]{"C"};
    appendCommand(out, {head, {}, tail});
    QCOMPARE(out, QByteArray("before*3\r\n$1\r\nA\r\n$1\r\nB\r\n$1\r\nC\r\n"));
    QVERIFY(encodedBytes({head, {}, tail}) >= out.size() - 6);
}

void TestRedisCommand::append_anyBytes_areKept()
{
    QByteArray out;
    appendCommand(out, {QByteArray("\0\r\n$*", 5)});
    QCOMPARE(out, QByteArray("*1\r\n$5\r\n\0\r\n$*\r\n", 15));
}

void TestRedisCommand::append_largeWord_isKept()
{
    const QByteArray word(3'000'000, 'x');
    QByteArray out;
    for (int i = 0; i < 3; ++i)
        appendCommand(out, {word});
    QCOMPARE(out, QByteArray("*1\r\n$3000000\r\n" + word + "\r\n").repeated(3));
}

void TestRedisCommand::greeting_saysWhatIsWanted_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("said");
    const QByteArray ping("*1\r\n$4\r\nPING\r\n");
    QTest::newRow("nothing") << "redis://h" << QByteArray() << ping;
    QTest::newRow("a password") << "redis://:p@h" << QByteArray()
                                << QByteArray("*2\r\n$4\r\nAUTH\r\n$1\r\np\r\n") + ping;
    QTest::newRow("all") << "redis://u:p@h/7" << QByteArray("n")
                         << QByteArray(
                                "*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$1\r\np\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n7\r\n"
                                "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\nn\r\n") +
                                ping;
}

void TestRedisCommand::greeting_saysWhatIsWanted()
{
    QFETCH(QString, url);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, said);
    Options options;
    options.url = Url::parse(url).value();
    options.name = name;
    QByteArray out;
    Greeting(options).appendTo(out);
    QCOMPARE(out, said);
}

void TestRedisCommand::greeting_answers_areJudged_data()
{
    QTest::addColumn<QList<Reply>>("answers"); // to AUTH, SELECT, CLIENT SETNAME, PING
    QTest::addColumn<int>("reason");           // -1: it is done
    QTest::addColumn<QString>("detail");
    const Reply ok = Reply::status("OK");
    const auto row = [](const char *name, const QList<Reply> &answers, LossReason reason,
                        const char *detail) {
        QTest::newRow(name) << answers << static_cast<int>(reason) << QString::fromLatin1(detail);
    };
    QTest::newRow("all is well") << QList<Reply>{ok, ok, ok, Reply::status("PONG")} << -1 << QString();
    QTest::newRow("no name") << QList<Reply>{ok, ok, Reply::error("NOPERM x"), Reply::status("PONG")} << -1
                             << QString();
    row("wrong password", {Reply::error("WRONGPASS invalid username-password pair or user is disabled.")},
        LossReason::Password, "they are wrong");
    row("wrong password of Redis 5", {Reply::error("ERR invalid password")}, LossReason::Password, "");
    row("password too many",
        {Reply::error("ERR AUTH <password> called without any password configured for the "
                      "default user. Are you sure your configuration is correct?")},
        LossReason::Password, "none is set there");
    row("too many clients", {Reply::error("ERR max number of clients reached")}, LossReason::TooManyClients,
        "");
    row("protected", {Reply::error("DENIED Redis is running in protected mode because …")},
        LossReason::Permission, "protected mode");
    row("too many clients, said to the name", {ok, ok, Reply::error("ERR max number of clients reached")},
        LossReason::TooManyClients, "");
    row("no such database", {ok, Reply::error("ERR DB index is out of range")}, LossReason::Database, "");
    row("no SELECT", {ok, Reply::error("NOPERM this user has no permissions")}, LossReason::Permission,
        "SELECT");
    row("no PING", {ok, ok, ok, Reply::error("NOPERM this user has no permissions")}, LossReason::Permission,
        "PING");
    row("password missing", {ok, ok, ok, Reply::error("NOAUTH Authentication required.")},
        LossReason::Password, "there is none in the URL");
    row("loading", {ok, ok, ok, Reply::error("LOADING Redis is loading the dataset in memory")},
        LossReason::Loading, "");
    row("master down", {ok, ok, ok, Reply::error("MASTERDOWN Link with MASTER is down")},
        LossReason::MasterDown, "");
    row("unknown error", {ok, ok, ok, Reply::error("EVIL")}, LossReason::Rejected, "");
    row("no status", {Reply::ofInteger(1)}, LossReason::Garbage, "");
    row("another status", {ok, ok, ok, ok}, LossReason::Garbage, "");
}

void TestRedisCommand::greeting_answers_areJudged()
{
    QFETCH(QList<Reply>, answers);
    QFETCH(int, reason);
    QFETCH(QString, detail);
    Options options;
    options.url = Url::parse(QStringLiteral("redis://u:p@h/7")).value();
    Greeting greeting(options);
    const Reply last = answers.takeLast();
    for (const Reply &reply : answers)
        QCOMPARE(greeting.take(reply), Greeting::State::Open);
    QCOMPARE(greeting.take(last), reason < 0 ? Greeting::State::Done : Greeting::State::Failed);
    if (reason < 0)
        return;
    QCOMPARE(static_cast<int>(greeting.reason()), reason);
    QCOMPARE(greeting.detail().isEmpty(), detail.isEmpty());
    QVERIFY2(greeting.detail().contains(detail), qPrintable(greeting.detail()));
}

void TestRedisCommand::backoff_growsToItsLimit_andIsSpread()
{
    Backoff longest{Milliseconds(100), Milliseconds(5'000)};
    Backoff shortest = longest;
    for (const int limit : {100, 200, 400, 800, 1'600, 3'200, 5'000, 5'000}) {
        QCOMPARE(longest.next(0xffffffff), Milliseconds(limit));
        QCOMPARE(shortest.next(0), Milliseconds(limit / 2));
    }
    longest.reset();
    QCOMPARE(longest.next(0x80000000), Milliseconds(75));
}

QTEST_GUILESS_MAIN(TestRedisCommand)
#include "tst_redis_command.moc"
