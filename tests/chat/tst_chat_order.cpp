#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;
using metrics::Counter;

class TestChatOrder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void send_toTheInbox_isAnsweredWhenTheInboxSaysStored()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.inbox.isSlow = true;
        chat.send(ann, "bob", "one");
        QCOMPARE(chat.heard(ann), QByteArrayList());
        QCOMPARE(chat.count(Counter::MessagesStored), 0U);
        chat.answerInbox();
        QCOMPARE(chat.heard(ann), QByteArrayList{"stored"});
        QCOMPARE(chat.count(Counter::MessagesStored), 1U);
    }

    void send_whenTheInboxFails_isUnavailable()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.inbox.isBroken = true;
        chat.send(ann, "bob", "one");
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused unavailable"});
    }

    void send_whileTheInboxIsRead_comesAfterWhatWaited()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.send(ann, "bob", "one");
        chat.heard(ann);
        chat.inbox.isSlow = true;
        const auto bob = chat.connect();
        chat.newUser(bob, "bob");
        chat.send(ann, "bob", "two");
        QCOMPARE(chat.heard(bob), QByteArrayList{"online ann,bob"});
        QCOMPARE(chat.heard(ann), QByteArrayList()); // not yet stored, so not yet answered
        chat.answerInbox();
        QCOMPARE(chat.heard(bob),
                 (QByteArrayList{"getMessage one", "getMessage two", "registered bob pending 2"}));
        QCOMPARE(chat.heard(ann),
                 (QByteArrayList{"stored", "state of bob delivered", "state of bob delivered"}));
        QCOMPARE(chat.count(Counter::MessagesDelivered), 2U);
        chat.send(ann, "bob", "three");
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage three"});
    }

    void register_whileTheInboxIsReadForAnotherSocket_bothHearIt()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.send(ann, "bob", "one");
        chat.inbox.isSlow = true;
        const auto phone = chat.connect();
        const auto laptop = chat.connect(1);
        chat.newUser(phone, "bob", PresenceMode::None);
        chat.newUser(laptop, "bob", PresenceMode::None);
        chat.answerInbox();
        QCOMPARE(chat.heard(phone), (QByteArrayList{"getMessage one", "registered bob pending 1"}));
        QCOMPARE(chat.heard(laptop), (QByteArrayList{"getMessage one", "registered bob pending 1"}));
        QCOMPARE(chat.memory.waiting(UserId("bob")), 0);
        QVERIFY(chat.sink.isGroupedByWorker);
    }

    void register_ofASocketThatLeavesBeforeTheInboxIsRead_losesNothing_data()
    {
        QTest::addColumn<bool>("moves");
        QTest::newRow("disconnects") << false;
        QTest::newRow("moves to another user") << true;
    }
    void register_ofASocketThatLeavesBeforeTheInboxIsRead_losesNothing()
    {
        QFETCH(bool, moves);
        Chat chat;
        const auto ann = chat.login("ann");
        chat.send(ann, "bob", "one");
        chat.heard(ann);
        chat.inbox.isSlow = true;
        const auto first = chat.connect();
        chat.newUser(first, "bob", PresenceMode::None);
        chat.send(ann, "bob", "two");
        if (moves)
            chat.newUser(first, "eve", PresenceMode::None);
        else
            chat.disconnect(first);
        chat.answerInbox();
        QCOMPARE(chat.heard(ann), QByteArrayList{"stored"}); // two, behind one
        QCOMPARE(chat.count(Counter::MessagesDelivered), 0U);
        QVERIFY(!chat.heard(first).join().contains("getMessage"));
        chat.inbox.isSlow = false;
        const auto second = chat.connect();
        chat.newUser(second, "bob", PresenceMode::None);
        QCOMPARE(chat.heard(second),
                 (QByteArrayList{"getMessage one", "getMessage two", "registered bob pending 2"}));
    }

    void sends_inOneBatchWithTheRegistration_comeAfterListAndInbox()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.send(ann, "bob", "one");
        const auto bob = chat.connect();
        chat.service().handle(chat::NewUser{{bob, 1}, UserId("bob"), PresenceMode::List});
        chat::SendMessage two;
        two.origin = {ann, {}};
        two.receiver = UserId("bob");
        two.data = "two";
        chat.service().handle(two);
        chat.service().tick();
        QCOMPARE(chat.heard(bob), (QByteArrayList{"online ann,bob", "getMessage one", "getMessage two",
                                                  "registered bob pending 2"}));
    }

    void inbox_thatCompletesAfterTheChatIsGone_isHarmless()
    {
        FakeClock clock;
        metrics::ThreadCounters counters;
        RecordingSink sink;
        store::MemoryInbox memory(clock, std::chrono::hours(1));
        TestInbox inbox(memory);
        inbox.isSlow = true;
        {
            chat::ChatService service({}, inbox, sink, clock, counters);
            const chat::SocketRef ann{0, 1};
            service.handle(chat::SocketConnected{ann, {}, {}});
            chat::SendMessage message;
            message.origin = {ann, 1};
            message.receiver = UserId("bob");
            service.handle(message);
            service.handle(chat::NewUser{{ann, 2}, UserId("bob"), PresenceMode::None});
            service.tick();
        }
        sink.heard.clear();
        inbox.answer();
        QVERIFY(sink.heard.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestChatOrder)
#include "tst_chat_order.moc"
