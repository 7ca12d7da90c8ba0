#include "ChatFixture.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;
using metrics::Counter;

namespace {

QByteArray userName(int i)
{
    return "user-" + QByteArray::number(i).rightJustified(5, '0');
}

/// What the seed's io.emit("getOnlineUsers", …) sends while `count` such users come online one after the
/// other: the k-th makes k sockets hear a list of k ids.
double seedBytes(int count)
{
    double bytes = 0;
    for (double k = 1; k <= count; ++k)
        bytes += k * (22 + k * static_cast<double>(userName(0).size() + 3));
    return bytes;
}

} // namespace

class TestChatScale : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void comingOnline_ofAThousand_costsAHundredthOfTheSeed_data()
    {
        QTest::addColumn<int>("batch");
        QTest::addColumn<int>("milliseconds"); // between batches
        QTest::newRow("all at once") << 1'000 << 0;
        QTest::newRow("one a millisecond") << 1 << 1;
        QTest::newRow("ten every 20 ms") << 10 << 20;
    }
    void comingOnline_ofAThousand_costsAHundredthOfTheSeed()
    {
        QFETCH(int, batch);
        QFETCH(int, milliseconds);
        constexpr int count = 1'000;
        Chat chat;
        chat.sink.isWriting = false;
        QList<chat::SocketRef> sockets;
        for (int i = 0; i < count; ++i) {
            sockets.append(chat.connect(static_cast<quint32>(i % 4)));
            chat.service().handle(
                chat::NewUser{{sockets.last(), 1}, UserId(userName(i)), PresenceMode::List});
            if ((i + 1) % batch == 0) {
                chat.service().tick();
                chat.pass(Milliseconds(milliseconds));
            }
        }
        chat.pass(Milliseconds(10'000));
        const auto bytes = static_cast<double>(chat.count(Counter::PresenceBytes));
        const double seed = seedBytes(count);
        qInfo("%.1f MB, the seed %.0f MB: 1/%.0f", bytes / 1e6, seed / 1e6, seed / bytes);
        QVERIFY(bytes <= seed / 100);
        for (const chat::SocketRef &socket : sockets) { // and everybody knows everybody in the end
            const auto last = chat.sink.lastList.value(socket);
            QVERIFY(last);
            QCOMPARE((QSet<UserId>(last->begin(), last->end()).size()), count);
        }
        QVERIFY(chat.sink.isGroupedByWorker);
    }

    void comingOnline_ofTenThousandInBatches_makesDeliveriesByTheBatch()
    {
        constexpr int count = 10'000;
        constexpr int batch = 500;
        constexpr int workers = 4;
        Chat chat;
        chat.sink.isWriting = false;
        for (int i = 0; i < count; ++i) {
            const auto socket = chat.connect(static_cast<quint32>(i % workers));
            chat.service().handle(chat::NewUser{{socket, 1}, UserId(userName(i)), PresenceMode::List});
            if ((i + 1) % batch == 0)
                chat.service().tick();
        }
        // Each batch shares one list, but the first, whose list is short enough to carry an offset of each
        // socket's own; in between, time stands still, so there is the one round at once and no more.
        QVERIFY2(chat.sink.deliveries <= batch + (count / batch + 1) * workers,
                 QByteArray::number(chat.sink.deliveries).constData());
        QVERIFY(chat.sink.pushes <= count + batch);
        QCOMPARE(chat.service().onlineUsers(), count);
    }

    void rounds_keepToTheBudget()
    {
        constexpr int count = 2'000;
        chat::ChatOptions options;
        options.presenceBudget = 1'000'000;
        Chat chat(options);
        chat.sink.isWriting = false;
        for (int i = 0; i < count; ++i)
            chat.service().handle(
                chat::NewUser{{chat.connect(), {}}, UserId(userName(i)), PresenceMode::List});
        chat.service().tick();
        chat.pass(Milliseconds(5'000)); // quiet
        const auto before = chat.count(Counter::PresenceBytes);
        constexpr int seconds = 20;
        for (int i = 0; i < seconds * 10; ++i) { // the list never rests
            chat.newUser(chat.connect(), userName(count + i), PresenceMode::None);
            chat.pass(Milliseconds(100));
        }
        const auto bytes = static_cast<double>(chat.count(Counter::PresenceBytes) - before);
        QVERIFY(bytes <= 1e6 * (seconds + 1.1)); // a second's worth may go at once
        QVERIFY(bytes >= 1e6 * (seconds - 1));   // and it is used
    }

    void rounds_besideRegistrationsThatTakeTheBudget_stillHaveHalfOfIt()
    {
        constexpr int count = 1'000;
        chat::ChatOptions options;
        options.presenceBudget = 1'000'000;
        Chat chat(options);
        chat.sink.isWriting = false;
        const auto restless = chat.connect();
        for (int i = 0; i < count; ++i)
            chat.service().handle(
                chat::NewUser{{chat.connect(), {}}, UserId(userName(i)), PresenceMode::List});
        chat.service().tick();
        chat.pass(Milliseconds(30'000));
        qint64 registrations = 0;
        const auto before = chat.count(Counter::PresenceBytes);
        constexpr int seconds = 20;
        for (int i = 0; i < seconds * 100; ++i) { // 100 lists of 14 KB a second
            const auto beforeRegistering = chat.count(Counter::PresenceBytes);
            chat.service().handle(
                chat::NewUser{{restless, {}}, UserId(userName(count + i % 2)), PresenceMode::Changes});
            chat.service().handle(chat::GetPresence{{restless, {}}, {}}); // ends the batch's registrations
            registrations += static_cast<qint64>(chat.count(Counter::PresenceBytes) - beforeRegistering);
            chat.service().tick();
            chat.pass(Milliseconds(10));
        }
        QVERIFY(registrations > 1'000'000LL * seconds); // more than the budget
        const auto rounds = static_cast<double>(chat.count(Counter::PresenceBytes) - before) -
                            static_cast<double>(registrations);
        QVERIFY(rounds >= 0.4e6 * seconds);
        QVERIFY(rounds <= 0.6e6 * seconds + 1e6);
    }

    void changes_ofManyAtOnce_areSpreadByTheBudget()
    {
        constexpr int count = 500;
        chat::ChatOptions options;
        options.presenceBudget = 1'000'000;
        Chat chat(options);
        chat.sink.isWriting = false;
        QList<chat::SocketRef> sockets;
        for (int i = 0; i < count; ++i) {
            sockets.append(chat.connect());
            chat.newUser(sockets.last(), userName(i), PresenceMode::Changes);
        }
        chat.pass(Milliseconds(60'000));
        const auto before = chat.count(Counter::PresenceBytes);
        for (const chat::SocketRef &socket : sockets)
            chat.service().handle(chat::SetStatus{{socket, {}}, chat::Status::Idle});
        const auto told = [&] { return static_cast<double>(chat.count(Counter::PresenceBytes) - before); };
        chat.service().tick();
        QVERIFY(told() <= 1.1e6);
        chat.pass(Milliseconds(5'000));
        QVERIFY(told() <= 6.2e6);
        chat.pass(Milliseconds(60'000));
        QVERIFY(told() >= 90.0 * count * count); // all of them in the end
        QCOMPARE(chat.sink.lastReply->event, QByteArray("setStatus"));
    }

    void aSmallBudget_delaysButNeverStops()
    {
        chat::ChatOptions options;
        options.presenceBudget = 1; // byte a second
        Chat chat(options);
        const auto list = chat.login("lia", PresenceMode::List);
        chat.newUser(chat.connect(), "ann", PresenceMode::None);
        chat.newUser(chat.connect(), "bob", PresenceMode::None);
        chat.pass(Milliseconds(600'000));
        QCOMPARE(chat.heard(list).last(), QByteArray("online ann,bob,lia"));
    }
};

QTEST_GUILESS_MAIN(TestChatScale)
#include "tst_chat_scale.moc"
