#include "app/ChatHost.h"
#include "store/MemoryInbox.h"
#include "support/PostTo.h"
#include "transport/GateFixture.h"

#include <QScopeGuard>
#include <QTest>

#include <array>
#include <future>

using namespace concierge;
using namespace concierge::app;
using namespace std::chrono_literals;
using chat::Command;
using chat::Outbound;

namespace {

/// The memory inbox behind a door: append() waits for it, and so the chat's thread does.
class DoorInbox final : public chat::Inbox
{
public:
    explicit DoorInbox(const Clock &clock)
        : m_inbox(clock, 1000, 1h)
    {}

    void append(const UserId &user, std::shared_ptr<const chat::Message> message, StoreCallback done) override
    {
        waitsAtDoor.release();
        door.acquire();
        m_inbox.append(user, std::move(message), std::move(done));
    }
    void load(const UserId &user, LoadCallback done) override { m_inbox.load(user, std::move(done)); }
    void remove(const UserId &user, const std::vector<MessageId> &messages) override
    {
        m_inbox.remove(user, messages);
    }
    qsizetype waiting(const UserId &user) const override
    {
        if (!onChatThread)
            onChatThread = std::make_unique<QObject>();
        return m_inbox.waiting(user);
    }
    void addMember(const ChatId &chat, const UserId &user) override { m_inbox.addMember(chat, user); }
    void removeMember(const ChatId &chat, const UserId &user) override { m_inbox.removeMember(chat, user); }
    QList<UserId> members(const ChatId &chat) const override { return m_inbox.members(chat); }

    QSemaphore door;                               ///< one for each append that may pass
    QSemaphore waitsAtDoor;                        ///< one for each that came
    mutable std::unique_ptr<QObject> onChatThread; ///< lives there, once somebody has signed in

private:
    store::MemoryInbox m_inbox;
};

HostOptions options(qsizetype mailboxMax, Milliseconds grace = 0ms)
{
    HostOptions options;
    options.mailboxMax = mailboxMax;
    options.chat.presenceGrace = grace;
    options.chat.presenceInterval = 10ms;
    return options;
}

/// Real io workers, and what each of them was given for its sockets.
class Fixture
{
public:
    Fixture(int workers, HostOptions options)
        : gate({}, workers)
    {
        QList<transport::IoWorker *> list;
        for (int i = 0; i < workers; ++i)
            list.append(&gate.worker(i));
        auto door = std::make_unique<DoorInbox>(m_clock);
        inbox = door.get();
        host = std::make_unique<ChatHost>(options, list, std::move(door), m_clock, m_metrics);
        host->start();
        for (int i = 0; i < workers; ++i) {
            gate.worker(i).post([this, i] {
                sinks[std::size_t(i)] =
                    &host->attach(quint32(i), [this, i](const std::vector<Outbound> &batch) {
                        auto &mine = m_heard[std::size_t(i)];
                        mine.insert(mine.end(), batch.begin(), batch.end());
                    });
            });
        }
        gate.settle();
    }
    ~Fixture()
    {
        inbox->door.release(1'000'000); // also when a test failed midway
        gate.worker(0).post([this] { host->detach(); });
        gate.stop();
        host.reset();
    }

