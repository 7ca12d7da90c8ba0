#include "AdapterFixture.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace concierge;
using namespace concierge::cluster;
using namespace concierge::test;

namespace {

const Emit hello{"[\"hello\",1]", {}};

} // namespace

class AdapterRequestsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void socketsRequest_isAnswered();
    void roomsRequest_isAnswered_evenByNobody();
    void serverSideEmit_withId_isAnswered();
    void fetch_isAnsweredByTheHost();
    void fetch_ofNobody_isAnsweredAtOnce();
    void fetch_expires();
    void ackRequest_isAnsweredByEachClient();
    void ackRequest_forNobody_isCounted();
    void ackRequest_expires();
    void openRequests_areBounded();
    void privateAnswers_goToTheAsker();
    void join_changesRooms();
    void leave_changesRooms();
    void requests_ofOldAdapters_areAnswered();
    void disconnect_isTold();
    void disconnectSockets_isPublishedAndApplied();
};

void AdapterRequestsTest::socketsRequest_isAnswered()
{
    Node node;
    node.request({"other1", "q", SocketsRequest{{{"s"}, {"a"}}}});
    QCOMPARE(node.sink.published.size(), 1);
    QCOMPARE(node.sink.published[0].channel, "socket.io-response#/#");
    const auto answer = QJsonDocument::fromJson(node.sink.published[0].payload).object().toVariantMap();
    QCOMPARE(answer[QStringLiteral("requestId")].toString(), QStringLiteral("q"));
    QStringList sids = answer[QStringLiteral("sockets")].toStringList();
    sids.sort();
    QCOMPARE(sids, (QStringList{QStringLiteral("a"), QStringLiteral("b")}));

    node.request({"other1", "q2", SocketsRequest{{{"x"}}}});
    QCOMPARE(node.sink.published[1].payload, R"({"requestId":"q2","sockets":[]})");
}

void AdapterRequestsTest::roomsRequest_isAnswered_evenByNobody()
{
    Node node;
    node.request({"other1", "q", RoomsRequest{}});
    const auto answer = classic::decode(ChannelKind::Response, "/", node.sink.published.value(0).payload);
    QVERIFY(answer);
    QCOMPARE(answer->requestId, "q");
    QCOMPARE(std::get<RoomsAnswer>(answer->body).rooms.size(), 5);

    for (const char *name : {"a", "b", "c"})
        node.adapter.remove(SocketId(name));
    node.request({"other1", "q2", RoomsRequest{}});
    QCOMPARE(node.sink.published.value(1).payload, R"({"requestId":"q2","rooms":[]})");
}

void AdapterRequestsTest::serverSideEmit_withId_isAnswered()
{
    Node node;
    node.request({"other1", {}, ServerSideEmit{{"[\"e\"]", {}}}});
    QVERIFY(node.sink.published.isEmpty());
    node.request({"other1", "q", ServerSideEmit{{"[\"e\"]", {}}}});
    QCOMPARE(node.sink.published.size(), 1);
    QCOMPARE(node.sink.published[0].channel, "socket.io-response#/#");
    QCOMPARE(node.sink.published[0].payload, R"({"type":6,"requestId":"q","data":null})");
}

void AdapterRequestsTest::fetch_isAnsweredByTheHost()
{
    Node node;
    node.request({"other1", "q", Fetch{{{{"r"}}, {{"s"}}, {}}}});
    QVERIFY(node.sink.published.isEmpty());
    QCOMPARE(sorted(node.host.described), QList<QByteArray>{"a"});
    QCOMPARE(*node.adapter.next(), node.clock.monotonic() + Milliseconds(5000));
    const QList<RemoteSocket> sockets{{"a", R"({"auth":{}})", {{"a"}, {"r"}}, R"({"userId":"u"})"}};
    node.adapter.acknowledged(node.host.describeToken, {}); // of another kind
    node.adapter.described(node.host.describeToken + 1, sockets);
    QVERIFY(node.sink.published.isEmpty());
    node.adapter.described(node.host.describeToken, sockets);
    node.adapter.described(node.host.describeToken, sockets);
    QCOMPARE(node.sink.published.size(), 1);
    QCOMPARE(node.sink.published[0].payload,
             R"({"requestId":"q","sockets":[{"id":"a","handshake":{"auth":{}},"rooms":["a","r"],)"
             R"("data":{"userId":"u"}}]})");
    QVERIFY(!node.adapter.next());
}

