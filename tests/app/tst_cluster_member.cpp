#include "GatewayFixture.h"
#include "app/ClusterMember.h"
#include "app/RemoteHandshake.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace concierge;
using namespace concierge::app;
using concierge::test::getMessage;

namespace {

struct RecordingPost final : ClusterPost
{
    void post(std::vector<ClusterMail> &mail) override
    {
        ++posts;
        std::move(mail.begin(), mail.end(), std::back_inserter(taken));
        mail.clear();
    }
    int posts = 0;
    std::vector<ClusterMail> taken;
};

/// A gateway with two clients, told of by a member.
struct Fixture
{
    explicit Fixture(bool recovers = true)
        : member(options(recovers), gateway.gateway, post, gateway.deadlines)
    {
        gateway.gateway.setWatch(&member);
    }
    ~Fixture() { gateway.gateway.setWatch(nullptr); }

    MemberOptions options(bool recovers)
    {
        MemberOptions options;
        options.worker = test::GatewayFixture::worker;
        options.recovers = recovers;
        options.acksMax = 3;
        options.post = [this](std::function<void()> task) { later.push_back(std::move(task)); };
        return options;
    }
    std::vector<ClusterMail> takeMail()
    {
        member.flush();
        return std::exchange(post.taken, {});
    }
    template <class T>
    T onlyMail()
    {
        const auto mail = takeMail();
        return mail.size() == 1 && std::holds_alternative<T>(mail.front()) ? std::get<T>(mail.front()) : T();
    }
    void give(MemberTask task)
    {
        backlog->tasks.fetch_add(1);
        backlog->bytes.fetch_add(costOf(task));
        std::vector<MemberTask> tasks;
        tasks.push_back(std::move(task));
        member.take(std::move(tasks), backlog);
    }
    void turn()
    {
        for (const auto &task : std::exchange(later, {}))
            task();
    }
    static RemoteEvent event(const QByteArray &args, const QList<QByteArray> &attachments = {})
    {
        auto emit = std::make_shared<RemoteEmit>();
        emit->emit = {args, attachments};
        emit->frames = cluster::toFrames(emit->emit, "/");
        emit->endsWithText = args.endsWith("\"]");
        RemoteEvent event;
        event.emit = std::move(emit);
        return event;
    }
    RemoteEvent eventFor(const QByteArray &args, std::initializer_list<std::size_t> sockets)
    {
        RemoteEvent to = event(args);
        for (const std::size_t socket : sockets)
            to.sockets.push_back(gateway.sockets[socket].serial);
        return to;
    }

    test::GatewayFixture gateway;
    RecordingPost post;
    std::vector<std::function<void()>> later;
    std::shared_ptr<ClusterBacklog> backlog = std::make_shared<ClusterBacklog>();
    ClusterMember member;
};

} // namespace

