#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;
using metrics::Counter;

class TestChatMessages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void send_toAnOnlineUser_reachesEverySocketAndIsDelivered()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto phone = chat.login("bob");
        const auto laptop = chat.login("bob", PresenceMode::None, 1);
        chat.send(ann, "bob", "hi");
        QCOMPARE(chat.heard(phone), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.heard(laptop), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.heard(ann), QByteArrayList{"delivered"});
        QVERIFY(chat.sink.isGroupedByWorker);
        QCOMPARE(chat.count(Counter::MessagesIn), 1U);
        QCOMPARE(chat.count(Counter::MessagesDelivered), 1U); // per user, not per socket
        QCOMPARE(chat.count(Counter::MessagesStored), 0U);
    }

    void send_toManySocketsOfOneWorker_isOneDelivery()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.login("bob", PresenceMode::None, 1);
        chat.login("bob", PresenceMode::None, 0);
        chat.login("bob", PresenceMode::None, 1);
        const qint64 before = chat.sink.deliveries;
        chat.send(ann, "bob", "hi");
        QCOMPARE(chat.sink.deliveries - before, 2); // two workers
        QVERIFY(chat.sink.isGroupedByWorker);
    }

    void send_answerNamesAckAndEvent()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.login("bob");
        chat.send(ann, "bob", "hi");
        QCOMPARE(chat.sink.lastReply->ackId, std::optional<quint64>(7));
        QCOMPARE(chat.sink.lastReply->event, QByteArray("sendMessage"));
        const auto &taken = std::get<chat::MessageTaken>(chat.sink.lastReply->result);
        QCOMPARE(taken.id, chat.sink.lastMessage->id);
        QCOMPARE(taken.timestamp, chat.clock.wall());
    }

    void send_ofTruncatedText_saysSo()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.login("bob");
        chat::SendMessage message;
        message.origin = {ann, 7};
        message.receiver = UserId("bob");
        message.truncated = true;
        chat.say(message);
        QCOMPARE(chat.heard(ann), QByteArrayList{"delivered truncated"});
    }

    void send_completesWhatIsMissing_data()
    {
        QTest::addColumn<bool>("hasSender");
        QTest::addColumn<bool>("hasId");
        QTest::addColumn<bool>("hasTimestamp");
        QTest::addColumn<bool>("isRegistered");
        QTest::addColumn<QByteArray>("sender");
        QTest::addColumn<bool>("appendsSender");
        QTest::newRow("nothing given") << false << false << false << true << QByteArray("ann") << true;
        QTest::newRow("everything given") << true << true << true << true << QByteArray("eve") << false;
        QTest::newRow("id given") << false << true << false << true << QByteArray("ann") << true;
        QTest::newRow("timestamp given") << false << false << true << true << QByteArray("ann") << true;
        QTest::newRow("unregistered, sender given")
            << true << false << false << false << QByteArray("eve") << false;
        QTest::newRow("unregistered, nothing given")
            << false << false << false << false << QByteArray() << false;
    }
    void send_completesWhatIsMissing()
    {
        QFETCH(bool, hasSender);
        QFETCH(bool, hasId);
        QFETCH(bool, hasTimestamp);
        QFETCH(bool, isRegistered);
        QFETCH(QByteArray, sender);
        QFETCH(bool, appendsSender);
        Chat chat;
        chat.login("bob");
        const auto from = isRegistered ? chat.login("ann") : chat.connect();
        chat::SendMessage message;
        message.origin = {from, {}};
        message.receiver = UserId("bob");
        message.data = "{\"text\":\"hi\"}";
        message.attachments = {"bytes"};
        if (hasSender)
            message.senderId = UserId("eve");
        if (hasId)
            message.messageId = MessageId("m1");
        message.hasTimestamp = hasTimestamp;
        chat.say(message);
        const chat::Message &taken = *chat.sink.lastMessage;
        QCOMPARE(taken.sender.utf8(), sender);
        QCOMPARE(taken.appendSenderId, appendsSender);
        QCOMPARE(taken.appendMessageId, !hasId);
        QCOMPARE(taken.id == MessageId("m1"), hasId);
        QVERIFY(!taken.id.isEmpty());
        QCOMPARE(taken.appendTimestamp, !hasTimestamp);
        QCOMPARE(taken.timestamp, chat.clock.wall());
        QCOMPARE(taken.data, message.data);
        QCOMPARE(taken.attachments, message.attachments);
        const QByteArrayList heard = chat.heard(from);
        QCOMPARE(heard.first(), QByteArray("delivered"));
        // Who asked for no answer, and knows the id, hears how far it came.
        QCOMPARE(heard.mid(1), hasId && taken.sender == UserId("ann")
                                   ? QByteArrayList{"state m1 of bob delivered"}
                                   : QByteArrayList());
    }

    void send_fromOneOfSeveralSockets_theOthersHearMessageSent()
    {
        Chat chat;
        const auto phone = chat.login("ann");
        const auto laptop = chat.login("ann", PresenceMode::None, 1);
        const auto bob = chat.login("bob");
        chat.send(phone, "bob", "hi");
        QCOMPARE(chat.heard(phone), QByteArrayList{"delivered"});
        QCOMPARE(chat.heard(laptop), (QByteArrayList{"messageSent to bob hi", "state of bob delivered"}));
        chat.disconnect(bob);
        chat.send(laptop, "bob", "gone?");
        QCOMPARE(chat.heard(laptop), QByteArrayList{"stored"});
        QCOMPARE(chat.heard(phone), (QByteArrayList{"messageSent to bob gone?", "state of bob stored"}));
    }

    void send_toOneself_reachesEverySocketOnce()
    {
        Chat chat;
        const auto phone = chat.login("ann");
        const auto laptop = chat.login("ann");
        chat.send(phone, "ann", "note");
        QCOMPARE(chat.heard(phone), (QByteArrayList{"getMessage note", "delivered"}));
        QCOMPARE(chat.heard(laptop), QByteArrayList{"getMessage note"});
    }

    void send_toAnAbsentUser_waitsAndIsDeliveredOnRegistration()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.send(ann, "bob", "one");
        chat.send(ann, "bob", "two");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"stored", "stored"}));
        QCOMPARE(chat.count(Counter::MessagesStored), 2U);
        QCOMPARE(chat.count(Counter::MessagesDelivered), 0U);
        const auto bob = chat.connect();
        chat.newUser(bob, "bob");
        QCOMPARE(chat.heard(bob), (QByteArrayList{"online ann,bob", "getMessage one", "getMessage two",
                                                  "registered bob pending 2"}));
        QCOMPARE(chat.count(Counter::MessagesDelivered), 2U);
        QCOMPARE(chat.memory.waiting(UserId("bob")), 0);
    }

    void send_toAUserInTheGrace_waits()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.disconnect(bob);
        chat.send(ann, "bob", "hi");
        QCOMPARE(chat.heard(ann), QByteArrayList{"stored"});
    }

    void register_ofASecondSocket_getsNothingOld()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.send(ann, "bob", "one");
        chat.login("bob");
        const auto second = chat.connect();
        chat.newUser(second, "bob");
        QCOMPARE(chat.heard(second), (QByteArrayList{"online ann,bob", "registered bob pending 0"}));
    }

    void send_toAFullInbox_isRefusedAndKeepsWhatWaits()
    {
        Chat chat({}, 2);
        const auto ann = chat.login("ann");
        const auto other = chat.login("ann");
        for (const auto *text : {"one", "two", "three"})
            chat.send(ann, "bob", text);
        QCOMPARE(chat.heard(ann), (QByteArrayList{"stored", "stored", "sendMessage refused inbox_full"}));
        QCOMPARE(chat.heard(other), (QByteArrayList{"messageSent to bob one", "state of bob stored",
                                                    "messageSent to bob two", "state of bob stored"}));
        QCOMPARE(chat.count(Counter::EventsRejected), 1U);
        QCOMPARE(chat.count(Counter::MessagesIn), 2U);
        const auto bob = chat.connect();
        chat.newUser(bob, "bob", PresenceMode::None);
        QCOMPARE(chat.heard(bob),
                 (QByteArrayList{"getMessage one", "getMessage two", "registered bob pending 2"}));
    }

    void send_withoutReceiverAndChat_isInvalid()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.send(ann, "", "hi");
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused invalid_payload"});
    }

    void send_inOpenMode_trustsSenderId()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.send(ann, "bob", "hi", "eve");
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.sink.lastMessage->sender, UserId("eve"));
    }

    void send_whenSendersAreNotTrusted_data()
    {
        QTest::addColumn<bool>("isRegistered");
        QTest::addColumn<QByteArray>("senderId"); // empty: none
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("registered, none given") << true << QByteArray() << QByteArray("delivered");
        QTest::newRow("registered, the same") << true << QByteArray("ann") << QByteArray("delivered");
        QTest::newRow("registered, another")
            << true << QByteArray("eve") << QByteArray("sendMessage refused sender_mismatch");
        QTest::newRow("unregistered, none given")
            << false << QByteArray() << QByteArray("sendMessage refused not_registered");
        QTest::newRow("unregistered, one given")
            << false << QByteArray("ann") << QByteArray("sendMessage refused not_registered");
    }
    void send_whenSendersAreNotTrusted()
    {
        QFETCH(bool, isRegistered);
        QFETCH(QByteArray, senderId);
        QFETCH(QByteArray, answer);
        chat::ChatOptions options;
        options.trustSenderId = false;
        Chat chat(options);
        const auto bob = chat.login("bob");
        const auto from = isRegistered ? chat.login("ann") : chat.connect();
        chat.send(from, "bob", "hi", senderId.isEmpty() ? std::optional<QByteArray>() : senderId);
        QCOMPARE(chat.heard(from), QByteArrayList{answer});
        QCOMPARE(chat.heard(bob).size(), answer == "delivered" ? 1 : 0);
    }

    void register_twice_hearsTheListAgain()
    {
        Chat chat;
        const auto ann = chat.connect();
        chat.newUser(ann, "ann");
        chat.newUser(ann, "ann");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"online ann", "registered ann pending 0", "online ann",
                                                  "registered ann pending 0"}));
        chat.send(ann, "ann", "note");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"getMessage note", "delivered"})); // once
    }

    void register_ofAnotherId_movesTheSocket()
    {
        Chat chat;
        const auto bob = chat.login("bob");
        const auto socket = chat.login("ann");
        chat.newUser(socket, "eve", PresenceMode::None);
        chat.heard(socket);
        chat.send(bob, "ann", "for ann");
        chat.send(bob, "eve", "for eve");
        QCOMPARE(chat.heard(socket), QByteArrayList{"getMessage for eve"});
        QCOMPARE(chat.heard(bob), (QByteArrayList{"stored", "delivered"}));
        QCOMPARE(chat.service().onlineUsers(), 3); // ann within the grace
        chat.pass(Milliseconds(3'000));
        QCOMPARE(chat.service().onlineUsers(), 2);
    }

    void register_twiceInOneBatchUnderTwoIds_answersInOrder()
    {
        Chat chat;
        const auto bob = chat.login("bob");
        chat.send(bob, "ann", "for ann");
        chat.send(bob, "eve", "for eve");
        const auto socket = chat.connect();
        chat.service().handle(chat::NewUser{{socket, 1}, UserId("ann"), PresenceMode::List});
        chat.service().handle(chat::NewUser{{socket, 2}, UserId("eve"), PresenceMode::List});
        chat.service().tick();
        QCOMPARE(chat.heard(socket),
                 (QByteArrayList{"online ann,bob", "getMessage for ann", "registered ann pending 1",
                                 "online ann,bob,eve", "getMessage for eve", "registered eve pending 1"}));
    }

    void command_ofASocketThatIsGone_isIgnored()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.login("bob");
        chat.disconnect(ann);
        chat.sink.heard.clear();
        chat.send(ann, "bob", "late");
        chat.newUser(ann, "ann");
        chat.disconnect(ann);
        chat.say(chat::SocketActive{ann});
        QVERIFY(chat.sink.heard.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestChatMessages)
#include "tst_chat_messages.moc"
