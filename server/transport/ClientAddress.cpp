#include "transport/ClientAddress.h"

#include <algorithm>

namespace concierge::transport {

namespace {

/// More proxies in a row than anybody has; further entries are not looked at.
constexpr int maxHops = 32;
constexpr qsizetype longestAddress = 64;

bool isNumber(QByteArrayView text)
{
    return !text.isEmpty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `[address]` or `[address]:port` → address; empty: it is neither.
QByteArrayView withoutBrackets(QByteArrayView text)
{
    const qsizetype end = text.indexOf(']');
    if (end < 0)
        return {};
    const QByteArrayView rest = text.sliced(end + 1);
    const bool isWhole = rest.isEmpty() || (rest.startsWith(':') && isNumber(rest.sliced(1)));
    return isWhole ? text.sliced(1, end - 1) : QByteArrayView();
}

/// Four numbers with points between: QHostAddress takes `1.2` and `0x7f000001` for addresses too.
bool isDotted(QByteArrayView text)
{
    int points = 0;
    for (const char c : text) {
        if (c == '.')
            ++points;
        else if (c < '0' || c > '9')
            return false;
    }
    return points == 3;
}

} // namespace

bool TrustedProxies::add(const QString &text)
{
    if (text == QLatin1String("loopback")) {
        m_networks.append({QHostAddress(QStringLiteral("127.0.0.0")), 8});
        m_networks.append({QHostAddress(QHostAddress::LocalHostIPv6), 128});
        return true;
    }
    const QString address = text.section(u'/', 0, 0);
    const auto parsed = forwardedAddress(address.toLatin1());
    if (!parsed || address.startsWith(u'[') || address.contains(u'%'))
        return false;
    const int longest = parsed->protocol() == QAbstractSocket::IPv4Protocol ? 32 : 128;
    int prefix = longest;
    if (text.contains(u'/')) {
        bool isNumber = false;
        prefix = text.section(u'/', 1).toInt(&isNumber);
        if (!isNumber || prefix < 0 || prefix > longest)
            return false;
    }
    m_networks.append({*parsed, prefix});
    return true;
}

bool TrustedProxies::contains(const QHostAddress &address) const
{
    const QHostAddress plain = plainAddress(address);
    return std::any_of(m_networks.begin(), m_networks.end(), [&plain](const auto &network) {
        return plain.protocol() == network.first.protocol() &&
               plain.isInSubnet(network.first, network.second);
    });
}

QHostAddress plainAddress(const QHostAddress &address)
{
    bool isIpv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIpv4);          // of a mapped one too
    if (isIpv4 && address != QHostAddress(QHostAddress::AnyIPv6)) // `::` is no 0.0.0.0, nor ::/0 all of IPv4
        return QHostAddress(ipv4);
    QHostAddress plain = address;
    plain.setScopeId({});
    return plain;
}

std::optional<QHostAddress> forwardedAddress(QByteArrayView entry)
{
    QByteArrayView text = entry.trimmed();
    if (text.size() >= 2 && text.startsWith('"') && text.endsWith('"'))
        text = text.sliced(1, text.size() - 2);
    if (text.isEmpty() || text.size() > longestAddress)
        return std::nullopt;
    if (text.startsWith('[')) {
        text = withoutBrackets(text);
        if (!text.contains(':'))
            return std::nullopt;
    } else if (const qsizetype colon = text.indexOf(':'); colon >= 0 && text.lastIndexOf(':') == colon) {
        if (!isNumber(text.sliced(colon + 1)))
            return std::nullopt;
        text = text.first(colon);
    }
    if (!text.contains(':') && !isDotted(text))
        return std::nullopt;
    QHostAddress address;
    if (!address.setAddress(QString::fromLatin1(text)))
        return std::nullopt;
    return plainAddress(address);
}

QHostAddress clientAddress(const QHostAddress &peer, const HeaderList &headers, const TrustedProxies &proxies)
{
    QHostAddress client = plainAddress(peer);
    if (proxies.isEmpty() || !proxies.contains(client))
        return client;
    int hops = 0;
    for (auto header = headers.crbegin(); header != headers.crend(); ++header) {
        if (header->first.compare("x-forwarded-for", Qt::CaseInsensitive) != 0)
            continue;
        QByteArrayView rest = header->second;
        while (!rest.isEmpty() && hops++ < maxHops) {
            const qsizetype comma = rest.lastIndexOf(',');
            const auto address = forwardedAddress(rest.sliced(comma + 1));
            rest = rest.first(std::max<qsizetype>(comma, 0));
            if (!address)
                return client;
            client = *address;
            if (!proxies.contains(client))
                return client;
        }
    }
    return client;
}

} // namespace concierge::transport