    /// Runs `task` on the worker's thread; returns when it has.
    void run(int worker, std::function<void()> task)
    {
        const auto done = std::make_shared<std::promise<void>>();
        gate.worker(worker).post([task = std::move(task), done] {
            task();
            done->set_value();
        });
        done->get_future().wait();
    }
    /// As the worker's gateway does, on the worker's thread; returns when it has.
    void submit(int worker, std::vector<Command> commands)
    {
        run(worker, [this, worker, commands = std::move(commands)]() mutable {
            sinks[std::size_t(worker)]->submit(commands);
        });
    }
    /// Until everything submitted has been handled, and what came of it has been delivered.
    void settle()
    {
        const auto done = std::make_shared<std::promise<void>>();
        host->post([done] { done->set_value(); });
        done->get_future().wait();
        gate.settle();
    }
    /// Until the chat's thread has gone through the events that were on their way to it, paused or not.
    void passEvents()
    {
        const auto done = std::make_shared<std::promise<void>>();
        test::postTo(inbox->onChatThread.get(), [done] { done->set_value(); });
        done->get_future().wait();
    }
    /// What that worker got since the last call. After settle().
    std::vector<Outbound> takeHeard(int worker)
    {
        std::vector<Outbound> heard;
        run(worker, [&] { heard = std::exchange(m_heard[std::size_t(worker)], {}); });
        return heard;
    }
    /// Signs a user in at a worker.
    void join(int worker, quint64 serial, const char *user)
    {
        const chat::SocketRef socket{quint32(worker), serial};
        submit(worker, {chat::SocketConnected{socket}, chat::NewUser{{socket, 0}, UserId(user)}});
        settle();
        takeHeard(worker);
    }

    test::GateFixture gate;
    DoorInbox *inbox = nullptr;
    std::unique_ptr<ChatHost> host;
    std::array<CommandSink *, 4> sinks{};

private:
    SystemClock m_clock;
    metrics::Metrics m_metrics;
    std::array<std::vector<Outbound>, 4> m_heard; // each its worker's
};

Command message(chat::SocketRef from, const char *receiver, int number)
{
    chat::SendMessage send;
    send.origin = {from, quint64(number)};
    send.receiver = UserId(receiver);
    send.data = "{\"text\":\"" + QByteArray::number(number) + "\"}";
    return send;
}

QByteArrayList texts(const std::vector<Outbound> &heard)
{
    QByteArrayList list;
    for (const Outbound &outbound : heard) {
        const auto *delivery = std::get_if<chat::Delivery>(&outbound);
        const auto *push = delivery ? std::get_if<chat::GetMessage>(&delivery->push) : nullptr;
        if (push)
            list.append(push->message->data);
    }
    return list;
}

template <class T>
qsizetype replies(const std::vector<Outbound> &heard)
{
    return std::count_if(heard.begin(), heard.end(), [](const Outbound &outbound) {
        const auto *reply = std::get_if<chat::Reply>(&outbound);
        return reply && std::holds_alternative<T>(reply->result);
    });
}

} // namespace

