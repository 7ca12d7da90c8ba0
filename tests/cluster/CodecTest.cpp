#include "cluster/ClassicCodec.h"
#include "cluster/ShardedCodec.h"

#include <QTest>

using namespace concierge;
using namespace concierge::cluster;

namespace {

Result<Message, DecodeError> request(const QByteArray &json)
{
    return classic::decode(ChannelKind::Request, "/", json);
}

Result<Message, DecodeError> response(const QByteArray &json)
{
    return classic::decode(ChannelKind::Response, "/", json);
}

/// Of `[uid, packet, opts]` in JSON, with binary data for placeholders.
Result<Message, DecodeError> broadcast(const QByteArray &json, const QList<QByteArray> &attachments = {},
                                       const QByteArray &nsp = "/")
{
    return classic::decode(ChannelKind::Broadcast, nsp, *toMsgpack(json, attachments));
}

const QByteArray anyOptions = "{\"rooms\":[],\"except\":[],\"flags\":{}}";

} // namespace

class CodecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void broadcast_isReadField_byField();
    void broadcast_withoutLists_isForAll();
    void broadcast_withoutNsp_isForTheMainOne();
    void broadcast_ofOtherMakers_mayHaveType5();
    void broadcast_thatHarmsClients_isRefused_data();
    void broadcast_thatHarmsClients_isRefused();
    void rooms_thatAreNoNames_keepTheirPlace();
    void requests_areRead_data();
    void requests_areRead();
    void responses_areRead_data();
    void responses_areRead();
    void badRequests_areRefused_data();
    void badRequests_areRefused();
    void sharded_isReadFieldByField();
    void badSharded_isRefused_data();
    void badSharded_isRefused();
    void json_withBrokenUtf8_isRepaired();
    void frames_areSentAsTheyAre();
    void channels_haveTheirKinds();
};

void CodecTest::broadcast_isReadField_byField()
{
    const auto message = broadcast(
        R"(["aB-_12",{"type":2,"data":["e",{"_placeholder":true,"num":0}],"nsp":"/x"},)"
        R"({"rooms":["r",42],"except":["s"],"flags":{"volatile":true,"compress":false,"timeout":1500,)"
        R"("expectSingleResponse":true,"concierge":"n1","other":{"a":1}}}])",
        {"bytes"}, "/x");
    QVERIFY(message);
    EmitFlags flags;
    flags.isVolatile = true;
    flags.compress = false;
    flags.timeout = Milliseconds(1500);
    flags.expectsOneAnswer = true;
    flags.marker = "n1";
    const Message expected{"aB-_12",
                           {},
                           Broadcast{Emit{R"(["e",{"_placeholder":true,"num":0}])", {"bytes"}},
                                     BroadcastOptions{{{"r"}, {"42", Room::Kind::Number}}, {{"s"}}, flags}}};
    QVERIFY(*message == expected);
}

void CodecTest::broadcast_withoutLists_isForAll()
{
    const auto message = broadcast(R"(["u",{"type":2,"data":["e"],"nsp":"/"},{"rooms":null}])");
    QVERIFY(message);
    QVERIFY(std::get<Broadcast>(message->body).options == BroadcastOptions());
}

void CodecTest::broadcast_withoutNsp_isForTheMainOne()
{
    QVERIFY(broadcast(R"(["u",{"type":2,"data":["e"]},{}])"));
    QCOMPARE(broadcast(R"(["u",{"type":2,"data":["e"]},{}])", {}, "/x").error(), DecodeError::OtherNamespace);
    QCOMPARE(broadcast(R"(["u",{"type":2,"data":["e"],"nsp":"/y"},{}])").error(),
             DecodeError::OtherNamespace);
}

void CodecTest::broadcast_ofOtherMakers_mayHaveType5()
{
    const auto message =
        broadcast(R"(["u",{"type":5,"data":["e",{"_placeholder":true,"num":0}],"nsp":"/"},{}])", {"x"});
    QVERIFY(message);
    QCOMPARE(std::get<Broadcast>(message->body).emit.attachments, QList<QByteArray>{"x"});
}

