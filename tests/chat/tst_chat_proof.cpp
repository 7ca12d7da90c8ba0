#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;
using metrics::Counter;

namespace {

const chat::ChatOptions defaults;

/// ann sends to bob, whose client proves nothing by itself.
struct Fixture
{
    Fixture()
    {
        ann = chat.login("ann");
        bob = chat.login("bob");
        chat.mute.insert(bob);
    }
    qsizetype waiting() const { return chat.memory.waiting(UserId("bob")); }
    void prove()
    {
        chat.mute.remove(bob);
        chat.settle();
    }

    Chat chat;
    chat::SocketRef ann;
    chat::SocketRef bob;
};

} // namespace

class TestChatProof : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void proofInTime_isDelivered_andTheInboxNeverSeesIt()
    {
        Fixture f;
        f.chat.send(f.ann, "bob", "one");
        QCOMPARE(f.chat.heard(f.bob), QByteArrayList{"getMessage one"});
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList()); // nobody knows yet whether bob has it
        f.chat.pass(defaults.proofPatience - Milliseconds(1));
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList());
        f.prove();
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"delivered"});
        f.chat.pass(Milliseconds(10'000));
        QCOMPARE(f.chat.inbox.appends, 0);
        QCOMPARE(f.chat.count(Counter::MessagesDelivered), 1U);
        QCOMPARE(f.chat.count(Counter::MessagesStored), 0U);
        QVERIFY(!f.chat.service().isBusy());
    }

    void lateProof_isStoredFirst_thenTheSenderHearsOfIt()
    {
        Fixture f;
        f.chat.send(f.ann, "bob", "one");
        f.chat.pass(defaults.proofPatience);
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"stored"});
        QCOMPARE(f.waiting(), 1);
        f.prove();
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"state of bob delivered"});
        QCOMPARE(f.waiting(), 0);
        QCOMPARE(f.chat.heard(f.bob), QByteArrayList{"getMessage one"}); // once
    }

    void proofBeforeTheCommit_isDelivered_andNothingIsKept()
    {
        Fixture f;
        f.chat.inbox.isSlow = true;
        f.chat.send(f.ann, "bob", "one");
        f.chat.pass(defaults.proofPatience);
        QCOMPARE(f.chat.inbox.appends, 1);
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList());
        f.prove();
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"delivered"});
        f.chat.answerInbox();
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList()); // the commit comes too late to say anything
        QCOMPARE(f.waiting(), 0);
    }

    void connectionThatEndsWithoutProof_returnsItsMessagesInOrder_data()
    {
        QTest::addColumn<bool>("isFinal");
        QTest::newRow("left") << true;
        QTest::newRow("lost") << false;
    }
    void connectionThatEndsWithoutProof_returnsItsMessagesInOrder()
    {
        QFETCH(bool, isFinal);
        Fixture f;
        for (const auto *text : {"one", "two", "three"})
            f.chat.send(f.ann, "bob", text);
        f.chat.say(chat::SocketDisconnected{f.bob, isFinal});
        QCOMPARE(f.chat.heard(f.ann), (QByteArrayList{"stored", "stored", "stored"}));
        f.chat.send(f.ann, "bob", "four");
        const auto other = f.chat.connect();
        f.chat.newUser(other, "bob", PresenceMode::None);
        QCOMPARE(f.chat.heard(other), (QByteArrayList{"getMessage one", "getMessage two", "getMessage three",
                                                      "getMessage four", "registered bob pending 4"}));
        QCOMPARE(f.waiting(), 0);
    }

    void proofOfSome_returnsTheRest()
    {
        Fixture f;
        f.chat.send(f.ann, "bob", "one");
        const qint64 order = f.chat.sink.unproven.value(f.bob);
        f.chat.send(f.ann, "bob", "two");
        f.chat.say(chat::SocketProven{f.bob, order});
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"delivered"});
        f.chat.disconnect(f.bob);
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"stored"});
        const auto other = f.chat.connect();
        f.chat.newUser(other, "bob", PresenceMode::None);
        QCOMPARE(f.chat.heard(other), (QByteArrayList{"getMessage two", "registered bob pending 1"}));
    }

    void proofByOneOfSeveralSockets_isEnough()
    {
        Fixture f;
        const auto laptop = f.chat.login("bob");
        f.chat.send(f.ann, "bob", "one");
        QCOMPARE(f.chat.heard(laptop), QByteArrayList{"getMessage one"});
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"delivered"});
        f.chat.disconnect(f.bob);
        f.chat.disconnect(laptop);
        QCOMPARE(f.waiting(), 0);
        QCOMPARE(f.chat.inbox.appends, 0);
    }

    void lastSocketThatMightProve_ends_thoughOthersAreThere()
    {
        Fixture f;
        const auto laptop = f.chat.login("bob");
        f.chat.mute.insert(laptop);
        f.chat.send(f.ann, "bob", "one");
        f.chat.disconnect(laptop);
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList()); // the phone may still prove it
        f.chat.disconnect(f.bob);
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"stored"});
    }

    void socketOfAnotherUser_provesNothing()
    {
        Fixture f;
        f.chat.send(f.ann, "bob", "one");
        f.chat.say(chat::SocketProven{f.ann, f.chat.sink.unproven.value(f.bob)});
        f.chat.say(chat::SocketProven{{9, 99}, f.chat.sink.unproven.value(f.bob)});
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList());
    }

    void storeThatTakesNothing_isSaidUnlessProven()
    {
        Fixture f;
        f.chat.inbox.isBroken = true;
        f.chat.send(f.ann, "bob", "one");
        f.prove();
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"delivered"});
        f.chat.mute.insert(f.bob);
        f.chat.send(f.ann, "bob", "two");
        f.chat.pass(defaults.proofPatience);
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"sendMessage refused unavailable"});
        f.chat.disconnect(f.bob);
        f.chat.send(f.ann, "bob", "three");
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"sendMessage refused unavailable"});
        QCOMPARE(f.chat.count(Counter::MessagesIn), 1U);
    }

    void flush_givesAllToTheInbox_andIsBusyUntilItHasThem()
    {
        Fixture f;
        f.chat.inbox.isSlow = true;
        f.chat.send(f.ann, "bob", "one");
        f.chat.send(f.ann, "bob", "two");
        QVERIFY(f.chat.service().isBusy());
        f.chat.service().flush();
        QVERIFY(f.chat.service().isBusy());
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList());
        f.chat.answerInbox();
        QVERIFY(!f.chat.service().isBusy());
        QCOMPARE(f.chat.heard(f.ann), (QByteArrayList{"stored", "stored"}));
        QCOMPARE(f.waiting(), 2);
    }

    void messagesOnTheirWay_countForTheInboxsRoom()
    {
        Chat chat({}, 2);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.mute.insert(bob);
        for (const auto *text : {"one", "two", "three"})
            chat.send(ann, "bob", text);
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused inbox_full"});
        chat.disconnect(bob);
        QCOMPARE(chat.heard(ann), (QByteArrayList{"stored", "stored"}));
        QCOMPARE(chat.memory.waiting(UserId("bob")), 2);
    }

    void manyUsers_areLookedAtWhenTheirTimeHasCome()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        constexpr int count = 50;
        for (int i = 0; i < count; ++i)
            chat.mute.insert(chat.login("user" + QByteArray::number(i)));
        for (int i = 0; i < count; ++i) {
            chat.send(ann, "user" + QByteArray::number(i), "text");
            chat.pass(Milliseconds(10));
        }
        QCOMPARE(chat.inbox.appends, 1); // the first one's time has just come
        chat.pass(Milliseconds(490));
        QCOMPARE(chat.inbox.appends, count);
        QCOMPARE(chat.heard(ann).count("stored"), count);
    }

    void member_whoDoesNotProve_isStored_andTheAnswerWaitsForIt()
    {
        Fixture f;
        const auto cid = f.chat.login("cid");
        for (const auto &socket : {f.ann, f.bob, cid})
            f.chat.join(socket, "flat");
        f.chat.sink.heard.clear();
        f.chat.sendToChat(f.ann, "flat", "hi");
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList());
        f.chat.pass(defaults.proofPatience);
        QCOMPARE(f.chat.heard(f.ann), (QByteArrayList{"delivered", "state of bob stored"}));
    }
};

QTEST_GUILESS_MAIN(TestChatProof)
#include "tst_chat_proof.moc"
