#include "transport/DispatcherSupport.h"

#include <QRegularExpression>

#include <array>
#include <csignal>

using namespace concierge::test;

namespace {

qint64 opened()
{
    return static_cast<qint64>(dispatcher().pollStatistics().opened);
}

} // namespace

class TstDispatcherNotifiers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }
    void init()
    {
        while (turn()) { // nothing of the last test's
        }
    }

    void readable_firesUntilItIsRead();
    void writable_firesWhileThereIsRoom();
    void bothOnOneDescriptor_shareOneHandle();
    void disabled_doesNotFire();
    void removedWhileItsEventWaits_doesNotFire_data();
    void removedWhileItsEventWaits_doesNotFire();
    void removedByTheOtherOfItsDescriptor_doesNotFire();
    void enabledAgainWhileItsEventWaits_firesNextTurn();
    void enabledAgainByTheOtherOfItsDescriptor_firesNextTurn();
    void deletedByItself_isForgotten();
    void descriptorReusedInOneTurn_isWatched();
    void descriptorReusedWhileItsEventWaits_doesNotFire();
    void descriptorClosedUnnoticedAndReused_isWatched();
    void descriptorClosedUnnoticedAndReusedWhileItsEventWaits_doesNotFire();
    void nestedLoop_takesOverTheBatch();
    void manyReady_allFireInOneTurn();
    void twoOfOneKind_lastOneWins();
};

void TstDispatcherNotifiers::readable_firesUntilItIsRead()
{
    SocketPair pair;
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    QVERIFY(!turn());
    QCOMPARE(reader.fired, 0);
    pair.feed();
    QVERIFY(turn());
    QVERIFY(turn());
    QCOMPARE(reader.fired, 2);
    pair.drain();
    QVERIFY(!turn());
    QCOMPARE(reader.fired, 2);
    pair.closeFar();
    QVERIFY(turn(QEventLoop::WaitForMoreEvents));
    QCOMPARE(reader.fired, 3);
}

void TstDispatcherNotifiers::writable_firesWhileThereIsRoom()
{
    SocketPair pair;
    SocketPair::fill(pair.farEnd());
    Counted writer(pair.farEnd(), QSocketNotifier::Write);
    QVERIFY(!turn());
    QCOMPARE(writer.fired, 0);
    pair.drain();
    QVERIFY(turn());
    QCOMPARE(writer.fired, 1);
    SocketPair::fill(pair.farEnd());
    QVERIFY(!turn());
    QCOMPARE(writer.fired, 1);
}

void TstDispatcherNotifiers::bothOnOneDescriptor_shareOneHandle()
{
    SocketPair pair;
    const qint64 before = opened();
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    Counted writer(pair.nearEnd(), QSocketNotifier::Write);
    Counted exception(pair.nearEnd(), QSocketNotifier::Exception);
    pair.feed();
    QVERIFY(turn());
    QCOMPARE(reader.fired, 1);
    QCOMPARE(writer.fired, 1);
    QCOMPARE(exception.fired, 0);
    QCOMPARE(opened() - before, 1);
    writer.notifier->setEnabled(false);
    QVERIFY(turn());
    QCOMPARE(reader.fired, 2);
    QCOMPARE(writer.fired, 1);
    QCOMPARE(opened() - before, 1);
}

void TstDispatcherNotifiers::disabled_doesNotFire()
{
    SocketPair pair;
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    pair.feed();
    turn();
    reader.notifier->setEnabled(false);
    QVERIFY(!turn());
    QCOMPARE(reader.fired, 1);
    reader.notifier->setEnabled(true);
    QVERIFY(turn());
    QCOMPARE(reader.fired, 2);
}

void TstDispatcherNotifiers::removedWhileItsEventWaits_doesNotFire_data()
{
    QTest::addColumn<bool>("deleted");
    QTest::newRow("disabled") << false;
    QTest::newRow("deleted") << true;
}

