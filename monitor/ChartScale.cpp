#include "ChartScale.h"

#include "Format.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace concierge::monitor {

ValueScale ValueScale::of(double highest, int most)
{
    ValueScale scale;
    highest = std::max(highest, 4.0);
    most = std::max(most, 1);
    double step = 1;
    for (const double factors[] = {2, 2.5, 2}; step * most < highest;) {
        for (const double factor : factors) {
            if (step * most >= highest)
                break;
            step *= factor;
        }
    }
    scale.top = std::ceil(highest / step) * step;
    for (double value = 0; value <= scale.top + step / 2; value += step)
        scale.ticks.append({value, Format::count(qRound64(value))});
    return scale;
}

namespace {

constexpr qint64 minute = 60'000;
constexpr qint64 hour = 60 * minute;
constexpr qint64 day = 24 * hour;

QString label(const QDateTime &time, qint64 step)
{
    if (step < day && time.time() != QTime(0, 0))
        return time.time().toString(step < minute ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm"));
    return QLocale().toString(time.date(), Format::dayPattern());
}

} // namespace

QList<Tick> timeTicks(qint64 from, qint64 to, int most)
{
    static constexpr qint64 steps[] = {10'000,      30'000,      minute,  2 * minute, 5 * minute, 10 * minute,
                                       15 * minute, 30 * minute, hour,    2 * hour,   3 * hour,   6 * hour,
                                       12 * hour,   day,         2 * day, 7 * day,    14 * day,   30 * day};
    most = std::max(most, 1);
    const auto *found = std::find_if(std::begin(steps), std::end(steps),
                                     [&](qint64 step) { return (to - from) / step <= most; });
    const qint64 step = found == std::end(steps) ? 30 * day : *found;
    QList<Tick> ticks;
    QDateTime time(QDateTime::fromMSecsSinceEpoch(from).date(), QTime(0, 0));
    // Days are counted by the calendar, so that a change of the clocks moves nothing.
    const auto next = [step](const QDateTime &at) {
        return step >= day ? at.addDays(step / day) : at.addMSecs(step);
    };
    if (step < day)
        time = time.addMSecs((from - time.toMSecsSinceEpoch()) / step * step);
    for (; time.toMSecsSinceEpoch() <= to; time = next(time)) {
        if (time.toMSecsSinceEpoch() >= from)
            ticks.append({double(time.toMSecsSinceEpoch()), label(time, step)});
    }
    return ticks;
}

} // namespace concierge::monitor
