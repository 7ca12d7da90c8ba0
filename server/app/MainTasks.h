#pragma once

#include <QObject>

#include <functional>
#include <mutex>
#include <vector>

namespace concierge::app {

/// What other threads have for the main one, where it lives. Outlives those threads. Not Qt's events carry
/// the tasks: ThreadSanitizer cannot see the order which Qt's mutexes establish.
class MainTasks final : public QObject
{
    Q_OBJECT

public:
    /// Runs `task` on the main thread, soon. Thread: any.
    void post(std::function<void()> task);

private:
    void run();

    std::mutex m_mutex;
    std::vector<std::function<void()>> m_tasks; // guarded by m_mutex
};

} // namespace concierge::app
