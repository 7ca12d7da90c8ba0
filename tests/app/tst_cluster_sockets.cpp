#include "app/ClusterSockets.h"
#include "cluster/ClassicCodec.h"
#include "support/FakeClock.h"

#include <QTest>

#include <array>

using namespace concierge;
using namespace concierge::app;
using namespace concierge::cluster;

namespace {

struct FakeWorkers final : ClusterWorkers
{
    std::size_t workerCount() const override { return given.size(); }
    bool give(std::size_t worker, MemberTask task) override
    {
        if (isFull)
            return false;
        given[worker].push_back(std::move(task));
        return true;
    }
    std::array<std::vector<MemberTask>, 2> given;
    bool isFull = false;
};

struct FakeSink final : AdapterSink
{
    void publish(const QByteArray &, const QByteArray &payload) override { published.append(payload); }
    void subscribe(const QByteArray &) override {}
    void unsubscribe(const QByteArray &) override {}
    QList<QByteArray> published;
};

/// Two io threads: a and b at the first, c at the second.
struct Fixture
{
    Fixture()
    {
        sockets.setAdapter(adapter);
        sockets.take(SocketArrived{a, SocketId("a"), Milliseconds(1'000)});
        sockets.take(SocketArrived{b, SocketId("b"), Milliseconds(2'000)});
        sockets.take(SocketArrived{c, SocketId("c"), Milliseconds(3'000)});
    }
    QList<QByteArray> rooms(const char *sid) const { return adapter.rooms().roomsOf(SocketId(sid)); }
    void hear(const Message &message, ChannelKind kind = ChannelKind::Request)
    {
        adapter.receive(kind == ChannelKind::Request ? "socket.io-request#/#" : "socket.io#/#",
                        *classic::encode(message, "/"));
    }
    void emitTo(const BroadcastOptions &options, const Emit &emit)
    {
        hear({"other1", {}, Broadcast{emit, options}}, ChannelKind::Broadcast);
    }
    const RemoteEvent *event(std::size_t worker) const
    {
        const auto &tasks = workers.given[worker];
        return tasks.size() == 1 ? std::get_if<RemoteEvent>(&tasks.front()) : nullptr;
    }

    const chat::SocketRef a{0, 1};
    const chat::SocketRef b{0, 2};
    const chat::SocketRef c{1, 1};
    test::FakeClock clock;
    FakeWorkers workers;
    FakeSink sink;
    ClusterSockets sockets{workers, clock};
    Adapter adapter{AdapterOptions(), sockets, sink, clock};
};

BroadcastOptions to(const char *room)
{
    BroadcastOptions options;
    options.rooms.append({room});
    return options;
}

} // namespace

class TestClusterSockets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void speaker_isInTheRoomsOfHisNameAndHisChats()
    {
        Fixture f;
        f.sockets.take(chat::SpeaksFor{f.a, UserId("ann"), {ChatId("flat"), ChatId("barn")}});
        QCOMPARE(f.rooms("a"), (QList<QByteArray>{"a", "ann", "flat", "barn"}));
        f.sockets.take(chat::ChatLeft{{f.a}, ChatId("barn")});
        f.sockets.take(chat::ChatJoined{{f.a, f.c}, ChatId("mill")});
        QCOMPARE(f.rooms("a"), (QList<QByteArray>{"a", "ann", "flat", "mill"}));
        QCOMPARE(f.rooms("c"), (QList<QByteArray>{"c", "mill"}));
    }

    void anotherSpeaker_isInNoRoomOfTheOneBefore()
    {
        Fixture f;
        f.adapter.join(SocketId("a"), "lobby"); // by another server
        f.sockets.take(chat::SpeaksFor{f.a, UserId("ann"), {ChatId("flat")}});
        QVERIFY(f.rooms("a").contains("lobby"));
        f.sockets.take(chat::SpeaksFor{f.a, UserId("bob"), {ChatId("barn")}});
        QCOMPARE(f.rooms("a"), (QList<QByteArray>{"a", "bob", "barn"}));
    }

    void chatOfTheUsersOwnName_leavesTheUsersRoom()
    {
        Fixture f;
        f.sockets.take(chat::SpeaksFor{f.a, UserId("ann"), {ChatId("ann")}});
        f.sockets.take(chat::ChatLeft{{f.a}, ChatId("ann")});
        QCOMPARE(f.rooms("a"), (QList<QByteArray>{"a", "ann"}));
    }

    void gone_isInNoRoom_andItsNewsIsPassedOver()
    {
        Fixture f;
        f.sockets.take(chat::SpeaksFor{f.a, UserId("ann"), {}});
        f.sockets.take(SocketGone{f.a});
        f.sockets.take(SocketGone{f.a});
        QVERIFY(!f.adapter.rooms().hasRoom("ann"));
        f.sockets.take(chat::SpeaksFor{f.a, UserId("ann"), {}});
        f.sockets.take(chat::ChatJoined{{f.a}, ChatId("flat")});
        QVERIFY(!f.adapter.rooms().hasRoom("ann"));
        QVERIFY(!f.adapter.rooms().hasRoom("flat"));
        QCOMPARE(f.sockets.count(), 2);
    }

    void socketThatCameBack_mayBeThereBeforeItsOldOneIsGone()
    {
        Fixture f;
        f.sockets.take(chat::SpeaksFor{f.a, UserId("ann"), {}});
        const chat::SocketRef again{1, 7};
        f.sockets.take(SocketArrived{again, SocketId("a"), {}});
        QCOMPARE(f.rooms("a"), QList<QByteArray>{"a"});
        f.sockets.take(chat::SpeaksFor{again, UserId("ann"), {}});
        f.sockets.take(SocketGone{f.a});
        QCOMPARE(f.rooms("a"), (QList<QByteArray>{"a", "ann"}));
        f.emitTo(to("ann"), {"[\"x\"]", {}});
        QVERIFY(!f.event(0));
        QCOMPARE(f.event(1)->sockets, std::vector<quint64>{7});
    }

    void event_goesToTheThreadsOfItsSockets()
    {
        Fixture f;
        f.sockets.take(chat::SpeaksFor{f.b, UserId("ann"), {}});
        f.sockets.take(chat::SpeaksFor{f.c, UserId("ann"), {}});
        BroadcastOptions options = to("ann");
        options.flags.isVolatile = true;
        f.emitTo(options, {"[\"x\",\"y\"]", {}});
        QCOMPARE(f.event(0)->sockets, std::vector<quint64>{2});
        QCOMPARE(f.event(1)->sockets, std::vector<quint64>{1});
        QVERIFY(!f.event(0)->isEveryone && f.event(0)->isVolatile);
        QCOMPARE(f.event(0)->emit, f.event(1)->emit); // made once
        QVERIFY(f.event(0)->emit->endsWithText);
        QCOMPARE(f.event(0)->emit->frames.front().data, QByteArray("42[\"x\",\"y\"]"));
    }

    void eventForAll_goesToEveryThread_withThoseItIsNotFor()
    {
        Fixture f;
        f.sockets.take(chat::SpeaksFor{f.b, UserId("ann"), {}});
        BroadcastOptions options;
        options.except.append({"ann"});
        f.emitTo(options, {"[\"x\",1]", {}});
        QVERIFY(f.event(0)->isEveryone && f.event(1)->isEveryone);
        QCOMPARE(f.event(0)->sockets, std::vector<quint64>{2});
        QVERIFY(f.event(1)->sockets.empty());
        QVERIFY(!f.event(0)->emit->endsWithText);
    }

    void eventOfAServerLikeThis_isPassedOver()
    {
        Fixture f;
        BroadcastOptions options;
        options.flags.marker = "1";
        f.emitTo(options, {"[\"x\"]", {}});
        QVERIFY(!f.event(0));
        QCOMPARE(f.adapter.counters().marked, 1U);
    }

    void question_isAnsweredByClients()
    {
        Fixture f;
        f.sockets.take(chat::SpeaksFor{f.b, UserId("ann"), {}});
        BroadcastOptions options = to("ann");
        options.flags.timeout = Milliseconds(700);
        f.hear({"other1", "r1", Broadcast{{"[\"x\"]", {}}, options}});
        const RemoteEvent *event = f.event(0);
        QVERIFY(event && event->token != 0);
        QCOMPARE(event->timeout, Milliseconds(700));
        QCOMPARE(f.sink.published.size(), 1); // how many are asked
        f.sockets.take(ClientAnswered{event->token, {"5", {}}});
        QCOMPARE(f.sink.published.size(), 2);
        const auto answer = classic::decode(ChannelKind::Response, "/", f.sink.published.back());
        QCOMPARE(std::get<ClientAck>((*answer).body).value.json, QByteArray("5"));
    }

    void description_isGatheredFromAllThreads_withRoomsAndUser()
    {
        Fixture f;
        f.sockets.take(chat::SpeaksFor{f.b, UserId("ann"), {ChatId("flat")}});
        f.hear({"other1", "r1", Fetch{}});
        const auto *first = std::get_if<DescribeSockets>(&f.workers.given[0].at(0));
        const auto *second = std::get_if<DescribeSockets>(&f.workers.given[1].at(0));
        QVERIFY(first && second);
        QCOMPARE(first->sockets.size(), 2U);
        QCOMPARE(second->sockets.front().since, Milliseconds(3'000));
        f.sockets.take(SocketsDescribed{first->token, {{f.b, "{\"h\":1}"}}}); // a has gone meanwhile
        QVERIFY(f.sink.published.isEmpty());
        f.sockets.take(SocketsDescribed{second->token, {{f.c, "{}"}}});
        QCOMPARE(f.sink.published.size(), 1);
        const auto answer = classic::decode(ChannelKind::Response, "/", f.sink.published.back());
        const auto &sockets = std::get<FetchAnswer>((*answer).body).sockets;
        QCOMPARE(sockets.size(), 2);
        QCOMPARE(sockets[0],
                 (RemoteSocket{"b", "{\"h\":1}", {{"b"}, {"ann"}, {"flat"}}, "{\"userId\":\"ann\"}"}));
        QCOMPARE(sockets[1], (RemoteSocket{"c", "{}", {{"c"}}, "{}"}));
    }

    void description_thatAThreadDoesNotTake_isNotAnswered()
    {
        Fixture f;
        f.workers.isFull = true;
        f.hear({"other1", "r1", Fetch{}});
        f.clock.advance(Milliseconds(6'000));
        f.sockets.tick();
        f.adapter.tick();
        QVERIFY(f.sink.published.isEmpty());
        QCOMPARE(f.adapter.counters().expired, 1U);
    }

    void disconnect_goesToTheThreadsOfItsSockets()
    {
        Fixture f;
        f.hear({"other1", {}, Disconnect{to("c"), true}});
        QVERIFY(f.workers.given[0].empty());
        const auto *end = std::get_if<EndSockets>(&f.workers.given[1].at(0));
        QVERIFY(end && end->closes);
        QCOMPARE(end->sockets, std::vector<quint64>{1});
    }
};

QTEST_GUILESS_MAIN(TestClusterSockets)
#include "tst_cluster_sockets.moc"
