#pragma once

#include "app/ChatGateway.h"
#include "app/Mailbox.h"
#include "chat/ChatService.h"
#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "transport/EventThread.h"

#include <QObject>
#include <QTimer>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace concierge::transport {
class IoWorker;
}

namespace concierge::app {

struct HostOptions
{
    chat::ChatOptions chat;
    qsizetype mailboxMax = 65'536;    ///< items that may wait in a mailbox
    chat::Journal *journal = nullptr; ///< outlives the host, as the next
    chat::Cluster *cluster = nullptr;
};

/// Gives the chat a thread and mailboxes. With one io worker the chat lives on that worker's thread and its
/// mailbox is drained in place at the end of a turn; with more it has a thread of its own. The chat itself
/// does not know.
///
/// Bounds: when more than `mailboxMax` commands wait, client events are answered `unavailable`; when a worker
/// is behind by `mailboxMax` outbounds, the chat takes no more commands until that worker has caught up.
/// What is no event of a client's always enters: its connection and end, once a socket, and its proofs, which
/// are no more than what it was sent.
class ChatHost final : public QObject, private chat::OutboundSink
{
    Q_OBJECT

public:
    /// `workers` and `inbox` outlive this object. Thread: main.
    ChatHost(HostOptions options, const QList<transport::IoWorker *> &workers,
             std::unique_ptr<chat::Inbox> inbox, const Clock &clock, metrics::Metrics &metrics);
    ~ChatHost() override;

    /// Starts the chat's own thread, or nothing with one worker. Thread: main.
    void start();
    /// Ends the thread. The io threads must have stopped submitting. Thread: main.
    void stop();

    /// The sink for that worker's gateway, and where its outbound goes. Thread: the worker's, once, at its
    /// start.
    CommandSink &attach(quint32 worker, std::function<void(const std::vector<chat::Outbound> &)> deliver);
    /// The last call on the worker's thread: with one worker, the chat ends with it.
    void detach();
    /// Runs `task` on the chat's thread once it has nothing left to do: no command waits, and all it took is
    /// proven or in the inbox, where everything goes at once from here on. Thread: any.
    void post(std::function<void()> task);
    /// Runs `answer`, which the inbox has for the chat, on the chat's thread in its next turn; drops it where
    /// the chat has ended. Thread: any.
    void complete(std::function<void()> answer);

    /// Runs `question` on the chat's thread, between two of its tasks; drops it where the chat has ended. It
    /// must be short: messages wait for it. Thread: any.
    void ask(std::function<void(const chat::ChatService &)> question);

    /// The same for who changes something.
    void tell(std::function<void(chat::ChatService &)> task);
    /// Whether there is room for more events. Thread: any.
    bool acceptsEvents() const noexcept { return waiting() < m_options.mailboxMax; }

    /// Commands that wait for the chat; what waits for that worker. Thread: any, as those below.
    qsizetype waiting() const noexcept { return m_waiting.load(std::memory_order_relaxed); }
    qsizetype waitingFor(quint32 worker) const;
    qsizetype onlineUsers() const noexcept { return m_onlineUsers.load(std::memory_order_relaxed); }
    qsizetype idleUsers() const noexcept { return m_idleUsers.load(std::memory_order_relaxed); }

private:
    struct Link;

    bool isInline() const noexcept { return m_links.size() == 1; }
    void runOnChatThread(std::function<void()> task); // and waits for it; the chat has a thread of its own
    void endContext();
    void setUp(metrics::ThreadCounters &counters);
    void wake();
    void work();
    void runCompleted(const std::vector<std::function<void()>> &answers);
    void runTasks();
    void drain();
    void flushLink(Link &link);
    void finishBatch();
    void armTimer();
    void submit(std::vector<chat::Command> &commands);
    void received(Link &link, const std::vector<chat::Outbound> &batch);

    void deliver(quint32 worker, chat::Outbound outbound) override;

    const HostOptions m_options;
    const Clock &m_clock;
    metrics::Metrics &m_metrics;
    std::vector<std::unique_ptr<Link>> m_links; // by worker index; fixed after construction
    transport::EventThread m_thread;

    Mailbox<chat::Command> m_mailbox;
    std::atomic<qsizetype> m_waiting{0}; // commands in m_mailbox
    std::atomic<bool> m_paused{false};
    std::atomic<bool> m_isWoken{false};    // an event for work() is on its way
    std::atomic<bool> m_isStopping{false}; // what still waits is dropped
    std::mutex m_postedMutex;
    std::vector<std::function<void()>> m_posted;    // guarded by m_postedMutex
    std::vector<std::function<void()>> m_completed; // guarded by m_postedMutex
    std::atomic<qsizetype> m_onlineUsers{0};
    std::atomic<qsizetype> m_idleUsers{0};

    // The chat's thread only.
    std::unique_ptr<QObject> m_context;   // lives on the chat's thread; target of wakes; guarded by
                                          // m_postedMutex while the inbox may answer
    std::unique_ptr<chat::Inbox> m_inbox; // may call complete() until it has ended: below what that uses
    std::unique_ptr<chat::ChatService> m_chat;
    std::unique_ptr<QTimer> m_timer;
    std::vector<chat::Command> m_batch;
    std::size_t m_batchAt = 0;
    std::vector<std::function<void()>> m_tasks; // they wait until the chat has nothing else to do
};

} // namespace concierge::app
