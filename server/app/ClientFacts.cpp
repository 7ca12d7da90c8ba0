#include "app/ClientFacts.h"

#include <array>
#include <cstring>

namespace concierge::app {

namespace {

const char *transportOf(const ClientFacts &client)
{
    return client.isWebSocket ? "websocket" : "polling";
}

const char *statusOf(const ClientFacts &client)
{
    switch (client.chat.status) {
    case chat::Status::Online:
        return "online";
    case chat::Status::Idle:
        return "idle";
    case chat::Status::Offline:
        break;
    }
    return "";
}

/// An IPv4 address that came over an IPv6 socket is shown, sorted and found as what it is.
QString addressText(const QHostAddress &address)
{
    bool isIpv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIpv4);
    return isIpv4 ? QHostAddress(ipv4).toString() : address.toString();
}

bool isAddressLess(const ClientFacts &a, const ClientFacts &b)
{
    const Q_IPV6ADDR left = a.address.toIPv6Address();
    const Q_IPV6ADDR right = b.address.toIPv6Address();
    return std::memcmp(&left, &right, sizeof left) < 0;
}

bool contains(const QByteArray &utf8, const QString &filter)
{
    return QString::fromUtf8(utf8).contains(filter, Qt::CaseInsensitive);
}

} // namespace

bool ClientFacts::matches(const QString &filter) const
{
    return contains(chat.user.utf8(), filter) || contains(sid.utf8(), filter) ||
           QLatin1String(transportOf(*this)).contains(filter, Qt::CaseInsensitive) ||
           addressText(address).contains(filter, Qt::CaseInsensitive);
}

std::span<const monitoring::Column<ClientFacts>> ClientFacts::columns()
{
    using Facts = ClientFacts;
    static constexpr std::array<monitoring::Column<Facts>, 9> all{{
        {"sid", [](const Facts &a, const Facts &b) { return a.sid < b.sid; }},
        {"user", [](const Facts &a, const Facts &b) { return a.chat.user < b.chat.user; }},
        {"status", [](const Facts &a, const Facts &b) { return std::strcmp(statusOf(a), statusOf(b)) < 0; }},
        {"devices", [](const Facts &a, const Facts &b) { return a.chat.devices < b.chat.devices; }},
        {"transport", [](const Facts &a, const Facts &b) { return a.isWebSocket < b.isWebSocket; }},
        {"address", isAddressLess},
        {"since", [](const Facts &a, const Facts &b) { return a.chat.since < b.chat.since; }},
        {"lastSeen", [](const Facts &a, const Facts &b) { return a.chat.lastEvent < b.chat.lastEvent; }},
        {"queued", [](const Facts &a, const Facts &b) { return a.queued < b.queued; }},
    }};
    return all;
}

feed::ClientRow ClientFacts::row(Milliseconds toWall) const
{
    feed::ClientRow row;
    row.sid = QString::fromUtf8(sid.utf8());
    row.user = QString::fromUtf8(chat.user.utf8());
    row.status = QLatin1String(statusOf(*this));
    row.devices = chat.devices;
    row.transport = QLatin1String(transportOf(*this));
    row.address = addressText(address);
    row.since = (chat.since + toWall).count();
    row.lastSeen = (chat.lastEvent + toWall).count();
    row.queued = queued;
    return row;
}

} // namespace concierge::app
