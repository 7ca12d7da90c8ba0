#pragma once

#include "transport/EventThread.h"
#include "webhook/Poster.h"

#include <QObject>

#include <atomic>
#include <memory>
#include <mutex>

namespace concierge::webhook {

/// A Poster on a thread of its own. Thread: the main one, but for what says otherwise.
class PosterThread
{
public:
    /// `outbox` and `clock` outlive this object.
    PosterThread(PosterOptions options, store::WebhookOutbox &outbox, const Clock &clock);
    /// A request that is under way is given up; it is made again after the next start.
    ~PosterThread();
    PosterThread(const PosterThread &) = delete;
    PosterThread &operator=(const PosterThread &) = delete;

    void start(const QByteArrayList &keys);
    void useKeys(const QByteArrayList &keys);
    void restoreAside();
    void dropAside();

    /// Outlives this object.
    std::shared_ptr<const WebhookHealth> health() const { return m_health; }
    /// Runs `task` there. Thread: any.
    void post(std::function<void()> task);

private:
    void wake(); // thread: any

    const PosterOptions m_options;
    store::WebhookOutbox &m_outbox;
    const Clock &m_clock;
    const std::shared_ptr<WebhookHealth> m_health = std::make_shared<WebhookHealth>();
    transport::EventThread m_thread;
    QObject m_context; // lives on m_thread while that runs
    std::unique_ptr<Poster> m_poster;
    std::mutex m_mutex;
    std::vector<std::function<void()>> m_tasks; // guarded by m_mutex
    std::atomic<bool> m_isWoken{false};
    void run();
};

} // namespace concierge::webhook
