#pragma once

#include <QMetaObject>
#include <QObject>

#include <atomic>
#include <tuple>
#include <utility>

namespace concierge::test {

/// Posts `task` to the thread of `context` as an event of Qt's. What the caller wrote before is seen by the
/// task, and ThreadSanitizer can see that it is: Qt's list of posted events has a mutex of Qt's own, which it
/// cannot (tests/support/Sanitizers.cpp). Any thread.
template <typename Task>
void postTo(QObject *context, Task task)
{
    static std::atomic<unsigned> posted = 0;
    posted.fetch_add(1, std::memory_order_release);
    QMetaObject::invokeMethod(
        context,
        [task = std::move(task)]() mutable {
            std::ignore = posted.load(std::memory_order_acquire);
            task();
        },
        Qt::QueuedConnection);
}

} // namespace concierge::test
