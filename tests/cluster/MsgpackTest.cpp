#include "cluster/Msgpack.h"
#include "cluster/Utf8.h"
#include "shared/Limits.h"
#include "socketio/Json.h"

#include <QTest>

using namespace concierge;
using namespace concierge::cluster;

namespace {

QByteArray bytes(const char *hex)
{
    return QByteArray::fromHex(hex);
}

QByteArray placeholder(int index)
{
    return "{\"_placeholder\":true,\"num\":" + QByteArray::number(index) + '}';
}

} // namespace

class MsgpackTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothWays_areSame_data();
    void bothWays_areSame();
    void decoded_isAsNodeReadsIt_data();
    void decoded_isAsNodeReadsIt();
    void encoded_isAsNodeWritesIt_data();
    void encoded_isAsNodeWritesIt();
    void bad_isRefused_data();
    void bad_isRefused();
    void everyBeginningOfAMessage_isTruncated();
    void nesting_isBounded();
    void attachments_areBounded();
    void attachments_areCopies();
    void placeholders_becomeBinary();
    void placeholders_withoutAttachments_areData();
    void placeholders_outOfRange_areRefused();
    void utf8_isRepairedAsNodeDoes_data();
    void utf8_isRepairedAsNodeDoes();
};

void MsgpackTest::bothWays_areSame_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("msgpack");
    const auto row = [](const char *json, const char *hex) {
        QTest::newRow(json) << QByteArray(json) << bytes(hex);
    };
    // The bytes are notepack.io 3.0.1's.
    row("null", "c0");
    row("true", "c3");
    row("false", "c2");
    row("0", "00");
    row("127", "7f");
    row("128", "cc80");
    row("255", "ccff");
    row("256", "cd0100");
    row("65535", "cdffff");
    row("65536", "ce00010000");
    row("4294967295", "ceffffffff");
    row("4294967296", "cf0000000100000000");
    row("9007199254740991", "cf001fffffffffffff");
    row("1000000000000000000", "cf0de0b6b3a7640000");
    row("9223372036854775808", "cf8000000000000000");
    row("-1", "ff");
    row("-32", "e0");
    row("-33", "d0df");
    row("-128", "d080");
    row("-129", "d1ff7f");
    row("-32768", "d18000");
    row("-32769", "d2ffff7fff");
    row("-2147483648", "d280000000");
    row("-2147483649", "d3ffffffff7fffffff");
    row("-9223372036854775808", "d38000000000000000");
    row("1.5", "cb3ff8000000000000");
    row("-0.1", "cbbfb999999999999a");
    row("\"\"", "a0");
    row("\"é€😀\"", "a9c3a9e282acf09f9880");
    row("\"\\\"\\\\\\n\\u0001\"", "a4225c0a01");
    row("[]", "90");
    row("{}", "80");
    row("[1,[2,{\"a\":[]}],\"x\"]", "9301920281a16190a178");
    row("{\"b\":[],\"c\":{},\"d\":[null]}", "83a16290a16380a16491c0");
    // What no double holds keeps its digits here; Node rounds them.
    row("9007199254740993", "cf0020000000000001");
    row("18446744073709551615", "cfffffffffffffffff");
    QTest::newRow("string of 31") << '"' + QByteArray(31, 'x') + '"' << bytes("bf") + QByteArray(31, 'x');
    QTest::newRow("string of 32") << '"' + QByteArray(32, 'x') + '"' << bytes("d920") + QByteArray(32, 'x');
    QTest::newRow("string of 256") << '"' + QByteArray(256, 'x') + '"'
                                   << bytes("da0100") + QByteArray(256, 'x');
    QTest::newRow("string of 65,536")
        << '"' + QByteArray(65'536, 'x') + '"' << bytes("db00010000") + QByteArray(65'536, 'x');
    const auto ones = [](int count) { return '[' + QByteArray("1,").repeated(count - 1) + "1]"; };
    QTest::newRow("array of 16") << ones(16) << bytes("dc0010") + QByteArray(16, '\1');
    QTest::newRow("array of 65,536") << ones(65'536) << bytes("dd00010000") + QByteArray(65'536, '\1');
}

void MsgpackTest::bothWays_areSame()
{
    QFETCH(const QByteArray, json);
    QFETCH(const QByteArray, msgpack);
    const auto encoded = toMsgpack(json);
    QVERIFY(encoded);
    QCOMPARE(encoded->toHex(), msgpack.toHex());
    const auto decoded = fromMsgpack(msgpack);
    QVERIFY(decoded);
    QCOMPARE(decoded->json, json);
    QVERIFY(decoded->attachments.isEmpty());
}

