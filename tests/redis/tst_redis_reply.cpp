#include "redis/ReplyReader.h"

#include <QTest>

#include <optional>

using namespace concierge::redis;
using Step = ReplyReader::Step;

/// RESP2, whole and in pieces, and what is none.
class TestRedisReply : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void next_reply_isAValue_data();
    void next_reply_isAValue();
    void next_cutAnywhere_isTheSame_data() { next_reply_isAValue_data(); }
    void next_cutAnywhere_isTheSame();
    void next_garbage_isSaidAndStaysSo_data();
    void next_garbage_isSaidAndStaysSo();
    void next_beyondTheLimits_isGarbage_data();
    void next_beyondTheLimits_isGarbage();
    void next_announcedBeyondTheLimits_isGarbageAtOnce_data();
    void next_announcedBeyondTheLimits_isGarbageAtOnce();
    void next_manyReplies_comeInOrder();
    void next_afterALargeReply_keepsNothingOfIt();
    void next_afterAnyOther_keepsNothingOfIt();
    void reply_takenApart_needsNoLooking();
};

namespace {

/// All replies of `wire`, fed in two pieces; nothing where it is garbage.
std::optional<std::vector<Reply>> read(ReplyReader &reader, QByteArrayView wire, qsizetype cut)
{
    std::vector<Reply> replies;
    for (const QByteArrayView piece : {wire.first(cut), wire.sliced(cut)}) {
        reader.feed(piece);
        for (;;) {
            const Step step = reader.next();
            if (step == Step::Garbage)
                return std::nullopt;
            if (step == Step::NeedMore)
                break;
            replies.push_back(reader.reply());
        }
    }
    return replies;
}

QByteArray nested(int depth)
{
    return QByteArray("*1\r\n").repeated(depth) + ":1\r\n";
}

constexpr ReplyLimits tight{3, 10, 20};

} // namespace

