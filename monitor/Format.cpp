#include "Format.h"

#include <QDateTime>
#include <QLocale>

#include <cmath>

namespace concierge::monitor {

QString Format::count(qint64 value)
{
    return QLocale().toString(value);
}

QString Format::rate(double perSecond)
{
    const QLocale locale;
    if (perSecond >= 10 || perSecond == std::floor(perSecond))
        return locale.toString(qRound64(perSecond));
    return locale.toString(perSecond, 'f', 1);
}

QString Format::bytes(qint64 value)
{
    return QLocale().formattedDataSize(value, 1, QLocale::DataSizeSIFormat);
}

QString Format::milliseconds(double value)
{
    const QLocale locale;
    if (value >= 10'000)
        return tr("%1 s").arg(locale.toString(qRound64(value / 1'000)));
    if (value >= 1'000)
        return tr("%1 s").arg(locale.toString(value / 1'000, 'f', 1));
    return tr("%1 ms").arg(locale.toString(value, 'f', value < 10 ? 1 : 0));
}

QString Format::duration(qint64 ms)
{
    const qint64 seconds = ms / 1'000;
    const auto two = [](const QString &great, const QString &small) { return great + QChar::Space + small; };
    const auto text = [](const QString &pattern, qint64 value) {
        return pattern.arg(QLocale().toString(value));
    };
    if (seconds < 60)
        return text(tr("%1 s", "seconds"), seconds);
    if (seconds < 3'600)
        return text(tr("%1 min"), seconds / 60);
    if (seconds < 86'400) {
        const qint64 minutes = seconds % 3'600 / 60;
        const QString hours = text(tr("%1 h"), seconds / 3'600);
        return minutes == 0 ? hours : two(hours, text(tr("%1 min"), minutes));
    }
    const QString days = tr("%Ln day(s)", nullptr, int(seconds / 86'400));
    const qint64 hours = seconds % 86'400 / 3'600;
    return hours == 0 || seconds > 10 * 86'400 ? days : two(days, text(tr("%1 h"), hours));
}

QString Format::timeOfDay(qint64 time)
{
    return QDateTime::fromMSecsSinceEpoch(time).time().toString(QStringLiteral("HH:mm:ss"));
}

QString Format::when(qint64 time, qint64 now)
{
    const QDateTime then = QDateTime::fromMSecsSinceEpoch(time);
    if (then.date() == QDateTime::fromMSecsSinceEpoch(now).date())
        return timeOfDay(time);
    return dateTime(time);
}

QString Format::dateTime(qint64 time)
{
    const QDateTime then = QDateTime::fromMSecsSinceEpoch(time);
    //: A day as it is written, see QDate::toString()
    return QLocale().toString(then.date(), tr("d MMM yyyy")) + QChar::Space +
           then.time().toString(QStringLiteral("HH:mm"));
}

QString Format::dayPattern()
{
    return tr("d MMM");
}

} // namespace concierge::monitor
