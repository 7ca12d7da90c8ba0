#include "socketio/Packet.h"

#include <QTest>

using namespace concierge;
using namespace concierge::socketio;
using transport::Frame;
using transport::FrameKind;

namespace {

Packet packet(PacketType type, QByteArray nsp, std::optional<quint64> id, QByteArray data,
              QList<QByteArray> attachments = {})
{
    return {type, std::move(nsp), id, std::move(data), std::move(attachments)};
}

QByteArray nested(int depth)
{
    return QByteArray(depth, '[') + QByteArray(depth, ']');
}

} // namespace

Q_DECLARE_METATYPE(Packet)

class PacketTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void encode_thenDecode_data();
    void encode_thenDecode();
    void encode_typeFollowsAttachments();
    void encodeEventText_data();
    void encodeEventText();
    void encodeAckText_data();
    void encodeAckText();
    void encodeText_isOneAllocation();
    void decodeText_tolerated_data();
    void decodeText_tolerated();
    void decodeText_malformed_data();
    void decodeText_malformed();
    void decodeText_isAViewIntoTheText();
    void decodeText_everyPrefix_readsNothingBeyond();
    void feedBinary_withoutHeader_isUnexpected();
    void feedBinary_behindTextPacket_isUnexpected();
    void feedText_insideBinaryPacket_isUnexpected();
    void feedBinary_givesThePacketAtTheLastAttachment();
    void feedBinary_keepsItsOwnCopies();
    void feedBinary_tenAttachments_areTaken();
    void decoder_isReadyForTheNextPacket();
    void isReservedEvent_data();
    void isReservedEvent();
};

void PacketTest::encode_thenDecode_data()
{
    QTest::addColumn<Packet>("value");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const Packet &value, const QByteArray &text) {
        QTest::newRow(name) << value << text;
    };
    // Socket.IO protocol 5, "Packet encoding", with its own examples.
    row("CONNECT", packet(PacketType::Connect, "/", {}, {}), "0");
    row("CONNECT with payload", packet(PacketType::Connect, "/", {}, R"({"sid":"oSO0OpakMV_3jnilAAAA"})"),
        R"(0{"sid":"oSO0OpakMV_3jnilAAAA"})");
    row("CONNECT to a namespace", packet(PacketType::Connect, "/admin", {}, R"({"token":"123"})"),
        R"(0/admin,{"token":"123"})");
    row("DISCONNECT", packet(PacketType::Disconnect, "/", {}, {}), "1");
    row("DISCONNECT from a namespace", packet(PacketType::Disconnect, "/admin", {}, {}), "1/admin,");
    row("EVENT", packet(PacketType::Event, "/", {}, R"(["foo"])"), R"(2["foo"])");
    row("EVENT of a namespace", packet(PacketType::Event, "/admin", {}, R"(["bar"])"), R"(2/admin,["bar"])");
    row("EVENT with id", packet(PacketType::Event, "/", 12, R"(["foo"])"), R"(212["foo"])");
    row("EVENT with id 0", packet(PacketType::Event, "/", 0, R"(["foo"])"), R"(20["foo"])");
    row("EVENT with everything", packet(PacketType::Event, "/a/b", 4294967296, R"(["foo",1,"2",[3]])"),
        R"(2/a/b,4294967296["foo",1,"2",[3]])");
    row("EVENT with the largest id", packet(PacketType::Event, "/", 18446744073709551615u, R"(["foo"])"),
        R"(218446744073709551615["foo"])");
    row("EVENT keeps numbers and escapes",
        packet(PacketType::Event, "/", {}, R"(["foo",1.0,12345678901234567890,"\u00e9\ud83d"])"),
        R"(2["foo",1.0,12345678901234567890,"\u00e9\ud83d"])");
    row("ACK", packet(PacketType::Ack, "/admin", 13, R"(["bar"])"), R"(3/admin,13["bar"])");
    row("ACK without arguments", packet(PacketType::Ack, "/", 0, "[]"), "30[]");
    row("CONNECT_ERROR", packet(PacketType::ConnectError, "/", {}, R"({"message":"Not authorized"})"),
        R"(4{"message":"Not authorized"})");
    row("CONNECT_ERROR with text", packet(PacketType::ConnectError, "/admin", {}, R"("no")"),
        R"(4/admin,"no")");
    row("BINARY_EVENT",
        packet(PacketType::BinaryEvent, "/", {}, R"(["baz",{"_placeholder":true,"num":0}])",
               {"\x01\x02\x03"}),
        R"(51-["baz",{"_placeholder":true,"num":0}])");
    row("BINARY_EVENT with everything",
        packet(PacketType::BinaryEvent, "/admin", 15,
               R"(["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])", {"a", ""}),
        R"(52-/admin,15["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
    row("BINARY_ACK",
        packet(PacketType::BinaryAck, "/admin", 15, R"([{"_placeholder":true,"num":0}])", {"\xff"}),
        R"(61-/admin,15[{"_placeholder":true,"num":0}])");
}