void AdapterRequestsTest::fetch_ofNobody_isAnsweredAtOnce()
{
    Node node;
    node.request({"other1", "q", Fetch{{{{"x"}}, {}, {}}}});
    QCOMPARE(node.host.describeToken, 0u);
    QCOMPARE(node.sink.published.value(0).payload, R"({"requestId":"q","sockets":[]})");
}

void AdapterRequestsTest::fetch_expires()
{
    Node node;
    node.request({"other1", "q", Fetch{}});
    node.clock.advance(Milliseconds(4999));
    node.adapter.tick();
    QVERIFY(node.adapter.next());
    node.clock.advance(Milliseconds(1));
    node.adapter.tick();
    QVERIFY(!node.adapter.next());
    node.adapter.described(node.host.describeToken, {});
    QVERIFY(node.sink.published.isEmpty());
    QCOMPARE(node.adapter.counters().expired, 1u);
}

void AdapterRequestsTest::ackRequest_isAnsweredByEachClient()
{
    Node node;
    EmitFlags flags;
    flags.timeout = Milliseconds(800);
    node.request({"other1", "q", Broadcast{hello, {{{"r"}}, {}, flags}}});
    QCOMPARE(node.sink.published.size(), 1);
    QCOMPARE(node.sink.published[0].payload, R"({"type":8,"requestId":"q","clientCount":2})");
    QCOMPARE(node.host.emitted.size(), 1);
    QCOMPARE(node.host.emitted[0].timeout, Milliseconds(800));
    const RequestToken token = node.host.emitted[0].token;
    QVERIFY(token != 0);
    node.adapter.acknowledged(token, {"\"one\"", {}});
    node.adapter.acknowledged(token, {R"({"_placeholder":true,"num":0})", {"two"}});
    node.adapter.acknowledged(token, {"\"one too many\"", {}});
    QCOMPARE(node.sink.published.size(), 3);
    for (const auto &[index, value] :
         {std::pair(1, JsonValue{"\"one\"", {}}),
          std::pair(2, JsonValue{R"({"_placeholder":true,"num":0})", {"two"}})}) {
        const auto ack = classic::decode(ChannelKind::Response, "/", node.sink.published[index].payload);
        QVERIFY(ack);
        QVERIFY(*ack == (Message{{}, "q", ClientAck{value}}));
    }
    QVERIFY(!node.adapter.next());
}

void AdapterRequestsTest::ackRequest_forNobody_isCounted()
{
    Node node;
    node.request({"other1", "q", Broadcast{hello, {{{"x"}}, {}, {}}}});
    QCOMPARE(node.sink.published.value(0).payload, R"({"type":8,"requestId":"q","clientCount":0})");
    QVERIFY(node.host.emitted.isEmpty());
    // And for all but some.
    node.request({"other1", "q2", Broadcast{hello, {{}, {{"r"}}, {}}}});
    QCOMPARE(node.sink.published.value(1).payload, R"({"type":8,"requestId":"q2","clientCount":1})");
}

