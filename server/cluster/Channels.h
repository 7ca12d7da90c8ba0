#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

namespace concierge::cluster {

/// What a channel of the classic adapter carries.
enum class ChannelKind : quint8 { Broadcast, Request, Response, Other };

/// The channels of one namespace, for adapter `key`. Both adapters call the one for everybody the same.
/// Source: @socket.io/redis-adapter 8.3.
class Channels
{
public:
    Channels(const QByteArray &key, const QByteArray &nsp);

    const QByteArray &everybody() const noexcept { return m_everybody; } ///< `key#nsp#`
    /// Of one room; sharded: also of one node, by its uid.
    QByteArray ofRoom(QByteArrayView room) const;

    // Classic only.
    const QByteArray &request() const noexcept { return m_request; }   ///< `key-request#nsp#`
    const QByteArray &response() const noexcept { return m_response; } ///< `key-response#nsp#`
    QByteArray responseTo(QByteArrayView uid) const;                   ///< where answers go to it alone
    QByteArray pattern() const { return m_everybody + '*'; }           ///< for PSUBSCRIBE: `key#nsp#*`

    ChannelKind kindOf(QByteArrayView channel) const;
    /// Of a channel that begins with everybody(): which room it is for; empty: none.
    QByteArrayView roomOf(QByteArrayView channel) const;

private:
    QByteArray m_everybody;
    QByteArray m_request;
    QByteArray m_response;
};

} // namespace concierge::cluster
