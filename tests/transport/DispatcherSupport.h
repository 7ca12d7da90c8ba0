#pragma once

#include "support/PostTo.h"
#include "transport/EventThread.h"
#include "transport/IoEventDispatcher.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTest>
#include <QTimer>

#include <functional>
#include <memory>
#include <semaphore>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace concierge::test {

using transport::IoEventDispatcher;

/// The dispatcher of the calling thread.
inline IoEventDispatcher &dispatcher()
{
    return *qobject_cast<IoEventDispatcher *>(QAbstractEventDispatcher::instance());
}

/// One turn that does not wait.
inline bool turn(QEventLoop::ProcessEventsFlags flags = QEventLoop::AllEvents)
{
    return dispatcher().processEvents(flags);
}

/// Runs turns, waiting for events, until `condition` holds; false after `limit`.
inline bool runUntil(const std::function<bool()> &condition,
                     std::chrono::milliseconds limit = std::chrono::seconds{30})
{
    QTimer guard; // its firing ends the wait
    guard.setSingleShot(true);
    guard.start(limit);
    while (!condition() && guard.isActive())
        turn(QEventLoop::WaitForMoreEvents);
    return condition();
}

/// Two connected stream sockets, not blocking.
class SocketPair
{
public:
    SocketPair()
    {
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, m_ends) != 0)
            qFatal("socketpair");
        for (const int end : m_ends)
            ::fcntl(end, F_SETFL, O_NONBLOCK);
    }
    ~SocketPair()
    {
        closeNear();
        closeFar();
    }
    Q_DISABLE_COPY_MOVE(SocketPair)

    int nearEnd() const { return m_ends[0]; }
    int farEnd() const { return m_ends[1]; }
    void closeNear() { close(m_ends[0]); }
    void closeFar() { close(m_ends[1]); }
    /// Makes the near end readable.
    void feed() const { QCOMPARE(::write(m_ends[1], "x", 1), ssize_t{1}); }
    /// Takes what feed() gave.
    void drain() const
    {
        char bytes[256];
        while (::read(m_ends[0], bytes, sizeof bytes) > 0) {
        }
    }
    /// Makes a descriptor not writable.
    static void fill(int descriptor)
    {
        const QByteArray block(65536, 'x');
        while (::write(descriptor, block.constData(), static_cast<size_t>(block.size())) > 0) {
        }
    }

private:
    static void close(int &descriptor)
    {
        if (descriptor >= 0)
            ::close(descriptor);
        descriptor = -1;
    }
    int m_ends[2];
};

/// A notifier that counts.
struct Counted
{
    Counted(int descriptor, QSocketNotifier::Type type)
        : notifier(std::make_unique<QSocketNotifier>(descriptor, type))
    {
        QObject::connect(notifier.get(), &QSocketNotifier::activated, notifier.get(), [this] {
            ++fired;
            if (then)
                then();
        });
    }
    std::unique_ptr<QSocketNotifier> notifier;
    int fired = 0;
    std::function<void()> then;
};

/// A running thread with a dispatcher of its own; joined at the end.
class DispatcherThread
{
public:
    DispatcherThread()
    {
        m_thread.setEventDispatcher(new IoEventDispatcher); // the thread takes it
        m_context.moveToThread(&m_thread);
        m_thread.start();
    }
    ~DispatcherThread()
    {
        m_thread.quit();
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(DispatcherThread)

    QThread &thread() { return m_thread; }
    /// Runs `task` on the thread and waits for it.
    template <typename Task>
    void run(Task task)
    {
        // Not Qt::BlockingQueuedConnection, whose end ThreadSanitizer cannot see: see
        // tests/support/Sanitizers.cpp.
        std::binary_semaphore done{0};
        post([&task, &done] {
            task();
            done.release();
        });
        done.acquire();
    }
    template <typename Task>
    void post(Task task)
    {
        postTo(&m_context, std::move(task));
    }

private:
    transport::EventThread m_thread;
    QObject m_context;
};

/// Runs the tests with our dispatcher on the main thread.
template <typename Test>
int runWithDispatcher(int argc, char **argv)
{
    QCoreApplication::setEventDispatcher(new IoEventDispatcher); // the application takes it
    QCoreApplication application(argc, argv);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace concierge::test
