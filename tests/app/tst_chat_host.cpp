#include "HostFixture.h"

#include <QScopeGuard>
#include <QTest>

using namespace concierge;
using namespace std::chrono_literals;
using chat::Command;
using chat::Outbound;
using test::connected;
using test::message;
using test::replies;
using test::texts;
using Fixture = test::HostFixture;

class TestChatHost : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneWorker_isAnsweredWithinTheCall()
    {
        Fixture f(1, test::hostOptions(100));
        const chat::SocketRef socket{0, 1};
        qsizetype answers = -1;
        f.run(0, [&] {
            std::vector<Command> commands{connected(socket), chat::NewUser{{socket, 0}, UserId("ann")}};
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
        Fixture f(workers, test::hostOptions(100'000));
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
        Fixture f(2, test::hostOptions(room));
        f.join(0, 1, "ann");
        f.join(1, 2, "bob");
        QCOMPARE(f.host->onlineUsers(), 2);

        f.inbox->isShut = true;
        f.submit(0, {message({0, 1}, "carl", 0)});
        QVERIFY(f.inbox->waitsAtDoor.tryAcquire(1, 60'000)); // the chat's thread stands
        std::vector<Command> more;
        for (int i = 1; i < room; ++i)
            more.push_back(message({0, 1}, "carl", i));
        QVERIFY(f.sinks[1]->acceptsEvents());
        f.submit(0, std::move(more));
        QVERIFY(!f.sinks[0]->acceptsEvents());
        QVERIFY(!f.sinks[1]->acceptsEvents());
        f.submit(1, {chat::SocketDisconnected{{1, 2}, true}});

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
        Fixture f(2, test::hostOptions(room));
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
        QSemaphore answered;
        f.host->complete([&answered] { answered.release(); });
        QVERIFY(answered.tryAcquire(1, 60'000)); // the inbox need not wait for that worker

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
        // Each message is answered at once, by the inbox.
        app::HostOptions options = test::hostOptions(16);
        options.chat.proofPatience = 0ms;
        // More than the chat takes at a stride, so that the pause comes in the midst of a batch; then more.
        constexpr int stride = 512;
        constexpr int first = stride + 8; // a rest that pauses nothing again
        constexpr int all = 1'300;
        Fixture f(2, options);
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

    void proofs_areWhatMessagesWaitFor_data()
    {
        QTest::addColumn<int>("workers");
        QTest::newRow("one") << 1;
        QTest::newRow("two") << 2;
    }
    void proofs_areWhatMessagesWaitFor()
    {
        QFETCH(int, workers);
        Fixture f(workers, test::hostOptions(100'000));
        f.join(0, 1, "ann");
        f.join(workers - 1, 2, "bob");
        f.submit(0, {message({0, 1}, "bob", 0)});
        f.passEvents();
        QCOMPARE(replies<chat::MessageTaken>(f.takeHeard(0)), 0);

        f.proves = true;
        std::vector<Command> commands;
        for (int i = 1; i < 1'000; ++i)
            commands.push_back(message({0, 1}, "bob", i));
        f.submit(0, std::move(commands));
        std::vector<chat::SendOutcome> answers;
        const auto answered = [&f, &answers] {
            const auto more = test::outcomes(f.takeHeard(0));
            answers.insert(answers.end(), more.begin(), more.end());
            return answers.size();
        };
        QTRY_COMPARE_WITH_TIMEOUT(answered(), 1'000U,
                                  60'000); // the first one too: proofs cover what was before
        QVERIFY(std::all_of(answers.begin(), answers.end(), [](chat::SendOutcome outcome) {
            return outcome == chat::SendOutcome::Delivered;
        }));
        QCOMPARE(f.inbox->waitsAtDoor.available(), 0); // none was ever written
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
        Fixture f(workers, test::hostOptions(100, 30ms));
        f.join(0, 1, "ann");
        f.join(workers - 1, 2, "bob");
        f.submit(workers - 1, {chat::SocketDisconnected{{quint32(workers - 1), 2}, true}});
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
            Fixture f(2, test::hostOptions(100'000));
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
