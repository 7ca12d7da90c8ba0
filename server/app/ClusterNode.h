#pragma once

#include "app/ClusterHealth.h"
#include "app/ClusterLink.h"
#include "chat/Cluster.h"
#include "metrics/Metrics.h"
#include "transport/EventThread.h"

#include <QObject>

#include <condition_variable>
#include <memory>
#include <mutex>

namespace concierge::app {

/// This server as a node of a Socket.IO cluster, on a thread of its own. Outlives the chat and the io
/// threads' layers; stop() comes before the end of the io threads.
///
/// Bounds: what the chat tells others is dropped when ClusterOptions::tellsMax of it wait. What io threads
/// say of their sockets always enters, for rooms would be wrong without it: its connection and end, once a
/// socket, who speaks and in which chats, as clients ask for it, and answers, no more than others asked for.
///
/// Thread: main, but for what says otherwise.
class ClusterNode final : public chat::Cluster, public ClusterPost
{
public:
    /// `clock` and `counters`, the thread's own, outlive this object.
    ClusterNode(ClusterOptions options, std::vector<ClusterWorker> workers, const Clock &clock,
                metrics::ThreadCounters &counters);
    ~ClusterNode() override;

    void start();
    /// Waits until it is up, or could not get there. Nothing: it is up. Otherwise why not.
    std::optional<QString> waitUntilUp(Milliseconds patience);
    /// Ends the connections and the thread. What is posted later is dropped.
    void stop();

    /// Outlives this object.
    std::shared_ptr<const ClusterHealth> health() const { return m_health; }

    /// Thread: any, as those below.
    void post(std::vector<ClusterMail> &mail) override;
    /// Runs `task` there; drops it once it has ended.
    void run(std::function<void()> task);
    qsizetype waiting() const noexcept { return m_waiting.load(std::memory_order_relaxed); }

    bool isHeard() const override { return m_health->isHeard(); }
    void tell(const UserId &user, chat::Push push) override;
    void tellEveryone(chat::Push push) override { tell({}, std::move(push)); }

private:
    void wake(); // with m_mutex
    void work();
    void drain();
    void changed();

    const ClusterOptions m_options;
    std::vector<ClusterWorker> m_workers;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    const std::shared_ptr<ClusterHealth> m_health = std::make_shared<ClusterHealth>();
    transport::EventThread m_thread;

    std::atomic<qsizetype> m_waiting{0}; // mail
    std::atomic<qsizetype> m_tells{0};   // of it, those of the chat
    std::mutex m_mutex;                  // guards the next block
    std::vector<ClusterMail> m_mail;
    std::vector<std::function<void()>> m_tasks;
    std::unique_ptr<QObject> m_context; // lives on the thread; nullptr: it was not started
    bool m_isOver = false;              // nobody wakes the thread any more
    bool m_isWoken = false;
    std::condition_variable m_hasChanged;
    bool m_isDecided = false; // it is up, or has failed once

    // The thread's only.
    std::unique_ptr<ClusterLink> m_link;
    std::vector<ClusterMail> m_batch;
};

} // namespace concierge::app
