#include "support/ClientFrames.h"

#include "transport/WebSocketFrames.h"

#include <QRandomGenerator>
#include <QTest>

using namespace concierge::test;
using namespace concierge::transport;

namespace {

using Kind = FrameEvent::Kind;
using Events = QList<FrameEvent>;

constexpr qint64 maxPayload = 100'000;

/// Everything that the reader makes of these bytes, which it gets in pieces cut at `cuts`; of fragments, what
/// becomes of them.
Events eventsOf(const QByteArray &wire, const QList<qsizetype> &cuts = {})
{
    FrameReader reader(maxPayload);
    Events events;
    qsizetype begin = 0;
    for (const qsizetype end : cuts + QList<qsizetype>{wire.size()}) {
        QByteArray piece = wire.sliced(begin, end - begin);
        std::span<char> rest(piece.data(), static_cast<std::size_t>(piece.size()));
        for (FrameEvent event = reader.read(rest); event.kind != Kind::NeedMore; event = reader.read(rest)) {
            if (event.kind != Kind::Fragment)
                events.append(event);
        }
        begin = end;
    }
    return events;
}

QList<qsizetype> everyByte(const QByteArray &wire)
{
    QList<qsizetype> cuts;
    for (qsizetype i = 1; i < wire.size(); ++i)
        cuts.append(i);
    return cuts;
}

QList<qsizetype> someBytes(const QByteArray &wire, QRandomGenerator &random)
{
    QList<qsizetype> cuts;
    for (qsizetype at = random.bounded(20); at < wire.size();
         at += random.bounded(random.bounded(2) ? 10 : 5'000))
        cuts.append(at);
    return cuts;
}

FrameEvent text(QByteArray data)
{
    return {Kind::Message, 0, {FrameKind::Text, std::move(data)}};
}

FrameEvent binary(QByteArray data)
{
    return {Kind::Message, 0, {FrameKind::Binary, std::move(data)}};
}

FrameEvent control(Kind kind, QByteArray data)
{
    return {kind, 0, {FrameKind::Binary, std::move(data)}};
}

FrameEvent closed(quint16 code, QByteArray reason = {})
{
    return {Kind::Close, code, {FrameKind::Text, std::move(reason)}};
}

FrameEvent failed(CloseCode code)
{
    return {Kind::Error, static_cast<quint16>(code), {}};
}

QByteArray fragment(Opcode opcode, QByteArray payload, bool isFinal = false)
{
    return ClientFrame{opcode, std::move(payload), isFinal}.wire();
}

QByteArray code(quint16 value)
{
    QByteArray bytes(2, '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}

/// What a test's message says: every byte differs from the one four before it, as the mask's do not.
QByteArray noise(qsizetype size)
{
    QByteArray bytes(size, '\0');
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = static_cast<char>('0' + i % 61);
    return bytes;
}

} // namespace

class TestWebSocketFrames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void message_ofAnyLength_arrives_data();
    void message_ofAnyLength_arrives();
    void message_rfcExample_arrives();
    void fragments_areToldOneByOne();
    void message_withByteOrderMark_keepsIt();
    void message_aboveMaxPayload_is1009_data();
    void message_aboveMaxPayload_is1009();
    void message_announcedAboveMaxPayload_is1009BeforeItComes();
    void fragments_becomeOneMessage_data();
    void fragments_becomeOneMessage();
    void fragments_cutCharacter_arrivesWhole_data();
    void fragments_cutCharacter_arrivesWhole();
    void fragments_invalidText_is1007_data();
    void fragments_invalidText_is1007();
    void binary_invalidText_arrives();
    void violation_is1002_data();
    void violation_is1002();
    void violation_isSaidWithTheByteThatShowsIt();
    void close_isUnderstood_data();
    void close_isUnderstood();
    void afterTheEnd_nothingIsTaken();
    void anySplit_isTheSame_data();
    void anySplit_isTheSame();
    void frameHead_isTheShortest_data();
    void frameHead_isTheShortest();
    void closeFrame_holdsTheCode();
};

void TestWebSocketFrames::message_ofAnyLength_arrives_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 2, 3, 4, 5, 7, 8, 9, 125, 126, 127, 65'535, 65'536, 100'000})
        QTest::addRow("%d bytes", size) << size;
}

void TestWebSocketFrames::message_ofAnyLength_arrives()
{
    QFETCH(int, size);
    const QByteArray payload = noise(size);
    const QByteArray wire =
        ClientFrame{Opcode::Text, payload}.wire() + ClientFrame{Opcode::Binary, payload}.wire();
    const Events expected{text(payload), binary(payload)};
    QCOMPARE(eventsOf(wire), expected);
    QCOMPARE(eventsOf(wire, everyByte(wire)), expected);
}

// RFC 6455, 5.7
void TestWebSocketFrames::message_rfcExample_arrives()
{
    QCOMPARE(eventsOf("\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58"), Events{text("Hello")});
}

void TestWebSocketFrames::message_withByteOrderMark_keepsIt()
{
    QCOMPARE(eventsOf(ClientFrame{Opcode::Text, "\xEF\xBB\xBFtext"}.wire()),
             Events{text("\xEF\xBB\xBFtext")});
}

void TestWebSocketFrames::message_aboveMaxPayload_is1009_data()
{
    QTest::addColumn<QByteArray>("wire");
    const QByteArray half = noise(maxPayload / 2);
    QTest::newRow("one frame") << ClientFrame{Opcode::Binary, noise(maxPayload + 1)}.wire();
    QTest::newRow("two frames") << fragment(Opcode::Binary, half) +
                                       fragment(Opcode::Continuation, half + '!', true);
    QTest::newRow("not the last") << fragment(Opcode::Text, half) +
                                         fragment(Opcode::Continuation, half + '!');
}

void TestWebSocketFrames::message_aboveMaxPayload_is1009()
{
    QFETCH(QByteArray, wire);
    QCOMPARE(eventsOf(wire), Events{failed(CloseCode::TooBig)});
    QCOMPARE(eventsOf(wire, everyByte(wire)), Events{failed(CloseCode::TooBig)});
}

void TestWebSocketFrames::message_announcedAboveMaxPayload_is1009BeforeItComes()
{
    const QByteArray wire = ClientFrame{.opcode = Opcode::Text, .announced = maxPayload + 1}.wire();
    QCOMPARE(eventsOf(wire.chopped(4)), Events{failed(CloseCode::TooBig)}); // the mask is not even there
    const QByteArray huge = ClientFrame{.opcode = Opcode::Text, .announced = (1ULL << 63) - 1}.wire();
    QCOMPARE(eventsOf(huge), Events{failed(CloseCode::TooBig)});
    const QByteArray second =
        fragment(Opcode::Text, noise(10)) +
        ClientFrame{.opcode = Opcode::Continuation, .announced = (1ULL << 63) - 1}.wire();
    QCOMPARE(eventsOf(second), Events{failed(CloseCode::TooBig)});
}

void TestWebSocketFrames::fragments_becomeOneMessage_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<Events>("expected");
    QTest::newRow("two") << fragment(Opcode::Text, "Hel") + fragment(Opcode::Continuation, "lo", true)
                         << Events{text("Hello")};
    QTest::newRow("binary") << fragment(Opcode::Binary, "\xFF") + fragment(Opcode::Continuation, "\xFE", true)
                            << Events{binary("\xFF\xFE")};
    QTest::newRow("empty ones") << fragment(Opcode::Text, {}) + fragment(Opcode::Continuation, "a") +
                                       fragment(Opcode::Continuation, {}) +
                                       fragment(Opcode::Continuation, {}, true)
                                << Events{text("a")};
    QTest::newRow("all empty") << fragment(Opcode::Text, {}) + fragment(Opcode::Continuation, {}, true)
                               << Events{text({})};
    QTest::newRow("controls between")
        << fragment(Opcode::Text, "Hel") + ping("p") + fragment(Opcode::Pong, "q", true) +
               fragment(Opcode::Continuation, "lo", true) + ping({})
        << Events{control(Kind::Ping, "p"), control(Kind::Pong, "q"), text("Hello"), control(Kind::Ping, {})};
    QTest::newRow("close between") << fragment(Opcode::Text, "Hel") + closing(code(1000))
                                   << Events{closed(1000)};
    QTest::newRow("then another") << fragment(Opcode::Text, "a") + fragment(Opcode::Continuation, "b", true) +
                                         ClientFrame{Opcode::Binary, "c"}.wire()
                                  << Events{text("ab"), binary("c")};
    QTest::newRow("exactly maxPayload")
        << fragment(Opcode::Text, noise(maxPayload - 1)) + fragment(Opcode::Continuation, "x", true)
        << Events{text(noise(maxPayload - 1) + 'x')};
}

void TestWebSocketFrames::fragments_becomeOneMessage()
{
    QFETCH(QByteArray, wire);
    QFETCH(Events, expected);
    QCOMPARE(eventsOf(wire), expected);
    QCOMPARE(eventsOf(wire, everyByte(wire)), expected);
}

void TestWebSocketFrames::fragments_cutCharacter_arrivesWhole_data()
{
    QTest::addColumn<int>("border");
    for (int border = 0; border <= 16; ++border)
        QTest::addRow("after %d bytes", border) << border;
}

void TestWebSocketFrames::fragments_cutCharacter_arrivesWhole()
{
    QFETCH(int, border);
    const QByteArray whole("a\xC3\xA9"
                           "b\xE2\x82\xAC"
                           "c\xF0\x9F\x98\x80"
                           "d\xE2\x82\xAC");
    QCOMPARE(whole.size(), 16);
    const QByteArray wire = fragment(Opcode::Text, whole.first(border)) +
                            fragment(Opcode::Continuation, whole.sliced(border), true);
    QCOMPARE(eventsOf(wire), Events{text(whole)});
    QCOMPARE(eventsOf(wire, everyByte(wire)), Events{text(whole)});
}

void TestWebSocketFrames::fragments_invalidText_is1007_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::newRow("lone continuation") << QByteArray("a\x80");
    QTest::newRow("cut off") << QByteArray("a\xE2\x82");
    QTest::newRow("never a byte") << QByteArray("\xFF");
    QTest::newRow("overlong") << QByteArray("\xC0\xAF");
    QTest::newRow("overlong zero") << QByteArray("\xE0\x80\x80");
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80");
    QTest::newRow("above U+10FFFF") << QByteArray("\xF4\x90\x80\x80");
    QTest::newRow("long before") << noise(1'000) + "\xE2\x28\xA1";
}

void TestWebSocketFrames::fragments_invalidText_is1007()
{
    QFETCH(QByteArray, payload);
    const Events expected{failed(CloseCode::InvalidText)};
    QCOMPARE(eventsOf(ClientFrame{Opcode::Text, payload}.wire()), expected);
    for (qsizetype border = 0; border <= payload.size(); ++border) {
        const QByteArray wire = fragment(Opcode::Text, payload.first(border)) +
                                fragment(Opcode::Continuation, payload.sliced(border), true);
        QCOMPARE(eventsOf(wire), expected);
    }
    const QByteArray reason = closing(code(1000) + payload.right(100));
    QCOMPARE(eventsOf(reason), expected);
}

void TestWebSocketFrames::binary_invalidText_arrives()
{
    QCOMPARE(eventsOf(ClientFrame{Opcode::Binary, "\xFF\x80"}.wire()), Events{binary("\xFF\x80")});
}

void TestWebSocketFrames::violation_is1002_data()
{
    QTest::addColumn<QByteArray>("wire");
    for (const quint8 bits : {1, 2, 4}) {
        QTest::addRow("extension bit %d", bits) << ClientFrame{.payload = "x", .extensionBits = bits}.wire();
        QTest::addRow("extension bit %d of a ping", bits)
            << ClientFrame{.opcode = Opcode::Ping, .extensionBits = bits}.wire();
    }
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
        QTest::addRow("opcode %d", opcode) << ClientFrame{static_cast<Opcode>(opcode), "x"}.wire();
    QTest::newRow("not masked") << ClientFrame{.payload = "x", .isMasked = false}.wire();
    QTest::newRow("empty, not masked") << ClientFrame{.isMasked = false}.wire();
    QTest::newRow("ping, not masked") << ClientFrame{.opcode = Opcode::Ping, .isMasked = false}.wire();
    for (const Opcode opcode : {Opcode::Close, Opcode::Ping, Opcode::Pong}) {
        const int number = static_cast<int>(opcode);
        QTest::addRow("control %d in fragments", number) << ClientFrame{opcode, {}, false}.wire();
        QTest::addRow("control %d above 125", number) << ClientFrame{opcode, noise(126)}.wire();
        QTest::addRow("control %d, long form", number)
            << ClientFrame{.opcode = opcode, .payload = "xx", .lengthBytes = 2}.wire();
    }
    QTest::newRow("continuation of nothing") << ClientFrame{Opcode::Continuation, "x"}.wire();
    QTest::newRow("message within a message")
        << fragment(Opcode::Text, "x") + ClientFrame{Opcode::Text, "y"}.wire();
    QTest::newRow("binary within a text") << fragment(Opcode::Text, "x") + fragment(Opcode::Binary, "y");
    QTest::newRow("16 bits for 125") << ClientFrame{.payload = noise(125), .lengthBytes = 2}.wire();
    QTest::newRow("64 bits for 125") << ClientFrame{.payload = noise(125), .lengthBytes = 8}.wire();
    QTest::newRow("64 bits for 65535") << ClientFrame{.payload = noise(65'535), .lengthBytes = 8}.wire();
    QTest::newRow("top bit of the length") << ClientFrame{.lengthBytes = 8, .announced = 1ULL << 63}.wire();
    QTest::newRow("close with one byte") << closing("x");
}

void TestWebSocketFrames::violation_is1002()
{
    QFETCH(QByteArray, wire);
    QCOMPARE(eventsOf(wire), Events{failed(CloseCode::ProtocolError)});
    QCOMPARE(eventsOf(wire, everyByte(wire)), Events{failed(CloseCode::ProtocolError)});
    // Good frames ahead of it are heard.
    const QByteArray later = ClientFrame{Opcode::Binary, "first"}.wire() + wire;
    QCOMPARE(eventsOf(later), (Events{binary("first"), failed(CloseCode::ProtocolError)}));
}

void TestWebSocketFrames::violation_isSaidWithTheByteThatShowsIt()
{
    QCOMPARE(eventsOf("\x81\x05"), Events{failed(CloseCode::ProtocolError)});
    QCOMPARE(eventsOf("\x81\xFE"), Events());
    QCOMPARE(eventsOf(QByteArray("\x81\xFE\x00\x7D", 4)), Events{failed(CloseCode::ProtocolError)});
}

void TestWebSocketFrames::close_isUnderstood_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<FrameEvent>("expected");
    QTest::newRow("empty") << QByteArray() << closed(0);
    QTest::newRow("reason") << code(1000) + "bye \xE2\x82\xAC" << closed(1000, "bye \xE2\x82\xAC");
    QTest::newRow("125 bytes") << code(3000) + noise(123) << closed(3000, noise(123));
    for (const quint16 good :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
        QTest::addRow("%d", good) << code(good) << closed(good);
    for (const quint16 bad : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65'535})
        QTest::addRow("%d", bad) << code(bad) << failed(CloseCode::ProtocolError);
}

void TestWebSocketFrames::close_isUnderstood()
{
    QFETCH(QByteArray, payload);
    QFETCH(FrameEvent, expected);
    const QByteArray wire = closing(payload);
    QCOMPARE(eventsOf(wire), Events{expected});
    QCOMPARE(eventsOf(wire, everyByte(wire)), Events{expected});
}

void TestWebSocketFrames::fragments_areToldOneByOne()
{
    const QByteArray empty = ClientFrame{Opcode::Continuation, {}, false}.wire();
    QByteArray wire = ClientFrame{Opcode::Text, {}, false}.wire() + empty + empty +
                      ClientFrame{Opcode::Continuation, "end", true}.wire();
    FrameReader reader(maxPayload);
    std::span<char> rest(wire.data(), static_cast<std::size_t>(wire.size()));
    for (const int left : {3, 2, 1}) {
        QVERIFY(reader.read(rest).kind == Kind::Fragment);
        QCOMPARE(rest.size(), static_cast<std::size_t>((left - 1) * empty.size() + empty.size() + 3));
    }
    QCOMPARE(reader.read(rest), text("end"));
}

void TestWebSocketFrames::afterTheEnd_nothingIsTaken()
{
    const QByteArray message = ClientFrame{Opcode::Text, "unheard"}.wire();
    QCOMPARE(eventsOf(closing() + message), Events{closed(0)});
    QCOMPARE(eventsOf(ClientFrame{.isMasked = false}.wire() + message),
             Events{failed(CloseCode::ProtocolError)});
    FrameReader reader(maxPayload);
    QByteArray wire = closing() + message;
    std::span<char> rest(wire.data(), static_cast<std::size_t>(wire.size()));
    QVERIFY(reader.read(rest).kind == Kind::Close);
    QVERIFY(reader.read(rest).kind == Kind::NeedMore);
    QCOMPARE(rest.size(), static_cast<std::size_t>(message.size()));
}

void TestWebSocketFrames::anySplit_isTheSame_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 0; seed < 200; ++seed)
        QTest::addRow("%d", seed) << seed;
}

/// Frames of all sorts, good ones more often, cut anywhere.
void TestWebSocketFrames::anySplit_isTheSame()
{
    QFETCH(int, seed);
    QRandomGenerator random(static_cast<quint32>(seed));
    QByteArray wire;
    bool isWithin = false;
    for (int i = 0; i < 30; ++i) {
        ClientFrame frame;
        const int size = random.bounded(4) == 0 ? random.bounded(70'000) : random.bounded(140);
        frame.payload = noise(size);
        frame.isFinal = random.bounded(3) != 0;
        if (random.bounded(4) == 0) {
            frame.opcode = random.bounded(2) ? Opcode::Ping : Opcode::Pong;
            frame.payload.truncate(125);
            frame.isFinal = true;
        } else {
            frame.opcode = isWithin            ? Opcode::Continuation
                           : random.bounded(2) ? Opcode::Text
                                               : Opcode::Binary;
            isWithin = !frame.isFinal;
        }
        if (random.bounded(60) == 0)
            frame.extensionBits = 1;
        if (random.bounded(60) == 0)
            frame.opcode = static_cast<Opcode>(random.bounded(16));
        wire += frame.wire();
    }
    const Events whole = eventsOf(wire);
    for (int i = 0; i < 10; ++i)
        QCOMPARE(eventsOf(wire, someBytes(wire, random)), whole);
    if (seed % 20 == 0)
        QCOMPARE(eventsOf(wire, everyByte(wire)), whole);
}

void TestWebSocketFrames::frameHead_isTheShortest_data()
{
    QTest::addColumn<qint64>("size");
    QTest::addColumn<QByteArray>("head");
    QTest::newRow("0") << qint64(0) << QByteArray("\x81\x00", 2);
    QTest::newRow("125") << qint64(125) << QByteArray("\x81\x7D");
    QTest::newRow("126") << qint64(126) << QByteArray("\x81\x7E\x00\x7E", 4);
    QTest::newRow("65535") << qint64(65'535) << QByteArray("\x81\x7E\xFF\xFF");
    QTest::newRow("65536") << qint64(65'536) << QByteArray("\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10);
}

void TestWebSocketFrames::frameHead_isTheShortest()
{
    QFETCH(qint64, size);
    QFETCH(QByteArray, head);
    QCOMPARE(FrameHead(Opcode::Text, size).view().toByteArray(), head);
}

void TestWebSocketFrames::closeFrame_holdsTheCode()
{
    QCOMPARE(closeFrame({}), QByteArray("\x88\x00", 2));
    QCOMPARE(closeFrame(4001), QByteArray("\x88\x02\x0F\xA1"));
}

QTEST_APPLESS_MAIN(TestWebSocketFrames)
#include "tst_websocket_frames.moc"