void TstDispatcherNotifiers::removedWhileItsEventWaits_doesNotFire()
{
    QFETCH(bool, deleted);
    SocketPair one;
    SocketPair two;
    Counted first(one.nearEnd(), QSocketNotifier::Read);
    Counted second(two.nearEnd(), QSocketNotifier::Read);
    const auto remove = [deleted](Counted &counted) {
        if (deleted)
            counted.notifier.reset();
        else
            counted.notifier->setEnabled(false);
    };
    // Whichever comes first removes the other one.
    first.then = [&] { remove(second); };
    second.then = [&] { remove(first); };
    one.feed();
    two.feed();
    QVERIFY(turn());
    QCOMPARE(first.fired + second.fired, 1);
    QVERIFY(turn());
    QCOMPARE(first.fired + second.fired, 2);
    QCOMPARE(first.fired * second.fired, 0);
}

void TstDispatcherNotifiers::removedByTheOtherOfItsDescriptor_doesNotFire()
{
    SocketPair pair;
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    Counted writer(pair.nearEnd(), QSocketNotifier::Write);
    reader.then = [&] { writer.notifier.reset(); };
    writer.then = [&] { reader.notifier.reset(); };
    pair.feed();
    turn();
    QCOMPARE(reader.fired + writer.fired, 1);
    turn();
    QCOMPARE(reader.fired + writer.fired, 2);
    QCOMPARE(reader.fired * writer.fired, 0);
}

void TstDispatcherNotifiers::enabledAgainWhileItsEventWaits_firesNextTurn()
{
    SocketPair one;
    SocketPair two;
    Counted first(one.nearEnd(), QSocketNotifier::Read);
    Counted second(two.nearEnd(), QSocketNotifier::Read);
    const auto blink = [](const Counted &counted) {
        counted.notifier->setEnabled(false);
        counted.notifier->setEnabled(true);
    };
    first.then = [&] { blink(second); };
    second.then = [&] { blink(first); };
    one.feed();
    two.feed();
    turn();
    QCOMPARE(first.fired + second.fired, 1);
    first.then = second.then = nullptr;
    turn();
    QCOMPARE(first.fired + second.fired, 3);
}

void TstDispatcherNotifiers::enabledAgainByTheOtherOfItsDescriptor_firesNextTurn()
{
    SocketPair pair;
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    Counted writer(pair.nearEnd(), QSocketNotifier::Write);
    const auto blink = [](Counted &other) {
        other.notifier->setEnabled(false);
        other.notifier->setEnabled(true);
    };
    reader.then = [&] { blink(writer); };
    writer.then = [&] { blink(reader); };
    pair.feed();
    turn();
    QCOMPARE(reader.fired + writer.fired, 1);
    reader.then = writer.then = nullptr;
    turn();
    QCOMPARE(reader.fired + writer.fired, 3);
}

void TstDispatcherNotifiers::deletedByItself_isForgotten()
{
    SocketPair pair;
    auto *notifier = new QSocketNotifier(pair.nearEnd(), QSocketNotifier::Read, this);
    int fired = 0;
    connect(notifier, &QSocketNotifier::activated, this, [&] {
        ++fired;
        delete notifier;
    });
    pair.feed();
    turn();
    turn();
    QCOMPARE(fired, 1);
}

void TstDispatcherNotifiers::descriptorReusedInOneTurn_isWatched()
{
    SocketPair old;
    SocketPair fresh;
    auto reader = std::make_unique<Counted>(old.nearEnd(), QSocketNotifier::Read);
    turn();
    // Same number, another socket, no turn in between; twice.
    const int number = old.nearEnd();
    const int oldOpen = ::dup(number);
    reader.reset();
    QCOMPARE(::dup2(fresh.nearEnd(), number), number);
    reader = std::make_unique<Counted>(number, QSocketNotifier::Read);
    reader.reset();
    reader = std::make_unique<Counted>(number, QSocketNotifier::Read);
    old.feed();
    QVERIFY(!turn());
    fresh.feed();
    QVERIFY(turn());
    QCOMPARE(reader->fired, 1);
    ::close(oldOpen);
}

