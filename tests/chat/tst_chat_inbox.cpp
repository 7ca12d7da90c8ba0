#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;
using metrics::Counter;

namespace {

constexpr int count = 40;
constexpr int size = 5'000; // a page takes seven of these

QByteArray numbered(int number)
{
    return QByteArray::number(number).rightJustified(size, '.');
}

/// The numbers of the messages that were heard, in order, and anything else by name.
QByteArrayList numbers(const QByteArrayList &heard)
{
    QByteArrayList list;
    for (const QByteArray &line : heard) {
        if (line.startsWith("getMessage "))
            list.append(line.sliced(line.lastIndexOf('.') + 1));
        else
            list.append(line);
    }
    return list;
}

QByteArrayList range(int from, int to)
{
    QByteArrayList list;
    for (int i = from; i < to; ++i)
        list.append(QByteArray::number(i));
    return list;
}

/// Forty messages wait for bob.
struct Fixture
{
    Fixture()
    {
        ann = chat.login("ann");
        for (int i = 0; i < count; ++i)
            chat.send(ann, "bob", numbered(i));
        chat.heard(ann);
    }
    chat::SocketRef connectStalled(quint32 worker = 0)
    {
        const auto socket = chat.connect(worker);
        chat.stall(socket);
        return socket;
    }
    qsizetype waiting() const { return chat.memory.waiting(UserId("bob")); }

    Chat chat;
    chat::SocketRef ann;
};

} // namespace

