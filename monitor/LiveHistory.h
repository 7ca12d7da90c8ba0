#pragma once

#include "shared/Feed.h"

namespace concierge::monitor {

/// One of feed::historySeries() as a snapshot has it; none where the snapshot has no such figure.
std::optional<double> seriesValue(const QString &series, const MonitorSnapshot &snapshot);

/// The last ten minutes by the second: what the server kept, and what came since. Bounded by the ten minutes
/// and by maxMarkers.
class LiveHistory
{
public:
    static constexpr qint64 spanMs = 600'000;
    static constexpr qint64 stepMs = 1'000;
    static constexpr int maxMarkers = 100;

    LiveHistory();
    /// What the server kept takes the place of what was seen in the same time; older and newer points stay.
    void merge(const feed::History &kept);
    /// A snapshot of the same second as the last one replaces it; of an earlier one (the clock was set back),
    /// what is later goes.
    void append(const MonitorSnapshot &snapshot);
    void mark(const feed::Marker &marker);
    /// What was seen then was something else.
    void remark(qint64 time, const QString &kind, const feed::Marker &marker);
    const feed::History &history() const noexcept { return m_history; }

private:
    void dropFront(qsizetype count);
    void truncate(qsizetype count);
    void trim();

    feed::History m_history;
};

} // namespace concierge::monitor