void CodecTest::broadcast_thatHarmsClients_isRefused_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("error");
    const auto row = [](const char *name, const QByteArray &json, DecodeError error) {
        QTest::newRow(name) << json << static_cast<int>(error);
    };
    const auto data = [&](const char *name, const QByteArray &args, DecodeError error) {
        row(name, "[\"u\",{\"type\":2,\"data\":" + args + ",\"nsp\":\"/\"}," + anyOptions + ']', error);
    };
    data("no event", "[]", DecodeError::BadEvent);
    data("event null", "[null]", DecodeError::BadEvent);
    data("event is an object", "[{}]", DecodeError::BadEvent);
    data("event true", "[true,1]", DecodeError::BadEvent);
    data("reserved event", "[\"disconnect\"]", DecodeError::BadEvent);
    data("data is an object", "{}", DecodeError::BadShape);
    data("data is a string", "\"e\"", DecodeError::BadShape);
    const auto typed = [&](const char *name, const QByteArray &type) {
        row(name, "[\"u\",{\"type\":" + type + ",\"data\":[\"e\"],\"nsp\":\"/\"}," + anyOptions + ']',
            DecodeError::BadShape);
    };
    typed("a CONNECT", "0");
    typed("a DISCONNECT", "1");
    typed("an ACK", "3");
    typed("type null", "null");
    typed("type in quotes", "\"2\"");
    row("no type", R"(["u",{"data":["e"]},{}])", DecodeError::BadShape);
    row("no data", R"(["u",{"type":2},{}])", DecodeError::BadShape);
    row("no options", R"(["u",{"type":2,"data":["e"]}])", DecodeError::BadShape);
    row("options null", R"(["u",{"type":2,"data":["e"]},null])", DecodeError::BadShape);
    row("rooms a string", R"(["u",{"type":2,"data":["e"]},{"rooms":"r"}])", DecodeError::BadShape);
    row("except a map", R"(["u",{"type":2,"data":["e"]},{"except":{}}])", DecodeError::BadShape);
    row("uid a number", R"([1,{"type":2,"data":["e"]},{}])", DecodeError::BadShape);
    row("a map", "{}", DecodeError::BadShape);
    row("a number", "1", DecodeError::BadShape);
    row("empty", "[]", DecodeError::BadShape);
    row("a placeholder without its binary", // beside one that has it
        R"(["u",{"type":2,"data":["e",{"a":{"_placeholder":true,"num":0}},{"_placeholder":false}]},{}])",
        DecodeError::BadPlaceholder);
}

void CodecTest::broadcast_thatHarmsClients_isRefused()
{
    QFETCH(const QByteArray, json);
    QFETCH(const int, error);
    QByteArray msgpack = *toMsgpack(json);
    if (error == static_cast<int>(DecodeError::BadPlaceholder)) {
        // The literal one says 9; a binary value stands where `false` was.
        msgpack.replace(QByteArray::fromHex("a36e756d00"), QByteArray::fromHex("a36e756d09"));
        msgpack.replace(QByteArray::fromHex("81ac5f706c616365686f6c646572c2"), QByteArray::fromHex("c40161"));
    }
    const auto message = classic::decode(ChannelKind::Broadcast, "/", msgpack);
    QVERIFY(!message);
    QCOMPARE(static_cast<int>(message.error()), error);
}

void CodecTest::rooms_thatAreNoNames_keepTheirPlace()
{
    const auto message =
        broadcast(R"(["u",{"type":2,"data":["e"]},{"rooms":[null,{"a":1}],"except":[true]}])");
    QVERIFY(message);
    const auto &options = std::get<Broadcast>(message->body).options;
    QVERIFY(options.rooms == (QList<Room>{{"null", Room::Kind::Other}, {"{\"a\":1}", Room::Kind::Other}}));
    QVERIFY(options.except == (QList<Room>{{"true", Room::Kind::Other}}));
}

