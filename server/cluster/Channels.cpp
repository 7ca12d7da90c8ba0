#include "cluster/Channels.h"

namespace concierge::cluster {

Channels::Channels(const QByteArray &key, const QByteArray &nsp)
    : m_everybody(key + '#' + nsp + '#')
    , m_request(key + "-request#" + nsp + '#')
    , m_response(key + "-response#" + nsp + '#')
{}

QByteArray Channels::ofRoom(QByteArrayView room) const
{
    QByteArray channel;
    channel.reserve(m_everybody.size() + room.size() + 1);
    channel += m_everybody;
    channel += room;
    channel += '#';
    return channel;
}

QByteArray Channels::responseTo(QByteArrayView uid) const
{
    return m_response + uid.toByteArray() + '#';
}

ChannelKind Channels::kindOf(QByteArrayView channel) const
{
    if (channel.startsWith(m_everybody))
        return ChannelKind::Broadcast;
    if (channel.startsWith(m_response))
        return ChannelKind::Response;
    return channel == m_request ? ChannelKind::Request : ChannelKind::Other;
}

QByteArrayView Channels::roomOf(QByteArrayView channel) const
{
    const QByteArrayView rest = channel.sliced(m_everybody.size());
    return rest.isEmpty() ? rest : rest.chopped(1);
}

} // namespace concierge::cluster