void MsgpackTest::decoded_isAsNodeReadsIt_data()
{
    QTest::addColumn<QByteArray>("msgpack");
    QTest::addColumn<QByteArray>("json");
    const auto row = [](const char *name, const char *hex, const QByteArray &json) {
        QTest::newRow(name) << bytes(hex) << json;
    };
    row("date of 32 bits", "d6ff6553f100", "\"2023-11-14T22:13:20.000Z\"");
    row("date of 32 bits, the last", "d6ffffffffff", "\"2106-02-07T06:28:15.000Z\"");
    row("date of 64 bits", "d7ff1d5353006553f100", "\"2023-11-14T22:13:20.123Z\"");
    row("date of 96 bits, before 1970", "c70cff3b8b87c0ffffffffffffffff", "\"1969-12-31T23:59:59.999Z\"");
    row("date of 96 bits, part of a ms", "c70cff000f4241ffffffffffffffff", "\"1969-12-31T23:59:59.002Z\"");
    row("date before the year 0", "c70cff00000000fffffff184aa5080", "\"-000001-01-01T00:00:00.000Z\"");
    row("last date there is", "c70cff00000000000007dba8218000", "\"+275760-09-13T00:00:00.000Z\"");
    row("date beyond the last", "c70cff000f424000000 7dba8218000", "null");
    row("date of no sense", "c70cff000000007fffffffffffffff", "null");
    row("invalid date, as notepack writes it", "c70cff000000000000000000000000",
        "\"1970-01-01T00:00:00.000Z\"");
    row("date of notepack 2", "d70000000000000003e8", "\"1970-01-01T00:00:01.000Z\"");
    row("undefined of notepack 2", "d40000", "null");
    row("NaN", "cb7ff8000000000000", "null");
    row("infinity", "cb7ff0000000000000", "null");
    row("minus infinity", "ca ff800000", "null");
    row("float of 32 bits", "ca3dcccccd", "0.10000000149011612");
    row("whole float", "cb4014000000000000", "5");
    row("minus zero", "cb8000000000000000", "0");
    row("large float", "cb43e0000000000000", "9223372036854775808");
    row("very large float", "cb7e37e43c8800759c", "1e+300");
    row("8 bits where 7 were enough", "cc01", "1");
    row("positive in a signed one", "d30000000000000001", "1");
    row("equal keys", "82a16101a16102", "{\"a\":1,\"a\":2}");
    row("__proto__", "81a95f5f70726f746f5f5f80", "{\"__proto__\":{}}");
    row("32-bit notation of a short string", "db00000001 61", "\"a\"");
    row("empty containers in one", "93908090", "[[],{},[]]");
}

void MsgpackTest::decoded_isAsNodeReadsIt()
{
    QFETCH(const QByteArray, msgpack);
    QFETCH(const QByteArray, json);
    const auto decoded = fromMsgpack(msgpack);
    QVERIFY(decoded);
    QCOMPARE(decoded->json, json);
    QVERIFY(json::validate(decoded->json, json::deepest));
}

void MsgpackTest::encoded_isAsNodeWritesIt_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("msgpack");
    const auto row = [](const char *json, const char *hex) {
        QTest::newRow(json) << QByteArray(json) << bytes(hex);
    };
    row("1.0", "01");
    row("-0", "00");
    row("-0.0", "00");
    row("1e3", "cd03e8");
    row("-1.28e2", "d080");
    row("1e-2", "cb3f847ae147ae147b");
    row("9.223372036854775808e18", "cf8000000000000000");
    row(" [ 1 , { \"a\" : true } ] ", "920181a161c3");
    row("\"\\u00e9\\ud83d\\ude00\"", "a6c3a9f09f9880");
    // Deviations: notepack writes the lower 64 bits, and for a surrogate what is not UTF-8.
    row("18446744073709551616", "cb43f0000000000000");
    row("-9223372036854775809", "d38000000000000000");
    row("-10000000000000000000", "cbc3e158e460913d00");
    row("1e300", "cb7e37e43c8800759c");
    row("1e400", "c0");
    row("1e-400", "00");
    row("\"a\\ud800\"", "a461efbfbd");
}

