#include "app/SignalHandler.h"

#include <QSocketNotifier>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace concierge::app {

namespace {

std::atomic<int> signalPipe{-1};
std::atomic<bool> wasSignalled{false};

constexpr char stopByte = 's';
constexpr char reloadByte = 'r';

// Async-signal-safe calls only. A pipe that is full holds what is to be said already.
void say(char byte)
{
    const int savedErrno = errno;
    [[maybe_unused]] const auto written = ::write(signalPipe.load(), &byte, 1);
    errno = savedErrno;
}

extern "C" void onStopSignal(int)
{
    if (wasSignalled.exchange(true))
        _exit(130);
    say(stopByte);
}

extern "C" void onReloadSignal(int)
{
    say(reloadByte);
}

void setHandler(int signal, void (*handler)(int))
{
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

} // namespace

class SignalHandler::Platform
{
public:
    explicit Platform(SignalHandler &owner)
    {
        if (::pipe(m_pipe) != 0)
            qFatal("cannot make the pipe for signals");
        for (const int end : m_pipe) {
            ::fcntl(end, F_SETFD, FD_CLOEXEC);
            ::fcntl(end, F_SETFL, O_NONBLOCK);
        }
        signalPipe.store(m_pipe[1]);
        m_notifier = std::make_unique<QSocketNotifier>(m_pipe[0], QSocketNotifier::Read);
        QObject::connect(m_notifier.get(), &QSocketNotifier::activated, &owner,
                         [this, &owner] { pass(owner); });
        setHandler(SIGTERM, onStopSignal);
        setHandler(SIGINT, onStopSignal);
        setHandler(SIGHUP, onReloadSignal);
        // Whoever reads our log may go away; that must not end the server.
        std::signal(SIGPIPE, SIG_IGN);
        // Nor must a file that may not grow (ulimit -f): it is a disk that is full.
        std::signal(SIGXFSZ, SIG_IGN);
    }

    ~Platform()
    {
        for (const int signal : {SIGTERM, SIGINT, SIGHUP})
            setHandler(signal, SIG_DFL);
        m_notifier.reset();
        signalPipe.store(-1);
        ::close(m_pipe[0]);
        ::close(m_pipe[1]);
    }

    Platform(const Platform &) = delete;
    Platform &operator=(const Platform &) = delete;

private:
    void pass(SignalHandler &owner)
    {
        // SIGHUP is also what a terminal says that is closed: who was started from it goes with it.
        for (char byte = 0; ::read(m_pipe[0], &byte, 1) == 1;) {
            if (byte == stopByte || (m_hasTerminal && ::isatty(STDIN_FILENO) == 0))
                Q_EMIT owner.stopRequested();
            else
                Q_EMIT owner.reloadRequested();
        }
    }

    const bool m_hasTerminal = ::isatty(STDIN_FILENO) == 1;
    int m_pipe[2] = {-1, -1};
    std::unique_ptr<QSocketNotifier> m_notifier;
};

SignalHandler::SignalHandler(QObject *parent)
    : QObject(parent)
    , m_platform(std::make_unique<Platform>(*this))
{}

SignalHandler::~SignalHandler() = default;

} // namespace concierge::app