void CodecTest::requests_areRead_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<Message>("expected");
    const auto row = [](const char *name, const char *json, const Message &expected) {
        QTest::newRow(name) << QByteArray(json) << expected;
    };
    const BroadcastOptions options{{{"a"}}, {{"b"}}, {}};
    row("sockets", R"({"uid":"u","requestId":"q","type":0,"rooms":["a",7]})",
        {"u", "q", SocketsRequest{{{"a"}, {"7", Room::Kind::Number}}}});
    row("all rooms", R"({"uid":"u","requestId":"q","type":1})", {"u", "q", RoomsRequest{}});
    row("join", R"({"uid":"u","type":2,"opts":{"rooms":["a"],"except":["b"]},"rooms":["c"]})",
        {"u", {}, Join{options, {{"c"}}}});
    row("join, by an emitter", R"({"type":2,"opts":{"rooms":["a"],"except":["b"]},"rooms":["c"]})",
        {{}, {}, Join{options, {{"c"}}}});
    row("join, by an old adapter", R"({"uid":"u","requestId":"q","type":2,"sid":"s","room":"c"})",
        {"u", "q", Join{{{{"s"}}, {}, {}}, {{"c"}}}});
    row("leave", R"({"uid":"u","type":3,"opts":{"rooms":["a"],"except":["b"]},"rooms":["c"]})",
        {"u", {}, Leave{options, {{"c"}}}});
    row("leave, by an old adapter", R"({"requestId":"q","type":3,"sid":"s","room":"c"})",
        {{}, "q", Leave{{{{"s"}}, {}, {}}, {{"c"}}}});
    row("disconnect", R"({"uid":"u","type":4,"opts":{"rooms":["a"],"except":["b"]},"close":true})",
        {"u", {}, Disconnect{options, true}});
    row("disconnect, connection kept", R"({"type":4,"opts":{"rooms":["a"],"except":["b"]},"close":false})",
        {{}, {}, Disconnect{options, false}});
    row("disconnect, by an old adapter", R"({"requestId":"q","type":4,"sid":"s","close":true})",
        {{}, "q", Disconnect{{{{"s"}}, {}, {}}, true}});
    row("fetch", R"({"uid":"u","requestId":"q","type":5,"opts":{"rooms":["a"],"except":["b"]}})",
        {"u", "q", Fetch{options}});
    row("server side", R"({"uid":"u","type":6,"data":["e",{"a":1}]})",
        {"u", {}, ServerSideEmit{{R"(["e",{"a":1}])", {}}}});
    row("server side, with answer", R"({"uid":"u","requestId":"q","type":6,"data":[]})",
        {"u", "q", ServerSideEmit{{"[]", {}}}});
    row("white space, another order", " \n{ \"type\" : 1 , \"requestId\" : \"\\u0071\" , \"x\":[] } ",
        {{}, "q", RoomsRequest{}});
}

void CodecTest::requests_areRead()
{
    QFETCH(const QByteArray, json);
    QFETCH(const Message, expected);
    const auto message = request(json.trimmed());
    QVERIFY(message);
    QVERIFY(*message == expected);
    const auto encoded = classic::encode(*message, "/");
    QVERIFY(encoded);
    const auto again = request(*encoded);
    QVERIFY(again);
    QVERIFY(*again == expected);
}

void CodecTest::responses_areRead_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<Message>("expected");
    const auto row = [](const char *name, const char *json, const MessageBody &expected) {
        QTest::newRow(name) << QByteArray(json) << Message{{}, "q", expected};
    };
    row("sids", R"({"requestId":"q","sockets":["a","b"]})", SocketsAnswer{{"a", "b"}});
    row("no sockets", R"({"requestId":"q","sockets":[]})", FetchAnswer{});
    row("sockets",
        R"({"requestId":"q","sockets":[{"id":"a","handshake":{"x":1},"rooms":["a","r"],"data":[]}]})",
        FetchAnswer{{RemoteSocket{"a", "{\"x\":1}", {{"a"}, {"r"}}, "[]"}}, {}});
    row("rooms", R"({"requestId":"q","rooms":["a",42]})", RoomsAnswer{{{"a"}, {"42", Room::Kind::Number}}});
    row("done", R"({"requestId":"q"})", Done{});
    row("of a server-side event", R"({"type":6,"requestId":"q","data":{"a":1}})",
        ServerSideAnswer{{"{\"a\":1}", {}}});
    row("client count", R"({"type":8,"requestId":"q","clientCount":12})", ClientCount{12});
}

