#pragma once

#include "transport/Http.h"

#include <QHostAddress>
#include <QList>

#include <optional>
#include <utility>

namespace concierge::transport {

/// Proxies in front of this server. Source: TRUST_PROXY. Thread: any.
class TrustedProxies
{
public:
    /// `10.0.0.0/8`, `::1`, `loopback`; false: it is neither an address nor a network, and nothing changes.
    bool add(const QString &text);
    bool contains(const QHostAddress &address) const;
    bool isEmpty() const noexcept { return m_networks.isEmpty(); }

private:
    QList<std::pair<QHostAddress, int>> m_networks; // address and prefix length
};

/// As addresses are compared here: without a zone, and IPv4 as such where it came mapped into IPv6.
QHostAddress plainAddress(const QHostAddress &address);
/// One entry of X-Forwarded-For: an address, perhaps with a port, in brackets or in quotes. Nothing:
/// it is none.
std::optional<QHostAddress> forwardedAddress(QByteArrayView entry);
/// Whose request it is: `peer`, unless that is a trusted proxy; then the rightmost address of
/// X-Forwarded-For that is not one. What stands left of that anybody may have written, and an entry that is
/// no address ends the search: then it is the last proxy's that is known.
QHostAddress clientAddress(const QHostAddress &peer, const HeaderList &headers,
                           const TrustedProxies &proxies);

} // namespace concierge::transport
