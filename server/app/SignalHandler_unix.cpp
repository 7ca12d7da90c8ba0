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

constexpr char stopByte = 1;
constexpr char reloadByte = 2;

extern "C" void onReloadSignal(int)
{
    const int savedErrno = errno;
    [[maybe_unused]] const auto written = ::write(signalPipe.load(), &reloadByte, 1);
    errno = savedErrno;
}

extern "C" void onStopSignal(int)
{
    // Async-signal-safe calls only.
    if (wasSignalled.exchange(true))
        _exit(130);
    const int savedErrno = errno;
    [[maybe_unused]] const auto written = ::write(signalPipe.load(), &stopByte, 1);
    errno = savedErrno;
}

void setHandler(void (*handler)(int), void (*onHangUp)(int))
{
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    action.sa_handler = onHangUp;
    sigaction(SIGHUP, &action, nullptr);
}

} // namespace

class SignalHandler::Platform
{
public:
    explicit Platform(SignalHandler &owner)
    {
        if (::pipe(m_pipe) != 0)
            qFatal("cannot make the pipe for signals");
        for (const int end : m_pipe)
            ::fcntl(end, F_SETFD, FD_CLOEXEC);
        // A pipe that is full has requests enough.
        ::fcntl(m_pipe[1], F_SETFL, O_NONBLOCK);
        signalPipe.store(m_pipe[1]);
        m_notifier = std::make_unique<QSocketNotifier>(m_pipe[0], QSocketNotifier::Read);
        QObject::connect(m_notifier.get(), &QSocketNotifier::activated, &owner, [this, &owner] {
            char byte = 0;
            if (::read(m_pipe[0], &byte, 1) != 1)
                return;
            if (byte == reloadByte) {
                Q_EMIT owner.reloadRequested();
                return;
            }
            m_notifier->setEnabled(false);
            Q_EMIT owner.stopRequested();
        });
        setHandler(onStopSignal, ::isatty(STDIN_FILENO) == 1 ? onStopSignal : onReloadSignal);
        // Whoever reads our log may go away; that must not end the server.
        std::signal(SIGPIPE, SIG_IGN);
        // Nor must a file that may not grow (ulimit -f): it is a disk that is full.
        std::signal(SIGXFSZ, SIG_IGN);
    }

    ~Platform()
    {
        setHandler(SIG_DFL, SIG_DFL);
        m_notifier.reset();
        signalPipe.store(-1);
        ::close(m_pipe[0]);
        ::close(m_pipe[1]);
    }

    Platform(const Platform &) = delete;
    Platform &operator=(const Platform &) = delete;

private:
    int m_pipe[2] = {-1, -1};
    std::unique_ptr<QSocketNotifier> m_notifier;
};

SignalHandler::SignalHandler(QObject *parent)
    : QObject(parent)
    , m_platform(std::make_unique<Platform>(*this))
{}

SignalHandler::~SignalHandler() = default;

} // namespace concierge::app
