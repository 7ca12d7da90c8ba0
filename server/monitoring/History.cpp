#include "monitoring/History.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace concierge::monitoring {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

enum class Folding : quint8 { Mean, Highest };

/// Source: feed::historySeries().
constexpr std::array<Folding, HistoryPoint::columns> foldings{
    Folding::Highest, // connections
    Folding::Highest, // users
    Folding::Mean,    // received
    Folding::Mean,    // delivered
    Folding::Mean,    // read
    Folding::Highest, // waiting
    Folding::Highest, // oldestMs
    Folding::Highest, // p95Ms
    Folding::Mean,    // refused
    Folding::Highest, // lagMs
    Folding::Mean,    // cpuPercent
    Folding::Highest, // rssBytes
    Folding::Mean,    // bytesIn
    Folding::Mean,    // bytesOut
};

struct Range
{
    const char *name;
    std::size_t ring;
    qint64 spanMs;
};
constexpr std::array<Range, 5> ranges{{{"10m", 0, 600'000},
                                       {"1h", 1, 3'600'000},
                                       {"24h", 1, 86'400'000},
                                       {"7d", 2, 604'800'000},
                                       {"90d", 2, 7'776'000'000}}};

const Range &rangeOf(const QString &name)
{
    const auto found = std::find_if(ranges.begin(), ranges.end(), [&name](const Range &range) {
        return name == QLatin1String(range.name);
    });
    return found == ranges.end() ? ranges.front() : *found;
}

std::size_t slotOf(std::size_t ring, qint64 time)
{
    const auto &[step, size] = History::rings[ring];
    return static_cast<std::size_t>(time / step) % size;
}

qint64 beginOf(std::size_t ring, qint64 time)
{
    return time - time % History::rings[ring].stepMs;
}

/// Several points as one.
class Fold
{
public:
    void add(const HistoryPoint &point)
    {
        m_samples += point.samples;
        for (std::size_t i = 0; i < foldings.size(); ++i) {
            const double value = point.values[i];
            if (std::isnan(value))
                continue;
            m_weights[i] += point.samples;
            m_sums[i] += value * point.samples;
            m_highest[i] = std::max(m_highest[i], value);
        }
    }
    HistoryPoint at(qint64 time) const
    {
        HistoryPoint point{m_samples > 0 ? time : 0, m_samples, {}};
        for (std::size_t i = 0; i < foldings.size(); ++i) {
            if (m_weights[i] <= 0)
                point.values[i] = none;
            else
                point.values[i] = foldings[i] == Folding::Mean ? m_sums[i] / m_weights[i] : m_highest[i];
        }
        return point;
    }

private:
    quint32 m_samples = 0;
    std::array<double, HistoryPoint::columns> m_weights{};
    std::array<double, HistoryPoint::columns> m_sums{};
    std::array<double, HistoryPoint::columns> m_highest{}; // no value is below 0
};

std::optional<double> valueOf(double value)
{
    return std::isnan(value) ? std::nullopt : std::optional(value);
}

/// At most `most` bytes of UTF-8, cut between characters.
QString shortened(const QString &text, qsizetype most)
{
    QString shorter = text;
    while (shorter.toUtf8().size() > most)
        shorter.chop(shorter.size() > 1 && shorter.back().isLowSurrogate() ? 2 : 1);
    return shorter;
}

} // namespace

History::History()
{
    for (std::size_t ring = 0; ring < rings.size(); ++ring)
        m_points[ring].resize(rings[ring].size);
}

HistoryPoint History::pointOf(const MonitorSnapshot &snapshot)
{
    double lag = 0;
    for (const ThreadFigures &thread : snapshot.threads)
        lag = std::max(lag, thread.lagMs);
    const auto number = [](qint64 value) { return static_cast<double>(value); };
    HistoryPoint point;
    point.time = beginOf(0, snapshot.time);
    point.samples = 1;
    point.values = {number(snapshot.connections.now),
                    number(snapshot.users.online),
                    snapshot.rates.received,
                    snapshot.rates.delivered,
                    snapshot.rates.read,
                    number(snapshot.waiting.messages),
                    snapshot.waiting.oldestMs ? number(*snapshot.waiting.oldestMs) : none,
                    snapshot.delivery.p95Ms.value_or(none),
                    snapshot.rates.refused,
                    lag,
                    snapshot.process.cpuPercent,
                    number(snapshot.process.rssBytes),
                    snapshot.rates.bytesIn,
                    snapshot.rates.bytesOut};
    return point;
}

void History::add(const MonitorSnapshot &snapshot)
{
    const HistoryPoint point = pointOf(snapshot);
    if (point.time <= 0)
        return;
    if (point.time < m_now)
        dropAfter(point.time);
    const qint64 before = std::exchange(m_now, point.time);
    // A sample that is a little late must not leave a hole.
    const qint64 step = rings[0].stepMs;
    if (point.time - before == 2 * step && snapshot.time - m_sampled < 2 * step) {
        HistoryPoint between = point;
        between.time -= step;
        put(0, between);
    }
    m_sampled = snapshot.time;
    put(0, point);
    // A finer ring may have much that its coarser one has not; each is made once its step is over.
    for (std::size_t ring = 1; ring < rings.size(); ++ring) {
        const qint64 last = beginOf(ring, before);
        if (before <= 0 || last == beginOf(ring, point.time))
            continue;
        const HistoryPoint whole = gather(ring, last);
        if (whole.samples > 0)
            put(ring, whole);
    }
}

void History::mark(feed::Marker marker)
{
    marker.text = shortened(marker.text, markerBytes);
    marker.code = shortened(marker.code, codeBytes);
    restore(m_lastMarker + 1, marker);
    if (m_store)
        m_store->write(m_lastMarker, marker);
}

qint64 History::mostConnections(qint64 since) const
{
    constexpr std::size_t connections = 0; // of feed::historySeries()
    double most = 0;
    for (const Points &points : m_points) {
        for (const HistoryPoint &point : points) {
            if (point.time >= since && point.values[connections] > most)
                most = point.values[connections];
        }
    }
    return static_cast<qint64>(most);
}

void History::put(std::size_t ring, const HistoryPoint &point)
{
    const std::size_t slot = slotOf(ring, point.time);
    m_points[ring][slot] = point;
    if (m_store)
        m_store->write(ring, slot, point);
}

/// The clock was set back.
void History::dropAfter(qint64 time)
{
    for (std::size_t ring = 0; ring < rings.size(); ++ring) {
        for (std::size_t slot = 0; slot < rings[ring].size; ++slot) {
            HistoryPoint &point = m_points[ring][slot];
            if (point.time <= time)
                continue;
            point = {};
            if (m_store)
                m_store->write(ring, slot, point);
        }
    }
}

void History::restore(std::size_t ring, std::size_t slot, const HistoryPoint &point, qint64 now)
{
    const bool isSound = point.time > 0 && point.time <= now && point.samples > 0 &&
                         point.time == beginOf(ring, point.time) && slot == slotOf(ring, point.time);
    if (!isSound)
        return;
    m_points[ring][slot] = point;
    if (ring == 0)
        m_now = std::max(m_now, point.time);
}

void History::restore(quint64 number, const feed::Marker &marker)
{
    m_markers.emplace_back(number, marker);
    m_lastMarker = std::max(m_lastMarker, number);
    std::sort(m_markers.begin(), m_markers.end(),
              [](const auto &a, const auto &b) { return a.first < b.first; });
    if (m_markers.size() > markerCount)
        m_markers.erase(m_markers.begin());
}

/// The process may have ended in the middle of a minute, or just before it was written.
void History::complete()
{
    for (std::size_t ring = 1; ring < rings.size(); ++ring) {
        for (const HistoryPoint &fine : m_points[ring - 1]) {
            const qint64 begin = beginOf(ring, fine.time);
            if (fine.time <= 0 || begin == beginOf(ring, m_now) || find(ring, begin))
                continue;
            const HistoryPoint *newer = &m_points[ring][slotOf(ring, begin)];
            if (newer->time < begin)
                put(ring, gather(ring, begin));
        }
    }
}

const HistoryPoint *History::find(std::size_t ring, qint64 time) const
{
    const HistoryPoint &point = m_points[ring][slotOf(ring, time)];
    return time > 0 && point.time == time ? &point : nullptr;
}

/// The step of `ring` that begins at `time`, from the finer steps there are.
HistoryPoint History::gather(std::size_t ring, qint64 time) const
{
    Fold fold;
    const qint64 fine = rings[ring - 1].stepMs;
    for (qint64 at = time; at < time + rings[ring].stepMs; at += fine) {
        if (const HistoryPoint *point = find(ring - 1, at))
            fold.add(*point);
        else if (ring > 1 && at == beginOf(ring - 1, m_now))
            fold.add(gather(ring - 1, at)); // it is under way
    }
    return fold.at(time);
}

feed::History History::read(const QString &name, qint64 now) const
{
    const Range &range = rangeOf(name);
    const qint64 step = rings[range.ring].stepMs;
    const qint64 end = beginOf(range.ring, now);
    feed::History history;
    history.range = name;
    history.stepMs = step;
    std::array<QList<std::optional<double>>, HistoryPoint::columns> columns;
    for (qint64 at = end - range.spanMs + step; at <= end; at += step) {
        const HistoryPoint *kept = find(range.ring, at);
        HistoryPoint underWay;
        if (!kept && range.ring > 0 && at == beginOf(range.ring, m_now)) {
            underWay = gather(range.ring, at);
            kept = underWay.samples > 0 ? &underWay : nullptr;
        }
        if (!kept)
            continue;
        history.time.append(at);
        for (std::size_t i = 0; i < columns.size(); ++i)
            columns[i].append(valueOf(kept->values[i]));
    }
    for (std::size_t i = 0; i < columns.size(); ++i)
        history.series.insert(feed::historySeries()[static_cast<qsizetype>(i)], columns[i]);
    for (const auto &[number, marker] : m_markers) {
        if (marker.time > now - range.spanMs && marker.time <= now)
            history.markers.append(marker);
    }
    return history;
}

std::optional<qint64> History::lastTime() const
{
    return m_now > 0 ? std::optional(m_now) : std::nullopt;
}

} // namespace concierge::monitoring
