#include "Csv.h"

#include <QDateTime>

namespace concierge::monitor {

namespace {

bool isNumber(const QString &text)
{
    bool isNumber = false;
    (void)text.toDouble(&isNumber);
    return isNumber;
}

QString cell(QString text)
{
    if (!text.isEmpty() && QStringLiteral("=+-@\t\r").contains(text.front()) && !isNumber(text))
        text.prepend(QLatin1Char('\''));
    const auto isSpecial = [](QChar c) {
        return c == QLatin1Char(',') || c == QLatin1Char('"') || c == QLatin1Char('\n') ||
               c == QLatin1Char('\r');
    };
    if (std::none_of(text.begin(), text.end(), isSpecial))
        return text;
    return QLatin1Char('"') + text.replace(QLatin1Char('"'), QStringLiteral("\"\"")) + QLatin1Char('"');
}

} // namespace

Csv::Csv(const QStringList &header)
    : m_bytes("\xef\xbb\xbf")
{
    add(header);
}

void Csv::add(const QStringList &row)
{
    QStringList cells;
    for (const QString &text : row)
        cells.append(cell(text));
    m_bytes += cells.join(QLatin1Char(',')).toUtf8() + "\r\n";
}

QString Csv::time(qint64 time)
{
    return time == 0 ? QString() : QDateTime::fromMSecsSinceEpoch(time, Qt::UTC).toString(Qt::ISODateWithMs);
}

} // namespace concierge::monitor
