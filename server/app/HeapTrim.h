#pragma once

#include "app/ProcessStats.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace concierge::app {

/// When to give memory back that the allocator keeps once a crowd has left. glibc returns only what is free
/// at the end of its heap, and something that lives long is always behind it.
class HeapTrimRule
{
public:
    enum class Verdict : quint8 {
        Nothing, ///< there is nothing to gain
        NotYet,  ///< there is, but what is in use still changes
        Due
    };

    /// Whether `rss` alone says that there may be something to gain: it costs less to ask.
    bool hasGrown(qint64 rss) noexcept;
    /// What the process has grown by since it last gave back, or has freed since, and does not use.
    Verdict judge(const MemoryUsage &now) noexcept;
    /// It gave back; this is left.
    void done(qint64 rss, qint64 heapUsed) noexcept;

private:
    qint64 m_least = -1;    // resident bytes: the least since it gave back
    qint64 m_usedThen = -1; // of the heap, when it gave back; -1: never yet
    qint64 m_used = -1;     // of the heap, when last judged
};

/// Follows the rule on a thread of its own: pages are given back beside the others' work.
class HeapTrim
{
public:
    /// What is resident now is what it measures growth by.
    HeapTrim();
    ~HeapTrim();
    HeapTrim(const HeapTrim &) = delete;
    HeapTrim &operator=(const HeapTrim &) = delete;

private:
    void run();
    void look();

    HeapTrimRule m_rule;
    int m_skipped = 0;  // looks in a row that asked for no more than what is resident
    std::mutex m_mutex; // guards m_isStopping
    std::condition_variable m_wake;
    bool m_isStopping = false;
    std::thread m_thread;
};

} // namespace concierge::app
