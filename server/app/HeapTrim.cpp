#include "app/HeapTrim.h"

#include <QElapsedTimer>
#include <QLoggingCategory>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace concierge::app {

namespace {

Q_LOGGING_CATEGORY(memoryLog, "concierge.memory")

constexpr std::chrono::seconds interval{1};
constexpr int skipsMax = 9; ///< asking the allocator holds it up, for microseconds to milliseconds
constexpr qint64 leastBytes = 1'000'000;
constexpr qint64 leastShare = 20; ///< 1/20 of what is resident

/// From how many bytes on giving back is worth the while.
qint64 worth(qint64 rss)
{
    return std::max(leastBytes, rss / leastShare);
}

} // namespace

bool HeapTrimRule::hasGrown(qint64 rss) noexcept
{
    if (m_least < 0 || rss < m_least)
        m_least = rss;
    return rss - m_least >= worth(rss);
}

HeapTrimRule::Verdict HeapTrimRule::judge(const MemoryUsage &now) noexcept
{
    const qint64 least = worth(now.rss);
    const qint64 before = std::exchange(m_used, now.heapUsed);
    const bool hasFreed = m_usedThen >= 0 && m_usedThen - now.heapUsed >= least;
    if ((!hasGrown(now.rss) && !hasFreed) || now.heapTotal - now.heapUsed < least)
        return Verdict::Nothing;
    const bool isCalm = before >= 0 && std::abs(now.heapUsed - before) < least;
    return isCalm ? Verdict::Due : Verdict::NotYet;
}

void HeapTrimRule::done(qint64 rss, qint64 heapUsed) noexcept
{
    m_least = rss;
    m_usedThen = heapUsed;
}

HeapTrim::HeapTrim()
{
    (void)m_rule.hasGrown(processUsage().rss);
    m_thread = std::thread([this] { run(); });
}

HeapTrim::~HeapTrim()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopping = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

void HeapTrim::run()
{
    std::unique_lock lock(m_mutex);
    while (!m_wake.wait_for(lock, interval, [this] { return m_isStopping; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

void HeapTrim::look()
{
    const qint64 before = processUsage().rss;
    if (!m_rule.hasGrown(before) && m_skipped < skipsMax) {
        ++m_skipped;
        return;
    }
    const MemoryUsage usage = memoryUsage();
    const HeapTrimRule::Verdict verdict = m_rule.judge(usage);
    m_skipped = verdict == HeapTrimRule::Verdict::NotYet ? skipsMax : 0;
    if (verdict != HeapTrimRule::Verdict::Due)
        return;
    QElapsedTimer timer;
    timer.start();
    releaseFreeMemory();
    const qint64 after = processUsage().rss;
    m_rule.done(after, usage.heapUsed);
    qCDebug(memoryLog, "gave memory back: %lld kB are resident, %lld kB were; it took %lld us",
            static_cast<long long>(after / 1'000), static_cast<long long>(before / 1'000),
            static_cast<long long>(timer.nsecsElapsed() / 1'000));
}

} // namespace concierge::app
