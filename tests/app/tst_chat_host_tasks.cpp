#include "HostFixture.h"

#include <QTest>
#include <QThread>

#include <thread>

using namespace concierge;
using chat::SendOutcome;
using concierge::test::connected;
using concierge::test::hostOptions;
using concierge::test::lastOrder;
using concierge::test::message;
using concierge::test::outcomes;
using concierge::test::replies;
using concierge::test::texts;
using Fixture = test::HostFixture;

namespace {

constexpr int patience = 60'000; // ms, for what must come

void addPlaces()
{
    QTest::addColumn<int>("workers");
    QTest::newRow("on the worker's thread") << 1;
    QTest::newRow("on a thread of its own") << 2;
}

/// The chat ends, and everything else goes on.
void endChat(Fixture &f, int workers)
{
    if (workers == 1)
        f.run(0, [&f] { f.host->detach(); });
    else
        f.host->stop();
}

/// Posts a task that releases what is returned.
std::shared_ptr<QSemaphore> post(Fixture &f)
{
    auto done = std::make_shared<QSemaphore>();
    f.host->post([done] { done->release(); });
    return done;
}

} // namespace

/// What others have the chat's thread do: post() and complete().
class TestChatHostTasks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void posted_waitsUntilTheInboxHasWhatIsNotProven_data() { addPlaces(); }
    void posted_waitsUntilTheInboxHasWhatIsNotProven()
    {
        QFETCH(int, workers);
        Fixture f(workers, hostOptions(1'000));
        f.join(0, 1, "ann");
        f.join(0, 2, "bob");
        f.inbox->isSlow = true;
        f.submit(0, {message({0, 1}, "bob", 0)});
        f.passEvents();
        QCOMPARE(f.inbox->waitsAtDoor.available(), 0); // it may be proven any moment

        const auto done = post(f);
        QVERIFY(f.inbox->waitsAtDoor.tryAcquire(1, patience));
        f.passEvents();
        QVERIFY(!done->tryAcquire());
        // What comes meanwhile waits for no proof either.
        f.submit(0, {message({0, 1}, "bob", 1)});
        QVERIFY(f.inbox->waitsAtDoor.tryAcquire(1, patience));
        f.passEvents();
        QVERIFY(!done->tryAcquire());
        std::vector<chat::Outbound> heard = f.takeHeard(0);
        QCOMPARE(texts(heard).size(), 2);
        QCOMPARE(replies<chat::MessageTaken>(heard), 0);

        f.inbox->answer(*f.host);
        QVERIFY(done->tryAcquire(1, patience));
        f.gate.settle();
        heard = f.takeHeard(0);
        QCOMPARE(outcomes(heard), (std::vector<SendOutcome>{SendOutcome::Stored, SendOutcome::Stored}));
    }

    void posted_waitsNoLongerForWhatIsProvenMeanwhile_data() { addPlaces(); }
    void posted_waitsNoLongerForWhatIsProvenMeanwhile()
    {
        QFETCH(int, workers);
        Fixture f(workers, hostOptions(1'000));
        f.join(0, 1, "ann");
        f.join(0, 2, "bob");
        f.inbox->isSlow = true;
        f.submit(0, {message({0, 1}, "bob", 0)});
        const auto done = post(f);
        QVERIFY(f.inbox->waitsAtDoor.tryAcquire(1, patience));
        f.passEvents();
        f.gate.settle();
        QVERIFY(!done->tryAcquire());

        const qint64 order = lastOrder(f.takeHeard(0));
        QVERIFY(order > 0);
        f.submit(0, {chat::SocketProven{{0, 2}, order}});
        QVERIFY(done->tryAcquire(1, patience));
        f.gate.settle();
        QCOMPARE(outcomes(f.takeHeard(0)), std::vector<SendOutcome>{SendOutcome::Delivered});
        f.inbox->answer(*f.host); // too late to matter
        f.settle();
        QCOMPARE(f.takeHeard(0).size(), 0U);
    }

    // What such a client has not had is in the inbox, and stays there.
    void posted_doesNotWaitForAClientThatIsSlowToTakeItsInbox_data() { addPlaces(); }
    void posted_doesNotWaitForAClientThatIsSlowToTakeItsInbox()
    {
        QFETCH(int, workers);
        Fixture f(workers, hostOptions(1'000));
        f.join(0, 1, "ann");
        f.submit(0, {message({0, 1}, "bob", 0), message({0, 1}, "bob", 1)});
        f.settle();
        f.takeHeard(0);

        const chat::SocketRef bob{0, 2};
        f.submit(0, {connected(bob), chat::NewUser{{bob, 0}, UserId("bob")}});
        QVERIFY(post(f)->tryAcquire(1, patience));
        f.gate.settle();
        std::vector<chat::Outbound> heard = f.takeHeard(0);
        QCOMPARE(texts(heard).size(), 2);
        QCOMPARE(replies<chat::Registered>(heard), 0);

        f.submit(0, {chat::SocketDrained{bob}});
        f.settle();
        heard = f.takeHeard(0);
        QCOMPARE(texts(heard).size(), 0);
        QCOMPARE(replies<chat::Registered>(heard), 1);
    }

    void posted_comesAfterWhatWasSubmittedBefore_data() { addPlaces(); }
    void posted_comesAfterWhatWasSubmittedBefore()
    {
        QFETCH(int, workers);
        Fixture f(workers, hostOptions(100'000));
        f.join(0, 1, "ann");
        for (int round = 0; round < 8; ++round) {
            std::vector<chat::Command> commands; // more than one stride of the chat's
            for (int i = 0; i < 1'000; ++i)
                commands.push_back(message({0, 1}, "carl", i));
            f.submit(0, std::move(commands));
            QVERIFY(post(f)->tryAcquire(1, patience));
            QCOMPARE(f.inbox->waitsAtDoor.available(), 1'000 * (round + 1));
        }
    }

    void completed_runsOnTheChatsThread_inOrder_data() { addPlaces(); }
    void completed_runsOnTheChatsThread_inOrder()
    {
        QFETCH(int, workers);
        constexpr int count = 1'000;
        Fixture f(workers, hostOptions(1'000));
        std::vector<int> ran; // the chat's thread only
        int elsewhere = 0;
        std::thread store([&] {
            for (int i = 0; i < count; ++i) {
                f.host->complete([&ran, &elsewhere, &f, i] {
                    ran.push_back(i);
                    elsewhere += QThread::currentThread() == f.inbox->onChatThread->thread() ? 0 : 1;
                });
            }
        });
        store.join();
        f.settle(); // what is posted comes after what was completed before
        QCOMPARE(ran.size(), std::size_t(count));
        QVERIFY(std::is_sorted(ran.begin(), ran.end()));
        QCOMPARE(elsewhere, 0);
    }

    void whatComesOfTheInboxsAnswer_goesOutByItself_data() { addPlaces(); }
    void whatComesOfTheInboxsAnswer_goesOutByItself()
    {
        QFETCH(int, workers);
        Fixture f(workers, hostOptions(1'000));
        f.join(0, 1, "ann");
        f.inbox->isSlow = true;
        f.submit(0, {message({0, 1}, "carl", 0)});
        f.passEvents();
        QCOMPARE(replies<chat::MessageTaken>(f.takeHeard(0)), 0);
        f.inbox->answer(*f.host);
        qsizetype answers = 0;
        QTRY_VERIFY_WITH_TIMEOUT((answers += replies<chat::MessageTaken>(f.takeHeard(0))) == 1, patience);
    }

    void completedAfterTheEnd_isDropped_data() { addPlaces(); }
    void completedAfterTheEnd_isDropped()
    {
        QFETCH(int, workers);
        std::atomic<int> ran = 0;
        {
            Fixture f(workers, hostOptions(1'000));
            f.join(0, 1, "ann");
            f.inbox->isSlow = true;
            f.submit(0, {message({0, 1}, "carl", 0)});
            endChat(f, workers);
            f.host->complete([&ran] { ++ran; });
            f.inbox->answer(*f.host);
            f.gate.settle();
        }
        QCOMPARE(ran.load(), 0);
    }

    void completedAroundTheEnd_runsBeforeItOrNever_data() { addPlaces(); }
    void completedAroundTheEnd_runsBeforeItOrNever()
    {
        QFETCH(int, workers);
        for (int round = 0; round < 20; ++round) {
            std::atomic<bool> isOver = false;
            std::atomic<bool> isEnough = false;
            std::atomic<int> late = 0;
            QSemaphore runs;
            Fixture f(workers, hostOptions(1'000));
            std::thread store([&] {
                while (!isEnough) {
                    f.host->complete([&] {
                        late += isOver ? 1 : 0;
                        runs.release();
                    });
                    std::this_thread::yield();
                }
            });
            const bool hasRun = runs.tryAcquire(1, patience);
            endChat(f, workers);
            isOver = true;
            f.gate.settle();
            isEnough = true;
            store.join();
            QVERIFY(hasRun);
            QCOMPARE(late.load(), 0);
        }
    }
};

QTEST_GUILESS_MAIN(TestChatHostTasks)
#include "tst_chat_host_tasks.moc"