void AdapterRequestsTest::ackRequest_expires()
{
    AdapterOptions options;
    options.ackTimeoutMax = Milliseconds(10'000);
    Node node(options);
    EmitFlags flags;
    flags.timeout = Milliseconds(3'600'000);
    node.request({"other1", "q", Broadcast{hello, {{}, {}, flags}}});
    node.request({"other1", "q", Broadcast{hello, {}}});
    QCOMPARE(*node.adapter.next(), node.clock.monotonic() + Milliseconds(10'000));
    node.adapter.acknowledged(node.host.emitted[0].token, {});
    node.clock.advance(Milliseconds(10'000));
    node.adapter.tick();
    node.adapter.acknowledged(node.host.emitted[0].token, {});
    QCOMPARE(node.sink.published.size(), 3); // two counts, one acknowledgement
    QCOMPARE(node.adapter.counters().expired, 2u);
}

void AdapterRequestsTest::openRequests_areBounded()
{
    AdapterOptions options;
    options.openRequestsMax = 2;
    Node node(options);
    for (const char *id : {"1", "2", "3"})
        node.request({"other1", id, Broadcast{hello, {}}});
    node.request({"other1", "4", Fetch{}});
    QCOMPARE(node.host.emitted.size(), 3); // the event itself goes to all
    QVERIFY(node.host.emitted[1].token != 0);
    QCOMPARE(node.host.emitted[2].token, 0u);
    QCOMPARE(node.host.describeToken, 0u);
    QCOMPARE(node.sink.published.size(), 3); // the counts
    QCOMPARE(node.adapter.counters().refused, 2u);
}

void AdapterRequestsTest::privateAnswers_goToTheAsker()
{
    AdapterOptions options;
    options.answersPrivately = true;
    Node node(options);
    node.request({"other1", "q", RoomsRequest{}});
    node.request(QByteArray(R"({"type":1,"requestId":"q"})")); // of somebody without a uid
    node.request({"other1", "q", ServerSideEmit{{"[]", {}}}});
    QCOMPARE(node.sink.published.value(0).channel, "socket.io-response#/#other1#");
    QCOMPARE(node.sink.published.value(1).channel, "socket.io-response#/#");
    QCOMPARE(node.sink.published.value(2).channel, "socket.io-response#/#"); // as Node does
}

void AdapterRequestsTest::join_changesRooms()
{
    Node node;
    node.request({{}, {}, Join{{{{"r"}}, {{"b"}}, {}}, {{"t"}, {"42", Room::Kind::Number}}}});
    QCOMPARE(node.host.joined.size(), 1);
    QCOMPARE(sorted(node.host.joined[0].sockets), QList<QByteArray>{"a"});
    QCOMPARE(node.host.joined[0].rooms, (QList<QByteArray>{"t", "42"}));
    QCOMPARE(node.adapter.rooms().roomsOf(SocketId("a")), (QList<QByteArray>{"a", "r", "t", "42"}));
    node.broadcast({{{"42"}}, {}, {}}, hello);
    QCOMPARE(node.host.emitted.size(), 1);
    node.request({{}, {}, Join{{{{"x"}}, {}, {}}, {{"t"}}}});
    node.request({{}, {}, Join{{{{"r"}}, {}, {}}, {}}});
    QCOMPARE(node.host.joined.size(), 1);
    QVERIFY(node.sink.published.isEmpty());
}

void AdapterRequestsTest::leave_changesRooms()
{
    Node node;
    node.request({"other1", {}, Leave{{}, {{"r"}}}});
    QCOMPARE(node.host.left.size(), 1);
    QCOMPARE(sorted(node.host.left[0].sockets), (QList<QByteArray>{"a", "b", "c"}));
    QVERIFY(!node.adapter.rooms().hasRoom("r"));
    QVERIFY(node.adapter.rooms().hasRoom("s"));
}

void AdapterRequestsTest::requests_ofOldAdapters_areAnswered()
{
    Node node;
    node.request(QByteArray(R"({"requestId":"q1","type":2,"sid":"c","room":"t"})"));
    node.request(QByteArray(R"({"requestId":"q2","type":3,"sid":"c","room":"t"})"));
    node.request(QByteArray(R"({"requestId":"q3","type":4,"sid":"c","close":true})"));
    node.request(QByteArray(R"({"requestId":"q4","type":2,"sid":"elsewhere","room":"t"})"));
    QCOMPARE(node.host.joined.size(), 1);
    QCOMPARE(node.host.left.size(), 1);
    QCOMPARE(node.host.disconnected.size(), 1);
    QCOMPARE(node.sink.published.size(), 3);
    QCOMPARE(node.sink.published[2].payload, R"({"requestId":"q3"})");
}

void AdapterRequestsTest::disconnect_isTold()
{
    Node node;
    node.request({"other1", {}, Disconnect{{{{"s"}}, {}, {}}, true}});
    node.request({"other1", {}, Disconnect{{{{"c"}}, {}, {}}, false}});
    node.request({"other1", {}, Disconnect{{{{"x"}}, {}, {}}, false}});
    QCOMPARE(node.host.disconnected.size(), 2);
    QCOMPARE(sorted(node.host.disconnected[0].sockets), QList<QByteArray>{"b"});
    QVERIFY(node.host.disconnected[0].closes);
    QVERIFY(!node.host.disconnected[1].closes);
    QVERIFY(node.adapter.rooms().contains(SocketId("b"))); // until it is gone
}

void AdapterRequestsTest::disconnectSockets_isPublishedAndApplied()
{
    Node node;
    Node other;
    node.adapter.disconnectSockets({{{"s"}}, {}, {}}, true);
    QCOMPARE(node.host.disconnected.size(), 1);
    QCOMPARE(node.sink.published.size(), 1);
    const auto [channel, payload] = node.sink.published[0];
    node.adapter.receive(channel, payload);
    QCOMPARE(node.host.disconnected.size(), 1); // not twice
    other.adapter.receive(channel, payload);
    QCOMPARE(other.host.disconnected.size(), 1);
    QVERIFY(other.host.disconnected[0].closes);
}

QTEST_APPLESS_MAIN(AdapterRequestsTest)
#include "AdapterRequestsTest.moc"
