#pragma once

#include "shared/Feed.h"

#include <algorithm>
#include <vector>

namespace concierge::monitor::test {

inline feed::ClientRow clientRow(qint64 number)
{
    return {QStringLiteral("sid%1").arg(number),
            QStringLiteral("user%1").arg(number, 6, 10, QLatin1Char('0')),
            QStringLiteral("online"),
            1,
            QStringLiteral("websocket"),
            QStringLiteral("192.0.2.%1").arg(number % 250),
            1'764'201'600'000,
            1'764'201'600'000,
            number % 7 * 100};
}

/// As a server with so many clients answers listClients: filtered, by user (descending with "-user"), cut.
inline QByteArray clientPage(const QJsonObject &request, qint64 count)
{
    feed::ListRequest list;
    (void)fields::fromJson(request, list);
    std::vector<qint64> numbers;
    for (qint64 number = 0; number < count; ++number) {
        if (list.filter.isEmpty() || clientRow(number).user.contains(list.filter))
            numbers.push_back(number);
    }
    if (list.sort.startsWith(QLatin1Char('-')))
        std::reverse(numbers.begin(), numbers.end());
    feed::ClientPage page;
    page.offset = list.offset;
    page.total = count;
    page.matched = qint64(numbers.size());
    page.time = 1'764'201'660'000;
    for (qint64 at = list.offset; at < std::min<qint64>(list.offset + list.limit, page.matched); ++at)
        page.rows.append(clientRow(numbers[size_t(at)]));
    return feed::replyLine(request.value(QLatin1String("id")), fields::toJson(page));
}

} // namespace concierge::monitor::test