void TestRedisReply::next_reply_isAValue_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<Reply>("expected");
    const auto row = [](const char *name, QByteArray wire, Reply expected) {
        QTest::newRow(name) << std::move(wire) << std::move(expected);
    };
    row("status", "+OK\r\n", Reply::status("OK"));
    row("empty status", "+\r\n", Reply::status(""));
    row("error", "-ERR no\r\n", Reply::error("ERR no"));
    row("a lone CR in an error", "-a\rb\r\n", Reply::error("a\rb"));
    row("number", ":42\r\n", Reply::ofInteger(42));
    row("zero", ":0\r\n", Reply::ofInteger(0));
    row("least number", ":-9223372036854775808\r\n", Reply::ofInteger(std::numeric_limits<qint64>::min()));
    row("largest number", ":9223372036854775807\r\n", Reply::ofInteger(std::numeric_limits<qint64>::max()));
    row("bulk", "$5\r\nhello\r\n", Reply::bulk("hello"));
    row("empty bulk", "$0\r\n\r\n", Reply::bulk(""));
    row("bulk of protocol", "$7\r\n$1\r\n\r\n+\r\n", Reply::bulk("$1\r\n\r\n+"));
    row("no bulk", "$-1\r\n", Reply::nil());
    row("no array", "*-1\r\n", Reply::nil());
    row("empty array", "*0\r\n", Reply::array({}));
    row("array of all", "*6\r\n+s\r\n-e\r\n:7\r\n$1\r\nb\r\n$-1\r\n*0\r\n",
        Reply::array({Reply::status("s"), Reply::error("e"), Reply::ofInteger(7), Reply::bulk("b"),
                      Reply::nil(), Reply::array({})}));
    row("arrays in arrays", "*2\r\n*2\r\n:1\r\n*1\r\n:2\r\n*1\r\n*1\r\n:3\r\n",
        Reply::array({Reply::array({Reply::ofInteger(1), Reply::array({Reply::ofInteger(2)})}),
                      Reply::array({Reply::array({Reply::ofInteger(3)})})}));
    Reply deep = Reply::ofInteger(1);
    for (int i = 0; i < 7; ++i)
        deep = Reply::array({deep});
    row("as deep as may be", nested(7), deep);
    QByteArray many("*3000\r\n");
    for (int i = 0; i < 3'000; ++i)
        many += ":1\r\n";
    row("long array", many, Reply::array(std::vector<Reply>(3'000, Reply::ofInteger(1))));
    row("status as long as may be", "+" + QByteArray(65'536, 'x') + "\r\n",
        Reply::status(QByteArray(65'536, 'x')));
    row("bulk over many chunks", "$50000\r\n" + QByteArray(50'000, 'x') + "\r\n",
        Reply::bulk(QByteArray(50'000, 'x')));
}

void TestRedisReply::next_reply_isAValue()
{
    QFETCH(QByteArray, wire);
    QFETCH(Reply, expected);
    ReplyReader reader;
    const auto replies = read(reader, wire, 0);
    QVERIFY(replies.has_value());
    QCOMPARE(replies->size(), std::size_t(1));
    QCOMPARE(replies->front(), expected);
    QCOMPARE(reader.next(), Step::NeedMore);
}

void TestRedisReply::next_cutAnywhere_isTheSame()
{
    QFETCH(QByteArray, wire);
    QFETCH(Reply, expected);
    const qsizetype step = wire.size() > 1'000 ? 997 : 1;
    ReplyReader reader; // one for all: nothing of a reply may show in the next
    for (qsizetype cut = 0; cut <= wire.size(); cut += step) {
        const auto replies = read(reader, wire, cut);
        QVERIFY2(replies.has_value(), qPrintable(QString::number(cut)));
        QCOMPARE(replies->size(), std::size_t(1));
        QCOMPARE(replies->front(), expected);
    }
    std::vector<Reply> replies;
    if (wire.size() > 60'000)
        return; // a line is looked through again with each of its bytes
    for (const char byte : wire) {
        reader.feed(QByteArrayView(&byte, 1));
        while (reader.next() == Step::Reply)
            replies.push_back(reader.reply());
    }
    QCOMPARE(replies, std::vector<Reply>{expected});
}

void TestRedisReply::next_garbage_isSaidAndStaysSo_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::newRow("HTTP") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
    QTest::newRow("TLS") << QByteArray("\x15\x03\x03\x00\x02\x02\x0a", 7);
    QTest::newRow("nothing but an end") << QByteArray("\r\n");
    QTest::newRow("no number") << QByteArray(":x\r\n");
    QTest::newRow("empty number") << QByteArray(":\r\n");
    QTest::newRow("number with a plus") << QByteArray(":+1\r\n");
    QTest::newRow("number with a space") << QByteArray(": 1\r\n");
    QTest::newRow("number beyond 64 bits") << QByteArray(":9223372036854775808\r\n");
    QTest::newRow("bulk without a length") << QByteArray("$\r\n");
    QTest::newRow("bulk of no length") << QByteArray("$abc\r\n");
    QTest::newRow("bulk of a negative length") << QByteArray("$-2\r\n");
    QTest::newRow("bulk without its end") << QByteArray("$3\r\nabcde");
    QTest::newRow("array of no count") << QByteArray("*x\r\n");
    QTest::newRow("array of a negative count") << QByteArray("*-2\r\n");
    QTest::newRow("garbage in an array") << QByteArray("*2\r\n:1\r\n?\r\n");
    QTest::newRow("map of RESP3") << QByteArray("%1\r\n:1\r\n:2\r\n");
    QTest::newRow("push of RESP3") << QByteArray(">1\r\n:1\r\n");
    QTest::newRow("double of RESP3") << QByteArray(",1.5\r\n");
    QTest::newRow("boolean of RESP3") << QByteArray("#t\r\n");
    QTest::newRow("verbatim string of RESP3") << QByteArray("=5\r\ntxt:a\r\n");
}

void TestRedisReply::next_garbage_isSaidAndStaysSo()
{
    QFETCH(QByteArray, wire);
    for (qsizetype cut = 0; cut <= wire.size(); ++cut) {
        ReplyReader reader;
        QVERIFY2(!read(reader, wire, cut), qPrintable(QString::number(cut)));
        reader.feed("+OK\r\n");
        QCOMPARE(reader.next(), Step::Garbage);
    }
}

void TestRedisReply::next_beyondTheLimits_isGarbage_data()
{
    QTest::addColumn<QByteArray>("within");
    QTest::addColumn<QByteArray>("beyond");
    QTest::newRow("depth") << nested(3) << nested(4);
    QTest::newRow("depth bomb") << nested(1) << nested(100'000);
    QTest::newRow("elements") << "*10\r\n" + QByteArray(":1\r\n").repeated(10)
                              << "*11\r\n" + QByteArray(":1\r\n").repeated(11);
    QTest::newRow("elements of all arrays")
        << QByteArray("*2\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n")
        << QByteArray("*2\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n*5\r\n:1\r\n");
    QTest::newRow("bytes") << "$20\r\n" + QByteArray(20, 'x') + "\r\n"
                           << "$21\r\n" + QByteArray(21, 'x') + "\r\n";
    QTest::newRow("bytes of a status") << "+" + QByteArray(20, 'x') + "\r\n"
                                       << "+" + QByteArray(21, 'x') + "\r\n";
    QTest::newRow("bytes of all strings") << QByteArray("*2\r\n$10\r\n0123456789\r\n$10\r\n0123456789\r\n")
                                          << QByteArray("*2\r\n$10\r\n0123456789\r\n$11\r\n01234567890\r\n");
}

void TestRedisReply::next_beyondTheLimits_isGarbage()
{
    QFETCH(QByteArray, within);
    QFETCH(QByteArray, beyond);
    ReplyReader taking(tight);
    const auto replies = read(taking, within + within, 0); // the second begins to count anew
    QVERIFY(replies.has_value());
    QCOMPARE(replies->size(), std::size_t(2));
    ReplyReader refusing(tight);
    QVERIFY(!read(refusing, beyond, 0));
}

void TestRedisReply::next_announcedBeyondTheLimits_isGarbageAtOnce_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::newRow("bulk of a gigabyte") << QByteArray("$1073741824\r\n");
    QTest::newRow("bulk of the largest length") << QByteArray("$9223372036854775807\r\n");
    QTest::newRow("bulk whose end would wrap around") << QByteArray("$9223372036854775806\r\nxx");
    QTest::newRow("bulk of 4 GiB and a bit, which is little in 32 bits")
        << QByteArray("$4294967297\r\nabc\r\n");
    QTest::newRow("bulk of a length beyond 64 bits") << QByteArray("$99999999999999999999\r\n");
    QTest::newRow("array of 2^31 - 1") << QByteArray("*2147483647\r\n");
    QTest::newRow("array of 2^32") << QByteArray("*4294967296\r\n");
    QTest::newRow("arrays of a million in each other") << QByteArray("*999999\r\n").repeated(3);
    QTest::newRow("status without an end") << "+" + QByteArray(70'000, 'x');
    QTest::newRow("status as long as that, with its end") << "+" + QByteArray(65'537, 'x') + "\r\n";
    QTest::newRow("number without an end") << ":" + QByteArray(70'000, '1');
    QTest::newRow("length without an end") << "$" + QByteArray(70'000, '1');
    QTest::newRow("count without an end") << "*" + QByteArray(70'000, '1');
}

void TestRedisReply::next_announcedBeyondTheLimits_isGarbageAtOnce()
{
    QFETCH(QByteArray, wire);
    ReplyReader reader;
    QVERIFY(!read(reader, wire, 0));
}

void TestRedisReply::next_manyReplies_comeInOrder()
{
    QByteArray wire;
    for (int i = 0; i < 20'000; ++i)
        wire += "*2\r\n:" + QByteArray::number(i) + "\r\n$3\r\nabc\r\n";
    ReplyReader reader;
    qint64 next = 0;
    for (qsizetype at = 0; at < wire.size(); at += ReplyReader::chunkBytes) {
        reader.feed(QByteArrayView(wire).sliced(at, std::min(ReplyReader::chunkBytes, wire.size() - at)));
        while (reader.next() == Step::Reply)
            QCOMPARE(reader.reply()[0].integer, next++);
    }
    QCOMPARE(next, qint64(20'000));
}

void TestRedisReply::next_afterALargeReply_keepsNothingOfIt()
{
    ReplyReader reader;
    reader.feed("$1000000\r\n" + QByteArray(1'000'000, 'x') + "\r\n+OK\r\n");
    QCOMPARE(reader.next(), Step::Reply);
    QCOMPARE(reader.next(), Step::Reply);
    QCOMPARE(reader.reply(), Reply::status("OK"));
    QVERIFY(reader.reply().bytes.capacity() < 100'000);
}

void TestRedisReply::next_afterAnyOther_keepsNothingOfIt()
{
    const QList<QByteArray> wires{"+OK\r\n",
                                  "-ERR\r\n",
                                  ":7\r\n",
                                  "$3\r\nabc\r\n",
                                  "$-1\r\n",
                                  "*0\r\n",
                                  "*2\r\n$2\r\nab\r\n:1\r\n",
                                  "*2\r\n:1\r\n*3\r\n+a\r\n+b\r\n+c\r\n",
                                  "*2\r\n*1\r\n:1\r\n$-1\r\n"};
    for (const QByteArray &first : wires) {
        for (const QByteArray &second : wires) {
            ReplyReader fresh;
            ReplyReader used;
            fresh.feed(second);
            used.feed(first + second);
            QCOMPARE(fresh.next(), Step::Reply);
            QCOMPARE(used.next(), Step::Reply);
            QCOMPARE(used.next(), Step::Reply);
            QVERIFY2(used.reply() == fresh.reply(), (first + second).constData());
        }
    }
}

void TestRedisReply::reply_takenApart_needsNoLooking()
{
    const Reply reply = Reply::array({Reply::bulk("a"), Reply::array({Reply::ofInteger(5)})});
    QCOMPARE(reply[1][0].integer, qint64(5));
    QVERIFY(reply[7][3].isNil());
    QCOMPARE(Reply::error("WRONGTYPE Operation against").errorCode(), QByteArrayView("WRONGTYPE"));
    QCOMPARE(Reply::error("ALONE").errorCode(), QByteArrayView("ALONE"));
    QVERIFY(Reply::bulk("ERR x").errorCode().isEmpty());
}

QTEST_GUILESS_MAIN(TestRedisReply)
#include "tst_redis_reply.moc"
