#include "ChatFixture.h"

#include <QRegularExpression>
#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;
using metrics::Counter;

namespace {

quint64 evidence(const Chat &chat, const QByteArray &sender, const QByteArray &id, const QByteArray &receiver)
{
    return chat::evidenceHash(chat.inbox.secret(), UserId(sender), MessageId(id), UserId(receiver));
}

} // namespace

class TestChatDedupe : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void repetition_getsTheFirstAnswer_data()
    {
        QTest::addColumn<bool>("isOnline");
        QTest::newRow("delivered") << true;
        QTest::newRow("stored") << false;
    }
    void repetition_getsTheFirstAnswer()
    {
        QFETCH(bool, isOnline);
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = isOnline ? chat.login("bob") : chat.connect();
        chat.sendAs(ann, "m1", "bob", "hi");
        const auto first = std::get<chat::MessageTaken>(chat.sink.lastReply->result);
        chat.pass(Milliseconds(5'000));
        chat.sendAs(ann, "m1", "bob", "hi");
        const auto second = std::get<chat::MessageTaken>(chat.sink.lastReply->result);
        QCOMPARE(second.id, first.id);
        QCOMPARE(second.timestamp, first.timestamp);
        const QByteArray state = isOnline ? "delivered" : "stored";
        QCOMPARE(chat.heard(ann), (QByteArrayList{state, state + " duplicate"}));
        QCOMPARE(chat.heard(bob), isOnline ? QByteArrayList{"getMessage hi"} : QByteArrayList());
        QCOMPARE(chat.memory.waiting(UserId("bob")), isOnline ? 0 : 1);
        QCOMPARE(chat.count(Counter::MessagesIn), 1U);
        QCOMPARE(chat.count(Counter::MessagesDuplicate), 1U);
    }

    void repetitionBeforeTheAnswer_isAnsweredWithIt()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.inbox.isSlow = true;
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.sendAs(ann, "m1", "bob", "hi");
        const auto other = chat.login("ann");
        chat.sendAs(other, "m1", "bob", "hi"); // the client's next connection
        QCOMPARE(chat.heard(ann), QByteArrayList());
        chat.answerInbox();
        const QByteArrayList heard = chat.heard(ann);
        QCOMPARE(heard.first(2), (QByteArrayList{"stored", "stored duplicate"}));
        QVERIFY(chat.heard(other).contains("stored duplicate"));
        QCOMPARE(chat.memory.waiting(UserId("bob")), 1);
    }

    void window_ends()
    {
        chat::ChatOptions options;
        options.dedupeWindow = Milliseconds(60'000);
        Chat chat(options);
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.pass(Milliseconds(59'999));
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"stored", "stored duplicate"}));
        chat.pass(Milliseconds(1));
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann), QByteArrayList{"stored"});
        QCOMPARE(chat.memory.waiting(UserId("bob")), 2);
    }

    void windowOfZero_neverDedupes()
    {
        chat::ChatOptions options;
        options.dedupeWindow = Milliseconds(0);
        Chat chat(options);
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"stored", "stored"}));
    }

    void sameIdOfOthers_isAnotherMessage()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto eve = chat.login("eve");
        chat.sendAs(ann, "m1", "bob", "from ann");
        chat.sendAs(eve, "m1", "bob", "from eve");
        QCOMPARE(chat.heard(eve), QByteArrayList{"stored"});
        QCOMPARE(chat.memory.waiting(UserId("bob")), 2);
    }

    void whoSendsNothingButAnId_isNobodysRepetition()
    {
        Chat chat; // open mode: unregistered, and data names no sender
        const auto someone = chat.connect();
        chat.sendAs(someone, "m1", "bob", "one");
        chat.sendAs(someone, "m1", "bob", "two");
        QCOMPARE(chat.heard(someone), (QByteArrayList{"stored", "stored"}));
        QCOMPARE(chat.memory.waiting(UserId("bob")), 2);
    }

    void refused_isTakenWhenItComesAgain()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.inbox.isBroken = true;
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.inbox.isBroken = false;
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann), (QByteArrayList{"sendMessage refused unavailable", "stored"}));
    }

    void chatOfWhichOneLacksIt_repetitionReachesThatOneOnly()
    {
        Chat chat({}, 1);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto cid = chat.login("cid");
        for (const auto &socket : {ann, bob, cid})
            chat.join(socket, "flat");
        chat.disconnect(cid);
        chat.send(ann, "cid", "fills it");
        chat.sink.heard.clear();
        chat.sendAs(ann, "g1", {}, "hi", "flat");
        QCOMPARE(chat.heard(ann).first(), QByteArray("sendMessage refused inbox_full"));
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        const auto back = chat.connect();
        chat.newUser(back, "cid", PresenceMode::None); // takes what fills it
        chat.sink.heard.clear();
        chat.sendAs(ann, "g1", {}, "hi", "flat");
        QCOMPARE(chat.heard(back), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.heard(bob), QByteArrayList());
        QCOMPARE(chat.heard(ann).first(), QByteArray("delivered"));
    }

    void afterARestart_theLedgerKnows()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        chat.crash();
        const auto ann2 = chat.login("ann");
        const auto bob2 = chat.login("bob");
        chat.sendAs(ann2, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann2), QByteArrayList{"delivered duplicate"});
        QCOMPARE(chat.heard(bob2), QByteArrayList());
    }

    void crashBeforeTheLedgerWasWritten_whatWaitsIsEvidence()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.inbox.blocks.clear(); // it never reached the disk
        chat.inbox.evidence = {evidence(chat, "ann", "m1", "bob")};
        chat.crash();
        const auto ann2 = chat.login("ann");
        chat.sendAs(ann2, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann2), QByteArrayList{"stored duplicate"});
        QCOMPARE(chat.memory.waiting(UserId("bob")), 1);
        const auto bob = chat.connect();
        chat.newUser(bob, "bob", PresenceMode::None);
        QCOMPARE(chat.heard(bob), (QByteArrayList{"getMessage hi", "registered bob pending 1"}));
    }

    void crashBeforeTheLedgerWasWritten_whatTheReceiverHasIsEvidence_data()
    {
        QTest::addColumn<bool>("receiverIsFirst");
        QTest::newRow("the receiver is back first") << true;
        QTest::newRow("the sender is back first") << false;
    }
    void crashBeforeTheLedgerWasWritten_whatTheReceiverHasIsEvidence()
    {
        QFETCH(bool, receiverIsFirst);
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.inbox.isSlow = true; // the ledger's block is on its way for ever
        chat.mute.insert(bob);    // the crash comes before the proof
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        const QByteArray offset = chat.offset(bob);
        chat.inbox.blocks.clear();
        chat.crash();
        chat.inbox.isSlow = false;
        chat::SocketRef back;
        const auto returns = [&] {
            back = chat.reconnect(Chat::pidOf(bob), offset);
            chat.newUser(back, "bob", PresenceMode::None);
        };
        if (receiverIsFirst)
            returns();
        const auto ann2 = chat.connect();
        chat.newUser(ann2, "ann", PresenceMode::None);
        chat.sendAs(ann2, "m1", "bob", "hi");
        if (!receiverIsFirst)
            returns();
        QCOMPARE(chat.heard(back), (QByteArrayList{"new", "registered bob pending 0"}));
        QCOMPARE(chat.memory.waiting(UserId("bob")), 0);
        QByteArrayList expected{"registered ann pending 0"};
        if (receiverIsFirst)
            expected.append("delivered duplicate");
        else
            expected.append(QByteArrayList{"stored", "state m1 of bob delivered"});
        QCOMPARE(chat.heard(ann2), expected);
    }

    void refusedButUnderway_isNotShownTwice_data()
    {
        QTest::addColumn<bool>("isLost"); // and comes back for what it missed; or the proof comes late
        QTest::newRow("the receiver is lost") << true;
        QTest::newRow("the proof is late") << false;
    }
    void refusedButUnderway_isNotShownTwice()
    {
        QFETCH(bool, isLost);
        Chat chat;
        const auto ann = chat.login("ann");
        auto bob = chat.login("bob");
        const QByteArray before = chat.offset(bob);
        chat.inbox.isBroken = true;
        chat.mute.insert(bob);
        chat.sendAs(ann, "m1", "bob", "hi");
        if (isLost)
            chat.lose(bob);
        chat.pass(Milliseconds(1'000));
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused unavailable"});
        chat.inbox.isBroken = false;
        chat.sendAs(ann, "m1", "bob", "hi"); // nobody knows yet what became of the first
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused unavailable"});
        if (isLost) {
            const auto back = chat.reconnect(Chat::pidOf(bob), before);
            QCOMPARE(chat.heard(back), (QByteArrayList{"missed getMessage hi", "recovered"}));
            bob = back;
        } else {
            QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
            chat.mute.remove(bob);
        }
        chat.settle();
        QCOMPARE(chat.heard(ann), QByteArrayList{"state m1 of bob delivered"});
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann), QByteArrayList{"delivered duplicate"});
        QCOMPARE(chat.heard(bob), QByteArrayList());
        chat.read(bob, {"m1"});
        QCOMPARE(chat.heard(bob), QByteArrayList{"read 1"});
    }

    void refusedAndReceiverGoneForGood_isTakenAgain()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.inbox.isBroken = true;
        chat.mute.insert(bob);
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.lose(bob);
        chat.inbox.isBroken = false;
        chat.pass(std::chrono::minutes(3)); // longer than it may come back
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused unavailable"});
        chat.sendAs(ann, "m1", "bob", "hi");
        QCOMPARE(chat.heard(ann), QByteArrayList{"stored"});
    }

    void saidAheadOfNewUser_byAClientThatComesBack_isOfItsUser()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.login("bob");
        chat.sendAs(ann, "m1", "bob", "one");
        chat.inbox.blocks.clear(); // who spoke for whom never reached the disk
        chat.crash();
        const auto bob2 = chat.login("bob");
        const auto back = chat.reconnect(Chat::pidOf(ann), {});
        chat.sendAs(back, "m2", "bob", "two"); // its library sends before its application speaks
        chat.join(back, "flat");
        QCOMPARE(chat.heard(back), QByteArrayList{"new"});
        QCOMPARE(chat.heard(bob2), QByteArrayList());
        chat.newUser(back, "ann", PresenceMode::None);
        QCOMPARE(chat.heard(bob2), QByteArrayList{"getMessage two"});
        QCOMPARE(chat.sink.lastMessage->sender, UserId("ann"));
        QCOMPARE(chat.heard(back), (QByteArrayList{"registered ann pending 0", "members ann", "delivered"}));
    }

    void saidAheadOfNewUser_byAClientWhoseUserIsKnown_goesAtOnce()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "one");
        chat.pass(Milliseconds(2'000)); // the ledger is written behind
        chat.crash();
        const auto bob = chat.login("bob");
        const auto back = chat.reconnect(Chat::pidOf(ann), {});
        chat.sendAs(back, "m1", "bob", "one"); // a queue that waits for each answer, newUser behind it
        QCOMPARE(chat.heard(back), (QByteArrayList{"new", "stored duplicate"}));
        chat.sendAs(back, "m2", "bob", "two");
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage two"});
        QCOMPARE(chat.sink.lastMessage->sender, UserId("ann"));
        chat.join(back, "flat");                       // waits: it is the user who joins
        chat.newUser(back, "eve", PresenceMode::None); // whoever speaks from here on
        QCOMPARE(chat.heard(back), (QByteArrayList{"delivered", "registered eve pending 0", "members eve"}));
    }

    void registration_isWrittenAtOnce_beforeAMessageThatIsStored()
    {
        Chat chat;
        const auto ann = chat.connect();
        chat.newUser(ann, "ann", PresenceMode::None);
        chat.crash();
        const auto back = chat.reconnect(Chat::pidOf(ann), {});
        chat.sendAs(back, "m1", "bob", "one");
        QCOMPARE(chat.heard(back),
                 (QByteArrayList{"new", "stored"})); // and not after a newUser that is behind it
    }

    void saidAheadOfNewUser_afterTwoLostConnections_isStillOfItsUser()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.pass(Milliseconds(2'000));
        chat.crash();
        const auto bob = chat.login("bob");
        const auto back = chat.reconnect(Chat::pidOf(ann), {});
        chat.sendAs(back, "m1", "bob", "one");
        chat.lose(back);
        const auto again = chat.reconnect(Chat::pidOf(back), {});
        chat.sendAs(again, "m1", "bob", "one");
        QCOMPARE(chat.heard(again), (QByteArrayList{"new", "delivered duplicate"}));
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage one"});
    }

    void saidAfterALeave_isOfNobody()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.disconnect(ann); // its client says so
        const auto bob = chat.login("bob");
        const auto next = chat.reconnect(Chat::pidOf(ann), {});
        chat.sendAs(next, "m1", "bob", "hi");
        QCOMPARE(chat.heard(next), QByteArrayList{"new"}); // waits for a newUser
        chat.newUser(next, "eve", PresenceMode::None);
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        QCOMPARE(chat.sink.lastMessage->sender, UserId("eve"));
    }

    void saidAheadOfNewUser_beyondWhatMayWait_isRefusedAndTheRestKept_data()
    {
        QTest::addColumn<int>("count"); // that may wait
        QTest::addColumn<qsizetype>("size");
        QTest::newRow("many") << 1'000 << qsizetype(10);
        QTest::newRow("large") << 2 << qsizetype(400'000);
        QTest::newRow("one that is larger than all that may wait") << 1 << qsizetype(2'000'000);
    }
    void saidAheadOfNewUser_beyondWhatMayWait_isRefusedAndTheRestKept()
    {
        QFETCH(int, count);
        QFETCH(qsizetype, size);
        Chat chat({}, 10'000);
        const auto bob = chat.login("bob");
        const auto back = chat.reconnect("pid999", {});
        for (int i = 0; i <= count; ++i)
            chat.send(back, "bob", QByteArray(size, 'x'));
        chat.join(back, "flat"); // finds no room either
        const QByteArrayList answers = chat.heard(back);
        QCOMPARE(answers.first(2), (QByteArrayList{"new", "sendMessage refused unavailable"}));
        QCOMPARE(chat.heard(bob).size(), 0);
        chat.newUser(back, "ann", PresenceMode::None);
        QCOMPARE(chat.heard(bob).size(), count);
        QCOMPARE(chat.sink.lastMessage->sender, UserId("ann"));
    }

    void recoveredAtTheLimitOfLostSockets_isWhole()
    {
        chat::ChatOptions options;
        options.recoveryMaxBytes = 3'000;
        Chat chat(options);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        chat.mute.insert(bob);
        for (int i = 0; i < 3; ++i)
            chat.sendAs(ann, QByteArray::number(i), "bob", QByteArray(100, 'x'));
        const QByteArray offset = chat.offset(bob);
        chat.lose(bob);
        chat.lose(ann); // hears of what bob has, which is too much for the both
        const auto back = chat.reconnect(Chat::pidOf(bob), offset);
        QVERIFY(!chat.heard(back).isEmpty());
    }

    void saidAheadOfNewUser_doesNotWaitForEver_data()
    {
        QTest::addColumn<int>("ending");
        QTest::newRow("nobody registers") << 0;
        QTest::newRow("the client goes") << 1;
        QTest::newRow("the server stops") << 2;
    }
    void saidAheadOfNewUser_doesNotWaitForEver()
    {
        QFETCH(int, ending);
        Chat chat;
        const auto bob = chat.login("bob");
        const auto someone = chat.reconnect("pid999", {});
        chat.send(someone, "bob", "0");
        if (ending == 0) {
            chat.pass(Milliseconds(4'999));
            QCOMPARE(chat.heard(bob), QByteArrayList());
            chat.pass(Milliseconds(1));
        } else if (ending == 1) {
            chat.disconnect(someone);
        } else if (ending == 2) {
            chat.service().flush();
        }
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage 0"});
    }

    void saidAheadOfNewUser_namingItsSender_goesAtOnce()
    {
        Chat chat;
        const auto bob = chat.login("bob");
        const auto back = chat.reconnect("pid999", {});
        chat.send(back, "bob", "hi", "ann");
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hi"});
        const auto fresh = chat.connect(); // never was here before
        chat.send(fresh, "bob", "hello");
        QCOMPARE(chat.heard(bob), QByteArrayList{"getMessage hello"});
    }

    void ledger_keepsTheLatest()
    {
        chat::ChatOptions options;
        options.ledgerMax = 10;
        Chat chat(options);
        const auto ann = chat.login("ann");
        chat.login("bob");
        for (int i = 0; i < 20; ++i)
            chat.sendAs(ann, "m" + QByteArray::number(i), "bob", "hi");
        chat.heard(ann);
        chat.sendAs(ann, "m19", "bob", "hi");
        chat.sendAs(ann, "m10", "bob", "hi");
        chat.sendAs(ann, "m9", "bob", "hi");
        QCOMPARE(chat.heard(ann),
                 (QByteArrayList{"delivered duplicate", "delivered duplicate", "delivered"}));
    }

    void ledger_staysInBounds_alsoInTheStore()
    {
        chat::ChatOptions options;
        options.ledgerMax = 10;
        Chat chat(options);
        const auto ann = chat.login("ann");
        chat.login("bob");
        for (int i = 0; i < 2'000; ++i)
            chat.sendAs(ann, "m" + QByteArray::number(i), "bob", "hi");
        chat.pass(Milliseconds(2'000));
        qsizetype bytes = 0;
        for (const chat::LedgerBlock &block : chat.inbox.blocks)
            bytes += block.number > chat.inbox.forgotten ? block.bytes.size() : 0;
        QVERIFY2(bytes <= 10 * 1'000, QByteArray::number(bytes).constData());
    }

    void damagedBlock_isPassedOver()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        chat.sendAs(ann, "m1", "bob", "hi");
        chat.sendAs(ann, "m2", "bob", "hi");
        chat.pass(Milliseconds(2'000));
        QVERIFY(chat.inbox.blocks.size() >= 2);
        chat.inbox.blocks.front().bytes.truncate(5);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("damaged")));
        chat.crash();
        const auto ann2 = chat.login("ann");
        chat.sendAs(ann2, "m2", "bob", "hi");
        QCOMPARE(chat.heard(ann2), QByteArrayList{"stored duplicate"});
    }
};

QTEST_GUILESS_MAIN(TestChatDedupe)
#include "tst_chat_dedupe.moc"
