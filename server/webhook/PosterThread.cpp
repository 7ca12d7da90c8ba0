#include "webhook/PosterThread.h"

#include <utility>

namespace concierge::webhook {

PosterThread::PosterThread(PosterOptions options, store::WebhookOutbox &outbox, const Clock &clock)
    : m_options(std::move(options))
    , m_outbox(outbox)
    , m_clock(clock)
{
    m_thread.setObjectName(QStringLiteral("webhook"));
}

PosterThread::~PosterThread()
{
    if (!m_thread.isRunning())
        return;
    m_outbox.setListener({});
    QObject *const mine = &m_context;
    QThread *const back = QThread::currentThread();
    post([this, mine, back] {
        m_poster.reset();
        mine->moveToThread(back);
        m_thread.quit();
    });
    m_thread.join();
}

void PosterThread::start(const QByteArrayList &keys)
{
    m_context.moveToThread(&m_thread);
    m_thread.start();
    post([this, keys] {
        m_poster = std::make_unique<Poster>(m_options, m_outbox, *m_health, m_clock);
        m_poster->useKeys(keys);
        m_poster->look();
    });
    m_outbox.setListener([this] { wake(); });
}

void PosterThread::useKeys(const QByteArrayList &keys)
{
    post([this, keys] { m_poster->useKeys(keys); });
}

void PosterThread::restoreAside()
{
    post([this] { m_poster->restoreAside(); });
}

void PosterThread::dropAside()
{
    post([this] { m_poster->dropAside(); });
}

/// One event for all who wake it before it has come round.
void PosterThread::wake()
{
    if (!m_isWoken.exchange(true))
        QMetaObject::invokeMethod(
            &m_context, [this] { run(); }, Qt::QueuedConnection);
}

void PosterThread::post(std::function<void()> task)
{
    {
        const std::lock_guard lock(m_mutex);
        m_tasks.push_back(std::move(task));
    }
    wake();
}

void PosterThread::run()
{
    m_isWoken.store(false); // before looking: whoever comes later wakes again
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(m_mutex);
        tasks.swap(m_tasks);
    }
    for (const auto &task : tasks)
        task();
    if (m_poster)
        m_poster->look();
}

} // namespace concierge::webhook
