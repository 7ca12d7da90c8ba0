#pragma once

#include "metrics/Histogram.h"
#include "shared/Clock.h"

#include <QString>

#include <atomic>
#include <mutex>
#include <optional>

namespace concierge::webhook {

/// How the posting to the platform's back end fares. Its thread writes; any reads.
class WebhookHealth
{
public:
    struct Snapshot
    {
        quint64 posted = 0;                       ///< messages that the back end has taken, since the start
        quint64 requests = 0;                     ///< that were answered with 2xx
        quint64 failed = 0;                       ///< requests that were not
        quint64 setAside = 0;                     ///< messages, since the start
        std::optional<Milliseconds> oldest;       ///< wall time when the oldest that waits was taken
        std::optional<Milliseconds> failingSince; ///< monotonic; nothing: the last request was taken
        QString problem;                          ///< of the last that failed
    };
    Snapshot snapshot() const;

    void posted(quint64 messages, Microseconds duration);
    void failed(const QString &problem, Milliseconds monotonic);
    void setAside();
    void setOldest(std::optional<Milliseconds> takenAt) noexcept
    {
        m_oldest.store(takenAt ? takenAt->count() : none, std::memory_order_relaxed);
    }

    /// Of requests that were taken, µs.
    metrics::HistogramSnapshot requestTime() const noexcept { return m_requestTime.read(); }

private:
    static constexpr qint64 none = -1;

    std::atomic<quint64> m_posted{0};
    std::atomic<quint64> m_requests{0};
    std::atomic<quint64> m_failed{0};
    std::atomic<quint64> m_setAside{0};
    std::atomic<qint64> m_oldest{none};
    std::atomic<qint64> m_failingSince{none};
    metrics::Histogram m_requestTime;
    mutable std::mutex m_mutex;
    QString m_problem; // guarded by m_mutex
};

} // namespace concierge::webhook
