#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;

class TestChatReceipts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void message_goesThroughItsStates()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann), QByteArrayList{"stored"});
        const auto bob = chat.login("bob");
        QCOMPARE(chat.heard(ann), QByteArrayList()); // login() drops what was heard
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(bob), QByteArrayList{"read 1"});
        QCOMPARE(chat.heard(ann), QByteArrayList{"state m1 of bob read"});
        chat.read(bob, {"m1"});
        QCOMPARE(chat.count(metrics::Counter::MessagesRead), 1U); // the second time is none
    }

    void senderWhoIsAway_hearsItAllLater_inOrder()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "one");
        chat.sendAs(ann, "m2", "bob", "two");
        chat.disconnect(ann);
        const auto bob = chat.login("bob");
        chat.read(bob, {"m1", "m2"});
        chat.crash();
        const auto back = chat.connect();
        chat.newUser(back, "ann", PresenceMode::None);
        QCOMPARE(chat.heard(back), (QByteArrayList{"state m1 of bob delivered", "state m2 of bob delivered",
                                                   "state m1 of bob read", "state m2 of bob read",
                                                   "registered ann pending 0"}));
        // Proven, so gone.
        const auto again = chat.connect();
        chat.newUser(again, "ann", PresenceMode::None);
        QCOMPARE(chat.heard(again), QByteArrayList{"registered ann pending 0"});
    }

    void everySocketOfTheSender_hears()
    {
        Chat chat;
        const auto phone = chat.login("ann");
        const auto laptop = chat.login("ann", PresenceMode::None, 1);
        chat.sendAs(phone, "m1", "bob", "hi");
        QCOMPARE(chat.heard(phone), QByteArrayList{"stored"});
        QCOMPARE(chat.heard(laptop), (QByteArrayList{"messageSent to bob hi", "state m1 of bob stored"}));
        const auto bob = chat.connect();
        chat.newUser(bob, "bob", PresenceMode::None);
        QCOMPARE(chat.heard(phone), QByteArrayList{"state m1 of bob delivered"});
        QCOMPARE(chat.heard(laptop), QByteArrayList{"state m1 of bob delivered"});
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(phone), QByteArrayList{"state m1 of bob read"});
        QCOMPARE(chat.heard(laptop), QByteArrayList{"state m1 of bob read"});
    }

    void expiry_isTold_alsoToASenderWhoIsAway()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.disconnect(ann);
        chat.pass(std::chrono::hours(721));
        QCOMPARE(chat.memory.waiting(UserId("bob")), 0);
        const auto back = chat.connect();
        chat.newUser(back, "ann", PresenceMode::None);
        QCOMPARE(chat.heard(back), (QByteArrayList{"state m1 of bob expired", "registered ann pending 0"}));
        QCOMPARE(chat.count(metrics::Counter::MessagesExpired), 1U);
        const auto bob = chat.connect();
        chat.newUser(bob, "bob", PresenceMode::None);
        QCOMPARE(chat.heard(bob), QByteArrayList{"registered bob pending 0"});
    }

    void expiredOnItsWay_isDeliveredWhenItTurnsOutToBe()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.mute.insert(bob);
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.pass(std::chrono::hours(721)); // it hangs
        QCOMPARE(chat.heard(ann), (QByteArrayList{"stored", "state m1 of bob expired"}));
        chat.mute.remove(bob);
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.heard(ann), QByteArrayList{"state m1 of bob delivered"});
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(ann), QByteArrayList{"state m1 of bob read"});
    }

    void readThatCannotBeKept_isNotAnsweredWithOk()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.disconnect(ann);
        chat.sink.heard.clear();
        chat.inbox.isBroken = true;
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(bob), QByteArrayList{"messageRead refused unavailable"});
        chat.inbox.isBroken = false;
        chat.inbox.isSlow = true;
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(bob), QByteArrayList()); // the receipt is on its way to the disk
        chat.answerInbox();
        QCOMPARE(chat.heard(bob), QByteArrayList{"read 1"});
        const auto back = chat.connect();
        chat.inbox.isSlow = false;
        chat.newUser(back, "ann", PresenceMode::None);
        QCOMPARE(chat.heard(back), (QByteArrayList{"state m1 of bob read", "registered ann pending 0"}));
    }

    void read_isOnlyForWhatThatUserReceived_data()
    {
        QTest::addColumn<QByteArray>("reader");
        QTest::addColumn<QByteArrayList>("ids");
        QTest::addColumn<QByteArray>("room");
        QTest::addColumn<int>("count");
        QTest::newRow("the receiver") << QByteArray("bob") << QByteArrayList{"m1"} << QByteArray() << 1;
        QTest::newRow("both") << QByteArray("bob") << QByteArrayList{"m1", "g1"} << QByteArray() << 2;
        QTest::newRow("one twice") << QByteArray("bob") << QByteArrayList{"m1", "m1"} << QByteArray() << 1;
        QTest::newRow("an unknown one") << QByteArray("bob") << QByteArrayList{"m2"} << QByteArray() << 0;
        QTest::newRow("one of two") << QByteArray("bob") << QByteArrayList{"m2", "m1"} << QByteArray() << 1;
        QTest::newRow("its sender") << QByteArray("ann") << QByteArrayList{"m1"} << QByteArray() << 0;
        QTest::newRow("a stranger") << QByteArray("eve") << QByteArrayList{"m1"} << QByteArray() << 0;
        QTest::newRow("of the chat") << QByteArray("bob") << QByteArrayList{"g1"} << QByteArray("flat") << 1;
        QTest::newRow("of no chat") << QByteArray("bob") << QByteArrayList{"m1"} << QByteArray("flat") << 0;
        QTest::newRow("another chat") << QByteArray("bob") << QByteArrayList{"g1"} << QByteArray("barn") << 0;
        QTest::newRow("none") << QByteArray("bob") << QByteArrayList() << QByteArray() << 0;
    }
    void read_isOnlyForWhatThatUserReceived()
    {
        QFETCH(QByteArray, reader);
        QFETCH(QByteArrayList, ids);
        QFETCH(QByteArray, room);
        QFETCH(int, count);
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto eve = chat.login("eve");
        chat.join(ann, "flat");
        chat.join(bob, "flat");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.sendAs(ann, "g1", {}, "hi all", "flat");
        chat.sink.heard.clear();
        const auto socket = reader == "bob" ? bob : reader == "ann" ? ann : eve;
        chat.read(socket, ids, room);
        QCOMPARE(chat.heard(socket), QByteArrayList{"read " + QByteArray::number(count)});
        if (reader != "ann")
            QCOMPARE(chat.heard(ann).size(), count);
    }

    void readTwice_isToldOnce()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.heard(ann);
        chat.read(bob, {"m1"});
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(bob), (QByteArrayList{"getMessage hi", "read 1", "read 1"}));
        QCOMPARE(chat.heard(ann), QByteArrayList{"state m1 of bob read"});
    }

    void sameIdOfTwoSenders_isToldToBoth_data()
    {
        QTest::addColumn<bool>("restarts");
        QTest::newRow("at once") << false;
        QTest::newRow("after a restart") << true;
    }
    void sameIdOfTwoSenders_isToldToBoth()
    {
        QFETCH(bool, restarts);
        Chat chat;
        auto ann = chat.login("ann");
        auto eve = chat.login("eve");
        auto bob = chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "of ann");
        chat.sendAs(eve, "m1", "bob", "of eve");
        chat.pass(Milliseconds(2'000));
        if (restarts) {
            chat.crash();
            ann = chat.login("ann");
            eve = chat.login("eve");
            bob = chat.login("bob");
        }
        chat.sink.heard.clear();
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(bob), QByteArrayList{"read 1"});
        QCOMPARE(chat.heard(ann), QByteArrayList{"state m1 of bob read"});
        QCOMPARE(chat.heard(eve), QByteArrayList{"state m1 of bob read"});
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(ann), QByteArrayList());
        QCOMPARE(chat.heard(eve), QByteArrayList());
    }

    void read_provesNoOtherMessageOfThatId()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto eve = chat.login("eve");
        const auto bob = chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "of ann");
        chat.heard(ann);
        chat.mute.insert(bob); // what follows is still on its way
        chat.sendAs(eve, "x", "bob", "another");
        chat.sendAs(eve, "m1", "bob", "of eve");
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(ann), QByteArrayList{"state m1 of bob read"});
        QCOMPARE(chat.heard(eve), QByteArrayList());
        chat.lose(bob);
        QCOMPARE(chat.heard(eve), (QByteArrayList{"stored", "stored"}));
    }

    void readAgainWhileItsReceiptIsOnItsWay_waitsForIt()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.disconnect(ann);
        chat.sink.heard.clear();
        chat.inbox.isBroken = chat.inbox.isSlow = true;
        chat.read(bob, {"m1"});
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(bob), QByteArrayList());
        chat.answerInbox();
        QCOMPARE(chat.heard(bob),
                 (QByteArrayList{"messageRead refused unavailable", "messageRead refused unavailable"}));
    }

    void idOfVeryManySenders_costsNoMoreThanOfAFew()
    {
        Chat chat({}, 10'000);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        for (int i = 0; i < 5'000; ++i) {
            chat::SendMessage message;
            message.origin = {ann, {}};
            message.receiver = UserId("bob");
            message.senderId = UserId("sender" + QByteArray::number(i));
            message.messageId = MessageId("m1");
            message.data = "hi";
            chat.say(message);
        }
        chat.sink.heard.clear();
        const int before = chat.inbox.appends;
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(bob), QByteArrayList{"read 1"});
        QCOMPARE(chat.inbox.appends - before, 16); // the latest are told
    }

    void sameIdInTwoChats_isReadInTheOneThatIsNamed()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto eve = chat.login("eve");
        const auto bob = chat.login("bob");
        chat.join(ann, "flat");
        chat.join(eve, "barn");
        chat.join(bob, "flat");
        chat.join(bob, "barn");
        chat.sendAs(ann, "m1", {}, "hi", "flat");
        chat.sendAs(eve, "m1", {}, "hi", "barn");
        chat.sink.heard.clear();
        chat.read(bob, {"m1"}, "barn");
        QCOMPARE(chat.heard(bob), QByteArrayList{"read 1"});
        QCOMPARE(chat.heard(ann), QByteArrayList());
        QCOMPARE(chat.heard(eve), QByteArrayList{"state m1 of bob read"});
        chat.pass(Milliseconds(2'000));
        chat.crash();
        const auto ann2 = chat.login("ann");
        const auto bob2 = chat.login("bob");
        chat.read(bob2, {"m1"});
        QCOMPARE(chat.heard(bob2), QByteArrayList{"read 1"});
        QCOMPARE(chat.heard(ann2), QByteArrayList{"state m1 of bob read"});
    }

    void readBeforeTheProof_provesIt()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.mute.insert(bob);
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann), QByteArrayList());
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(ann), (QByteArrayList{"delivered", "state m1 of bob read"}));
        QCOMPARE(chat.inbox.appends, 0);
    }

    void readAfterARestart_isKnown()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.pass(Milliseconds(2'000)); // the ledger is written behind
        chat.crash();
        const auto ann2 = chat.login("ann");
        const auto bob2 = chat.login("bob");
        chat.read(bob2, {"m1"});
        QCOMPARE(chat.heard(bob2), QByteArrayList{"read 1"});
        QCOMPARE(chat.heard(ann2), QByteArrayList{"state m1 of bob read"});
        chat.pass(Milliseconds(2'000));
        chat.crash();
        const auto ann3 = chat.login("ann");
        const auto bob3 = chat.login("bob");
        chat.read(bob3, {"m1"});
        QCOMPARE(chat.heard(bob3), QByteArrayList{"read 1"});
        QCOMPARE(chat.heard(ann3), QByteArrayList());
    }

    void unregistered_mayNotRead()
    {
        Chat chat;
        const auto socket = chat.connect();
        chat.read(socket, {"m1"});
        QCOMPARE(chat.heard(socket), QByteArrayList{"messageRead refused not_registered"});
    }

    void oneself_hearsNoStates()
    {
        Chat chat;
        const auto phone = chat.login("ann");
        const auto laptop = chat.login("ann");
        chat.sendAs(phone, "m1", "ann", "note");
        chat.read(laptop, {"m1"});
        QCOMPARE(chat.heard(phone), (QByteArrayList{"getMessage note", "delivered"}));
        QCOMPARE(chat.heard(laptop), (QByteArrayList{"getMessage note", "read 1"}));
    }

    void members_areToldOfSeverally()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto cid = chat.login("cid");
        for (const auto &socket : {ann, bob, cid})
            chat.join(socket, "flat");
        chat.disconnect(cid);
        chat.sink.heard.clear();
        chat.sendAs(ann, "g1", {}, "hi", "flat");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"delivered", "state g1 of cid stored"}));
        const auto back = chat.connect();
        chat.newUser(back, "cid", PresenceMode::None);
        QCOMPARE(chat.heard(ann), QByteArrayList{"state g1 of cid delivered"});
        chat.read(bob, {"g1"}, "flat");
        chat.read(back, {"g1"}, "flat");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"state g1 of bob read", "state g1 of cid read"}));
    }

    void receipts_doNotTakeTheRoomOfMessages()
    {
        Chat chat({}, 2);
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "one");
        chat.sendAs(ann, "m2", "bob", "two");
        chat.disconnect(ann);
        const auto bob = chat.login("bob");
        chat.read(bob, {"m1", "m2"}); // four receipts wait for ann
        chat.send(bob, "ann", "one");
        chat.send(bob, "ann", "two");
        chat.send(bob, "ann", "three");
        QCOMPARE(chat.heard(bob),
                 (QByteArrayList{"read 2", "stored", "stored", "sendMessage refused inbox_full"}));
    }
};

QTEST_GUILESS_MAIN(TestChatReceipts)
#include "tst_chat_receipts.moc"
