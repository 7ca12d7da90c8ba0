#pragma once

#include "shared/Feed.h"

#include <array>
#include <mutex>
#include <vector>

namespace concierge::monitoring {

/// The last lines of the log, in fixed space, for monitors. Lines have numbers, from 0 on; who reads keeps
/// the number of the next one. Thread: any; a lock is held for as long as a line takes to be moved in or
/// copied out.
class LogTap
{
public:
    static constexpr std::size_t capacity = 500;
    static constexpr qsizetype maxMessage = 2'000; ///< UTF-16 units; the rest of a line is cut

    struct Page
    {
        std::vector<feed::LogRecord> records; ///< the first one tells how many were skipped before it
        quint64 next = 0;
    };

    void append(feed::LogRecord record);
    /// At most `max` lines from number `from` on, or from the oldest there is.
    Page read(quint64 from, std::size_t max) const;
    /// The number of the oldest line there is.
    quint64 begin() const;

private:
    quint64 oldest() const noexcept { return m_end > capacity ? m_end - capacity : 0; }

    mutable std::mutex m_mutex;
    std::array<feed::LogRecord, capacity> m_ring; // guarded by m_mutex
    quint64 m_end = 0;                            // guarded by m_mutex
};

} // namespace concierge::monitoring