class TestClusterMember : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sockets_areTold_fromTheirConnectToTheirEnd_onceATurn()
    {
        Fixture f;
        f.gateway.connectCarl();
        const auto arrived = f.onlyMail<SocketArrived>();
        QCOMPARE(arrived.socket.worker, test::GatewayFixture::worker);
        QVERIFY(!arrived.sid.isEmpty());
        QCOMPARE(arrived.at, f.gateway.clock.wall());
        f.gateway.carl.lose(engineio::CloseReason::TransportClose);
        f.gateway.ann.lose(engineio::CloseReason::TransportClose);
        QCOMPARE(f.post.posts, 1);
        const auto mail = f.takeMail();
        QCOMPARE(f.post.posts, 2);
        QCOMPARE(mail.size(), 2U);
        QCOMPARE(std::get<SocketGone>(mail[0]).socket, arrived.socket);
        QCOMPARE(std::get<SocketGone>(mail[1]).socket, f.gateway.sockets[0]);
        f.member.flush();
        QCOMPARE(f.post.posts, 2); // nothing to say
    }

    void deferredSocket_isToldWhenItIsAccepted_underItsOldId()
    {
        Fixture f;
        const auto commands = f.gateway.connectCarl("{\"pid\":\"p\",\"offset\":\"o\"}");
        QVERIFY(f.takeMail().empty());
        const chat::SocketRef ref = std::get<chat::RecoverSocket>(commands.at(0)).socket;
        f.gateway.gateway.deliver({chat::AcceptSocket{ref, SocketId("old"), "p", {}, true},
                                   chat::SpeaksFor{ref, UserId("carl"), {ChatId("flat")}}});
        const auto mail = f.takeMail();
        QCOMPARE(mail.size(), 2U);
        QCOMPARE(std::get<SocketArrived>(mail[0]).sid, SocketId("old"));
        QCOMPARE(std::get<chat::SpeaksFor>(mail[1]).user, UserId("carl"));
    }

    void rooms_arePassedOn_inOrder()
    {
        Fixture f;
        f.gateway.gateway.deliver({chat::SpeaksFor{f.gateway.sockets[0], UserId("ann"), {}},
                                   chat::ChatJoined{{f.gateway.sockets[0]}, ChatId("flat")},
                                   chat::ChatLeft{{f.gateway.sockets[0]}, ChatId("flat")}});
        const auto mail = f.takeMail();
        QCOMPARE(mail.size(), 3U);
        QCOMPARE(std::get<chat::SpeaksFor>(mail[0]).socket, f.gateway.sockets[0]);
        QCOMPARE(std::get<chat::ChatJoined>(mail[1]).chat, ChatId("flat"));
        QCOMPARE(std::get<chat::ChatLeft>(mail[2]).chat, ChatId("flat"));
    }

    void event_goesToThoseNamed_orToAllButThose()
    {
        Fixture f;
        f.give(f.eventFor("[\"a\",1]", {1}));
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>());
        QCOMPARE(f.gateway.bob.takeSent(), QList<QByteArray>{"42[\"a\",1]"});
        RemoteEvent all = f.eventFor("[\"b\",2]", {1});
        all.isEveryone = true;
        f.give(all);
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"42[\"b\",2]"});
        QCOMPARE(f.gateway.bob.takeSent(), QList<QByteArray>());
        QCOMPARE(f.backlog->tasks.load(), 0);
        QCOMPARE(f.backlog->bytes.load(), 0);
    }

    void event_isVolatileWhereItSaysSo_andKeepsItsAttachments()
    {
        Fixture f;
        RemoteEvent all = Fixture::event("[\"b\",{\"_placeholder\":true,\"num\":0}]", {"\x01\x02"});
        all.isEveryone = true;
        all.isVolatile = true;
        f.give(all);
        QCOMPARE(f.gateway.ann.wereVolatile, QList<bool>{true});
        QCOMPARE(f.gateway.ann.takeSent(),
                 (QList<QByteArray>{"451-[\"b\",{\"_placeholder\":true,\"num\":0}]", "<binary>\x01\x02"}));
    }

    void largeCrowd_isServedInSlices_andOrderIsKept()
    {
        Fixture f;
        std::vector<std::unique_ptr<test::FakeSession>> crowd;
        for (int i = 0; i < 2 * ClusterMember::slice; ++i) {
            crowd.push_back(std::make_unique<test::FakeSession>());
            crowd.back()->listener = f.gateway.server.onSession(*crowd.back());
            crowd.back()->receive("0");
            crowd.back()->takeSent();
        }
        RemoteEvent all = Fixture::event("[\"all\",1]");
        all.isEveryone = true;
        f.give(all);
        f.give(f.eventFor("[\"ann\",2]", {0})); // waits behind it
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"42[\"all\",1]"});
        QVERIFY(crowd.back()->sent.isEmpty());
        QCOMPARE(f.backlog->tasks.load(), 2);
        // Who comes meanwhile was not there when it was said.
        f.gateway.connectCarl();
        f.gateway.carl.takeSent();
        for (int turns = 0; turns < 4; ++turns)
            f.turn();
        QCOMPARE(crowd.back()->takeSent(), QList<QByteArray>{"42[\"all\",1]"});
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"42[\"ann\",2]"});
        QCOMPARE(f.gateway.carl.takeSent(), QList<QByteArray>());
        QCOMPARE(f.backlog->tasks.load(), 0);
        for (const auto &session : crowd)
            session->lose(engineio::CloseReason::TransportClose);
    }

    void textAtTheEnd_isFollowedByTheOffsetThatTheClientHas()
    {
        Fixture f;
        f.give(f.eventFor("[\"say\",\"hello\"]", {0}));
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"42[\"say\",\"hello\",\"-\"]"});
        const chat::StreamMark mark{UserId("ann"), {7, 7, {}}, true};
        f.gateway.gateway.deliver({chat::Delivery{{f.gateway.sockets[0]}, getMessage("{}"), mark}});
        const QByteArray offset =
            chat::OffsetCodec(test::GatewayFixture::secret).encode(mark.offset, mark.user);
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"42[\"getMessage\",{},\"" + offset + "\"]"});
        f.give(f.eventFor("[\"say\",\"hello\"]", {0, 1}));
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"42[\"say\",\"hello\",\"" + offset + "\"]"});
        QCOMPARE(f.gateway.bob.takeSent(), QList<QByteArray>{"42[\"say\",\"hello\",\"-\"]"});
        f.give(f.eventFor("[\"say\",1]", {0}));
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"42[\"say\",1]"});
    }

    void textAtTheEnd_staysWhereNobodyIsRecovered()
    {
        Fixture f(false);
        f.give(f.eventFor("[\"say\",\"hello\"]", {0}));
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"42[\"say\",\"hello\"]"});
    }

    void noOffset_presented_isNone()
    {
        Fixture f;
        const auto commands = f.gateway.connectCarl("{\"pid\":\"p\",\"offset\":\"-\"}");
        QCOMPARE(std::get<chat::RecoverSocket>(commands.at(0)).offset, QByteArray());
    }

    void acknowledgement_comesBack_withItsFirstArgument()
    {
        Fixture f;
        RemoteEvent ask = f.eventFor("[\"ask\",\"?\"]", {0, 1});
        ask.token = 9;
        ask.timeout = Milliseconds(500);
        f.give(ask);
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"420[\"ask\",\"?\"]"});
        f.gateway.ann.receive("30[{\"a\":1},2]");
        auto answer = f.onlyMail<ClientAnswered>();
        QCOMPARE(answer.token, cluster::RequestToken(9));
        QCOMPARE(answer.value.json, QByteArray("{\"a\":1}"));
        f.gateway.bob.receive("61-0[{\"_placeholder\":true,\"num\":0}]");
        f.gateway.bob.receiveBinary("xyz");
        answer = f.onlyMail<ClientAnswered>();
        QCOMPARE(answer.value.attachments, QList<QByteArray>{"xyz"});
        f.gateway.ann.receive("30[1]"); // the first counts
        QVERIFY(f.takeMail().empty());
    }

    void acknowledgement_withoutAnArgument_isNull()
    {
        Fixture f;
        RemoteEvent ask = f.eventFor("[\"ask\"]", {0});
        ask.token = 9;
        ask.timeout = Milliseconds(500);
        f.give(ask);
        f.gateway.ann.receive("30[]");
        const auto answer = f.onlyMail<ClientAnswered>();
        QCOMPARE(answer.token, cluster::RequestToken(9));
        QCOMPARE(answer.value.json, QByteArray("null"));
    }

    void acknowledgement_thatIsLate_isForgotten()
    {
        Fixture f;
        RemoteEvent ask = f.eventFor("[\"ask\"]", {0});
        ask.token = 9;
        ask.timeout = Milliseconds(500);
        f.give(ask);
        ask.token = 10;
        ask.timeout = Milliseconds(2'000);
        f.give(ask);
        f.gateway.clock.advance(Milliseconds(600));
        f.gateway.deadlines.advance();
        f.gateway.ann.receive("30[1]");
        QVERIFY(f.takeMail().empty());
        f.gateway.ann.receive("31[1]");
        QCOMPARE(f.onlyMail<ClientAnswered>().token, cluster::RequestToken(10));
        f.gateway.clock.advance(Milliseconds(1'500));
        f.gateway.deadlines.advance();
    }

    void answersAwaited_areBounded()
    {
        Fixture f; // 3 at most
        RemoteEvent ask = f.eventFor("[\"ask\"]", {0, 1});
        ask.emit = Fixture::event("[\"ask\"]").emit;
        ask.token = 9;
        ask.timeout = Milliseconds(500);
        f.give(ask);
        ask.token = 10;
        f.give(ask);
        QCOMPARE(f.gateway.ann.takeSent(), (QList<QByteArray>{"420[\"ask\"]", "421[\"ask\"]"}));
        QCOMPARE(f.gateway.bob.takeSent(), (QList<QByteArray>{"420[\"ask\"]", "42[\"ask\",\"-\"]"}));
        f.gateway.clock.advance(Milliseconds(600));
        f.gateway.deadlines.advance();
        ask.token = 11;
        f.give(ask);
        QCOMPARE(f.gateway.bob.takeSent(), QList<QByteArray>{"421[\"ask\"]"});
    }

    void disconnect_leavesTheNamespace_orEndsTheConnection()
    {
        Fixture f;
        f.give(EndSockets{{f.gateway.sockets[0].serial}, false});
        QCOMPARE(f.gateway.ann.takeSent(), QList<QByteArray>{"41"});
        QVERIFY(!f.gateway.ann.closed);
        f.give(EndSockets{{f.gateway.sockets[1].serial, 99}, true});
        QVERIFY(f.gateway.bob.closed.has_value());
        QCOMPARE(f.takeMail().size(), 2U); // both are gone
    }

    void description_isOfThoseThatAreThere()
    {
        Fixture f;
        f.gateway.ann.request.target = "/socket.io/?EIO=4";
        f.give(DescribeSockets{5, {{f.gateway.sockets[0].serial, Milliseconds(1'000)}, {99, {}}}});
        const auto described = f.onlyMail<SocketsDescribed>();
        QCOMPARE(described.token, cluster::RequestToken(5));
        QCOMPARE(described.sockets.size(), 1U);
        QCOMPARE(described.sockets[0].socket, f.gateway.sockets[0]);
        QVERIFY(described.sockets[0].handshake.contains("\"url\":\"/socket.io/?EIO=4\""));
    }

    void handshake_isAsNodeHasIt_withoutWhatClientsSignInWith()
    {
        transport::HttpRequest request;
        request.target = "/socket.io/?EIO=4&a=%C3%A9&a=2&b=%FF";
        request.query = {{"EIO", "4"}, {"a", "\xC3\xA9"}, {"a", "2"}, {"b", "\xFF"}};
        request.headers = {{"Host", "h"},         {"X-One", "1"},         {"x-one", "2"},
                           {"Cookie", "token=s"}, {"Authorization", "x"}, {"X-Latin", "caf\xE9"},
                           {"Origin", "http://o"}};
        request.remoteAddress = QHostAddress(QStringLiteral("10.1.2.3"));
        const QByteArray json = remoteHandshake(request, Milliseconds(1'700'000'000'123));
        QJsonParseError error;
        const QJsonObject handshake = QJsonDocument::fromJson(json, &error).object();
        QCOMPARE(error.error, QJsonParseError::NoError);
        const QJsonObject headers = handshake[QLatin1String("headers")].toObject();
        QCOMPARE(headers[QLatin1String("x-one")].toString(), QStringLiteral("1, 2"));
        QCOMPARE(headers[QLatin1String("x-latin")].toString(), QString::fromUtf8("caf\xC3\xA9"));
        QVERIFY(!headers.contains(QLatin1String("cookie")));
        QVERIFY(!headers.contains(QLatin1String("authorization")));
        QCOMPARE(handshake[QLatin1String("time")].toString(),
                 QStringLiteral("Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)"));
        QCOMPARE(handshake[QLatin1String("issued")].toDouble(), 1'700'000'000'123.0);
        QCOMPARE(handshake[QLatin1String("address")].toString(), QStringLiteral("10.1.2.3"));
        QCOMPARE(handshake[QLatin1String("xdomain")].toBool(), true);
        QCOMPARE(handshake[QLatin1String("secure")].toBool(true), false);
        const QJsonObject query = handshake[QLatin1String("query")].toObject();
        QCOMPARE(query[QLatin1String("a")].toString(), QString::fromUtf8("\xC3\xA9"));
        QCOMPARE(query[QLatin1String("b")].toString(), QString(QChar(0xFFFD)));
        QCOMPARE(handshake[QLatin1String("auth")].toObject(), QJsonObject());
    }
};

QTEST_GUILESS_MAIN(TestClusterMember)
#include "tst_cluster_member.moc"
