#pragma once

#include <QThread>

#include <semaphore>

namespace concierge::transport {

/// A thread with an event loop, to be joined: after join() the caller sees all that the thread has written.
/// QThread::wait() gives that too, by locks of Qt's own, which ThreadSanitizer cannot see.
class EventThread final : public QThread
{
public:
    using QThread::QThread;
    /// Waits for the end of a thread that was started, once; who ends its loop is another matter.
    void join()
    {
        m_isOver.acquire();
        wait();
    }

protected:
    void run() override
    {
        exec();
        m_isOver.release();
    }

private:
    std::binary_semaphore m_isOver{0};
};

} // namespace concierge::transport
