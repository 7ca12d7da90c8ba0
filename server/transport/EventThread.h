#pragma once

#include <QThread>

#include <condition_variable>
#include <mutex>

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
        {
            std::unique_lock lock(m_mutex);
            m_ended.wait(lock, [this] { return m_isOver; });
        }
        wait();
    }

protected:
    void run() override
    {
        exec();
        const std::lock_guard lock(m_mutex);
        m_isOver = true;
        m_ended.notify_all();
    }

private:
    // Not a std::binary_semaphore: where libstdc++ 12 has no futex (MinGW) it may miss a release and wait for
    // ever.
    std::mutex m_mutex; // guards m_isOver
    std::condition_variable m_ended;
    bool m_isOver = false;
};

} // namespace concierge::transport
