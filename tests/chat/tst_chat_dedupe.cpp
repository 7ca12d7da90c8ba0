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
        QCOMPARE(chat.heard(ann2), QByteArrayList{"stored"});
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
        const QByteArrayList heard = chat.heard(ann2);
        QVERIFY(heard.contains("stored"));
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
