#include "ChatFixture.h"

#include <QtTest>

using namespace concierge;
using namespace concierge::test;

/// What an operator sees of a socket.
class ChatFactsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void socketThatSaidNothing_hasNoUser()
    {
        Chat chat;
        const Milliseconds begin = chat.clock.monotonic();
        const auto socket = chat.connect();
        chat.clock.advance(Milliseconds(500));
        const auto facts = chat.service().factsOf(socket);
        QVERIFY(facts);
        QVERIFY(facts->user.isEmpty());
        QCOMPARE(facts->status, chat::Status::Offline);
        QCOMPARE(facts->devices, 0);
        QCOMPARE(facts->since, begin);
        QCOMPARE(facts->lastEvent, begin);
    }

    void registeredSocket_hasItsUser_andCountsItsDevices()
    {
        Chat chat;
        const auto one = chat.connect();
        const auto two = chat.connect(1);
        chat.clock.advance(Milliseconds(500));
        chat.say(chat::NewUser{{one, {}}, UserId("ann"), chat::PresenceMode::None, false});
        const Milliseconds spoke = chat.clock.monotonic();
        chat.clock.advance(Milliseconds(500));
        chat.say(chat::NewUser{{two, {}}, UserId("ann"), chat::PresenceMode::None, false});
        const auto facts = chat.service().factsOf(one);
        QCOMPARE(facts->user, UserId("ann"));
        QCOMPARE(facts->status, chat::Status::Online);
        QCOMPARE(facts->devices, 2);
        QCOMPARE(facts->lastEvent, spoke); // its own, not the other's
        QCOMPARE(facts->since, spoke - Milliseconds(500));
        chat.say(chat::SetStatus{{two, {}}, chat::Status::Idle});
        QCOMPARE(chat.service().factsOf(one)->status, chat::Status::Idle);
    }

    void proofs_areNoSignOfActivity()
    {
        Chat chat;
        const auto socket = chat.connect();
        const Milliseconds begin = chat.clock.monotonic();
        chat.clock.advance(Milliseconds(500));
        chat.say(chat::SocketProven{socket, 0});
        QCOMPARE(chat.service().factsOf(socket)->lastEvent, begin);
        chat.say(chat::SocketActive{socket});
        QCOMPARE(chat.service().factsOf(socket)->lastEvent, begin + Milliseconds(500));
    }

    void socketThatLeft_isNotThere()
    {
        Chat chat;
        const auto socket = chat.connect();
        chat.say(chat::SocketDisconnected{socket, true});
        QVERIFY(!chat.service().factsOf(socket));
        QVERIFY(!chat.service().factsOf({7, 99}));
    }
};

QTEST_GUILESS_MAIN(ChatFactsTest)
#include "tst_chat_facts.moc"