void CodecTest::responses_areRead()
{
    QFETCH(const QByteArray, json);
    QFETCH(const Message, expected);
    const auto message = response(json);
    QVERIFY(message);
    QVERIFY(*message == expected);
    QCOMPARE(*classic::encode(*message, "/"), json);
}

void CodecTest::badRequests_areRefused_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("error");
    const auto row = [](const char *name, const QByteArray &json, DecodeError error) {
        QTest::newRow(name) << json << static_cast<int>(error);
    };
    row("nothing", "", DecodeError::Empty);
    row("not JSON", "{\"type\":1", DecodeError::BadJson);
    row("two of them", "{}{}", DecodeError::BadJson);
    row("nested too deep", "{\"a\":" + QByteArray(100'000, '[') + QByteArray(100'000, ']') + '}',
        DecodeError::TooDeep);
    row("msgpack of a number", "\x01", DecodeError::BadShape);
    row("no type", "{}", DecodeError::BadShape);
    row("type of a fraction", "{\"type\":1.5}", DecodeError::BadShape);
    row("unknown type", "{\"type\":10}", DecodeError::UnknownType);
    row("type of answers", "{\"type\":8,\"requestId\":\"q\"}", DecodeError::UnknownType);
    row("negative type", "{\"type\":-1}", DecodeError::UnknownType);
    row("sockets without id", R"({"type":0,"rooms":[]})", DecodeError::BadShape);
    row("rooms without id", R"({"type":1})", DecodeError::BadShape);
    row("rooms, id a number", R"({"type":1,"requestId":7})", DecodeError::BadShape);
    row("join without options", R"({"type":2,"rooms":["r"]})", DecodeError::BadShape);
    row("join, old, without room", R"({"type":2,"sid":"s","requestId":"q"})", DecodeError::BadShape);
    row("disconnect without options", R"({"type":4})", DecodeError::BadShape);
    row("fetch without options", R"({"type":5,"requestId":"q"})", DecodeError::BadShape);
    row("server side without data", R"({"type":6})", DecodeError::BadShape);
    row("server side, data an object", R"({"type":6,"data":{}})", DecodeError::BadShape);
    row("broadcast without packet", R"({"type":7,"requestId":"q","opts":{}})", DecodeError::BadShape);
    row("broadcast without id", R"({"type":7,"opts":{},"packet":{"type":2,"data":["e"]}})",
        DecodeError::BadShape);
}

void CodecTest::badRequests_areRefused()
{
    QFETCH(const QByteArray, json);
    QFETCH(const int, error);
    const auto message = request(json);
    QVERIFY(!message);
    QCOMPARE(static_cast<int>(message.error()), error);
}

void CodecTest::sharded_isReadFieldByField()
{
    const QByteArray json =
        R"({"type":3,"data":{"packet":{"type":2,"data":["e",1]},"requestId":"q","opts":{"rooms":["r"],)"
        R"("except":["s"],"flags":{"volatile":true,"concierge":"n"}}},"uid":"u","nsp":"/x"})";
    const auto message = sharded::decode("/x", json);
    QVERIFY(message);
    EmitFlags flags;
    flags.isVolatile = true;
    flags.marker = "n";
    const Message expected{"u", "q",
                           Broadcast{Emit{"[\"e\",1]", {}}, BroadcastOptions{{{"r"}}, {{"s"}}, flags}}};
    QVERIFY(*message == expected);
    QCOMPARE(*sharded::encode(*message, "/x"), json);
    QCOMPARE(sharded::decode("/", json).error(), DecodeError::OtherNamespace);
    QCOMPARE(sharded::encode(Message{"u", "q", RoomsRequest{}}, "/").error(), DecodeError::UnknownType);
}

