#include "transport/DispatcherSupport.h"

#include "transport/Poller.h"

#include <QRegularExpression>
#include <QTemporaryFile>

#include <atomic>
#include <csignal>
#include <ctime>
#include <semaphore>
#include <thread>

using namespace std::chrono_literals;
using namespace concierge::test;

namespace {

qint64 started()
{
    return static_cast<qint64>(dispatcher().pollStatistics().started);
}
qint64 opened()
{
    return static_cast<qint64>(dispatcher().pollStatistics().opened);
}
qint64 closed()
{
    return static_cast<qint64>(dispatcher().pollStatistics().closed);
}

std::chrono::nanoseconds threadCpu()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

} // namespace

class TstDispatcherPolling : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }
    void init()
    {
        while (turn()) { // nothing of the last test's
        }
    }

    void lastNotifierRemoved_kernelForgetsAtOnce();
    void changesInOneTurn_areAppliedOnce();
    void openedAndClosedInOneTurn_costsNothing();
    void error_wakesReadAndWrite();
    void errorNobodyDealsWith_isDisabled();
    void closedDescriptor_isDisabled_data();
    void closedDescriptor_isDisabled();
    void regularFile_isDisabled();
    void excluded_doNotFire();
    void excluded_doNotEndTheWait();
    void deadline_thatPassesWhileTheWaitBegins_endsIt();
};

void TstDispatcherPolling::lastNotifierRemoved_kernelForgetsAtOnce()
{
    SocketPair pair;
    auto reader = std::make_unique<Counted>(pair.nearEnd(), QSocketNotifier::Read);
    turn();
    // The open file lives on in the duplicate; were the kernel still watching it, every wait would end at
    // once.
    const int duplicate = ::dup(pair.nearEnd());
    reader.reset();
    pair.closeNear();
    pair.feed();
    turn();
    const auto before = threadCpu();
    bool expired = false;
    QTimer::singleShot(200ms, this, [&] { expired = true; });
    QVERIFY(runUntil([&] { return expired; }));
    QVERIFY2(threadCpu() - before < 100ms, "the wait was not quiet");
    ::close(duplicate);
}

void TstDispatcherPolling::changesInOneTurn_areAppliedOnce()
{
    SocketPair pair;
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    Counted writer(pair.nearEnd(), QSocketNotifier::Write);
    writer.notifier->setEnabled(false);
    qint64 before = started();
    turn();
    QCOMPARE(started() - before, 1);

    before = started();
    for (int i = 0; i < 1000; ++i) {
        writer.notifier->setEnabled(true);
        writer.notifier->setEnabled(false);
    }
    turn();
    QCOMPARE(started() - before, 0);
    QCOMPARE(writer.fired, 0);

    // One that can write at once is not watched for that.
    writer.notifier->setEnabled(true);
    QVERIFY(turn(QEventLoop::WaitForMoreEvents));
    QVERIFY(turn(QEventLoop::WaitForMoreEvents));
    QCOMPARE(started() - before, 0);
    QCOMPARE(writer.fired, 2);

    SocketPair::fill(pair.nearEnd());
    QVERIFY(!turn());
    QVERIFY(!turn());
    QCOMPARE(started() - before, 1);
    QCOMPARE(writer.fired, 2);
    QCOMPARE(reader.fired, 0);
}

void TstDispatcherPolling::openedAndClosedInOneTurn_costsNothing()
{
    const qint64 openedBefore = opened();
    const qint64 closedBefore = closed();
    SocketPair pair;
    for (int i = 0; i < 100; ++i) {
        Counted reader(pair.nearEnd(), QSocketNotifier::Read);
        Counted writer(pair.nearEnd(), QSocketNotifier::Write);
    }
    turn();
    QCOMPARE(opened() - openedBefore, 0);
    QCOMPARE(closed() - closedBefore, 0);
}

void TstDispatcherPolling::error_wakesReadAndWrite()
{
    int ends[2];
    QCOMPARE(::pipe(ends), 0);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    SocketPair::fill(ends[1]);
    {
        Counted reader(ends[1], QSocketNotifier::Read);
        Counted writer(ends[1], QSocketNotifier::Write);
        QVERIFY(!turn());
        QCOMPARE(reader.fired + writer.fired, 0);
        ::close(ends[0]);
        QVERIFY(turn());
        QCOMPARE(reader.fired, 1);
        QCOMPARE(writer.fired, 1);
        // Who still wants to know hears of it again.
        reader.notifier->setEnabled(false);
        QVERIFY(turn());
        QCOMPARE(reader.fired, 1);
        QCOMPARE(writer.fired, 2);
    }
    ::close(ends[1]);
}

