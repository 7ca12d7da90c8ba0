#include "ChatFixture.h"
#include "JournalFixture.h"

#include <QtTest>

using namespace concierge;
using namespace concierge::test;

/// What of a message the journal has, and when its sender is told so.
class ChatJournalTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void send_isAnsweredOnceTheJournalHasIt_data();
    void send_isAnsweredOnceTheJournalHasIt();
    void send_toAChat_isWrittenOnce();
    void send_toAChatWithoutOthers_isWritten();
    void send_withoutRoom_isRefusedAndReachesNobody();
    void send_thatIsRefused_isNotWritten_data();
    void send_thatIsRefused_isNotWritten();
    void send_toAChatThatOneMemberMisses_isWritten();
    void send_thatTheJournalFails_isRefused_andItsRepetitionShownOnce();
    void send_again_isWrittenOnce();
    void send_againAfterACrash_isWrittenAgain();
    void messages_areWrittenInTheOrderInWhichTheyCame();
    void isBusy_untilTheJournalHasAnswered();
    void crash_withOpenEntries_hearsNothingOfThem();
};

namespace {

const QByteArray hello = QByteArrayLiteral("{\"text\":\"hello\"}");

} // namespace

void ChatJournalTest::send_isAnsweredOnceTheJournalHasIt_data()
{
    QTest::addColumn<bool>("isThere");
    QTest::newRow("delivered") << true;
    QTest::newRow("stored") << false;
}

void ChatJournalTest::send_isAnsweredOnceTheJournalHasIt()
{
    QFETCH(bool, isThere);
    TestJournal journal;
    journal.isSlow = true;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    const auto bob = isThere ? std::optional(chat.login("bob")) : std::nullopt;
    chat.send(ann, "bob", hello);
    if (bob)
        QCOMPARE(chat.heard(*bob).size(), 1); // it has it, and waits for nobody
    QCOMPARE(chat.heard(ann), QByteArrayList());
    QCOMPARE(journal.lines, QByteArrayList{"ann says " + hello + " to bob"});
    journal.answer();
    QCOMPARE(chat.heard(ann), QByteArrayList{isThere ? "delivered" : "stored"});
}

void ChatJournalTest::send_toAChat_isWrittenOnce()
{
    TestJournal journal;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    for (const auto *user : {"bob", "cid", "dan"})
        chat.join(chat.login(user), "flat");
    chat.join(ann, "flat");
    chat.sendToChat(ann, "flat", hello);
    QCOMPARE(journal.lines, QByteArrayList{"ann says " + hello + " to chat flat"});
}

void ChatJournalTest::send_toAChatWithoutOthers_isWritten()
{
    TestJournal journal;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    chat.join(ann, "flat");
    chat.heard(ann);
    chat.sendToChat(ann, "flat", hello);
    QCOMPARE(journal.lines.size(), 1);
    QCOMPARE(chat.heard(ann), QByteArrayList{"delivered"});
}

void ChatJournalTest::send_withoutRoom_isRefusedAndReachesNobody()
{
    TestJournal journal;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    const auto bob = chat.login("bob");
    chat.sendAs(ann, "m1", "bob", hello);
    chat.heard(ann);
    chat.heard(bob);
    journal.isFull = true;
    chat.send(ann, "bob", hello);
    QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused unavailable"});
    QCOMPARE(chat.heard(bob), QByteArrayList());
    QCOMPARE(journal.lines.size(), 1);
    chat.sendAs(ann, "m1", "bob", hello); // was taken before
    QCOMPARE(chat.heard(ann), QByteArrayList{"delivered duplicate"});
}

void ChatJournalTest::send_thatIsRefused_isNotWritten_data()
{
    QTest::addColumn<QByteArray>("receiver");
    QTest::addColumn<QByteArray>("chatId");
    QTest::newRow("the inbox is full") << QByteArray("bob") << QByteArray();
    QTest::newRow("no such chat") << QByteArray() << QByteArray("flat");
}

void ChatJournalTest::send_thatIsRefused_isNotWritten()
{
    QFETCH(QByteArray, receiver);
    QFETCH(QByteArray, chatId);
    TestJournal journal;
    Chat chat({}, 0, &journal);
    const auto ann = chat.login("ann");
    chat.send(ann, receiver, hello, {}, chatId);
    QVERIFY(chat.heard(ann).constFirst().startsWith("sendMessage refused"));
    QCOMPARE(journal.lines, QByteArrayList());
}