void TstDispatcherNotifiers::descriptorReusedWhileItsEventWaits_doesNotFire()
{
    SocketPair one;
    SocketPair two;
    SocketPair quiet;
    Counted first(one.nearEnd(), QSocketNotifier::Read);
    Counted second(two.nearEnd(), QSocketNotifier::Read);
    std::unique_ptr<Counted> reused;
    const auto reuse = [&](Counted &counted) {
        if (reused)
            return;
        const int number = static_cast<int>(counted.notifier->socket());
        counted.notifier.reset();
        ::dup2(quiet.nearEnd(), number);
        reused = std::make_unique<Counted>(number, QSocketNotifier::Read);
    };
    first.then = [&] { reuse(second); };
    second.then = [&] { reuse(first); };
    one.feed();
    two.feed();
    turn();
    turn();
    QVERIFY(reused);
    QCOMPARE(reused->fired, 0);
    quiet.feed();
    turn();
    QCOMPARE(reused->fired, 1);
}

void TstDispatcherNotifiers::descriptorClosedUnnoticedAndReused_isWatched()
{
    SocketPair old;
    SocketPair fresh;
    Counted forgotten(old.nearEnd(), QSocketNotifier::Read);
    turn();
    QCOMPARE(::dup2(fresh.nearEnd(), old.nearEnd()), old.nearEnd()); // closes it under the notifier
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("multiple socket notifiers")));
    Counted reader(old.nearEnd(), QSocketNotifier::Read);
    fresh.feed();
    QVERIFY(turn());
    QCOMPARE(reader.fired, 1);
    QCOMPARE(forgotten.fired, 0);
}

void TstDispatcherNotifiers::descriptorClosedUnnoticedAndReusedWhileItsEventWaits_doesNotFire()
{
    SocketPair one;
    SocketPair two;
    SocketPair quiet;
    Counted first(one.nearEnd(), QSocketNotifier::Read);
    Counted second(two.nearEnd(), QSocketNotifier::Read);
    std::unique_ptr<Counted> reused;
    const auto reuse = [&](int number) {
        if (reused)
            return;
        ::dup2(quiet.nearEnd(), number);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("multiple socket notifiers")));
        reused = std::make_unique<Counted>(number, QSocketNotifier::Read);
    };
    first.then = [&] { reuse(two.nearEnd()); };
    second.then = [&] { reuse(one.nearEnd()); };
    one.feed();
    two.feed();
    turn();
    turn();
    QVERIFY(reused);
    QCOMPARE(reused->fired, 0);
}

void TstDispatcherNotifiers::nestedLoop_takesOverTheBatch()
{
    // Three are ready. The first to fire runs a nested turn, which must serve the others; those read their
    // data, so nothing is left for the outer loop.
    std::array<SocketPair, 3> pairs;
    std::array<std::unique_ptr<Counted>, 3> readers;
    int depth = 0;
    int deepest = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        readers[i] = std::make_unique<Counted>(pairs[i].nearEnd(), QSocketNotifier::Read);
        readers[i]->then = [&, i] {
            pairs[i].drain();
            ++depth;
            deepest = std::max(deepest, depth);
            turn();
            --depth;
        };
        pairs[i].feed();
    }
    QVERIFY(turn());
    for (const auto &reader : readers)
        QCOMPARE(reader->fired, 1);
    QCOMPARE(deepest, 3);
    QVERIFY(!turn());
}

void TstDispatcherNotifiers::manyReady_allFireInOneTurn()
{
    std::vector<std::unique_ptr<SocketPair>> pairs;
    std::vector<std::unique_ptr<Counted>> readers;
    for (int i = 0; i < 400; ++i) {
        pairs.push_back(std::make_unique<SocketPair>());
        readers.push_back(std::make_unique<Counted>(pairs.back()->nearEnd(), QSocketNotifier::Read));
        pairs.back()->feed();
    }
    QVERIFY(turn());
    for (const auto &reader : readers)
        QCOMPARE(reader->fired, 1);
}

void TstDispatcherNotifiers::twoOfOneKind_lastOneWins()
{
    SocketPair pair;
    Counted first(pair.nearEnd(), QSocketNotifier::Read);
    turn();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("multiple socket notifiers")));
    Counted second(pair.nearEnd(), QSocketNotifier::Read);
    pair.feed();
    turn();
    QCOMPARE(first.fired, 0);
    QCOMPARE(second.fired, 1);
    first.notifier.reset(); // must not take the other one away
    turn();
    QCOMPARE(second.fired, 2);
}

int main(int argc, char **argv)
{
    return runWithDispatcher<TstDispatcherNotifiers>(argc, argv);
}
#include "tst_dispatcher_notifiers.moc"
