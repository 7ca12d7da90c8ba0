#pragma once

#include "shared/Clock.h"
#include "shared/Feed.h"

#include <array>
#include <optional>
#include <vector>

namespace concierge::monitoring {

/// What is kept of one second, or of many: by historySeries(); nothing is not-a-number.
struct HistoryPoint
{
    static constexpr std::size_t columns = 14;

    qint64 time = 0;     ///< time of day at which it begins, ms; 0: there is none
    quint32 samples = 0; ///< seconds that it is made of
    std::array<double, columns> values{};

    friend bool operator==(const HistoryPoint &, const HistoryPoint &) = default;
};

/// Takes what History keeps, to bring it to a disk. Implemented by HistoryFile. Thread: History's.
class HistoryStore
{
public:
    virtual ~HistoryStore() = default;
    /// `point.time` 0: the slot is empty from here on.
    virtual void write(std::size_t ring, std::size_t slot, const HistoryPoint &point) = 0;
    virtual void write(quint64 number, const feed::Marker &marker) = 0;
};

/// What the charts show, in fixed space: 600 seconds, 1,440 minutes, 2,160 hours, and the last markers. A
/// point's slot follows from its time, so that a time that comes twice, because the clock was set back, is
/// kept once; what then lies ahead of the clock is dropped. Thread: one.
class History
{
public:
    struct Ring
    {
        qint64 stepMs;
        std::size_t size;
    };
    static constexpr std::array<Ring, 3> rings{{{1'000, 600}, {60'000, 1'440}, {3'600'000, 2'160}}};
    static constexpr std::size_t markerCount = 256;
    static constexpr qsizetype markerBytes = 200; ///< of a marker's text; the rest is cut
    static constexpr qsizetype codeBytes = 20;    ///< of its code

    History();
    /// From here on everything goes there too; `store` outlives this object.
    void setStore(HistoryStore *store) { m_store = store; }

    /// Takes over what a store has kept; what is in the wrong slot or ahead of `now` is left out. Then makes
    /// the minutes and hours that are missing, as far as their seconds are there.
    void restore(std::size_t ring, std::size_t slot, const HistoryPoint &point, qint64 now);
    void restore(quint64 number, const feed::Marker &marker);
    void complete();

    void add(const MonitorSnapshot &snapshot);
    void mark(feed::Marker marker);

    /// `range` is one of feed::historyRanges(). The step that is under way is its last one.
    feed::History read(const QString &range, qint64 now) const;
    /// Nothing: there is none.
    std::optional<qint64> lastTime() const;
    /// The most of them at a time from `since` on, as far as that is kept.
    qint64 mostConnections(qint64 since) const;

    static HistoryPoint pointOf(const MonitorSnapshot &snapshot);

private:
    using Points = std::vector<HistoryPoint>;

    void put(std::size_t ring, const HistoryPoint &point);
    void dropAfter(qint64 time);
    HistoryPoint gather(std::size_t ring, qint64 time) const;
    const HistoryPoint *find(std::size_t ring, qint64 time) const;

    std::array<Points, rings.size()> m_points; // by slot
    std::vector<std::pair<quint64, feed::Marker>> m_markers;
    quint64 m_lastMarker = 0;
    qint64 m_now = 0;     // begin of the last second
    qint64 m_sampled = 0; // when it was
    HistoryStore *m_store = nullptr;
};

} // namespace concierge::monitoring
