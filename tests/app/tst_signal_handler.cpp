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
    void hangUp_asksToReload_asOftenAsItComes();
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

void SignalHandlerTest::hangUp_asksToReload_asOftenAsItComes()
{
    const int status = statusOfChild([] {
        SignalHandler handler;
        QSignalSpy stop(&handler, &SignalHandler::stopRequested);
        QSignalSpy reload(&handler, &SignalHandler::reloadRequested);
        for (int i = 1; i <= 3; ++i) {
            std::raise(SIGHUP);
            if (!reload.wait(5'000) || reload.count() != i)
                return 1;
        }
        std::raise(SIGTERM); // which still is the first of its kind
        return stop.count() == 0 && stop.wait(5'000) && reload.count() == 3 ? 0 : 2;
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