void ChatJournalTest::send_toAChatThatOneMemberMisses_isWritten()
{
    TestJournal journal;
    Chat chat({}, 1, &journal);
    const auto ann = chat.login("ann");
    const auto bob = chat.login("bob");
    for (const auto &socket : {ann, bob, chat.login("cid")})
        chat.join(socket, "flat");
    chat.disconnect(bob);
    chat.send(ann, "bob", hello); // now that inbox is full
    journal.lines.clear();
    chat.heard(ann);
    chat.sendToChat(ann, "flat", hello);
    QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused inbox_full"});
    QCOMPARE(journal.lines.size(), 1); // cid has read it
}

void ChatJournalTest::send_thatTheJournalFails_isRefused_andItsRepetitionShownOnce()
{
    TestJournal journal;
    journal.isBroken = true;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    const auto bob = chat.login("bob");
    chat.sendAs(ann, "m1", "bob", hello);
    QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused unavailable"});
    QCOMPARE(chat.heard(bob).size(), 1);
    journal.isBroken = false;
    chat.sendAs(ann, "m1", "bob", hello);
    QCOMPARE(chat.heard(ann), QByteArrayList{"delivered duplicate"});
    QCOMPARE(chat.heard(bob), QByteArrayList());
    QCOMPARE(journal.lines.size(), 1);
}

void ChatJournalTest::send_again_isWrittenOnce()
{
    TestJournal journal;
    journal.isSlow = true;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    chat.sendAs(ann, "m1", "bob", hello);
    chat.sendAs(ann, "m1", "bob", hello); // before the first is answered
    journal.answer();
    chat.sendAs(ann, "m1", "bob", hello); // and after
    QCOMPARE(journal.lines.size(), 1);
    QCOMPARE(chat.heard(ann), (QByteArrayList{"stored", "stored duplicate", "stored duplicate"}));
}

/// Nobody knows whether the journal had it: who hears `ok` must be able to rely on it.
void ChatJournalTest::send_againAfterACrash_isWrittenAgain()
{
    TestJournal journal;
    journal.isSlow = true;
    Chat chat({}, 100, &journal);
    auto ann = chat.login("ann");
    const auto bob = chat.login("bob");
    chat.sendAs(ann, "m1", "bob", hello);
    const QByteArray offset = chat.offset(bob);
    chat.crash();
    journal.isSlow = false;
    journal.lines.clear();
    const auto again = chat.reconnect(Chat::pidOf(bob), offset);
    chat.newUser(again, "bob", chat::PresenceMode::None);
    chat.heard(again);
    ann = chat.login("ann");
    chat.sendAs(ann, "m1", "bob", hello);
    QCOMPARE(chat.heard(ann), QByteArrayList{"delivered duplicate"});
    QCOMPARE(chat.heard(again), QByteArrayList()); // its offset has shown that it has it
    QCOMPARE(journal.lines.size(), 1);
}

void ChatJournalTest::messages_areWrittenInTheOrderInWhichTheyCame()
{
    TestJournal journal;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    const auto bob = chat.login("bob");
    chat.mute.insert(bob); // what ann says is settled last
    chat.send(ann, "bob", "{\"text\":\"1\"}");
    chat.send(bob, "ann", "{\"text\":\"2\"}");
    chat.send(ann, "bob", "{\"text\":\"3\"}");
    QCOMPARE(journal.lines,
             (QByteArrayList{"ann says {\"text\":\"1\"} to bob", "bob says {\"text\":\"2\"} to ann",
                             "ann says {\"text\":\"3\"} to bob"}));
}

void ChatJournalTest::isBusy_untilTheJournalHasAnswered()
{
    TestJournal journal;
    journal.isSlow = true;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    chat.send(ann, "bob", hello);
    QVERIFY(chat.service().isBusy());
    journal.answer();
    QVERIFY(!chat.service().isBusy());
}

void ChatJournalTest::crash_withOpenEntries_hearsNothingOfThem()
{
    TestJournal journal;
    journal.isSlow = true;
    Chat chat({}, 100, &journal);
    const auto ann = chat.login("ann");
    chat.send(ann, "bob", hello);
    chat.crash();
    journal.answer();
    QVERIFY(!chat.service().isBusy());
}

QTEST_GUILESS_MAIN(ChatJournalTest)
#include "tst_chat_journal.moc"
