#include "AdapterFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::cluster;
using namespace concierge::test;

namespace {

const Emit hello{"[\"hello\",1]", {}};

} // namespace

class AdapterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void broadcast_reachesItsAudience();
    void broadcast_forNobodyHere_isPassedOver();
    void broadcast_ofItsOwn_isPassedOver();
    void broadcast_ofAnEmitter_isTaken();
    void broadcast_markedAsKnown_isDropped();
    void published_reachesAnotherNode();
    void published_thatCannotBeWritten_isAnError();
    void subscriptions_ofClassic();
    void garbage_isDroppedAndCounted_data();
    void garbage_isDroppedAndCounted();
    void answersToOthers_arePassedOver();
    void sharded_subscribesToRooms();
    void sharded_allRoomsHaveChannels();
    void sharded_publishesWhereOthersListen_data();
    void sharded_publishesWhereOthersListen();
    void sharded_answersRequests();
    void sharded_ofItsOwn_isPassedOver();
};

void AdapterTest::broadcast_reachesItsAudience()
{
    Node node;
    EmitFlags flags;
    flags.isVolatile = true;
    const Emit binary{R"(["b",{"_placeholder":true,"num":0}])", {"bytes"}};
    node.broadcast({{{"r"}}, {{"s"}}, flags}, binary);
    node.broadcast({}, hello);
    node.broadcast({{}, {{"a"}}, {}}, hello);
    QCOMPARE(node.host.emitted.size(), 3);
    QVERIFY(node.host.emitted[0].audience == (Audience{false, {SocketId("a")}}));
    QVERIFY(node.host.emitted[0].emit == binary);
    QVERIFY(node.host.emitted[0].flags == flags);
    QVERIFY(node.host.emitted[1].audience == (Audience{true, {}}));
    QVERIFY(node.host.emitted[2].audience == (Audience{true, {SocketId("a")}}));
    QCOMPARE(node.adapter.counters().broadcasts, 3u);
    QVERIFY(node.sink.published.isEmpty());
}

void AdapterTest::broadcast_forNobodyHere_isPassedOver()
{
    Node node;
    node.broadcast({{{"x"}}, {}, {}}, hello);
    node.broadcast({{{"x"}, {"y"}}, {}, {}}, hello);
    node.broadcast({{{"r"}}, {{"r"}}, {}}, hello);
    // Not even read, when the channel's name tells.
    node.adapter.receive("socket.io#/#x#", "garbage");
    node.adapter.receive("socket.io#/other#", "garbage");
    node.hear("socket.io#/#", {"other1", {}, Broadcast{hello, {{{"null", Room::Kind::Other}}, {}, {}}}});
    QVERIFY(node.host.emitted.isEmpty());
    QVERIFY(node.host.dropped.isEmpty());
    QCOMPARE(node.adapter.counters().notForUs, 6u);
}

void AdapterTest::broadcast_ofItsOwn_isPassedOver()
{
    Node node;
    QVERIFY(!node.adapter.publish({}, hello));
    QVERIFY(!node.adapter.publish({{{"r"}}, {}, {}}, hello));
    for (const auto &[channel, payload] : node.sink.published)
        node.adapter.receive(channel, payload);
    node.request({node.adapter.uid(), "q", RoomsRequest{}});
    QVERIFY(node.host.emitted.isEmpty());
    QCOMPARE(node.sink.published.size(), 2);
    QCOMPARE(node.adapter.counters().own, 3u);
}

void AdapterTest::broadcast_ofAnEmitter_isTaken()
{
    Node node;
    node.hear("socket.io#/#r#", {emitterUid.toByteArray(), {}, Broadcast{hello, {{{"r"}}, {}, {}}}});
    QCOMPARE(node.host.emitted.size(), 1);
    QCOMPARE(sorted(node.host.emitted[0].audience.sockets), (QList<QByteArray>{"a", "b"}));
}

void AdapterTest::broadcast_markedAsKnown_isDropped()
{
    Node node;
    EmitFlags flags;
    flags.marker = "known";
    node.broadcast({{{"r"}}, {}, flags}, hello);
    QVERIFY(node.host.emitted.isEmpty());
    QCOMPARE(node.adapter.counters().marked, 1u);
    flags.marker = "new";
    node.broadcast({{{"r"}}, {}, flags}, hello);
    QCOMPARE(node.host.emitted.size(), 1);
    QCOMPARE(node.host.emitted[0].flags.marker, "new");
}

void AdapterTest::published_reachesAnotherNode()
{
    Node node;
    Node other;
    EmitFlags flags;
    flags.marker = "n1";
    const Emit binary{R"(["b",{"x":{"_placeholder":true,"num":0}},"é"])", {"bytes"}};
    QVERIFY(!node.adapter.publish({{{"r"}}, {{"b"}}, flags}, binary));
    QVERIFY(!node.adapter.publish({{{"r"}, {"c"}}, {}, {}}, hello));
    QCOMPARE(node.sink.published[0].channel, "socket.io#/#r#");
    QCOMPARE(node.sink.published[1].channel, "socket.io#/#");
    for (const auto &[channel, payload] : node.sink.published)
        other.adapter.receive(channel, payload);
    QCOMPARE(other.host.emitted.size(), 2);
    QVERIFY(other.host.emitted[0].emit == binary);
    QVERIFY(other.host.emitted[0].flags == flags);
    QCOMPARE(sorted(other.host.emitted[0].audience.sockets), QList<QByteArray>{"a"});
    QCOMPARE(sorted(other.host.emitted[1].audience.sockets), (QList<QByteArray>{"a", "b", "c"}));
}