class TestChatInbox : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bigInbox_comesPageByPage()
    {
        Fixture f;
        const auto bob = f.connectStalled();
        f.chat.newUser(bob, "bob", PresenceMode::None);
        QByteArrayList all;
        int pages = 0;
        for (QByteArrayList page = numbers(f.chat.heard(bob)); !page.isEmpty(); ++pages) {
            QVERIFY2(page.size() <= 8, "more than a page at once");
            QCOMPARE(f.waiting(), count - all.size()); // it stays until it was taken
            all += page;
            f.chat.takePage(bob);
            page = numbers(f.chat.heard(bob));
        }
        QCOMPARE(all, range(0, count) + QByteArrayList{"registered bob pending 40"});
        QVERIFY(pages > 5);
        QCOMPARE(f.waiting(), 0);
        QCOMPARE(f.chat.count(Counter::MessagesDelivered), quint64(count));
    }

    void oneHugeMessage_isAPageOfItsOwn()
    {
        Fixture f;
        f.chat.send(f.ann, "eve", QByteArray(1'000'000, 'x'));
        f.chat.send(f.ann, "eve", QByteArray(1'000'000, 'y'));
        const auto eve = f.connectStalled();
        f.chat.newUser(eve, "eve", PresenceMode::None);
        QCOMPARE(f.chat.heard(eve).size(), 1);
        f.chat.takePage(eve);
        QCOMPARE(f.chat.heard(eve).size(), 1);
        f.chat.takePage(eve);
        QCOMPARE(f.chat.heard(eve), QByteArrayList{"registered eve pending 2"});
    }

    void socketThatEnds_leavesWhatItDidNotTake_data()
    {
        QTest::addColumn<bool>("moves");
        QTest::newRow("disconnects") << false;
        QTest::newRow("moves to another user") << true;
    }
    void socketThatEnds_leavesWhatItDidNotTake()
    {
        QFETCH(bool, moves);
        Fixture f;
        const auto first = f.connectStalled();
        f.chat.newUser(first, "bob", PresenceMode::None);
        QByteArrayList taken = numbers(f.chat.heard(first));
        f.chat.takePage(first);
        const QByteArrayList lost = numbers(f.chat.heard(first));
        QVERIFY(!lost.isEmpty());
        if (moves)
            f.chat.newUser(first, "eve", PresenceMode::None);
        else
            f.chat.disconnect(first);
        QCOMPARE(f.waiting(), count - taken.size());
        QVERIFY(!f.chat.heard(first).join().contains("getMessage"));

        const auto second = f.chat.connect();
        f.chat.newUser(second, "bob", PresenceMode::None);
        const QByteArray answer = "registered bob pending " + QByteArray::number(count - taken.size());
        QCOMPARE(taken + numbers(f.chat.heard(second)), range(0, count) + QByteArrayList{answer});
        QCOMPARE(f.waiting(), 0);
    }

    void messagesMeanwhile_comeBehindInOrder()
    {
        Fixture f;
        const QByteArrayList read(count + 10, "state of bob delivered");
        const auto bob = f.connectStalled();
        f.chat.newUser(bob, "bob", PresenceMode::None);
        QByteArrayList all = numbers(f.chat.heard(bob));
        for (int i = count; i < count + 10; ++i) {
            f.chat.send(f.ann, "bob", numbered(i));
            QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"stored"});
        }
        f.chat.stalled.clear();
        f.chat.settle();
        all += numbers(f.chat.heard(bob));
        QCOMPARE(all, range(0, count + 10) + QByteArrayList{"registered bob pending 50"});
        f.chat.send(f.ann, "bob", "live");
        QCOMPARE(f.chat.heard(f.ann), read + QByteArrayList{"delivered"});
        QCOMPARE(f.chat.heard(bob), QByteArrayList{"getMessage live"});
    }

    void secondSocket_isBroughtThemAtItsOwnPace()
    {
        Fixture f;
        const auto phone = f.connectStalled();
        f.chat.newUser(phone, "bob", PresenceMode::None);
        const auto laptop = f.connectStalled(1);
        f.chat.newUser(laptop, "bob", PresenceMode::None);
        const QByteArrayList first = numbers(f.chat.heard(phone));
        QCOMPARE(numbers(f.chat.heard(laptop)), first);
        // One of the two has it, so it has left the inbox, whatever becomes of the other.
        f.chat.takePage(phone);
        QCOMPARE(f.waiting(), count - first.size());
        const QByteArrayList second = numbers(f.chat.heard(phone));
        QVERIFY(!second.isEmpty());
        QCOMPARE(f.chat.heard(laptop), QByteArrayList());
        f.chat.disconnect(phone);
        f.chat.stalled.clear();
        f.chat.settle();
        QCOMPARE(first + numbers(f.chat.heard(laptop)),
                 range(0, count) + QByteArrayList{"registered bob pending 40"});
        QCOMPARE(f.waiting(), 0);
        QVERIFY(f.chat.sink.isGroupedByWorker);
    }

    void secondSocket_getsThePageThatTheFirstDidNotTake()
    {
        Fixture f;
        const auto phone = f.connectStalled();
        f.chat.newUser(phone, "bob", PresenceMode::None);
        const auto laptop = f.chat.connect();
        f.chat.newUser(laptop, "bob", PresenceMode::None);
        f.chat.disconnect(phone);
        QCOMPARE(numbers(f.chat.heard(laptop)),
                 range(0, count) + QByteArrayList{"registered bob pending 40"});
    }

    void drainedThatNobodyAskedFor_isIgnored()
    {
        Fixture f;
        const auto bob = f.connectStalled();
        f.chat.service().handle(chat::SocketDrained{{7, 7}});
        f.chat.service().handle(chat::SocketDrained{bob});
        f.chat.service().handle(chat::SocketDrained{f.ann});
        f.chat.newUser(bob, "bob", PresenceMode::None);
        f.chat.service().handle(chat::SocketDrained{f.ann});
        QVERIFY(f.chat.heard(bob).size() <= 8);
    }

    void memberWhoseInboxIsFull_isNotPassedOverInSilence()
    {
        Chat chat({}, 3);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto eve = chat.login("eve");
        for (const auto &socket : {ann, bob, eve})
            chat.join(socket, "room");
        chat.disconnect(eve);
        chat.pass(Milliseconds(10'000));
        chat.sink.heard.clear();
        for (int i = 0; i < 3; ++i)
            chat.sendToChat(ann, "room", "text");
        QCOMPARE(chat.heard(ann),
                 (QByteArrayList{"delivered", "state of eve stored", "delivered", "state of eve stored",
                                 "delivered", "state of eve stored"}));
        chat.sendToChat(ann, "room", "text");
        QCOMPARE(chat.heard(ann), QByteArrayList{"sendMessage refused inbox_full"});
        QVERIFY(std::get<chat::Error>(chat.sink.lastReply->result).message.contains("other members have"));
        QCOMPARE(chat.heard(bob).size(), 4);
    }
};

QTEST_GUILESS_MAIN(TestChatInbox)
#include "tst_chat_inbox.moc"
