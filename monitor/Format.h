#pragma once

#include <QCoreApplication>
#include <QString>

namespace concierge::monitor {

/// Figures as people read them, in the language of QLocale(). Times of day are milliseconds since 1970 and
/// are told in local time. Thread: any.
struct Format
{
    Q_DECLARE_TR_FUNCTIONS(Format)

public:
    static QString count(qint64 value);           ///< 12,345
    static QString rate(double perSecond);        ///< 0.4, 9.5, 1,234
    static QString bytes(qint64 value);           ///< 1.2 MB
    static QString milliseconds(double value);    ///< 0.3 ms, 250 ms, 1.2 s
    static QString duration(qint64 ms);           ///< two units at most: 2 h 5 min
    static QString timeOfDay(qint64 time);        ///< 14:05:09
    static QString when(qint64 time, qint64 now); ///< time of day; of another day, with the date
    static QString dateTime(qint64 time);
    static QString dayPattern(); ///< of a day without its year, for QLocale::toString()
};

} // namespace concierge::monitor