void PacketTest::encode_thenDecode()
{
    QFETCH(Packet, value);
    QFETCH(QByteArray, text);
    const QList<Frame> frames = encode(value);
    QCOMPARE(frames.size(), 1 + value.attachments.size());
    QCOMPARE(frames.front(), (Frame{FrameKind::Text, '4' + text}));

    Decoder decoder;
    auto decoded = decoder.feedText(text);
    for (qsizetype i = 0; i < value.attachments.size(); ++i) {
        QVERIFY(decoded);
        QVERIFY(!decoded->has_value());
        QCOMPARE(frames[i + 1], (Frame{FrameKind::Binary, value.attachments[i]}));
        decoded = decoder.feedBinary(value.attachments[i]);
    }
    QVERIFY(decoded);
    QVERIFY(decoded->has_value());
    QVERIFY(**decoded == value);
}

void PacketTest::encode_typeFollowsAttachments()
{
    QCOMPARE(encode(packet(PacketType::Event, "/", {}, "[1]", {"x"})).front().data, QByteArray("451-[1]"));
    QCOMPARE(encode(packet(PacketType::Ack, "/", 1, "[1]", {"x", "y"})).front().data, QByteArray("462-1[1]"));
    QCOMPARE(encode(packet(PacketType::BinaryEvent, "/", {}, "[1]")).front().data, QByteArray("42[1]"));
    QCOMPARE(encode(packet(PacketType::BinaryAck, "/", 1, "[1]")).front().data, QByteArray("431[1]"));
}

void PacketTest::encodeEventText_data()
{
    QTest::addColumn<QByteArray>("nsp");
    QTest::addColumn<qint64>("id"); // -1: none
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QList<QByteArray>>("arguments");
    QTest::addColumn<int>("attachments");
    QTest::addColumn<QByteArray>("text");
    const qint64 none = -1;
    QTest::newRow("no arguments") << QByteArray("/") << none << QByteArray("a") << QList<QByteArray>() << 0
                                  << QByteArray(R"(42["a"])");
    QTest::newRow("arguments") << QByteArray("/") << none << QByteArray("a")
                               << QList<QByteArray>{"1", "{}", "\"x\""} << 0
                               << QByteArray(R"(42["a",1,{},"x"])");
    QTest::newRow("namespace and id") << QByteArray("/n") << qint64(7) << QByteArray("a")
                                      << QList<QByteArray>{"1"} << 0 << QByteArray(R"(42/n,7["a",1])");
    QTest::newRow("name is escaped") << QByteArray("/") << qint64(0) << QByteArray("a\"\n")
                                     << QList<QByteArray>() << 0 << QByteArray("420[\"a\\\"\\n\"]");
    QTest::newRow("attachments") << QByteArray("/n") << none << QByteArray("a") << QList<QByteArray>{"1"}
                                 << 10 << QByteArray(R"(4510-/n,["a",1])");
}

void PacketTest::encodeEventText()
{
    QFETCH(QByteArray, nsp);
    QFETCH(qint64, id);
    QFETCH(QByteArray, name);
    QFETCH(QList<QByteArray>, arguments);
    QFETCH(int, attachments);
    QFETCH(QByteArray, text);
    const std::vector<QByteArrayView> views(arguments.begin(), arguments.end());
    const auto ackId = id < 0 ? std::nullopt : std::optional(static_cast<quint64>(id));
    QCOMPARE(socketio::encodeEventText(nsp, ackId, name, views, attachments), (Frame{FrameKind::Text, text}));
}

