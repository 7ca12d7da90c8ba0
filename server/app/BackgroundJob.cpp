#include "app/BackgroundJob.h"

#include <utility>

namespace concierge::app {

BackgroundJob::~BackgroundJob()
{
    if (m_thread.joinable())
        m_thread.join();
}

void BackgroundJob::start(std::function<void()> work, std::function<void()> done)
{
    Q_ASSERT(!isBusy());
    m_thread = std::thread([this, work = std::move(work), done = std::move(done)] {
        work();
        m_main.post([this, done] {
            m_thread.join();
            done();
        });
    });
}

} // namespace concierge::app