void MsgpackTest::encoded_isAsNodeWritesIt()
{
    QFETCH(const QByteArray, json);
    QFETCH(const QByteArray, msgpack);
    const auto encoded = toMsgpack(json);
    QVERIFY(encoded);
    QCOMPARE(encoded->toHex(), msgpack.toHex());
}

void MsgpackTest::bad_isRefused_data()
{
    QTest::addColumn<QByteArray>("msgpack");
    QTest::addColumn<int>("error");
    const auto row = [](const char *name, const QByteArray &msgpack, DecodeError error) {
        QTest::newRow(name) << msgpack << static_cast<int>(error);
    };
    row("nothing", "", DecodeError::Empty);
    row("the byte that is never used", bytes("c1"), DecodeError::BadByte);
    row("the same inside", bytes("9201c1"), DecodeError::BadByte);
    row("two values", bytes("0101"), DecodeError::TrailingBytes);
    row("a byte too many", bytes("920102c0"), DecodeError::TrailingBytes);
    row("array that ends early", bytes("9201"), DecodeError::Truncated);
    row("string that ends early", bytes("a361"), DecodeError::Truncated);
    row("string of 4 GB", bytes("dbffffffff61"), DecodeError::Truncated);
    row("binary of 4 GB", bytes("c6ffffffff61"), DecodeError::Truncated);
    row("extension of 4 GB", bytes("c9ffffffffff61"), DecodeError::Truncated);
    row("array of 4 billion", bytes("ddffffffff01"), DecodeError::Truncated);
    row("map of 4 billion", bytes("dfffffffff01"), DecodeError::Truncated);
    row("array of 65,535", bytes("dcffff01"), DecodeError::Truncated);
    row("arrays of 65,535 in each other", bytes("dcffff").repeated(100'000), DecodeError::TooDeep);
    row("number as key", bytes("810102"), DecodeError::BadKey);
    row("nil as key", bytes("81c002"), DecodeError::BadKey);
    row("binary as key", bytes("81c4016102"), DecodeError::BadKey);
    row("array as key", bytes("819002"), DecodeError::BadKey);
    row("map as key", bytes("818002"), DecodeError::BadKey);
    row("date as key", bytes("81d6ff0000000002"), DecodeError::BadKey);
    row("date of 3 bytes", bytes("c703ff000000"), DecodeError::BadByte);
    row("a million arrays", QByteArray(1'000'000, '\x91'), DecodeError::TooDeep);
    row("a million maps", bytes("81a161").repeated(1'000'000), DecodeError::TooDeep);
    row("more than is taken", QByteArray(messageMaxBytes + 1, '\0'), DecodeError::TooLarge);
}

void MsgpackTest::bad_isRefused()
{
    QFETCH(const QByteArray, msgpack);
    QFETCH(const int, error);
    const auto decoded = fromMsgpack(msgpack);
    QVERIFY(!decoded);
    QCOMPARE(static_cast<int>(decoded.error()), error);
}

void MsgpackTest::everyBeginningOfAMessage_isTruncated()
{
    const QByteArray whole =
        bytes("93a6546262504f4283a47479706502a46461746193a3626963c403010203d7ff1d5353006553f100"
              "a36e7370a12f83a5726f6f6d7391cd0100a66578636570749"
              "0a5666c61677381a774696d656f7574cb3ff8000000000000");
    QVERIFY(fromMsgpack(whole));
    for (qsizetype size = 1; size < whole.size(); ++size) {
        // Of exactly that size: a sanitizer sees a read beyond it.
        const std::vector<char> part(whole.begin(), whole.begin() + size);
        const auto decoded = fromMsgpack(QByteArrayView(part.data(), size));
        QVERIFY(!decoded);
        QCOMPARE(decoded.error(), DecodeError::Truncated);
    }
}

void MsgpackTest::nesting_isBounded()
{
    const auto arrays = [](int depth) { return QByteArray(depth - 1, '\x91') + '\x90'; };
    QVERIFY(fromMsgpack(arrays(messageMaxDepth)));
    QCOMPARE(fromMsgpack(arrays(messageMaxDepth + 1)).error(), DecodeError::TooDeep);
    const auto json = [](int depth) { return QByteArray(depth, '[') + QByteArray(depth, ']'); };
    QCOMPARE(*toMsgpack(json(messageMaxDepth)), arrays(messageMaxDepth));
    QCOMPARE(toMsgpack(json(messageMaxDepth + 1)).error(), DecodeError::TooDeep);
}

void MsgpackTest::attachments_areBounded()
{
    const auto binaries = [](int count) {
        return QByteArray(1, static_cast<char>(0x90 + count)) + bytes("c40161").repeated(count);
    };
    QCOMPARE(fromMsgpack(binaries(limits::maxAttachments))->attachments.size(), limits::maxAttachments);
    QCOMPARE(fromMsgpack(binaries(limits::maxAttachments + 1)).error(), DecodeError::TooManyAttachments);
}

void MsgpackTest::attachments_areCopies()
{
    QByteArray msgpack = bytes("93c403010203c400c70200aabb"); // the third as notepack 2 wrote an ArrayBuffer
    const auto decoded = fromMsgpack(QByteArrayView(msgpack));
    msgpack.fill('\0');
    QVERIFY(decoded);
    QCOMPARE(decoded->json, '[' + placeholder(0) + ',' + placeholder(1) + ',' + placeholder(2) + ']');
    QCOMPARE(decoded->attachments, (QList<QByteArray>{bytes("010203"), QByteArray(), bytes("aabb")}));

    const auto other = fromMsgpack(bytes("c70305aabbcc")); // an extension of somebody's own
    QVERIFY(other);
    QCOMPARE(other->json, "[5," + placeholder(0) + ']');
    QCOMPARE(other->attachments, QList<QByteArray>{bytes("aabbcc")});
}

void MsgpackTest::placeholders_becomeBinary()
{
    const QList<QByteArray> attachments{bytes("0102"), QByteArray(300, 'x')};
    const auto encoded =
        toMsgpack("[\"e\"," + placeholder(1) + ",{\"a\":[" + placeholder(0) +
                      "],\"b\":[[]]}, {\"num\" : 1.0, \"x\":[{},[]], \"_placeholder\":true},{}]",
                  attachments);
    QVERIFY(encoded);
    const QByteArray big = bytes("c5012c") + QByteArray(300, 'x');
    QCOMPARE(*encoded, bytes("95a165") + big + bytes("82a16191c4020102a1629190") + big + bytes("80"));
}

void MsgpackTest::placeholders_withoutAttachments_areData()
{
    QCOMPARE(toMsgpack(placeholder(7))->toHex(), "82"
                                                 "ac5f706c616365686f6c646572"
                                                 "c3"
                                                 "a36e756d"
                                                 "07");
    // And one that is none.
    QCOMPARE(toMsgpack("{\"_placeholder\":false,\"num\":0}", {"x"})->toHex(), "82"
                                                                              "ac5f706c616365686f6c646572"
                                                                              "c2"
                                                                              "a36e756d"
                                                                              "00");
}

void MsgpackTest::placeholders_outOfRange_areRefused()
{
    QCOMPARE(toMsgpack(placeholder(1), {"x"}).error(), DecodeError::BadPlaceholder);
    QCOMPARE(toMsgpack("{\"_placeholder\":true}", {"x"}).error(), DecodeError::BadPlaceholder);
    QCOMPARE(toMsgpack("{\"_placeholder\":true,\"num\":\"0\"}", {"x"}).error(), DecodeError::BadPlaceholder);
}

void MsgpackTest::utf8_isRepairedAsNodeDoes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("repaired");
    const auto row = [](const char *hex, const char *repaired) {
        QTest::newRow(hex) << bytes(hex) << bytes(repaired);
    };
    // What Buffer.toString() of Node 20 makes of them.
    row("c3a9e282acf09f9880", "c3a9e282acf09f9880");
    row("e282ff", "efbfbdefbfbd");
    row("f09f98ff", "efbfbdefbfbd");
    row("eda080", "efbfbdefbfbdefbfbd");
    row("c0af", "efbfbdefbfbd");
    row("f4908080", "efbfbdefbfbdefbfbdefbfbd");
    row("ff", "efbfbd");
    row("e282", "efbfbd");
    row("e28261", "efbfbd61");
    row("f0908080ff41", "f0908080efbfbd41");
    row("f09f98f09f98", "efbfbdefbfbd");
}

void MsgpackTest::utf8_isRepairedAsNodeDoes()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QByteArray, repaired);
    QByteArray storage;
    QCOMPARE(validUtf8(text, storage).toByteArray().toHex(), repaired.toHex());
    const auto decoded = fromMsgpack(static_cast<char>(0xA0 + text.size()) + text);
    QVERIFY(decoded);
    QCOMPARE(decoded->json, '"' + repaired + '"');
}

QTEST_APPLESS_MAIN(MsgpackTest)
#include "MsgpackTest.moc"
