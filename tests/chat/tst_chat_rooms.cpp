#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;
using metrics::Counter;

class TestChatRooms : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void join_answersTheMembersAfterwards()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.join(ann, "flat");
        chat.join(bob, "flat");
        chat.join(bob, "flat");
        QCOMPARE(chat.heard(ann), QByteArrayList{"members ann"});
        QCOMPARE(chat.heard(bob), (QByteArrayList{"members ann,bob", "members ann,bob"}));
        chat.say(chat::LeaveChat{{ann, 3}, ChatId("flat")});
        QCOMPARE(chat.heard(ann), QByteArrayList{"members bob"});
        chat.send(bob, "", "anybody?", {}, "flat");
        QCOMPARE(chat.heard(ann), QByteArrayList());
    }

    void joinChat_beyondTheLimit_isForbidden_untilOneIsLeft()
    {
        chat::ChatOptions options;
        options.chatsPerUser = 2;
        Chat chat(options);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.join(ann, "flat");
        chat.join(ann, "barn");
        chat.sink.heard.clear();
        const auto join = [&chat](const chat::SocketRef &socket, const char *id) {
            chat.say(chat::JoinChat{{socket, 1}, ChatId(id)});
            return chat.heard(socket);
        };
        QCOMPARE(join(ann, "shed"), QByteArrayList{"joinChat refused forbidden"});
        QCOMPARE(join(ann, "flat"), QByteArrayList{"members ann"}); // is in it already
        QCOMPARE(join(bob, "shed"), QByteArrayList{"members bob"});
        chat.say(chat::LeaveChat{{ann, 2}, ChatId("flat")});
        chat.sink.heard.clear();
        QCOMPARE(join(ann, "shed"), QByteArrayList{"members ann,bob"});
    }

    void newUser_ofWhoHasTooManySockets_isRefused()
    {
        chat::ChatOptions options;
        options.socketsPerUser = 2;
        Chat chat(options);
        const auto one = chat.login("ann");
        chat.login("ann");
        const auto third = chat.connect();
        chat.newUser(third, "ann", PresenceMode::None);
        QCOMPARE(chat.heard(third), QByteArrayList{"newUser refused rate_limited"});
        QCOMPARE(chat.counters.read(metrics::Refused::UserConnections), std::uint64_t(1));
        chat.newUser(one, "ann", PresenceMode::None); // the same socket again
        QVERIFY(!chat.heard(one).contains("newUser refused rate_limited"));
        chat.disconnect(one);
        chat.newUser(third, "ann", PresenceMode::None);
        QVERIFY(!chat.heard(third).contains("newUser refused rate_limited"));
    }

    void recovery_ofWhoHasTooManySockets_isRefused()
    {
        chat::ChatOptions options;
        options.socketsPerUser = 2;
        Chat chat(options);
        const auto first = chat.login("ann");
        chat.lose(first);
        const auto second = chat.login("ann");
        chat.login("ann");
        const auto back = chat.reconnect(Chat::pidOf(first), {}, 1);
        QCOMPARE(chat.heard(back), QByteArrayList{"new"});
        chat.disconnect(second);
        const auto later = chat.reconnect(Chat::pidOf(first), {}, 1);
        QVERIFY(chat.heard(later).contains("recovered"));
    }

    void leave_ofWhoIsNoMember_tellsNobodysName()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto eve = chat.login("eve");
        chat.join(ann, "flat");
        chat.sink.heard.clear();
        chat.say(chat::LeaveChat{{eve, 2}, ChatId("flat")});
        QCOMPARE(chat.heard(eve), QByteArrayList{"members "});
        chat.say(chat::LeaveChat{{ann, 3}, ChatId("flat")});
        QCOMPARE(chat.heard(ann), QByteArrayList{"members "});
    }

    void sendToChat_reachesEveryMemberButTheSender()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto annsPhone = chat.login("ann");
        const auto bob = chat.login("bob", PresenceMode::None, 1);
        const auto cid = chat.login("cid", PresenceMode::None, 1);
        const auto dan = chat.login("dan");
        for (const auto &member : {ann, bob, cid})
            chat.join(member, "flat");
        chat.sink.heard.clear();
        const qint64 before = chat.sink.deliveries;
        chat.sendToChat(ann, "flat", "hi");
        // bob's and cid's, each with an offset of its own; the messageSent, and how far it came with each.
        QCOMPARE(chat.sink.deliveries - before, 5);
        QCOMPARE(chat.heard(ann), QByteArrayList{"delivered"});
        QByteArrayList phone = chat.heard(annsPhone);
        std::sort(phone.begin() + 1, phone.end()); // whose client proves first is open
        QCOMPARE(phone, (QByteArrayList{"messageSent to chat hi", "state of bob delivered",
                                        "state of cid delivered"}));
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.heard(cid), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.heard(dan), QByteArrayList());
        QCOMPARE(chat.sink.lastMessage->chat, ChatId("flat"));
        QCOMPARE(chat.count(Counter::MessagesDelivered), 2U);
        QVERIFY(chat.sink.isGroupedByWorker);
    }

    void sendToChat_ofMembersWhoAreAbsent_waitsForEach()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto cid = chat.login("cid");
        for (const auto &member : {ann, bob, cid})
            chat.join(member, "flat");
        chat.disconnect(bob);
        chat.sink.heard.clear();
        chat.sendToChat(ann, "flat", "one");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"delivered", "state of bob stored"})); // cid has it
        chat.disconnect(cid);
        chat.sendToChat(ann, "flat", "two");
        QCOMPARE(chat.heard(ann), QByteArrayList{"stored"});
        const auto back = chat.connect();
        chat.newUser(back, "bob", PresenceMode::None);
        QCOMPARE(chat.heard(back),
                 (QByteArrayList{"getMessage one", "getMessage two", "registered bob pending 2"}));
        QCOMPARE(chat.count(Counter::MessagesStored), 3U);
    }

    void sendToChat_whenSomeInboxesAreFull_reachesTheOthers()
    {
        Chat chat({}, 1);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto cid = chat.login("cid");
        for (const auto &member : {ann, bob, cid})
            chat.join(member, "flat");
        chat.disconnect(bob);
        chat.send(ann, "bob", "fills it");
        chat.sink.heard.clear();
        chat.sendToChat(ann, "flat", "one");
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused inbox_full"}); // bob lacks it
        QCOMPARE(chat.heard(cid), QByteArrayList{"getMessage one"});
        chat.disconnect(cid);
        chat.sendToChat(ann, "flat", "two"); // for cid
        QCOMPARE(chat.memory.waiting(UserId("cid")), 1);
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused inbox_full"});
        chat.sendToChat(ann, "flat", "three");
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused inbox_full"});
    }

    void sendToChat_whileAMembersInboxIsRead_isAnsweredOnceAllHaveIt()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto cid = chat.login("cid");
        for (const auto &member : {ann, bob, cid})
            chat.join(member, "flat");
        chat.disconnect(bob);
        chat.send(ann, "bob", "zero");
        chat.inbox.isSlow = true;
        const auto back = chat.connect();
        chat.newUser(back, "bob", PresenceMode::None);
        chat.sink.heard.clear();
        chat.sendToChat(ann, "flat", "one");
        QCOMPARE(chat.heard(cid), QByteArrayList{"getMessage one"});
        QCOMPARE(chat.heard(ann), QByteArrayList());
        chat.answerInbox();
        QCOMPARE(chat.heard(ann), (QByteArrayList{"delivered", "state of bob stored",
                                                  "state of bob delivered", "state of bob delivered"}));
        QCOMPARE(chat.heard(back),
                 (QByteArrayList{"getMessage zero", "getMessage one", "registered bob pending 2"}));
    }

    void sendToChat_whereNobodyElseIs_isDelivered()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.join(ann, "flat");
        chat.heard(ann);
        chat.sendToChat(ann, "flat", "hello?");
        QCOMPARE(chat.heard(ann), QByteArrayList{"delivered"});
    }

    void sendToChat_byWho_data()
    {
        QTest::addColumn<QByteArray>("user");     // empty: unregistered
        QTest::addColumn<QByteArray>("senderId"); // empty: none
        QTest::addColumn<QByteArray>("room");
        QTest::addColumn<QByteArray>("answer");
        const QByteArray forbidden = "sendMessage refused forbidden";
        QTest::newRow("member") << QByteArray("ann") << QByteArray() << QByteArray("flat")
                                << QByteArray("delivered");
        QTest::newRow("not a member") << QByteArray("eve") << QByteArray() << QByteArray("flat") << forbidden;
        QTest::newRow("unregistered as a member")
            << QByteArray() << QByteArray("ann") << QByteArray("flat") << QByteArray("delivered");
        QTest::newRow("unregistered as nobody")
            << QByteArray() << QByteArray() << QByteArray("flat") << forbidden;
        QTest::newRow("unregistered as a stranger")
            << QByteArray() << QByteArray("eve") << QByteArray("flat") << forbidden;
        QTest::newRow("no such chat") << QByteArray("ann") << QByteArray() << QByteArray("barn") << forbidden;
        QTest::newRow("member as a stranger")
            << QByteArray("ann") << QByteArray("eve") << QByteArray("flat") << forbidden;
    }
    void sendToChat_byWho()
    {
        QFETCH(QByteArray, user);
        QFETCH(QByteArray, senderId);
        QFETCH(QByteArray, room);
        QFETCH(QByteArray, answer);
        Chat chat;
        const auto bob = chat.login("bob");
        const auto ann = chat.login("ann");
        chat.join(bob, "flat");
        chat.join(ann, "flat");
        const auto from = user == "ann" ? ann : user.isEmpty() ? chat.connect() : chat.login(user);
        chat.sink.heard.clear();
        chat.sendToChat(from, room, "hi", senderId.isEmpty() ? std::optional<QByteArray>() : senderId);
        QCOMPARE(chat.heard(from), QByteArrayList{answer});
        QCOMPARE(chat.heard(bob).size(), answer == "delivered" ? 1 : 0);
    }

    void sendToChat_asAnotherMember_isHeardByTheRegisteredUserToo()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto annsPhone = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.join(ann, "flat");
        chat.join(bob, "flat");
        chat.sink.heard.clear();
        chat.sendToChat(ann, "flat", "hi", "bob");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"getMessage hi", "delivered"}));
        QCOMPARE(chat.heard(annsPhone), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.heard(bob), QByteArrayList{"state of ann delivered"});
    }

    void send_withReceiverAndChat_goesToTheReceiverOnly()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto cid = chat.login("cid");
        for (const auto &member : {ann, bob, cid})
            chat.join(member, "flat");
        chat.sink.heard.clear();
        chat.send(ann, "bob", "hi", {}, "flat");
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.heard(cid), QByteArrayList());
    }

    void typing_reachesReceiverOrOtherMembers()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto annsPhone = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto cid = chat.login("cid", PresenceMode::None, 1);
        for (const auto &member : {ann, bob, cid})
            chat.join(member, "flat");
        chat.sink.heard.clear();
        chat.say(chat::Typing{{ann, 4}, UserId("bob"), {}, true});
        QCOMPARE(chat.heard(bob), QByteArrayList{"typing ann starts"});
        QCOMPARE(chat.heard(cid), QByteArrayList());
        QCOMPARE(chat.heard(ann), QByteArrayList{"typing done"});
        chat.say(chat::Typing{{ann, 4}, {}, ChatId("flat"), false});
        QCOMPARE(chat.heard(bob), QByteArrayList{"typing ann in flat stops"});
        QCOMPARE(chat.heard(cid), QByteArrayList{"typing ann in flat stops"});
        QCOMPARE(chat.heard(annsPhone), QByteArrayList());
        chat.say(chat::Typing{{ann, 4}, UserId("zoe"), {}, true}); // absent: dropped, not kept
        QCOMPARE(chat.memory.waiting(UserId("zoe")), 0);
    }

    void typing_byAStranger_isForbidden()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto eve = chat.login("eve");
        chat.join(ann, "flat");
        chat.sink.heard.clear();
        chat.say(chat::Typing{{eve, 4}, {}, ChatId("flat"), true});
        QCOMPARE(chat.heard(eve), QByteArrayList{"typing refused forbidden"});
        QCOMPARE(chat.heard(ann), QByteArrayList());
    }

    void commands_ofAnUnregisteredSocket_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("joinChat") << 0 << QByteArray("joinChat refused not_registered");
        QTest::newRow("leaveChat") << 1 << QByteArray("leaveChat refused not_registered");
        QTest::newRow("typing") << 2 << QByteArray("typing refused not_registered");
        QTest::newRow("setStatus") << 3 << QByteArray("setStatus refused not_registered");
        QTest::newRow("watchPresence") << 4 << QByteArray("watchPresence refused not_registered");
        QTest::newRow("unwatchPresence") << 5 << QByteArray("unwatchPresence refused not_registered");
        QTest::newRow("getPresence") << 6 << QByteArray("presence ann offline");
        QTest::newRow("sendMessage") << 7 << QByteArray("stored");
    }
    void commands_ofAnUnregisteredSocket()
    {
        QFETCH(int, index);
        QFETCH(QByteArray, answer);
        Chat chat;
        const auto socket = chat.connect();
        const chat::Origin origin{socket, 1};
        const QList<UserId> users{UserId("ann")};
        chat::SendMessage message;
        message.origin = origin;
        message.receiver = UserId("ann");
        const std::array<chat::Command, 8> commands{chat::JoinChat{origin, ChatId("flat")},
                                                    chat::LeaveChat{origin, ChatId("flat")},
                                                    chat::Typing{origin, UserId("ann"), {}, true},
                                                    chat::SetStatus{origin, chat::Status::Idle},
                                                    chat::WatchPresence{origin, users},
                                                    chat::UnwatchPresence{origin, users},
                                                    chat::GetPresence{origin, users},
                                                    message};
        chat.say(commands[static_cast<std::size_t>(index)]);
        QCOMPARE(chat.heard(socket), QByteArrayList{answer});
    }
};

QTEST_GUILESS_MAIN(TestChatRooms)
#include "tst_chat_rooms.moc"
