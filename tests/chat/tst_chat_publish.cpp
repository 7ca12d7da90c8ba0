#include "ChatFixture.h"
#include "JournalFixture.h"

#include <QtTest>

using namespace concierge;
using namespace concierge::test;

/// What the platform's back end sends, and asks.
class ChatPublishTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void publish_toSeveral_reachesEachAndSaysHow();
    void publish_toAChat_reachesItsMembersButTheSender();
    void publish_toAChatWithoutMembers_isForbidden();
    void publish_again_isADuplicate();
    void publish_toAFullInbox_isRefused_andRepeatedForThatOneAlone();
    void publish_isHeardByTheSendersSockets();
    void publish_withoutReceipts_tellsItsSenderNothing_data();
    void publish_withoutReceipts_tellsItsSenderNothing();
    void publish_isWrittenToTheJournalAsSuch();
    void socketsOf_areThoseThatAreConnected();
    void endLost_takesTheWayBack();
};

namespace {

const QByteArray hello = QByteArrayLiteral("{\"senderId\":\"shop\",\"text\":\"hello\"}");

chat::Publish publishing(const QByteArrayList &receivers, const QByteArray &chatId = {},
                         const QByteArray &messageId = "m1")
{
    chat::Publish publish;
    for (const QByteArray &id : receivers)
        publish.receivers.append(UserId(id));
    publish.message.chat = ChatId(chatId);
    publish.message.senderId = UserId("shop");
    publish.message.messageId = MessageId(messageId);
    publish.message.data = hello;
    return publish;
}

/// What was answered, as a line; empty: nothing yet.
QByteArray answerTo(Chat &chat, const chat::Publish &publish)
{
    QByteArray line;
    chat.service().publish(publish, [&line](const Result<chat::Published, chat::Error> &answer) {
        if (!answer) {
            line = "refused " + chat::toString(answer.error().code).toByteArray();
            return;
        }
        const auto word = [](chat::SendOutcome outcome) {
            return outcome == chat::SendOutcome::Stored ? QByteArray("stored") : QByteArray("delivered");
        };
        line = word(answer.value().taken.outcome) + (answer.value().taken.duplicate ? " duplicate" : "");
        for (const auto &[user, outcome] : answer.value().receivers)
            line += ", " + user.utf8() + ' ' + word(outcome);
    });
    chat.service().tick();
    chat.settle();
    return line;
}

} // namespace

void ChatPublishTest::publish_toSeveral_reachesEachAndSaysHow()
{
    Chat chat;
    const auto ann = chat.login("ann");
    QCOMPARE(answerTo(chat, publishing({"ann", "bob"})), QByteArray("delivered, bob stored, ann delivered"));
    QCOMPARE(chat.heard(ann).size(), 1);
    const auto bob = chat.connect();
    chat.newUser(bob, "bob", chat::PresenceMode::None);
    QVERIFY(chat.heard(bob).join().contains("hello"));
}

void ChatPublishTest::publish_toAChat_reachesItsMembersButTheSender()
{
    Chat chat;
    const auto ann = chat.login("ann");
    const auto shop = chat.login("shop");
    chat.join(ann, "flat");
    chat.join(shop, "flat");
    chat.heard(ann);
    chat.heard(shop);
    QCOMPARE(answerTo(chat, publishing({}, "flat")), QByteArray("delivered, ann delivered"));
    QVERIFY(chat.heard(ann).constFirst().contains("hello"));
    QVERIFY(chat.heard(shop).constFirst().startsWith("messageSent"));
}

void ChatPublishTest::publish_toAChatWithoutMembers_isForbidden()
{
    Chat chat;
    QCOMPARE(answerTo(chat, publishing({}, "flat")), QByteArray("refused forbidden"));
}

void ChatPublishTest::publish_again_isADuplicate()
{
    Chat chat;
    const auto ann = chat.login("ann");
    answerTo(chat, publishing({"ann"}));
    chat.heard(ann);
    QCOMPARE(answerTo(chat, publishing({"ann"})), QByteArray("delivered duplicate"));
    QCOMPARE(chat.heard(ann), QByteArrayList());
}

void ChatPublishTest::publish_toAFullInbox_isRefused_andRepeatedForThatOneAlone()
{
    Chat chat({}, 1);
    const auto ann = chat.login("ann");
    answerTo(chat, publishing({"bob"}, {}, "m0"));
    QCOMPARE(answerTo(chat, publishing({"ann", "bob"})), QByteArray("refused inbox_full"));
    QCOMPARE(chat.heard(ann).size(), 1);
    chat.newUser(chat.connect(), "bob", chat::PresenceMode::None); // empties it
    QCOMPARE(answerTo(chat, publishing({"ann", "bob"})),
             QByteArray("delivered, ann delivered, bob delivered"));
    QCOMPARE(chat.heard(ann), QByteArrayList());
}

void ChatPublishTest::publish_isHeardByTheSendersSockets()
{
    Chat chat;
    const auto shop = chat.login("shop");
    answerTo(chat, publishing({"bob"}));
    const QByteArrayList heard = chat.heard(shop);
    QVERIFY2(heard.join('\n').contains("messageSent to bob"), heard.join('\n').constData());
}

void ChatPublishTest::publish_withoutReceipts_tellsItsSenderNothing_data()
{
    QTest::addColumn<bool>("wantsReceipts");
    QTest::newRow("with") << true;
    QTest::newRow("without") << false;
}

void ChatPublishTest::publish_withoutReceipts_tellsItsSenderNothing()
{
    QFETCH(bool, wantsReceipts);
    Chat chat;
    chat::Publish publish = publishing({"bob"});
    publish.wantsReceipts = wantsReceipts;
    answerTo(chat, publish);
    const auto bob = chat.connect();
    chat.newUser(bob, "bob", chat::PresenceMode::None);
    chat.read(bob, {"m1"});
    QCOMPARE(chat.inbox.hasEntries(UserId("shop")), wantsReceipts);
}

void ChatPublishTest::publish_isWrittenToTheJournalAsSuch()
{
    TestJournal journal;
    Chat chat({}, 100, &journal);
    answerTo(chat, publishing({"ann", "bob"}));
    chat.join(chat.login("ann"), "flat");
    answerTo(chat, publishing({}, "flat", "m2"));
    QCOMPARE(journal.lines, (QByteArrayList{"shop publishes " + hello + " to ann,bob",
                                            "shop publishes " + hello + " to chat flat"}));
}

void ChatPublishTest::socketsOf_areThoseThatAreConnected()
{
    Chat chat;
    const auto ann = chat.login("ann", chat::PresenceMode::None, 1);
    const auto bob = chat.login("bob");
    const auto tab = chat.login("ann");
    chat.lose(chat.login("cid"));
    QCOMPARE(chat.service().socketsOf({UserId("ann"), UserId("bob"), UserId("cid"), UserId("eve")}),
             (std::vector{tab, bob, ann}));
}

void ChatPublishTest::endLost_takesTheWayBack()
{
    Chat chat;
    const auto ann = chat.login("ann");
    const QByteArray offset = chat.offset(ann);
    chat.lose(ann);
    QCOMPARE(chat.service().endLost(UserId("ann")), 1);
    QCOMPARE(chat.service().endLost(UserId("ann")), 0);
    const auto again = chat.reconnect(Chat::pidOf(ann), offset);
    QVERIFY(!chat.sink.accepted.value(again).isRecovered);
}

QTEST_GUILESS_MAIN(ChatPublishTest)
#include "tst_chat_publish.moc"
