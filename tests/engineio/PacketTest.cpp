#include "engineio/Packet.h"

#include <QtTest>

using namespace concierge::engineio;
using concierge::transport::Frame;
using concierge::transport::FrameKind;

Q_DECLARE_METATYPE(Packet)
Q_DECLARE_METATYPE(Frame)
Q_DECLARE_METATYPE(DecodeError)

class PacketTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void encodeAndDecode_areInverse_data();
    void encodeAndDecode_areInverse();
    void decode_base64Text_isBinary_data();
    void decode_base64Text_isBinary();
    void decode_malformed_isError_data();
    void decode_malformed_isError();
    void encodePayload_joinsAndEncodes_data();
    void encodePayload_joinsAndEncodes();
    void decodePayload_malformed_isError_data();
    void decodePayload_malformed_isError();
    void decodePayload_tooManyPackets_isError();
    void payloadReader_malformedLast_givesTheGoodOnesFirst();
};

void PacketTest::encodeAndDecode_areInverse_data()
{
    QTest::addColumn<Packet>("packet");
    QTest::addColumn<Frame>("frame");
    const QByteArray bytes("\x00\x01\xff\x1e", 4);
    QTest::newRow("open") << Packet{PacketType::Open, false, "{}"} << Frame{FrameKind::Text, "0{}"};
    QTest::newRow("close") << Packet{PacketType::Close, false, ""} << Frame{FrameKind::Text, "1"};
    QTest::newRow("ping") << Packet{PacketType::Ping, false, ""} << Frame{FrameKind::Text, "2"};
    QTest::newRow("probe") << Packet{PacketType::Ping, false, "probe"} << Frame{FrameKind::Text, "2probe"};
    QTest::newRow("pong") << Packet{PacketType::Pong, false, "probe"} << Frame{FrameKind::Text, "3probe"};
    QTest::newRow("message") << Packet{PacketType::Message, false, "hello"}
                             << Frame{FrameKind::Text, "4hello"};
    QTest::newRow("message, empty") << Packet{PacketType::Message, false, ""} << Frame{FrameKind::Text, "4"};
    QTest::newRow("message, not ASCII")
        << Packet{PacketType::Message, false, "é€😀"} << Frame{FrameKind::Text, "4é€😀"};
    QTest::newRow("upgrade") << Packet{PacketType::Upgrade, false, ""} << Frame{FrameKind::Text, "5"};
    QTest::newRow("noop") << Packet{PacketType::Noop, false, ""} << Frame{FrameKind::Text, "6"};
    QTest::newRow("binary") << Packet{PacketType::Message, true, bytes} << Frame{FrameKind::Binary, bytes};
    QTest::newRow("binary, empty") << Packet{PacketType::Message, true, ""} << Frame{FrameKind::Binary, ""};
}

void PacketTest::encodeAndDecode_areInverse()
{
    QFETCH(Packet, packet);
    QFETCH(Frame, frame);
    QCOMPARE(encode(packet), frame);
    const auto decoded = decode(frame);
    QVERIFY(decoded);
    QCOMPARE(*decoded, packet);
}

void PacketTest::decode_base64Text_isBinary_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("padded") << QByteArray("bAQIDBA==") << QByteArray("\x01\x02\x03\x04");
    QTest::newRow("padding left off") << QByteArray("bAQIDBA") << QByteArray("\x01\x02\x03\x04");
    QTest::newRow("one padding character") << QByteArray("bAQIDBAU=") << QByteArray("\x01\x02\x03\x04\x05");
    QTest::newRow("no padding needed") << QByteArray("bAQID") << QByteArray("\x01\x02\x03");
    QTest::newRow("plus and slash") << QByteArray("b+/+/") << QByteArray("\xfb\xff\xbf");
    QTest::newRow("empty") << QByteArray("b") << QByteArray("");
}

void PacketTest::decode_base64Text_isBinary()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, bytes);
    const auto decoded = decode({FrameKind::Text, text});
    QVERIFY(decoded);
    QCOMPARE(*decoded, (Packet{PacketType::Message, true, bytes}));
}

void PacketTest::decode_malformed_isError_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<DecodeError>("error");
    QTest::newRow("empty") << QByteArray() << DecodeError::Empty;
    QTest::newRow("type above noop") << QByteArray("7") << DecodeError::UnknownType;
    QTest::newRow("type below open") << QByteArray("/") << DecodeError::UnknownType;
    QTest::newRow("letter") << QByteArray("abc") << DecodeError::UnknownType;
    QTest::newRow("byte zero") << QByteArray("\0", 1) << DecodeError::UnknownType;
    QTest::newRow("base64, foreign character") << QByteArray("bAQ*D") << DecodeError::BadBase64;
    QTest::newRow("base64, blank") << QByteArray("bAQ D") << DecodeError::BadBase64;
    QTest::newRow("base64, one symbol") << QByteArray("bA") << DecodeError::BadBase64;
    QTest::newRow("base64, padding only") << QByteArray("b==") << DecodeError::BadBase64;
    QTest::newRow("base64, too much padding") << QByteArray("bAQ===") << DecodeError::BadBase64;
    QTest::newRow("base64, padding inside") << QByteArray("bAQ==AQ==") << DecodeError::BadBase64;
    QTest::newRow("base64, short padding") << QByteArray("bAQ=") << DecodeError::BadBase64;
}

