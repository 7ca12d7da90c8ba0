#pragma once

#include "app/MainTasks.h"

#include <functional>
#include <thread>

namespace concierge::app {

/// Work that blocks, on a thread of its own, one at a time. Thread: main.
class BackgroundJob
{
public:
    /// `main` outlives this object.
    explicit BackgroundJob(MainTasks &main)
        : m_main(main)
    {}
    /// Waits for the work; its `done` is not called.
    ~BackgroundJob();
    BackgroundJob(const BackgroundJob &) = delete;
    BackgroundJob &operator=(const BackgroundJob &) = delete;

    bool isBusy() const noexcept { return m_thread.joinable(); }
    /// Nothing else may be under way. `work` runs on the thread, then `done` on the main one.
    void start(std::function<void()> work, std::function<void()> done);

private:
    MainTasks &m_main;
    std::thread m_thread;
};

} // namespace concierge::app