class TestChatHost : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneWorker_isAnsweredWithinTheCall()
    {
        Fixture f(1, options(100));
        const chat::SocketRef socket{0, 1};
        qsizetype answers = -1;
        f.run(0, [&] {
            std::vector<Command> commands{chat::SocketConnected{socket},
                                          chat::NewUser{{socket, 0}, UserId("ann")}};
            f.sinks[0]->submit(commands);
            answers = commands.empty() ? f.host->onlineUsers() : -2;
        });
        QCOMPARE(answers, 1);
        QCOMPARE(replies<chat::Registered>(f.takeHeard(0)), 1);
    }

    void messages_crossWorkersInOrder_data()
    {
        QTest::addColumn<int>("workers");
        QTest::newRow("one") << 1;
        QTest::newRow("two") << 2;
        QTest::newRow("four") << 4;
    }
    void messages_crossWorkersInOrder()
    {
        QFETCH(int, workers);
        Fixture f(workers, options(100'000));
        f.join(0, 1, "ann");
        f.join(workers - 1, 2, "bob");
        f.takeHeard(0);
        QByteArrayList expected;
        for (int batch = 0; batch < 20; ++batch) {
            std::vector<Command> commands;
            for (int i = 0; i < 100; ++i) {
                commands.push_back(message({0, 1}, "bob", batch * 100 + i));
                expected.append("{\"text\":\"" + QByteArray::number(batch * 100 + i) + "\"}");
            }
            f.submit(0, std::move(commands));
        }
        f.settle();
        const std::vector<Outbound> atAnn = f.takeHeard(0);
        const std::vector<Outbound> atBob = workers == 1 ? atAnn : f.takeHeard(workers - 1);
        QCOMPARE(texts(atBob), expected);
        QCOMPARE(replies<chat::MessageTaken>(atAnn), 2000);
        QCOMPARE(f.host->onlineUsers(), 2);
    }

    void mailboxFull_takesNoEventsButEveryEnd()
    {
        constexpr int room = 16;
        Fixture f(2, options(room));
        f.join(0, 1, "ann");
        f.join(1, 2, "bob");
        QCOMPARE(f.host->onlineUsers(), 2);

        f.submit(0, {message({0, 1}, "carl", 0)});
        QVERIFY(f.inbox->waitsAtDoor.tryAcquire(1, 60'000)); // the chat's thread stands
        std::vector<Command> more;
        for (int i = 1; i < room; ++i)
            more.push_back(message({0, 1}, "carl", i));
        QVERIFY(f.sinks[1]->acceptsEvents());
        f.submit(0, std::move(more));
        QVERIFY(!f.sinks[0]->acceptsEvents());
        QVERIFY(!f.sinks[1]->acceptsEvents());
        f.submit(1, {chat::SocketDisconnected{{1, 2}}});

        f.inbox->door.release(room);
        f.settle();
        QVERIFY(f.sinks[0]->acceptsEvents());
        QVERIFY(f.sinks[1]->acceptsEvents());
        QCOMPARE(f.host->onlineUsers(), 1);
        QCOMPARE(replies<chat::MessageTaken>(f.takeHeard(0)), room);
    }

    void workerBehind_pausesTheChatUntilItCaughtUp()
    {
        constexpr int room = 16;
        Fixture f(2, options(room));
        f.join(0, 1, "ann");
        f.join(1, 2, "bob");

        QSemaphore stands;
        QSemaphore goOn;
        const auto letGo = qScopeGuard([&goOn] { goOn.release(); }); // also when something fails
        f.gate.worker(1).post([&] {
            stands.release();
            goOn.acquire();
        });
        QVERIFY(stands.tryAcquire(1, 60'000));
        const auto submitMessages = [&f](int from, int count) {
            std::vector<Command> commands;
            for (int i = from; i < from + count; ++i)
                commands.push_back(message({0, 1}, "bob", i));
            f.submit(0, std::move(commands));
        };
        const auto handled = [&f](const std::shared_ptr<QSemaphore> &done) {
            f.host->post([done] { done->release(); });
        };
        const auto first = std::make_shared<QSemaphore>();
        submitMessages(0, room + 1);
        handled(first);
        QVERIFY(first->tryAcquire(1, 60'000)); // all taken: the bound is looked at between batches

        const auto second = std::make_shared<QSemaphore>();
        submitMessages(room + 1, room);
        handled(second);
        QVERIFY(!second->tryAcquire(1, 200));
        QVERIFY(!f.sinks[0]->acceptsEvents());

        goOn.release();
        QVERIFY(second->tryAcquire(1, 60'000));
        f.settle();
        QVERIFY(f.sinks[0]->acceptsEvents());
        QByteArrayList expected;
        for (int i = 0; i < 2 * room + 1; ++i)
            expected.append("{\"text\":\"" + QByteArray::number(i) + "\"}");
        QCOMPARE(texts(f.takeHeard(1)), expected);
    }

    void pausedWithinABatch_takesEverythingAfterwards()
    {
        // More than the chat takes at a stride, so that the pause comes in the midst of a batch; then more.
        constexpr int stride = 512;
        constexpr int first = stride + 8; // a rest that pauses nothing again
        constexpr int all = 1'300;
        Fixture f(2, options(16));
        f.join(0, 1, "ann");
        f.join(1, 2, "bob");
        QSemaphore goOn;
        const auto letGo = qScopeGuard([&goOn] { goOn.release(); });
        f.gate.worker(1).post([&goOn] { goOn.acquire(); });

        const auto submitMessages = [&f](int from, int to) {
            std::vector<Command> commands;
            for (int i = from; i < to; ++i)
                commands.push_back(message({0, 1}, "bob", i));
            f.submit(0, std::move(commands));
        };
        submitMessages(0, first);
        qsizetype answered = 0;
        QTRY_VERIFY_WITH_TIMEOUT((answered += replies<chat::MessageTaken>(f.takeHeard(0))) >= stride, 60'000);
        submitMessages(first, all);
        f.passEvents(); // the chat has found itself paused

        goOn.release();
        QTRY_VERIFY_WITH_TIMEOUT(f.sinks[0]->acceptsEvents(), 60'000);
        f.settle();
        QCOMPARE(answered + replies<chat::MessageTaken>(f.takeHeard(0)), all);
        QCOMPARE(texts(f.takeHeard(1)).size(), all);
    }

    void posted_waitsForAnInboxOnItsWay_data()
    {
        QTest::addColumn<int>("workers");
        QTest::newRow("on the worker's thread") << 1;
        QTest::newRow("on a thread of its own") << 2;
    }
    void posted_waitsForAnInboxOnItsWay()
    {
        QFETCH(int, workers);
        Fixture f(workers, options(1'000));
        f.join(0, 1, "ann");
        f.inbox->door.release(2);
        f.submit(0, {message({0, 1}, "bob", 0), message({0, 1}, "bob", 1)});
        f.settle();
        f.takeHeard(0);

        const chat::SocketRef bob{0, 2};
        f.submit(0, {chat::SocketConnected{bob}, chat::NewUser{{bob, 0}, UserId("bob")}});
        const auto done = std::make_shared<QSemaphore>();
        f.host->post([done] { done->release(); });
        f.passEvents();
        QVERIFY(!done->tryAcquire()); // bob has not taken what was sent
        f.submit(0, {chat::SocketDrained{bob}});
        QVERIFY(done->tryAcquire(1, 60'000));
        const std::vector<Outbound> heard = f.takeHeard(0);
        QCOMPARE(texts(heard).size(), 2);
        QCOMPARE(replies<chat::Registered>(heard), 1);
    }

    void timeAlone_bringsWhatIsDue_data()
    {
        QTest::addColumn<int>("workers");
        QTest::newRow("on the worker's thread") << 1;
        QTest::newRow("on a thread of its own") << 2;
    }
    void timeAlone_bringsWhatIsDue()
    {
        QFETCH(int, workers);
        Fixture f(workers, options(100, 30ms));
        f.join(0, 1, "ann");
        f.join(workers - 1, 2, "bob");
        f.submit(workers - 1, {chat::SocketDisconnected{{quint32(workers - 1), 2}}});
        f.settle();
        // Nothing is submitted any more: only the chat's own timer can end the grace and tell ann.
        QTRY_COMPARE_WITH_TIMEOUT(f.host->onlineUsers(), 1, 60'000);
        std::shared_ptr<const std::vector<UserId>> last;
        const auto lastList = [&] {
            for (const Outbound &outbound : f.takeHeard(0)) {
                if (const auto *delivery = std::get_if<chat::Delivery>(&outbound)) {
                    if (const auto *list = std::get_if<chat::OnlineUsers>(&delivery->push))
                        last = list->users;
                }
            }
            return last ? *last : std::vector<UserId>();
        };
        QTRY_VERIFY_WITH_TIMEOUT(lastList() == std::vector<UserId>{UserId("ann")}, 60'000);
    }

    void stop_withCommandsOnTheirWay_isClean()
    {
        for (int round = 0; round < 20; ++round) {
            Fixture f(2, options(100'000));
            f.join(0, 1, "ann");
            f.join(1, 2, "bob");
            std::vector<Command> commands;
            for (int i = 0; i < 3'000; ++i)
                commands.push_back(message({0, 1}, "bob", i));
            f.submit(0, std::move(commands));
        }
    }
};

QTEST_GUILESS_MAIN(TestChatHost)
#include "tst_chat_host.moc"
