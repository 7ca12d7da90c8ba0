#pragma once

#include <QList>
#include <QString>

namespace concierge::monitor {

struct Tick
{
    double at = 0;
    QString label;

    friend bool operator==(const Tick &, const Tick &) = default;
};

/// From 0 to a round number that is not below `highest`, in steps of 1, 2 or 5 times a power of ten, `most`
/// of them at most. Never less than 4 as the top, and whole steps only: what is counted comes in ones.
struct ValueScale
{
    double top = 4;
    QList<Tick> ticks;

    static ValueScale of(double highest, int most);
};

/// Round times of day, local, `most` of them at most. The first of a day carries the date, where the range
/// goes over midnight. Times are milliseconds since 1970.
QList<Tick> timeTicks(qint64 from, qint64 to, int most);

} // namespace concierge::monitor