void AdapterTest::published_thatCannotBeWritten_isAnError()
{
    Node node;
    const QByteArray deep = QByteArray(messageMaxDepth, '[') + QByteArray(messageMaxDepth, ']');
    QVERIFY(node.adapter.publish({}, {"[\"e\"," + deep + ']', {}}) == DecodeError::TooDeep);
    QVERIFY(node.adapter.publish({}, {R"(["e",{"_placeholder":true,"num":1}])", {"x"}}) ==
            DecodeError::BadPlaceholder);
    QVERIFY(node.sink.published.isEmpty());
}

void AdapterTest::subscriptions_ofClassic()
{
    AdapterOptions options;
    options.key = "k";
    options.nsp = "/x";
    Node node(options);
    const QByteArray uid = node.adapter.uid();
    QCOMPARE(uid.size(), 6);
    const Subscriptions wanted = node.adapter.subscriptions();
    QCOMPARE(wanted.patterns, QList<QByteArray>{"k#/x#*"});
    QCOMPARE(wanted.channels,
             (QList<QByteArray>{"k-request#/x#", "k-response#/x#", "k-response#/x#" + uid + '#'}));
    QVERIFY(node.sink.subscribed.isEmpty());
    QVERIFY(Node(options).adapter.uid() != uid);
}

void AdapterTest::garbage_isDroppedAndCounted_data()
{
    QTest::addColumn<QByteArray>("channel");
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<int>("error");
    const auto row = [](const char *name, const char *channel, const QByteArray &payload, DecodeError error) {
        QTest::newRow(name) << QByteArray(channel) << payload << static_cast<int>(error);
    };
    row("empty broadcast", "socket.io#/#", "", DecodeError::Empty);
    row("text as broadcast", "socket.io#/#", "hello", DecodeError::TrailingBytes);
    row("JSON as broadcast", "socket.io#/#", "{}", DecodeError::TrailingBytes);
    row("truncated broadcast", "socket.io#/#r#", "\x93\xa1u\x82", DecodeError::Truncated);
    row("nested broadcast", "socket.io#/#", QByteArray(1'000'000, '\x91'), DecodeError::TooDeep);
    row("empty request", "socket.io-request#/#", "", DecodeError::Empty);
    row("fetch that kills Node", "socket.io-request#/#", R"({"type":5,"requestId":"q"})",
        DecodeError::BadShape);
    row("half JSON", "socket.io-request#/#", "{\"type\":", DecodeError::BadJson);
    row("msgpack that is none", "socket.io-request#/#", "\xc1", DecodeError::BadByte);
}

void AdapterTest::garbage_isDroppedAndCounted()
{
    QFETCH(const QByteArray, channel);
    QFETCH(const QByteArray, payload);
    QFETCH(const int, error);
    Node node;
    node.adapter.receive(channel, payload);
    QCOMPARE(node.host.dropped.size(), 1);
    QCOMPARE(static_cast<int>(node.host.dropped[0]), error);
    QCOMPARE(node.adapter.counters().dropped, 1u);
    QVERIFY(node.sink.published.isEmpty());
    node.broadcast({}, hello);
    QCOMPARE(node.host.emitted.size(), 1);
}

void AdapterTest::answersToOthers_arePassedOver()
{
    Node node;
    node.adapter.receive("socket.io-response#/#", R"({"requestId":"q","sockets":[]})");
    node.adapter.receive("socket.io-response#/#" + node.adapter.uid() + '#', "garbage");
    node.request(QByteArray(R"({"type":99})"));
    QCOMPARE(node.adapter.counters().notForUs, 3u);
    QVERIFY(node.host.dropped.isEmpty());
    QVERIFY(node.sink.published.isEmpty());
}

void AdapterTest::sharded_subscribesToRooms()
{
    AdapterOptions options;
    options.protocol = Protocol::Sharded;
    Node node(options);
    const QByteArray uid = node.adapter.uid();
    QCOMPARE(uid.size(), 16);
    QCOMPARE(node.sink.subscribed, (QList<QByteArray>{"socket.io#/#r#", "socket.io#/#s#"}));
    Subscriptions wanted = node.adapter.subscriptions();
    QVERIFY(wanted.patterns.isEmpty());
    std::sort(wanted.channels.begin() + 2, wanted.channels.end());
    QCOMPARE(wanted.channels, (QList<QByteArray>{"socket.io#/#", "socket.io#/#" + uid + '#', "socket.io#/#r#",
                                                 "socket.io#/#s#"}));
    node.adapter.leave(SocketId("a"), "r");
    QCOMPARE(node.sink.subscribed.size(), 2);
    node.adapter.remove(SocketId("b"));
    QVERIFY(node.sink.subscribed.isEmpty());

    options.roomChannels = RoomChannels::None;
    QVERIFY(Node(options).sink.subscribed.isEmpty());
}