void PacketTest::encodeAckText_data()
{
    QTest::addColumn<QByteArray>("nsp");
    QTest::addColumn<quint64>("id");
    QTest::addColumn<QList<QByteArray>>("arguments");
    QTest::addColumn<int>("attachments");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("none") << QByteArray("/") << quint64(0) << QList<QByteArray>() << 0 << QByteArray("430[]");
    QTest::newRow("one") << QByteArray("/") << quint64(1) << QList<QByteArray>{"{}"} << 0
                         << QByteArray("431[{}]");
    QTest::newRow("two") << QByteArray("/n") << quint64(12) << QList<QByteArray>{"1", "2"} << 0
                         << QByteArray("43/n,12[1,2]");
    QTest::newRow("attachments") << QByteArray("/") << quint64(1) << QList<QByteArray>{"1"} << 2
                                 << QByteArray("462-1[1]");
}

void PacketTest::encodeAckText()
{
    QFETCH(QByteArray, nsp);
    QFETCH(quint64, id);
    QFETCH(QList<QByteArray>, arguments);
    QFETCH(int, attachments);
    QFETCH(QByteArray, text);
    const std::vector<QByteArrayView> views(arguments.begin(), arguments.end());
    QCOMPARE(socketio::encodeAckText(nsp, id, views, attachments), (Frame{FrameKind::Text, text}));
}

