#include "LiveHistory.h"

#include <algorithm>

namespace concierge::monitor {

std::optional<double> seriesValue(const QString &series, const MonitorSnapshot &snapshot)
{
    using Read = std::optional<double> (*)(const MonitorSnapshot &);
    static const QHash<QString, Read> readers{
        {QStringLiteral("connections"), [](auto &s) { return std::optional<double>(s.connections.now); }},
        {QStringLiteral("users"), [](auto &s) { return std::optional<double>(s.users.online); }},
        {QStringLiteral("received"), [](auto &s) { return std::optional<double>(s.rates.received); }},
        {QStringLiteral("delivered"), [](auto &s) { return std::optional<double>(s.rates.delivered); }},
        {QStringLiteral("read"), [](auto &s) { return std::optional<double>(s.rates.read); }},
        {QStringLiteral("waiting"), [](auto &s) { return std::optional<double>(s.waiting.messages); }},
        {QStringLiteral("oldestMs"),
         [](auto &s) {
             return s.waiting.oldestMs ? std::optional<double>(*s.waiting.oldestMs) : std::nullopt;
         }},
        {QStringLiteral("p95Ms"), [](auto &s) { return s.delivery.p95Ms; }},
        {QStringLiteral("refused"), [](auto &s) { return std::optional<double>(s.rates.refused); }},
        {QStringLiteral("lagMs"),
         [](auto &s) {
             double worst = 0;
             for (const ThreadFigures &thread : s.threads)
                 worst = std::max(worst, thread.lagMs);
             return std::optional<double>(worst);
         }},
        {QStringLiteral("cpuPercent"), [](auto &s) { return std::optional<double>(s.process.cpuPercent); }},
        {QStringLiteral("rssBytes"), [](auto &s) { return std::optional<double>(s.process.rssBytes); }},
        {QStringLiteral("bytesIn"), [](auto &s) { return std::optional<double>(s.rates.bytesIn); }},
        {QStringLiteral("bytesOut"), [](auto &s) { return std::optional<double>(s.rates.bytesOut); }},
    };
    const Read read = readers.value(series);
    return read ? read(snapshot) : std::nullopt;
}

LiveHistory::LiveHistory()
{
    m_history.range = feed::historyRanges().constFirst();
    m_history.stepMs = stepMs;
    for (const QString &series : feed::historySeries())
        m_history.series.insert(series, {});
}

void LiveHistory::merge(const feed::History &kept)
{
    for (const feed::Marker &marker : kept.markers)
        mark(marker);
    if (kept.time.isEmpty())
        return;
    const auto &time = m_history.time;
    const auto before = std::lower_bound(time.begin(), time.end(), kept.time.constFirst()) - time.begin();
    const auto after = std::upper_bound(time.begin(), time.end(), kept.time.constLast()) - time.begin();
    QList<qint64> joined = time.mid(0, before) + kept.time + time.mid(after);
    for (auto series = m_history.series.begin(); series != m_history.series.end(); ++series) {
        auto values = kept.series.value(series.key());
        values.resize(kept.time.size());
        *series = series->mid(0, before) + values + series->mid(after);
    }
    m_history.time = std::move(joined);
    trim();
}

void LiveHistory::append(const MonitorSnapshot &snapshot)
{
    const qint64 second = snapshot.time - snapshot.time % stepMs;
    const auto &time = m_history.time;
    truncate(std::lower_bound(time.begin(), time.end(), second) - time.begin());
    m_history.time.append(second);
    for (auto series = m_history.series.begin(); series != m_history.series.end(); ++series)
        series->append(seriesValue(series.key(), snapshot));
    trim();
}

void LiveHistory::mark(const feed::Marker &marker)
{
    // The server tells of the same event as this monitor saw, a little earlier or later.
    const auto isSame = [&marker](const feed::Marker &other) {
        return other.kind == marker.kind && std::abs(other.time - marker.time) < 3 * stepMs &&
               other.code == marker.code;
    };
    auto &markers = m_history.markers;
    if (std::any_of(markers.begin(), markers.end(), isSame))
        return;
    const auto place = std::upper_bound(markers.begin(), markers.end(), marker,
                                        [](const auto &one, const auto &two) { return one.time < two.time; });
    markers.insert(place, marker);
    if (markers.size() > maxMarkers)
        markers.removeFirst();
}

void LiveHistory::remark(qint64 time, const QString &kind, const feed::Marker &marker)
{
    m_history.markers.removeIf(
        [&](const feed::Marker &other) { return other.time == time && other.kind == kind; });
    mark(marker);
}

void LiveHistory::dropFront(qsizetype count)
{
    m_history.time.remove(0, count);
    for (auto &series : m_history.series)
        series.remove(0, count);
}

void LiveHistory::truncate(qsizetype count)
{
    m_history.time.resize(count);
    for (auto &series : m_history.series)
        series.resize(count);
}

void LiveHistory::trim()
{
    if (m_history.time.isEmpty())
        return;
    const qint64 oldest = m_history.time.constLast() - spanMs;
    const auto &time = m_history.time;
    dropFront(std::lower_bound(time.begin(), time.end(), oldest) - time.begin());
    while (!m_history.markers.isEmpty() && m_history.markers.constFirst().time < oldest)
        m_history.markers.removeFirst();
}

} // namespace concierge::monitor
