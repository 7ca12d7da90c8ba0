#include "webhook/BackOff.h"

#include <QDateTime>
#include <QLocale>

namespace concierge::webhook {

Milliseconds BackOff::next(std::optional<Milliseconds> asked)
{
    constexpr int mostDoublings = 30;
    constexpr Milliseconds mostAsked = std::chrono::hours(1);
    const qint64 doubled = m_first.count() << std::min(m_failures, mostDoublings);
    const qint64 whole = std::min<qint64>(m_longest.count(), doubled);
    ++m_failures;
    const Milliseconds chosen(whole / 2 + m_random.bounded(whole / 2 + 1));
    return asked ? std::max(chosen, std::min(*asked, mostAsked)) : chosen;
}

std::optional<Milliseconds> retryAfter(const QByteArray &header, Milliseconds wall)
{
    bool isNumber = false;
    const uint seconds = header.trimmed().toUInt(&isNumber);
    if (isNumber)
        return std::chrono::seconds(seconds);
    QDateTime date = QLocale::c().toDateTime(QString::fromLatin1(header.trimmed()),
                                             QStringLiteral("ddd, dd MMM yyyy HH:mm:ss 'GMT'"));
    if (!date.isValid())
        return std::nullopt;
    date.setTimeSpec(Qt::UTC);
    return std::max(Milliseconds(0), Milliseconds(date.toMSecsSinceEpoch()) - wall);
}

} // namespace concierge::webhook
