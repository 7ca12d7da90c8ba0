#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;
using chat::Status;
using metrics::Counter;

class TestChatPresence : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void register_inEachMode_hearsTheListAtOnceOrNothing_data()
    {
        QTest::addColumn<PresenceMode>("mode");
        QTest::addColumn<QByteArrayList>("heard");
        QTest::newRow("list") << PresenceMode::List
                              << QByteArrayList{"online ann", "registered ann pending 0"};
        QTest::newRow("changes") << PresenceMode::Changes
                                 << QByteArrayList{"online ann", "registered ann pending 0"};
        QTest::newRow("none") << PresenceMode::None << QByteArrayList{"registered ann pending 0"};
    }
    void register_inEachMode_hearsTheListAtOnceOrNothing()
    {
        QFETCH(PresenceMode, mode);
        QFETCH(QByteArrayList, heard);
        Chat chat;
        const auto ann = chat.connect();
        chat.newUser(ann, "ann", mode);
        chat.pass(Milliseconds(5'000));
        QCOMPARE(chat.heard(ann), heard);
    }

    void userComes_eachModeHearsItsOwn()
    {
        Chat chat;
        const auto list = chat.login("lia", PresenceMode::List);
        const auto changes = chat.login("cho", PresenceMode::Changes);
        const auto none = chat.login("nan", PresenceMode::None);
        const auto ann = chat.connect(1);
        chat.newUser(ann, "ann", PresenceMode::None);
        QCOMPARE(chat.heard(list), QByteArrayList{"online ann,cho,lia,nan"}); // at once: it was quiet
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann online"});
        QCOMPARE(chat.heard(none), QByteArrayList());
        chat.disconnect(ann);
        chat.pass(Milliseconds(3'000));
        QCOMPARE(chat.heard(list), QByteArrayList{"online cho,lia,nan"});
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann offline"});
        QCOMPARE(chat.heard(none), QByteArrayList());
    }

    void register_inAnotherMode_changesWhatIsHeard()
    {
        Chat chat;
        const auto ann = chat.login("ann", PresenceMode::List);
        chat.newUser(ann, "ann", PresenceMode::Changes);
        QCOMPARE(chat.heard(ann), (QByteArrayList{"online ann", "registered ann pending 0"}));
        chat.login("bob");
        const auto cid = chat.connect();
        chat.newUser(cid, "cid", PresenceMode::None);
        QCOMPARE(chat.heard(ann), QByteArrayList{"status cid online"});
        chat.newUser(ann, "ann", PresenceMode::None);
        chat.heard(ann);
        chat.disconnect(cid);
        chat.pass(Milliseconds(5'000));
        QCOMPARE(chat.heard(ann), QByteArrayList());
    }

    void changes_afterTheFirst_areGatheredForAnInterval()
    {
        Chat chat;
        const auto list = chat.login("lia", PresenceMode::List);
        const auto changes = chat.login("cho", PresenceMode::Changes);
        for (const auto *user : {"ann", "bob", "cid"})
            chat.newUser(chat.connect(), user, PresenceMode::None);
        QCOMPARE(chat.heard(list), QByteArrayList{"online ann,cho,lia"});
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann online"});
        chat.pass(Milliseconds(249));
        QCOMPARE(chat.heard(list), QByteArrayList());
        QCOMPARE(chat.heard(changes), QByteArrayList());
        chat.pass(Milliseconds(1));
        QCOMPARE(chat.heard(list), QByteArrayList{"online ann,bob,cho,cid,lia"});
        QCOMPARE(chat.heard(changes), (QByteArrayList{"status bob online", "status cid online"}));
        chat.pass(Milliseconds(1'000)); // the ledger is written behind
        const auto idle = chat.clock.monotonic() + chat::ChatOptions().idleAfter - Milliseconds(21'250);
        QCOMPARE(chat.service().nextTick(), std::optional(idle)); // lia's; there is nothing left to tell
    }

    void usersOfOneBatch_shareOneRoundAndOneList()
    {
        Chat chat;
        const auto list = chat.login("lia", PresenceMode::List);
        const qint64 before = chat.sink.deliveries;
        const auto ann = chat.connect();
        const auto bob = chat.connect();
        chat.service().handle(chat::NewUser{{ann, {}}, UserId("ann"), PresenceMode::List});
        chat.service().handle(chat::NewUser{{bob, {}}, UserId("bob"), PresenceMode::List});
        QCOMPARE(chat.service().nextTick(), std::optional(chat.clock.monotonic()));
        chat.service().tick();
        QCOMPARE(chat.heard(ann), (QByteArrayList{"online ann,bob,lia", "registered ann pending 0"}));
        QCOMPARE(chat.heard(bob), (QByteArrayList{"online ann,bob,lia", "registered bob pending 0"}));
        QCOMPARE(chat.heard(list), QByteArrayList{"online ann,bob,lia"});
        QCOMPARE(chat.sink.deliveries - before, 3); // lia's, and one with an offset for each of the others
        chat.pass(Milliseconds(1'000));
        QCOMPARE(chat.heard(ann), QByteArrayList()); // nothing newer than what it heard
    }

    void reconnect_withinTheGrace_neverBlinks_data()
    {
        QTest::addColumn<int>("after");
        QTest::addColumn<bool>("blinks");
        QTest::newRow("at once") << 0 << false;
        QTest::newRow("just within") << 2'999 << false;
        QTest::newRow("just after") << 3'000 << true;
    }
    void reconnect_withinTheGrace_neverBlinks()
    {
        QFETCH(int, after);
        QFETCH(bool, blinks);
        Chat chat;
        const auto list = chat.login("lia", PresenceMode::List);
        const auto changes = chat.login("cho", PresenceMode::Changes);
        chat.disconnect(chat.login("ann"));
        chat.pass(Milliseconds(0));
        chat.sink.heard.clear();
        chat.pass(Milliseconds(after));
        chat.newUser(chat.connect(), "ann", PresenceMode::None);
        chat.pass(Milliseconds(10'000));
        const QByteArrayList none;
        QCOMPARE(chat.heard(list), blinks ? (QByteArrayList{"online cho,lia", "online ann,cho,lia"}) : none);
        QCOMPARE(chat.heard(changes),
                 blinks ? (QByteArrayList{"status ann offline", "status ann online"}) : none);
        QCOMPARE(chat.service().onlineUsers(), 3);
    }

    void grace_ofZero_isOfflineAtOnce()
    {
        chat::ChatOptions options;
        options.presenceGrace = Milliseconds(0);
        Chat chat(options);
        const auto list = chat.login("lia", PresenceMode::List);
        chat.disconnect(chat.login("ann"));
        chat.pass(Milliseconds(0));
        QCOMPARE(chat.heard(list), QByteArrayList{"online lia"});
    }

    void user_withSeveralSockets_isOnlineUntilTheLastLeaves()
    {
        Chat chat;
        const auto changes = chat.login("cho", PresenceMode::Changes);
        const auto phone = chat.login("ann");
        const auto laptop = chat.login("ann");
        chat.sink.heard.clear();
        chat.disconnect(phone);
        chat.pass(Milliseconds(10'000));
        QCOMPARE(chat.heard(changes), QByteArrayList());
        chat.disconnect(laptop);
        chat.pass(Milliseconds(10'000));
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann offline"});
    }

    void idle_comesByTimeAndGoesWithAnyEvent_data()
    {
        QTest::addColumn<bool>("isRejected");
        QTest::newRow("an event") << false;
        QTest::newRow("a rejected event") << true;
    }
    void idle_comesByTimeAndGoesWithAnyEvent()
    {
        QFETCH(bool, isRejected);
        chat::ChatOptions options;
        options.idleAfter = Milliseconds(60'000);
        Chat chat(options);
        const auto changes = chat.login("cho", PresenceMode::Changes);
        const auto ann = chat.connect();
        chat.newUser(ann, "ann", PresenceMode::None);
        chat.sink.heard.clear();
        chat.pass(Milliseconds(49'999));
        chat.say(chat::SocketActive{changes}); // keeps the watching one active
        chat.pass(Milliseconds(10'000));
        QCOMPARE(chat.heard(changes), QByteArrayList());
        QCOMPARE(chat.service().idleUsers(), 0);
        chat.pass(Milliseconds(1));
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann idle"});
        QCOMPARE(chat.service().idleUsers(), 1);
        QCOMPARE(chat.service().onlineUsers(), 2);
        chat.pass(Milliseconds(1'000));
        if (isRejected)
            chat.say(chat::SocketActive{ann});
        else
            chat.say(chat::GetPresence{{ann, 1}, {}});
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann online"});
        QCOMPARE(chat.service().idleUsers(), 0);
    }

    void idle_ofAUserWhoLeavesAndReturns_leavesTheOthersTimesAlone()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.say(chat::SetStatus{{bob, 1}, Status::Idle});
        chat.disconnect(bob);
        chat.newUser(chat.connect(), "bob", PresenceMode::None); // within the grace, and still idle
        QCOMPARE(chat.service().idleUsers(), 1);
        chat.pass(Milliseconds(279'999)); // ann came 20 s before
        QCOMPARE(chat.service().idleUsers(), 1);
        chat.pass(Milliseconds(1));
        QCOMPARE(chat.service().idleUsers(), 2);
        QCOMPARE(chat.service().onlineUsers(), 2);
        chat.disconnect(ann);
        chat.pass(Milliseconds(3'000));
        QCOMPARE(chat.service().idleUsers(), 1);
    }

    void idle_ofZero_neverComes()
    {
        chat::ChatOptions options;
        options.idleAfter = Milliseconds(0);
        Chat chat(options);
        chat.login("ann");
        chat.pass(std::chrono::hours(24));
        QCOMPARE(chat.service().idleUsers(), 0);
        // Nothing wakes it but the look at what has waited too long.
        for (int i = 0; i < 3; ++i) {
            const Milliseconds next = *chat.service().nextTick();
            QVERIFY(next > chat.clock.monotonic());
            chat.pass(next - chat.clock.monotonic());
            QCOMPARE(*chat.service().nextTick() - next, Milliseconds(std::chrono::hours(1)));
        }
    }

    void setStatus_idle_holdsUntilActiveIsSaid()
    {
        Chat chat;
        const auto changes = chat.login("cho", PresenceMode::Changes);
        const auto ann = chat.login("ann");
        chat.sink.heard.clear();
        chat.say(chat::SetStatus{{ann, 1}, Status::Idle});
        QCOMPARE(chat.heard(ann), QByteArrayList{"setStatus done"});
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann idle"});
        chat.say(chat::SetStatus{{ann, 1}, Status::Idle});
        chat.say(chat::SocketActive{ann});
        chat.newUser(ann, "ann", PresenceMode::None);
        chat.disconnect(ann);
        const auto again = chat.connect();
        chat.newUser(again, "ann", PresenceMode::None); // within the grace
        chat.pass(Milliseconds(10'000));
        QCOMPARE(chat.heard(changes), QByteArrayList());
        QCOMPARE(chat.service().idleUsers(), 1);
        chat.say(chat::SetStatus{{again, 1}, Status::Online});
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann online"});
        chat.say(chat::SetStatus{{again, 1}, Status::Idle});
        chat.disconnect(again);
        chat.pass(Milliseconds(10'000));
        QCOMPARE(chat.service().idleUsers(), 0);
        QCOMPARE(chat.heard(changes), (QByteArrayList{"status ann idle", "status ann offline"}));
        chat.newUser(chat.connect(), "ann", PresenceMode::None); // a new start
        QCOMPARE(chat.heard(changes), QByteArrayList{"status ann online"});
    }

    void change_thatIsUndoneBeforeTheRound_isNotTold()
    {
        Chat chat;
        const auto changes = chat.login("cho", PresenceMode::Changes);
        const auto ann = chat.login("ann");
        chat.newUser(chat.connect(), "bob", PresenceMode::None); // the round at once
        chat.sink.heard.clear();
        chat.say(chat::SetStatus{{ann, 1}, Status::Idle});
        chat.say(chat::SetStatus{{ann, 1}, Status::Online});
        chat.pass(Milliseconds(1'000));
        QCOMPARE(chat.heard(changes), QByteArrayList());
    }

    void watch_hearsOfJustTheseUsers()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.say(chat::WatchPresence{{ann, 1}, {UserId("bob"), UserId("cid"), UserId("bob")}});
        QCOMPARE(chat.heard(ann), QByteArrayList{"presence bob online, cid offline, bob online"});
        const auto cid = chat.login("cid");
        QCOMPARE(chat.login("dan").serial, cid.serial + 1);
        chat.say(chat::SetStatus{{bob, 1}, Status::Idle});
        chat.pass(Milliseconds(1'000));
        QCOMPARE(chat.heard(ann), QByteArrayList{"status bob idle"}); // dan is nobody to ann
        chat.say(chat::UnwatchPresence{{ann, 1}, {UserId("bob"), UserId("dan")}});
        QCOMPARE(chat.heard(ann), QByteArrayList{"presence bob idle, dan online"});
        chat.disconnect(bob);
        chat.disconnect(cid);
        chat.pass(Milliseconds(5'000));
        QCOMPARE(chat.heard(ann), QByteArrayList{"status cid offline"});
    }

    void watch_besideChanges_hearsItOnce()
    {
        Chat chat;
        const auto ann = chat.login("ann", PresenceMode::Changes);
        chat.say(chat::WatchPresence{{ann, 1}, {UserId("bob")}});
        chat.heard(ann);
        chat.newUser(chat.connect(), "bob", PresenceMode::None);
        QCOMPARE(chat.heard(ann), QByteArrayList{"status bob online"});
    }

    void watch_ofASocketThatLeft_endsWithIt()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.say(chat::WatchPresence{{ann, 1}, {UserId("bob")}});
        chat.disconnect(ann);
        chat.sink.heard.clear();
        chat.newUser(chat.connect(), "bob", PresenceMode::None);
        chat.pass(Milliseconds(5'000));
        QVERIFY(!chat.sink.heard.contains(ann));
    }

    void watch_isBounded()
    {
        chat::ChatOptions options;
        options.watchMax = 2;
        Chat chat(options);
        const auto ann = chat.login("ann");
        const QList<UserId> one{UserId("a")};
        const QList<UserId> two{UserId("a"), UserId("b")};
        const QList<UserId> three{UserId("a"), UserId("b"), UserId("c")};
        chat.say(chat::GetPresence{{ann, 1}, three});
        chat.say(chat::WatchPresence{{ann, 1}, three});
        chat.say(chat::UnwatchPresence{{ann, 1}, three});
        QCOMPARE(chat.heard(ann), (QByteArrayList{"getPresence refused invalid_payload",
                                                  "watchPresence refused invalid_payload",
                                                  "unwatchPresence refused invalid_payload"}));
        QVERIFY(std::get<chat::Error>(chat.sink.lastReply->result).message.contains("at most 2"));
        chat.say(chat::WatchPresence{{ann, 1}, one});
        chat.say(chat::WatchPresence{{ann, 1}, two});
        chat.say(chat::WatchPresence{{ann, 1}, {UserId("c")}});
        QCOMPARE(chat.heard(ann), (QByteArrayList{"presence a offline", "presence a offline, b offline",
                                                  "watchPresence refused invalid_payload"}));
        chat.newUser(chat.connect(), "c", PresenceMode::None);
        QCOMPARE(chat.heard(ann), QByteArrayList());
        chat.say(chat::UnwatchPresence{{ann, 1}, one});
        chat.say(chat::WatchPresence{{ann, 1}, {UserId("c")}});
        QCOMPARE(chat.heard(ann).last(), QByteArray("presence c online"));
    }

    void lastSeen_isTheLastActivityOrTheLeaving()
    {
        Chat chat;
        const auto asker = chat.connect();
        const auto lastSeen = [&] {
            chat.say(chat::GetPresence{{asker, 1}, {UserId("ann")}});
            return std::get<chat::Presences>(chat.sink.lastReply->result).users.first().lastSeen;
        };
        QCOMPARE(lastSeen(), std::nullopt);
        const auto ann = chat.login("ann");
        chat.say(chat::SocketActive{ann});
        const Milliseconds active = chat.clock.wall();
        chat.pass(Milliseconds(60'000));
        QCOMPARE(lastSeen(), std::optional(active));
        chat.disconnect(ann);
        const Milliseconds gone = chat.clock.wall();
        chat.pass(Milliseconds(1'000));
        QCOMPARE(lastSeen(), std::optional(gone));
        chat.pass(Milliseconds(60'000));
        QCOMPARE(lastSeen(), std::optional(gone));
    }

    void lastSeen_remembersTheLatestUpToItsBound()
    {
        chat::ChatOptions options;
        options.lastSeenMax = 2;
        Chat chat(options);
        for (const auto *user : {"ann", "bob", "cid"}) {
            chat.disconnect(chat.login(user));
            chat.pass(Milliseconds(3'000));
        }
        chat.say(chat::GetPresence{{chat.connect(), 1}, {UserId("ann"), UserId("bob"), UserId("cid")}});
        const auto users = std::get<chat::Presences>(chat.sink.lastReply->result).users;
        QVERIFY(!users[0].lastSeen);
        QVERIFY(users[1].lastSeen);
        QVERIFY(users[2].lastSeen);
    }
};

QTEST_GUILESS_MAIN(TestChatPresence)
#include "tst_chat_presence.moc"