void PacketTest::decode_malformed_isError()
{
    QFETCH(QByteArray, text);
    QFETCH(DecodeError, error);
    const auto decoded = decode({FrameKind::Text, text});
    QVERIFY(!decoded);
    QCOMPARE(decoded.error(), error);
}

void PacketTest::encodePayload_joinsAndEncodes_data()
{
    QTest::addColumn<QList<Frame>>("frames");
    QTest::addColumn<QByteArray>("payload");
    const Frame hello{FrameKind::Text, "4hello"};
    const Frame bytes{FrameKind::Binary, "\x01\x02\x03\x04"};
    QTest::newRow("one") << QList<Frame>{hello} << QByteArray("4hello");
    QTest::newRow("two") << QList<Frame>{{FrameKind::Text, "2"}, hello}
                         << QByteArray("2\x1e"
                                       "4hello");
    QTest::newRow("binary") << QList<Frame>{bytes} << QByteArray("bAQIDBA==");
    QTest::newRow("mixed") << QList<Frame>{hello, bytes, {FrameKind::Text, "4€"}}
                           << QByteArray("4hello\x1e"
                                         "bAQIDBA==\x1e"
                                         "4€");
}

void PacketTest::encodePayload_joinsAndEncodes()
{
    QFETCH(QList<Frame>, frames);
    QFETCH(QByteArray, payload);
    QCOMPARE(encodePayload(frames), payload);

    const auto packets = decodePayload(payload);
    QVERIFY(packets);
    QList<Frame> again;
    for (const Packet &packet : *packets)
        again.append(encode(packet));
    QCOMPARE(again, frames);
}

void PacketTest::decodePayload_malformed_isError_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<DecodeError>("error");
    QTest::newRow("empty") << QByteArray() << DecodeError::Empty;
    QTest::newRow("separator alone") << QByteArray("\x1e") << DecodeError::Empty;
    QTest::newRow("separator first") << QByteArray("\x1e"
                                                   "4a")
                                     << DecodeError::Empty;
    QTest::newRow("separator last") << QByteArray("4a\x1e") << DecodeError::Empty;
    QTest::newRow("unknown type second") << QByteArray("4a\x1ez") << DecodeError::UnknownType;
    QTest::newRow("bad base64 second") << QByteArray("4a\x1e"
                                                     "b*")
                                       << DecodeError::BadBase64;
    QTest::newRow("lone continuation byte") << QByteArray("4\x80") << DecodeError::InvalidUtf8;
    QTest::newRow("overlong") << QByteArray("4\xc0\xaf") << DecodeError::InvalidUtf8;
    QTest::newRow("surrogate") << QByteArray("4\xed\xa0\x80") << DecodeError::InvalidUtf8;
    QTest::newRow("cut off") << QByteArray("4\xf0\x9f\x98") << DecodeError::InvalidUtf8;
}

void PacketTest::decodePayload_malformed_isError()
{
    QFETCH(QByteArray, payload);
    QFETCH(DecodeError, error);
    const auto packets = decodePayload(payload);
    QVERIFY(!packets);
    QCOMPARE(packets.error(), error);
}

void PacketTest::decodePayload_tooManyPackets_isError()
{
    QByteArray payload("4");
    for (qsizetype i = 1; i < payloadMaxPackets; ++i)
        payload.append("\x1e"
                       "4");
    const auto most = decodePayload(payload);
    QVERIFY(most);
    QCOMPARE(most->size(), payloadMaxPackets);
    const auto oneMore = decodePayload(payload + "\x1e"
                                                 "4");
    QVERIFY(!oneMore);
    QCOMPARE(oneMore.error(), DecodeError::TooManyPackets);
}

void PacketTest::payloadReader_malformedLast_givesTheGoodOnesFirst()
{
    const QByteArray payload("4one\x1e"
                             "bAQ==\x1e"
                             "9");
    PayloadReader reader(payload);
    const auto first = reader.next();
    QVERIFY(first);
    QCOMPARE(first->data.toByteArray(), QByteArray("one"));
    const auto second = reader.next();
    QVERIFY(second);
    QVERIFY(second->base64);
    QVERIFY(!reader.atEnd());
    QVERIFY(!reader.next());
    QVERIFY(reader.atEnd());
}

QTEST_APPLESS_MAIN(PacketTest)
#include "PacketTest.moc"
