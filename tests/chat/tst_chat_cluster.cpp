/// What the chat tells of rooms, for those who keep them, and what it tells other servers.

#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;

namespace {

class FakeCluster final : public chat::Cluster
{
public:
    bool isHeard() const override { return hears; }
    void tell(const UserId &user, chat::Push push) override
    {
        told.append("to " + user.utf8() + ": " +
                    std::visit([](const auto &value) { return RecordingSink::line(value); }, push));
    }
    void tellEveryone(chat::Push push) override
    {
        told.append("to all: " +
                    std::visit([](const auto &value) { return RecordingSink::line(value); }, push));
    }
    QByteArrayList take() { return std::exchange(told, {}); }

    bool hears = true;
    QByteArrayList told;
};

chat::ChatOptions withRooms()
{
    chat::ChatOptions options;
    options.tellsRooms = true;
    return options;
}

} // namespace

class TestChatCluster : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newUser_tellsWhoSpeaks_aheadOfItsAnswer()
    {
        Chat chat(withRooms());
        const auto socket = chat.connect();
        chat.newUser(socket, "ann", chat::PresenceMode::None);
        QCOMPARE(chat.heard(socket), (QByteArrayList{"speaks for ann in ", "registered ann pending 0"}));
    }

    void newUser_again_tellsNothingMore()
    {
        Chat chat(withRooms());
        const auto socket = chat.login("ann");
        chat.newUser(socket, "ann", chat::PresenceMode::None);
        QCOMPARE(chat.heard(socket), QByteArrayList{"registered ann pending 0"});
    }

    void newUser_asSomebodyElse_tellsThatOne()
    {
        Chat chat(withRooms());
        const auto socket = chat.login("ann");
        chat.join(socket, "flat");
        chat.heard(socket);
        chat.newUser(socket, "bob", chat::PresenceMode::None);
        QCOMPARE(chat.heard(socket).first(), QByteArray("speaks for bob in "));
        const auto other = chat.connect(1);
        chat.newUser(other, "ann", chat::PresenceMode::None);
        QCOMPARE(chat.heard(other).first(), QByteArray("speaks for ann in flat"));
    }

    void joinAndLeave_areToldToAllSocketsOfTheUser_aheadOfTheAnswer()
    {
        Chat chat(withRooms());
        const auto first = chat.login("ann");
        const auto second = chat.login("ann", chat::PresenceMode::None, 1);
        const auto other = chat.login("bob");
        chat.join(first, "flat");
        QCOMPARE(chat.heard(first), (QByteArrayList{"in flat", "members ann"}));
        QCOMPARE(chat.heard(second), QByteArrayList{"in flat"});
        chat.say(chat::LeaveChat{{second, 4}, ChatId("flat")});
        QCOMPARE(chat.heard(first), QByteArrayList{"out of flat"});
        QCOMPARE(chat.heard(second), (QByteArrayList{"out of flat", "members "}));
        QCOMPARE(chat.heard(other), QByteArrayList());
        QVERIFY(chat.sink.isGroupedByWorker);
    }

    void join_thatIsRefused_isNotTold()
    {
        chat::ChatOptions options = withRooms();
        options.chatsPerUser = 1;
        Chat chat(options);
        const auto socket = chat.login("ann");
        chat.join(socket, "flat");
        chat.heard(socket);
        chat.join(socket, "barn");
        QCOMPARE(chat.heard(socket), QByteArrayList{"joinChat refused forbidden"});
    }

    void recovery_tellsWhoSpeaks_behindTheAcceptance()
    {
        Chat chat(withRooms());
        const auto socket = chat.login("ann");
        chat.join(socket, "flat");
        chat.lose(socket);
        chat.heard(socket);
        const auto back = chat.reconnect(Chat::pidOf(socket), {}, 1);
        QCOMPARE(chat.heard(back), (QByteArrayList{"recovered", "speaks for ann in flat"}));
    }

    void withoutTheOption_nothingIsTold()
    {
        Chat chat;
        const auto socket = chat.connect();
        chat.newUser(socket, "ann", chat::PresenceMode::None);
        chat.join(socket, "flat");
        QCOMPARE(chat.heard(socket), (QByteArrayList{"registered ann pending 0", "members ann"}));
    }

    void messages_areToldOthers_onceForEachReceiver_thereOrNot()
    {
        FakeCluster others;
        Chat chat({}, 100, nullptr, &others);
        const auto ann = chat.login("ann");
        chat.login("bob");
        others.take();
        chat.sendAs(ann, "m1", "bob", "{1}");
        QCOMPARE(others.take(), (QByteArrayList{"to bob: getMessage {1}", "to ann: messageSent to bob {1}",
                                                "to ann: state m1 of bob delivered"}));
        chat.sendAs(ann, "m1", "bob", "{1}");
        QCOMPARE(others.take(), QByteArrayList()); // sent again
        chat.sendAs(ann, "m2", "cid", "{2}");
        QCOMPARE(others.take().first(), QByteArray("to cid: getMessage {2}"));
    }

    void messagesOfAChat_andWhatBecomesOfThem_areToldOthers()
    {
        FakeCluster others;
        Chat chat({}, 100, nullptr, &others);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.join(ann, "flat");
        chat.join(bob, "flat");
        others.take();
        chat.sendAs(ann, "m1", {}, "{1}", "flat");
        QCOMPARE(others.take().first(), QByteArray("to bob: getMessage {1}"));
        chat.read(bob, {"m1"});
        QVERIFY(others.take().contains("to ann: state m1 of bob read"));
        chat.say(chat::Typing{{ann, {}}, {}, ChatId("flat"), true});
        QCOMPARE(others.take(), QByteArrayList{"to bob: typing ann in flat starts"});
    }

    void presence_isToldOthers_inRounds()
    {
        FakeCluster others;
        chat::ChatOptions options;
        options.presenceGrace = Milliseconds(0);
        Chat chat(options, 100, nullptr, &others);
        const auto ann = chat.login("ann");
        QCOMPARE(others.take(), (QByteArrayList{"to all: status ann online", "to all: online ann"}));
        const auto bob = chat.connect();
        const auto cid = chat.connect();
        chat.newUser(bob, "bob", chat::PresenceMode::None);
        chat.newUser(cid, "cid", chat::PresenceMode::None);
        chat.pass(options.presenceInterval);
        QVERIFY(others.take().contains("to all: online ann,bob,cid"));
        chat.disconnect(ann);
        chat.pass(options.presenceInterval);
        QCOMPARE(others.take(), (QByteArrayList{"to all: status ann offline", "to all: online bob,cid"}));
    }

    void whereNobodyHears_nothingIsTold()
    {
        FakeCluster others;
        others.hears = false;
        Chat chat({}, 100, nullptr, &others);
        const auto ann = chat.login("ann");
        chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "{1}");
        chat.say(chat::Typing{{ann, {}}, UserId("bob"), {}, true});
        chat.pass(Milliseconds(10'000));
        QCOMPARE(others.take(), QByteArrayList());
        QVERIFY(!chat.service().nextTick() || *chat.service().nextTick() > chat.clock.monotonic());
    }
};

QTEST_GUILESS_MAIN(TestChatCluster)
#include "tst_chat_cluster.moc"