void AdapterTest::sharded_allRoomsHaveChannels()
{
    AdapterOptions options;
    options.protocol = Protocol::Sharded;
    options.roomChannels = RoomChannels::All;
    Node node(options);
    QCOMPARE(node.sink.subscribed.size(), 5);
    QVERIFY(node.sink.subscribed.contains("socket.io#/#c#"));
    QCOMPARE(node.adapter.subscriptions().channels.size(), 7);
    node.adapter.remove(SocketId("c"));
    QVERIFY(!node.sink.subscribed.contains("socket.io#/#c#"));
}

void AdapterTest::sharded_publishesWhereOthersListen_data()
{
    QTest::addColumn<int>("roomChannels");
    QTest::addColumn<QList<QByteArray>>("rooms");
    QTest::addColumn<QByteArray>("channel");
    const auto row = [](const char *name, RoomChannels roomChannels, const QList<QByteArray> &rooms,
                        const char *channel) {
        QTest::newRow(name) << static_cast<int>(roomChannels) << rooms << QByteArray(channel);
    };
    const QByteArray like = "8vraWVzaWAEZcyF3AAAA"; // a socket's id, by its length
    row("dynamic, all", RoomChannels::Public, {}, "socket.io#/#");
    row("dynamic, room", RoomChannels::Public, {"room1"}, "socket.io#/#room1#");
    row("dynamic, two rooms", RoomChannels::Public, {"room1", "zz"}, "socket.io#/#");
    row("dynamic, socket", RoomChannels::Public, {like}, "socket.io#/#");
    row("dynamic-private, socket", RoomChannels::All, {like}, "socket.io#/#8vraWVzaWAEZcyF3AAAA#");
    row("dynamic-private, room", RoomChannels::All, {"room1"}, "socket.io#/#room1#");
    row("static, room", RoomChannels::None, {"room1"}, "socket.io#/#");
}

void AdapterTest::sharded_publishesWhereOthersListen()
{
    QFETCH(const int, roomChannels);
    QFETCH(const QList<QByteArray>, rooms);
    QFETCH(const QByteArray, channel);
    AdapterOptions options;
    options.protocol = Protocol::Sharded;
    options.roomChannels = static_cast<RoomChannels>(roomChannels);
    Node node(options);
    BroadcastOptions targets;
    for (const QByteArray &room : rooms)
        targets.rooms.append({room});
    QVERIFY(!node.adapter.publish(targets, hello));
    QCOMPARE(node.sink.published.value(0).channel, channel);
}

void AdapterTest::sharded_answersRequests()
{
    AdapterOptions options;
    options.protocol = Protocol::Sharded;
    Node node(options);
    const auto hear = [&](const Message &message) {
        node.adapter.receive("socket.io#/#", *sharded::encode(message, "/"));
    };
    hear({"0123456789abcdef", "q", Fetch{{{{"x"}}, {}, {}}}});
    hear({"0123456789abcdef", "q", ServerSideEmit{{"[]", {}}}});
    hear({"0123456789abcdef", "q", Broadcast{hello, {{{"r"}}, {}, {}}}});
    QCOMPARE(node.sink.published.size(), 3);
    const QByteArray uid = node.adapter.uid();
    const Message expected[]{
        {uid, "q", FetchAnswer{}}, {uid, "q", ServerSideAnswer{}}, {uid, "q", ClientCount{2}}};
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(node.sink.published[i].channel, "socket.io#/#0123456789abcdef#");
        const auto message = sharded::decode("/", node.sink.published[i].payload);
        QVERIFY(message);
        QVERIFY(*message == expected[i]);
    }
    QVERIFY(node.host.emitted.value(0).token != 0);
    hear({"0123456789abcdef", {}, Join{{{{"c"}}, {}, {}}, {{"t"}}}});
    QVERIFY(node.sink.subscribed.contains("socket.io#/#t#"));
    node.adapter.receive("socket.io#/#", "{\"type\":3}");
    QCOMPARE(node.adapter.counters().dropped, 1u);
}

void AdapterTest::sharded_ofItsOwn_isPassedOver()
{
    AdapterOptions options;
    options.protocol = Protocol::Sharded;
    Node node(options);
    QVERIFY(!node.adapter.publish({{{"r"}}, {}, {}}, hello));
    QVERIFY(!node.adapter.publish({}, {R"(["b",{"_placeholder":true,"num":0}])", {"bytes"}}));
    for (const auto &[channel, payload] : node.sink.published)
        node.adapter.receive(channel, payload);
    QVERIFY(node.host.emitted.isEmpty());
    QCOMPARE(node.adapter.counters().own, 2u);
    Node other(options);
    for (const auto &[channel, payload] : node.sink.published)
        other.adapter.receive(channel, payload);
    QCOMPARE(other.host.emitted.size(), 2);
}

QTEST_APPLESS_MAIN(AdapterTest)
#include "AdapterTest.moc"