void CodecTest::badSharded_isRefused_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("error");
    const auto row = [](const char *name, const QByteArray &json, DecodeError error) {
        QTest::newRow(name) << json << static_cast<int>(error);
    };
    const auto typed = [&](const char *name, const QByteArray &type, const QByteArray &data,
                           DecodeError error) {
        row(name, "{\"type\":" + type + ",\"data\":" + data + R"(,"uid":"u","nsp":"/"})", error);
    };
    row("array", "\x90", DecodeError::BadShape);
    row("no uid", R"({"type":7,"data":{"opts":{},"requestId":"q"},"nsp":"/"})", DecodeError::BadShape);
    row("no nsp", R"({"type":7,"data":{"opts":{},"requestId":"q"},"uid":"u"})", DecodeError::OtherNamespace);
    typed("heartbeat", "2", "{}", DecodeError::UnknownType);
    typed("data null", "7", "null", DecodeError::BadShape);
    typed("broadcast without options", "3", R"({"packet":{"type":2,"data":["e"]}})", DecodeError::BadShape);
    typed("broadcast of a bad event", "3", R"({"packet":{"type":2,"data":[]},"opts":{}})",
          DecodeError::BadEvent);
    typed("join without options", "4", R"({"rooms":[]})", DecodeError::BadShape);
    typed("leave, rooms a string", "5", R"({"opts":{},"rooms":"r"})", DecodeError::BadShape);
    typed("fetch without id", "7", R"({"opts":{}})", DecodeError::BadShape);
    typed("sockets missing", "8", R"({"requestId":"q"})", DecodeError::BadShape);
    typed("socket without id", "8", R"({"requestId":"q","sockets":[{"handshake":{}}]})",
          DecodeError::BadShape);
    typed("server side, no array", "9", R"({"packet":"e"})", DecodeError::BadShape);
    typed("count missing", "11", R"({"requestId":"q"})", DecodeError::BadShape);
}

void CodecTest::badSharded_isRefused()
{
    QFETCH(const QByteArray, json);
    QFETCH(const int, error);
    const auto message = sharded::decode("/", json);
    QVERIFY(!message);
    QCOMPARE(static_cast<int>(message.error()), error);
}

void CodecTest::json_withBrokenUtf8_isRepaired()
{
    const auto message = request("{\"type\":6,\"data\":[\"a\xFF\xE2\x82\"]}");
    QVERIFY(message);
    QCOMPARE(std::get<ServerSideEmit>(message->body).event.json, "[\"a\xEF\xBF\xBD\xEF\xBF\xBD\"]");
}

void CodecTest::frames_areSentAsTheyAre()
{
    const Emit text{"[\"e\",{\"a\":1}]", {}};
    QCOMPARE(toFrames(text, "/").size(), 1);
    QCOMPARE(toFrames(text, "/").front().data, "42[\"e\",{\"a\":1}]");
    QCOMPARE(toFrames(text, "/x", 7).front().data, "42/x,7[\"e\",{\"a\":1}]");
    QCOMPARE(toFrames(text, "/", std::nullopt, "off-1").front().data, "42[\"e\",{\"a\":1},\"off-1\"]");
    const auto frames = toFrames({R"(["e",{"_placeholder":true,"num":0}])", {"x"}}, "/");
    QCOMPARE(frames.size(), 2);
    QCOMPARE(frames[0].data, R"(451-["e",{"_placeholder":true,"num":0}])");
    QCOMPARE(frames[1].data, "x");
    QCOMPARE(frames[1].kind, transport::FrameKind::Binary);
}

void CodecTest::channels_haveTheirKinds()
{
    const Channels channels("k", "/x");
    QCOMPARE(channels.pattern(), "k#/x#*");
    QCOMPARE(channels.kindOf("k#/x#"), ChannelKind::Broadcast);
    QCOMPARE(channels.kindOf("k#/x#room#"), ChannelKind::Broadcast);
    QCOMPARE(channels.kindOf("k#/#"), ChannelKind::Other);
    QCOMPARE(channels.kindOf("k-request#/x#"), ChannelKind::Request);
    QCOMPARE(channels.kindOf("k-response#/x#"), ChannelKind::Response);
    QCOMPARE(channels.kindOf("k-response#/x#aBcDeF#"), ChannelKind::Response);
    QCOMPARE(channels.roomOf("k#/x#").toByteArray(), "");
    QCOMPARE(channels.roomOf("k#/x#a#b#").toByteArray(), "a#b");
}


QTEST_APPLESS_MAIN(CodecTest)
#include "CodecTest.moc"
