#include "app/MainTasks.h"

#include <QMetaObject>

#include <utility>

namespace concierge::app {

void MainTasks::post(std::function<void()> task)
{
    bool isFirst = false;
    {
        const std::lock_guard lock(m_mutex);
        isFirst = m_tasks.empty();
        m_tasks.push_back(std::move(task));
    }
    if (isFirst)
        QMetaObject::invokeMethod(this, &MainTasks::run, Qt::QueuedConnection);
}

void MainTasks::run()
{
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(m_mutex);
        tasks.swap(m_tasks);
    }
    for (const auto &task : tasks)
        task();
}

} // namespace concierge::app