void TstDispatcherPolling::errorNobodyDealsWith_isDisabled()
{
    int ends[2];
    QCOMPARE(::pipe(ends), 0);
    {
        Counted writer(ends[1], QSocketNotifier::Write);
        ::close(ends[0]);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("error is not dealt with")));
        int turns = 0;
        while (writer.notifier->isEnabled() && turns < 10'000) {
            turn();
            ++turns;
        }
        QVERIFY2(turns > 100 && turns < 1000, qPrintable(QString::number(turns)));
        QVERIFY(!turn());
    }
    ::close(ends[1]);
}

void TstDispatcherPolling::closedDescriptor_isDisabled_data()
{
    QTest::addColumn<QSocketNotifier::Type>("added");
    QTest::newRow("writer added") << QSocketNotifier::Write;
    QTest::newRow("exception added") << QSocketNotifier::Exception;
}

void TstDispatcherPolling::closedDescriptor_isDisabled()
{
    QFETCH(QSocketNotifier::Type, added);
    SocketPair pair;
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    turn();
    const int number = pair.nearEnd();
    pair.closeNear();
    Counted other(number, added); // a change of interest
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("disabling.*closed")));
    turn();
    QVERIFY(!reader.notifier->isEnabled());
    QVERIFY(!other.notifier->isEnabled());
    reader.notifier->setEnabled(true); // and one that was never open
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("disabling.*bad file")));
    turn();
    QVERIFY(!reader.notifier->isEnabled());
    QCOMPARE(reader.fired + other.fired, 0);
}

void TstDispatcherPolling::regularFile_isDisabled()
{
    QTemporaryFile file;
    QVERIFY(file.open());
    Counted reader(file.handle(), QSocketNotifier::Read);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("disabling.*not permitted")));
    turn();
    QVERIFY(!reader.notifier->isEnabled());
    QCOMPARE(reader.fired, 0);
}

void TstDispatcherPolling::excluded_doNotFire()
{
    SocketPair pair;
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    pair.feed();
    QVERIFY(turn());
    QVERIFY(!turn(QEventLoop::ExcludeSocketNotifiers));
    QVERIFY(!turn(QEventLoop::ExcludeSocketNotifiers));
    QCOMPARE(reader.fired, 1);
    QVERIFY(turn());
    QCOMPARE(reader.fired, 2);
}

void TstDispatcherPolling::excluded_doNotEndTheWait()
{
    SocketPair pair;
    Counted reader(pair.nearEnd(), QSocketNotifier::Read);
    turn();
    pair.feed();
    bool expired = false;
    QTimer::singleShot(50ms, Qt::PreciseTimer, this, [&] { expired = true; });
    const quint64 before = dispatcher().pollStatistics().polls;
    while (!expired)
        turn(QEventLoop::ExcludeSocketNotifiers | QEventLoop::WaitForMoreEvents);
    QCOMPARE(reader.fired, 0);
    QVERIFY(dispatcher().pollStatistics().polls - before < 10);
    QVERIFY(turn());
    QCOMPARE(reader.fired, 1);
}

/// libuv's clock has whole milliseconds: a wait of one that begins right before the next of them may be over
/// before libuv looks.
void TstDispatcherPolling::deadline_thatPassesWhileTheWaitBegins_endsIt()
{
    using Clock = std::chrono::steady_clock;
    concierge::transport::Poller poller;
    std::binary_semaphore done{0};
    std::atomic_bool isRescued{false};
    std::thread rescuer([&] {
        while (!done.try_acquire_for(10s)) {
            isRescued = true;
            poller.wake();
        }
    });
    for (int attempt = 0; attempt < 500 && !isRescued; ++attempt) {
        const auto untilTheNext = 1us + attempt * 50ns;
        while (Clock::now().time_since_epoch() % 1ms < 1ms - untilTheNext) {
        }
        poller.gather(Clock::now() + 1us, concierge::transport::Poller::Notifiers::Included);
    }
    done.release();
    rescuer.join();
    QVERIFY(!isRescued);
}

int main(int argc, char **argv)
{
    return runWithDispatcher<TstDispatcherPolling>(argc, argv);
}
#include "tst_dispatcher_polling.moc"
