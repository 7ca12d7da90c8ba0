#include "app/ChatHost.h"

#include "transport/IoWorker.h"

#include <QMetaObject>

#include <algorithm>
#include <future>
#include <iterator>
#include <utility>

namespace concierge::app {

/// One io worker as the chat sees it.
struct ChatHost::Link final : CommandSink
{
    Link(ChatHost &owner, transport::IoWorker &io)
        : host(owner)
        , worker(io)
    {}

    bool acceptsEvents() const override
    {
        return host.m_waiting.load(std::memory_order_relaxed) < host.m_options.mailboxMax;
    }
    void submit(std::vector<chat::Command> &commands) override { host.submit(commands); }

    ChatHost &host;
    transport::IoWorker &worker;
    std::function<void(const std::vector<chat::Outbound> &)> deliver; // on the worker's thread
    std::vector<chat::Outbound> outbox;                               // on the chat's thread
    std::atomic<qsizetype> behind{0}; // outbounds posted and not yet delivered
};

ChatHost::ChatHost(HostOptions options, const QList<transport::IoWorker *> &workers,
                   std::unique_ptr<chat::Inbox> inbox, const Clock &clock, metrics::Metrics &metrics)
    : m_options(options)
    , m_clock(clock)
    , m_metrics(metrics)
    , m_inbox(std::move(inbox))
{
    for (transport::IoWorker *worker : workers)
        m_links.push_back(std::make_unique<Link>(*this, *worker));
    m_thread.setObjectName(QStringLiteral("chat"));
}

ChatHost::~ChatHost()
{
    stop();
    m_inbox.reset(); // its last answers come to complete()
}

void ChatHost::start()
{
    if (isInline())
        return; // attach() builds the chat on the worker's thread
    m_context = std::make_unique<QObject>();
    m_context->moveToThread(&m_thread);
    m_thread.start();
    runOnChatThread([this] { setUp(m_metrics.registerThread()); });
}

void ChatHost::runOnChatThread(std::function<void()> task)
{
    const auto isDone = std::make_shared<std::promise<void>>(); // shared: set_value() may end after wait()
    post([task = std::move(task), isDone] {
        task();
        isDone->set_value();
    });
    isDone->get_future().wait();
}

void ChatHost::setUp(metrics::ThreadCounters &counters)
{
    chat::OutboundSink &sink = *this;
    m_chat = std::make_unique<chat::ChatService>(m_options.chat, *m_inbox, sink, m_clock, counters,
                                                 m_options.journal, m_options.cluster);
    m_timer = std::make_unique<QTimer>();
    m_timer->setSingleShot(true);
    m_timer->setTimerType(Qt::PreciseTimer);
    QObject::connect(m_timer.get(), &QTimer::timeout, m_timer.get(), [this] { finishBatch(); });
}

void ChatHost::stop()
{
    if (!m_thread.isRunning())
        return;
    m_isStopping.store(true);
    runOnChatThread([this] {
        m_timer.reset();
        m_chat.reset();
    });
    m_thread.quit();
    m_thread.join();
    endContext();
}

CommandSink &ChatHost::attach(quint32 worker,
                              std::function<void(const std::vector<chat::Outbound> &)> deliver)
{
    Link &link = *m_links[worker];
    link.deliver = std::move(deliver);
    if (isInline()) {
        m_context = std::make_unique<QObject>();
        setUp(link.worker.counters());
    }
    return link;
}

void ChatHost::detach()
{
    if (!isInline())
        return;
    m_timer.reset();
    m_chat.reset();
    endContext();
}

// Not by Qt's events, nor does runOnChatThread() wait by Qt::BlockingQueuedConnection: ThreadSanitizer cannot
// see the order which Qt's mutexes and semaphores establish.
void ChatHost::post(std::function<void()> task)
{
    {
        const std::lock_guard lock(m_postedMutex);
        m_posted.push_back(std::move(task));
    }
    wake();
}

void ChatHost::complete(std::function<void()> answer)
{
    const std::lock_guard lock(m_postedMutex); // the end of the chat waits for a wake that is half done
    if (!m_context)
        return;
    m_completed.push_back(std::move(answer));
    wake();
}

void ChatHost::ask(std::function<void(const chat::ChatService &)> question)
{
    const auto run = [this, question = std::move(question)] {
        if (m_chat)
            question(*m_chat);
    };
    if (isInline())
        m_links.front()->worker.post(run); // once a turn, so that its sockets are read between two of them
    else
        complete(run);
}

void ChatHost::tell(std::function<void(chat::ChatService &)> task)
{
    if (!isInline()) {
        complete([this, task = std::move(task)] { task(*m_chat); }); // which is there: see runCompleted()
        return;
    }
    m_links.front()->worker.post([this, task = std::move(task)] {
        if (!m_chat)
            return;
        task(*m_chat);
        finishBatch();
    });
}

/// Nobody wakes the chat any more.
void ChatHost::endContext()
{
    std::unique_ptr<QObject> context;
    const std::lock_guard lock(m_postedMutex);
    context.swap(m_context);
}

void ChatHost::runCompleted(const std::vector<std::function<void()>> &answers)
{
    if (answers.empty() || !m_chat)
        return;
    for (const auto &answer : answers)
        answer();
    finishBatch();
}

void ChatHost::submit(std::vector<chat::Command> &commands)
{
    if (isInline()) {
        m_batch.swap(commands);
        commands.clear();
        for (const chat::Command &command : m_batch)
            m_chat->handle(command);
        m_batch.clear();
        finishBatch();
        runTasks();
        return;
    }
    m_waiting.fetch_add(static_cast<qsizetype>(commands.size()), std::memory_order_relaxed);
    m_mailbox.post(commands);
    wake();
}

/// One event for all who wake the chat before it has come round.
void ChatHost::wake()
{
    if (m_isWoken.exchange(true))
        return;
    QMetaObject::invokeMethod(
        m_context.get(), [this] { work(); }, Qt::QueuedConnection);
}

void ChatHost::work()
{
    m_isWoken.store(false); // before looking: whoever comes later wakes again
    std::vector<std::function<void()>> completed;
    {
        // First: what was submitted before one of these is seen in m_waiting then.
        const std::lock_guard lock(m_postedMutex);
        std::move(m_posted.begin(), m_posted.end(), std::back_inserter(m_tasks));
        m_posted.clear();
        completed.swap(m_completed);
    }
    runCompleted(completed); // also while the chat is paused: what it answers is bounded by what it took
    drain();
    runTasks();
}

void ChatHost::runTasks()
{
    if (m_tasks.empty())
        return;
    if (m_chat && !m_isStopping.load()) {
        if (m_waiting.load(std::memory_order_relaxed) > 0)
            return;
        m_chat->flush();
        finishBatch();
        if (m_chat->isBusy())
            return; // the inbox's answers bring us back
    }
    for (const auto &task : std::exchange(m_tasks, {}))
        task();
}

void ChatHost::drain()
{
    // Outbound leaves after this many commands at the latest, so that a long batch does not hold back its
    // beginning.
    constexpr std::size_t stride = 512;
    if (!m_chat || m_paused.load() || m_isStopping.load())
        return;
    if (m_batchAt == m_batch.size()) {
        m_mailbox.take(m_batch);
        m_batchAt = 0;
    }
    const std::size_t end = std::min(m_batch.size(), m_batchAt + stride);
    const auto taken = static_cast<qsizetype>(end - m_batchAt);
    for (; m_batchAt < end; ++m_batchAt)
        m_chat->handle(m_batch[m_batchAt]);
    m_waiting.fetch_sub(taken, std::memory_order_relaxed);
    finishBatch();
    // Also for what is in the mailbox: the wake that came with it may have found the chat paused.
    if (m_waiting.load(std::memory_order_relaxed) > 0)
        wake();
}

void ChatHost::finishBatch()
{
    m_chat->tick();
    for (const auto &link : m_links) {
        if (!link->outbox.empty())
            flushLink(*link);
    }
    m_onlineUsers.store(m_chat->onlineUsers(), std::memory_order_relaxed);
    m_idleUsers.store(m_chat->idleUsers(), std::memory_order_relaxed);
    armTimer();
}

void ChatHost::flushLink(Link &link)
{
    if (isInline()) {
        std::vector<chat::Outbound> batch;
        batch.swap(link.outbox);
        link.deliver(batch);
        batch.clear();
        if (link.outbox.empty())
            link.outbox.swap(batch); // keeps the capacity
        return;
    }
    const auto count = static_cast<qsizetype>(link.outbox.size());
    if (link.behind.fetch_add(count) + count > m_options.mailboxMax)
        m_paused.store(true);
    link.worker.post([this, &link, batch = std::move(link.outbox)] { received(link, batch); });
    link.outbox.clear();
}

void ChatHost::received(Link &link, const std::vector<chat::Outbound> &batch)
{
    link.deliver(batch);
    link.behind.fetch_sub(static_cast<qsizetype>(batch.size()));
    if (!m_paused.load())
        return;
    // Sequentially consistent on purpose: two workers that catch up at once must not each miss the other.
    for (const auto &other : m_links) {
        if (other->behind.load() > m_options.mailboxMax / 2)
            return;
    }
    if (m_paused.exchange(false))
        wake();
}

void ChatHost::armTimer()
{
    const auto due = m_chat->nextTick();
    if (!due) {
        m_timer->stop();
        return;
    }
    const Milliseconds wait = std::max(Milliseconds(0), *due - m_clock.monotonic());
    if (m_timer->isActive() && m_timer->remainingTimeAsDuration() <= wait)
        return; // an early tick is harmless and re-arms
    m_timer->start(wait);
}

qsizetype ChatHost::waitingFor(quint32 worker) const
{
    return m_links[worker]->behind.load(std::memory_order_relaxed);
}

void ChatHost::deliver(quint32 worker, chat::Outbound outbound)
{
    m_links[worker]->outbox.push_back(std::move(outbound));
}

} // namespace concierge::app
