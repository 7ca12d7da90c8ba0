#include "app/SignalHandler.h"

#include <QtTest>

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using concierge::app::SignalHandler;

class SignalHandlerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void signal_asksToStop_data();
    void signal_asksToStop();
    void signal_second_endsTheProcessAtOnce();
    void hangUp_asksForAReload_eachTime();
    void brokenPipe_isIgnored();
};

namespace {

/// Runs `body` in a child process and says how that ended.
template <class Body>
int statusOfChild(Body body)
{
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace

void SignalHandlerTest::signal_asksToStop_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGINT") << SIGINT;
}

void SignalHandlerTest::signal_asksToStop()
{
    QFETCH(int, signal);
    const int status = statusOfChild([signal] {
        SignalHandler handler;
        QSignalSpy stop(&handler, &SignalHandler::stopRequested);
        std::raise(signal);
        return stop.wait(5'000) && stop.count() == 1 ? 0 : 1;
    });
    QCOMPARE(status, 0);
}

void SignalHandlerTest::signal_second_endsTheProcessAtOnce()
{
    const int status = statusOfChild([] {
        const SignalHandler handler;
        std::raise(SIGTERM);
        std::raise(SIGINT);
        return 0;
    });
    QCOMPARE(status, 130);
}

void SignalHandlerTest::hangUp_asksForAReload_eachTime()
{
    const int status = statusOfChild([] {
        // A terminal's hanging up would mean a stop.
        ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        SignalHandler handler;
        QSignalSpy reload(&handler, &SignalHandler::reloadRequested);
        QSignalSpy stop(&handler, &SignalHandler::stopRequested);
        for (int round = 1; round <= 2; ++round) {
            std::raise(SIGHUP);
            if (!reload.wait(5'000) || reload.count() != round)
                return 1;
        }
        std::raise(SIGTERM);
        return stop.wait(5'000) && reload.count() == 2 ? 0 : 2;
    });
    QCOMPARE(status, 0);
}

void SignalHandlerTest::brokenPipe_isIgnored()
{
    const int status = statusOfChild([] {
        const SignalHandler handler;
        std::raise(SIGPIPE);
        return 7;
    });
    QCOMPARE(status, 7);
}

QTEST_GUILESS_MAIN(SignalHandlerTest)
#include "tst_signal_handler.moc"