void PacketTest::encodeText_isOneAllocation()
{
    // What was reserved sufficed: the buffer did not grow to a power of two.
    const QByteArray argument(100'000, '1');
    const QByteArrayView view = argument;
    const Frame frame = socketio::encodeEventText("/custom", 18446744073709551615u, "event", {&view, 1}, 10);
    QVERIFY(frame.data.size() > argument.size());
    QVERIFY2(frame.data.capacity() < argument.size() + 128, QByteArray::number(frame.data.capacity()));
}

void PacketTest::decodeText_tolerated_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<Packet>("value");
    const auto row = [](const char *name, const QByteArray &text, const Packet &value) {
        QTest::newRow(name) << text << value;
    };
    row("EVENT without payload", "2", packet(PacketType::Event, "/", {}, {}));
    row("EVENT without payload, with id", "25", packet(PacketType::Event, "/", 5, {}));
    row("ACK without id", R"(3["a"])", packet(PacketType::Ack, "/", {}, R"(["a"])"));
    row("ACK without payload", "35", packet(PacketType::Ack, "/", 5, {}));
    row("explicit /", R"(2/,["a"])", packet(PacketType::Event, "/", {}, R"(["a"])"));
    row("explicit /, CONNECT", "0/,{}", packet(PacketType::Connect, "/", {}, "{}"));
    row("explicit / without comma", "1/", packet(PacketType::Disconnect, "/", {}, {}));
    row("namespace without comma", "0/custom", packet(PacketType::Connect, "/custom", {}, {}));
    row("namespace with a query", "0/custom?a=b,{}", packet(PacketType::Connect, "/custom?a=b", {}, "{}"));
    row("namespace in UTF-8", "0/é,", packet(PacketType::Connect, "/é", {}, {}));
    row("CONNECT with id", "05{}", packet(PacketType::Connect, "/", 5, "{}"));
    row("numeric event name", "2[1.50,2]", packet(PacketType::Event, "/", {}, "[1.50,2]"));
    row("leading zeros of an id", R"(2007["a"])", packet(PacketType::Event, "/", 7, R"(["a"])"));
    row("white space around the payload", "2 [\"a\"]\n", packet(PacketType::Event, "/", {}, R"(["a"])"));
    row("depth 1,025", "2[\"a\"," + nested(1024) + ']',
        packet(PacketType::Event, "/", {}, "[\"a\"," + nested(1024) + ']'));
    row("depth 1,025 in CONNECT", "0{\"a\":" + nested(1024) + '}',
        packet(PacketType::Connect, "/", {}, "{\"a\":" + nested(1024) + '}'));
    row("depth 10,000", "3[" + nested(9'999) + ']',
        packet(PacketType::Ack, "/", {}, '[' + nested(9'999) + ']'));
    row("id of 2^64", R"(218446744073709551616["a"])", packet(PacketType::Event, "/", {}, R"(["a"])"));
    row("id of 30 digits", "3" + QByteArray(30, '9') + "[]", packet(PacketType::Ack, "/", {}, "[]"));
    row("depth 64", "2[\"a\"," + nested(63) + ']',
        packet(PacketType::Event, "/", {}, "[\"a\"," + nested(63) + ']'));
    row("name like a reserved one", R"(2["connected"])",
        packet(PacketType::Event, "/", {}, R"(["connected"])"));
    row("reserved word as argument", R"(2["a","connect"])",
        packet(PacketType::Event, "/", {}, R"(["a","connect"])"));
    row("reserved word in an ACK", R"(31["connect"])", packet(PacketType::Ack, "/", 1, R"(["connect"])"));
}

void PacketTest::decodeText_tolerated()
{
    QFETCH(QByteArray, text);
    QFETCH(Packet, value);
    Decoder decoder;
    const auto decoded = decoder.feedText(text);
    QVERIFY(decoded);
    QVERIFY(decoded->has_value());
    QVERIFY(**decoded == value);
}

void PacketTest::decodeText_malformed_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("error");
    const auto row = [](const char *name, const QByteArray &text, DecodeError error) {
        QTest::newRow(name) << text << static_cast<int>(error);
    };
    row("empty", "", DecodeError::Empty);
    row("type 7", "7", DecodeError::UnknownType);
    row("type 9", R"(9["a"])", DecodeError::UnknownType);
    row("letter", "abc", DecodeError::UnknownType);
    row("white space first", R"( 2["a"])", DecodeError::UnknownType);
    row("NUL", QByteArray("\0", 1), DecodeError::UnknownType);
    row("above ASCII", "é", DecodeError::UnknownType);

    row("CONNECT with array", "0[]", DecodeError::BadPayload);
    row("CONNECT with string", "0\"a\"", DecodeError::BadPayload);
    row("CONNECT with null", "0null", DecodeError::BadPayload);
    row("CONNECT with true", "0true", DecodeError::BadPayload);
    row("DISCONNECT with object", "1{}", DecodeError::BadPayload);
    row("DISCONNECT with null", "1null", DecodeError::BadPayload);
    row("DISCONNECT with rubbish", "1x", DecodeError::BadPayload);
    row("EVENT with object", "2{}", DecodeError::BadPayload);
    row("EVENT with string", "2\"a\"", DecodeError::BadPayload);
    row("EVENT with null", "2null", DecodeError::BadPayload);
    row("EVENT with empty array", "2[]", DecodeError::BadPayload);
    row("EVENT named true", "2[true]", DecodeError::BadPayload);
    row("EVENT named null", "2[null]", DecodeError::BadPayload);
    row("EVENT named by an object", "2[{}]", DecodeError::BadPayload);
    row("EVENT named by an array", "2[[\"a\"]]", DecodeError::BadPayload);
    row("ACK with object", "31{}", DecodeError::BadPayload);
    row("ACK with string", "31\"a\"", DecodeError::BadPayload);
    row("CONNECT_ERROR with array", "4[]", DecodeError::BadPayload);
    row("CONNECT_ERROR with number", "4/a,null", DecodeError::BadPayload);
    row("BINARY_EVENT with object", "51-{}", DecodeError::BadPayload);
    row("BINARY_EVENT with empty array", "51-[]", DecodeError::BadPayload);
    row("BINARY_EVENT named by its attachment", R"(51-[{"_placeholder":true,"num":0}])",
        DecodeError::BadPayload);
    row("BINARY_ACK with object", "61-1{}", DecodeError::BadPayload);

    row("connect", R"(2["connect"])", DecodeError::ReservedEvent);
    row("connect, escaped", R"(2["c\u006fnnect"])", DecodeError::ReservedEvent);
    row("connect, of a namespace", R"(2/custom,1["connect"])", DecodeError::ReservedEvent);
    row("disconnect, binary", R"(51-["disconnect",{"_placeholder":true,"num":0}])",
        DecodeError::ReservedEvent);

    row("open array", "2[", DecodeError::BadJson);
    row("rubbish behind", R"(2["a"]x)", DecodeError::BadJson);
    row("two payloads", R"(2["a"]["b"])", DecodeError::BadJson);
    row("trailing comma", R"(2["a",])", DecodeError::BadJson);
    row("bad deep inside", R"(2["a",{"b":[1,{"c":01}]}])", DecodeError::BadJson);
    row("CONNECT with bad JSON", "0{", DecodeError::BadJson);
    row("comma without namespace", R"(2,["a"])", DecodeError::BadJson);
    row("fractional id", R"(21.5["a"])", DecodeError::BadJson);
    row("negative id", R"(2-1["a"])", DecodeError::BadJson);
    row("white space only", "2 ", DecodeError::BadJson);
    row("text not UTF-8", "2[\"a\",\"\xff\"]", DecodeError::BadJson);
    row("depth 10,001", "2[\"a\"," + nested(10'000) + ']', DecodeError::TooDeep);
    row("depth 10,000, open", '2' + QByteArray(10'000, '['), DecodeError::BadJson);
    row("depth 10,001, open", '2' + QByteArray(10'001, '['), DecodeError::TooDeep);

    row("no count", "5", DecodeError::BadAttachmentCount);
    row("no count but dash", "5-[\"a\"]", DecodeError::BadAttachmentCount);
    row("no dash", "51[\"a\"]", DecodeError::BadAttachmentCount);
    row("no count, JSON with a dash", R"(5["a-b"])", DecodeError::BadAttachmentCount);
    row("0 attachments", R"(50-["a"])", DecodeError::BadAttachmentCount);
    row("00 attachments", R"(600-1["a"])", DecodeError::BadAttachmentCount);
    row("fractional count", R"(51.5-["a"])", DecodeError::BadAttachmentCount);
    row("negative count", R"(5-1-["a"])", DecodeError::BadAttachmentCount);
    row("hexadecimal count", R"(50x1-["a"])", DecodeError::BadAttachmentCount);
    row("11 attachments", R"(511-["a"])", DecodeError::TooManyAttachments);
    row("count beyond 64 bits", "5" + QByteArray(30, '9') + R"(-["a"])", DecodeError::TooManyAttachments);

    row("namespace not UTF-8", "0/\xff,{}", DecodeError::BadNamespace);
}

void PacketTest::decodeText_malformed()
{
    QFETCH(QByteArray, text);
    QFETCH(int, error);
    Decoder decoder;
    const auto decoded = decoder.feedText(text);
    QVERIFY(!decoded);
    QCOMPARE(static_cast<int>(decoded.error()), error);
}

void PacketTest::decodeText_isAViewIntoTheText()
{
    const QByteArray text = R"(2/custom,17[ "na\u006de" , {"a": 1} ,2])";
    const auto decoded = decodeText(text);
    QVERIFY(decoded);
    QCOMPARE(decoded->nsp.data(), text.constData() + 1);
    QCOMPARE(decoded->nsp.toByteArray(), QByteArray("/custom"));
    QCOMPARE(decoded->id, std::optional<quint64>(17));
    QCOMPARE(decoded->data.data(), text.constData() + 11);
    QCOMPARE(decoded->elements.size(), 3U);
    QCOMPARE(decoded->elements[0].toByteArray(), QByteArray(R"("na\u006de")"));
    QCOMPARE(decoded->elements[1].toByteArray(), QByteArray(R"({"a": 1})"));
    QCOMPARE(decoded->elements[2].data(), text.constData() + text.size() - 2);
}

void PacketTest::decodeText_everyPrefix_readsNothingBeyond()
{
    const QByteArray text =
        R"(52-/custom,17["name",{"_placeholder":true,"num":1},[{"num":0,"_placeholder":true}]])";
    for (qsizetype size = 0; size <= text.size(); ++size) {
        const std::vector<char> exact(text.begin(), text.begin() + size); // a sanitizer sees a read beyond it
        const bool isWhole = size == text.size();
        const bool hasNoPayload = size >= 3 && size <= 13; // which is tolerated
        QCOMPARE(decodeText(QByteArrayView(exact.data(), size)).hasValue(), isWhole || hasNoPayload);
    }
}

void PacketTest::feedBinary_withoutHeader_isUnexpected()
{
    Decoder decoder;
    const auto decoded = decoder.feedBinary("x");
    QVERIFY(!decoded);
    QCOMPARE(decoded.error(), DecodeError::UnexpectedBinary);
}

void PacketTest::feedBinary_behindTextPacket_isUnexpected()
{
    Decoder decoder;
    QVERIFY(decoder.feedText(R"(2["a"])"));
    const auto decoded = decoder.feedBinary("x");
    QVERIFY(!decoded);
    QCOMPARE(decoded.error(), DecodeError::UnexpectedBinary);
}

void PacketTest::feedText_insideBinaryPacket_isUnexpected()
{
    Decoder decoder;
    QVERIFY(decoder.feedText(R"(52-["a"])"));
    QVERIFY(decoder.feedBinary("x"));
    const auto decoded = decoder.feedText(R"(2["a"])");
    QVERIFY(!decoded);
    QCOMPARE(decoded.error(), DecodeError::UnexpectedText);
}

void PacketTest::feedBinary_givesThePacketAtTheLastAttachment()
{
    Decoder decoder;
    QVERIFY(decoder.feedText(R"(53-7["a"])"));
    for (int i = 0; i < 2; ++i) {
        const auto more = decoder.feedBinary("x");
        QVERIFY(more);
        QVERIFY(!more->has_value());
    }
    const auto decoded = decoder.feedBinary("y");
    QVERIFY(decoded);
    QVERIFY(decoded->has_value());
    QVERIFY(**decoded == packet(PacketType::BinaryEvent, "/", 7, R"(["a"])", {"x", "x", "y"}));
}

void PacketTest::feedBinary_keepsItsOwnCopies()
{
    Decoder decoder;
    QByteArray text = R"(52-/n,["a"])";
    QVERIFY(decoder.feedText(text));
    text.fill('!');
    char bytes[] = {1, 2, 3};
    QVERIFY(decoder.feedBinary(QByteArray::fromRawData(bytes, sizeof bytes)));
    bytes[0] = 9;
    const auto decoded = decoder.feedBinary("y");
    QVERIFY(decoded);
    QVERIFY(**decoded == packet(PacketType::BinaryEvent, "/n", {}, R"(["a"])", {"\x01\x02\x03", "y"}));
}

void PacketTest::feedBinary_tenAttachments_areTaken()
{
    Decoder decoder;
    QVERIFY(decoder.feedText(R"(510-["a",{"_placeholder":true,"num":9}])"));
    for (int i = 0; i < 9; ++i)
        QVERIFY(!decoder.feedBinary("x")->has_value());
    const auto decoded = decoder.feedBinary("x");
    QVERIFY(decoded->has_value());
    QCOMPARE((*decoded)->attachments.size(), 10);
}

void PacketTest::decoder_isReadyForTheNextPacket()
{
    Decoder decoder;
    for (int i = 0; i < 3; ++i) {
        QVERIFY(!decoder.feedText(R"(51-["a"])")->has_value());
        QVERIFY(decoder.feedBinary("x")->has_value());
        QVERIFY(decoder.feedText(R"(2["b"])")->has_value());
    }
}

void PacketTest::isReservedEvent_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<bool>("isReserved");
    for (const char *name :
         {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
        QTest::newRow(name) << '"' + QByteArray(name) + '"' << true;
    QTest::newRow("escaped") << QByteArray(R"("\u0063onnect")") << true;
    QTest::newRow("empty") << QByteArray("\"\"") << false;
    QTest::newRow("other case") << QByteArray("\"Connect\"") << false;
    QTest::newRow("longer") << QByteArray("\"connects\"") << false;
    QTest::newRow("connection") << QByteArray("\"connection\"") << false;
    QTest::newRow("error") << QByteArray("\"error\"") << false;
}

void PacketTest::isReservedEvent()
{
    QFETCH(QByteArray, name);
    QFETCH(bool, isReserved);
    QCOMPARE(socketio::isReservedEvent(name), isReserved);
}

QTEST_APPLESS_MAIN(PacketTest)
#include "PacketTest.moc"
