/// The node's own side: its sockets, what it publishes, its answers. AdapterReceive.cpp has what others
/// publish.

#include "cluster/Adapter.h"

#include "cluster/ClassicCodec.h"
#include "cluster/ShardedCodec.h"
#include "socketio/Json.h"

#include <QRandomGenerator>
#include <QString>

#include <algorithm>

namespace concierge::cluster {

namespace {

/// As Node makes them: 6 characters that a channel's name may have; of the sharded adapter 64 bits in hex.
QByteArray newUid(Protocol protocol)
{
    if (protocol == Protocol::Sharded)
        return QByteArray::number(QRandomGenerator::system()->generate64(), 16).rightJustified(16, '0');
    constexpr QByteArrayView characters("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    QByteArray uid;
    for (int i = 0; i < 6; ++i)
        uid += characters[QRandomGenerator::system()->bounded(int(characters.size()))];
    return uid;
}

QByteArray ownMark(const AdapterOptions &options, const QByteArray &uid)
{
    if (options.protocol == Protocol::Classic)
        return classic::broadcastPrefix(uid);
    return ",\"uid\":\"" + uid + "\",\"nsp\":" + json::quoted(options.nsp) + '}';
}

/// Source: redis-adapter's sharded-adapter.js, of a room's name: 20 characters are taken for a socket's.
bool looksLikeSocketId(const Room &room)
{
    return room.kind == Room::Kind::Text && QString::fromUtf8(room.name).size() == 20;
}

} // namespace

Adapter::Adapter(AdapterOptions options, AdapterHost &host, AdapterSink &sink, const Clock &clock)
    : m_options(std::move(options))
    , m_channels(m_options.key, m_options.nsp)
    , m_uid(newUid(m_options.protocol))
    , m_ownMark(ownMark(m_options, m_uid))
    , m_host(host)
    , m_sink(sink)
    , m_clock(clock)
{}

Subscriptions Adapter::subscriptions() const
{
    if (m_options.protocol == Protocol::Classic) {
        return {{m_channels.pattern()},
                {m_channels.request(), m_channels.response(), m_channels.responseTo(m_uid)}};
    }
    Subscriptions wanted{{}, {m_channels.everybody(), m_channels.ofRoom(m_uid)}};
    const auto rooms = m_options.roomChannels == RoomChannels::All ? m_rooms.names() : m_rooms.joinedRooms();
    for (const QByteArray &room : rooms) {
        if (hasChannel(room))
            wanted.channels.append(m_channels.ofRoom(room));
    }
    return wanted;
}

void Adapter::add(const SocketId &sid)
{
    if (m_rooms.add(sid) && m_options.roomChannels == RoomChannels::All)
        onRoom(sid.utf8(), true);
}

void Adapter::remove(const SocketId &sid)
{
    const bool wasHere = m_rooms.contains(sid);
    for (const QByteArray &room : m_rooms.remove(sid))
        onRoom(room, false);
    if (wasHere && m_options.roomChannels == RoomChannels::All)
        onRoom(sid.utf8(), false);
}

void Adapter::join(const SocketId &sid, const QByteArray &room)
{
    if (m_rooms.join(sid, room) == Rooms::Change::Existence)
        onRoom(room, true);
}

void Adapter::leave(const SocketId &sid, const QByteArray &room)
{
    if (m_rooms.leave(sid, room) == Rooms::Change::Existence)
        onRoom(room, false);
}

bool Adapter::hasChannel(const QByteArray &room) const
{
    switch (m_options.roomChannels) {
    case RoomChannels::None:
        return false;
    case RoomChannels::Public:
        return !m_rooms.contains(SocketId(room));
    case RoomChannels::All:
        return true;
    }
    return false;
}

void Adapter::onRoom(const QByteArray &room, bool hasBegun)
{
    if (m_options.protocol == Protocol::Classic || !hasChannel(room))
        return;
    if (hasBegun)
        m_sink.subscribe(m_channels.ofRoom(room));
    else if (!m_rooms.hasRoom(room)) // a socket of that name may still be here
        m_sink.unsubscribe(m_channels.ofRoom(room));
}

QByteArray Adapter::channelFor(const BroadcastOptions &options) const
{
    if (options.rooms.size() != 1)
        return m_channels.everybody();
    const Room &room = options.rooms.front();
    const bool isOwn = m_options.protocol == Protocol::Classic ||
                       m_options.roomChannels == RoomChannels::All ||
                       (m_options.roomChannels == RoomChannels::Public && !looksLikeSocketId(room));
    return isOwn ? m_channels.ofRoom(room.name) : m_channels.everybody();
}

std::optional<DecodeError> Adapter::publish(const BroadcastOptions &options, const Emit &emit)
{
    return send(channelFor(options), {m_uid, {}, Broadcast{emit, options}});
}

void Adapter::disconnectSockets(const BroadcastOptions &options, bool closes)
{
    const bool isClassic = m_options.protocol == Protocol::Classic;
    // Of lists of names there is nothing that cannot be written.
    static_cast<void>(send(isClassic ? m_channels.request() : m_channels.everybody(),
                           {m_uid, {}, Disconnect{options, closes}}));
    if (const auto sockets = m_rooms.matching(options); !sockets.isEmpty())
        m_host.disconnectSockets(sockets, closes);
}

std::optional<DecodeError> Adapter::send(const QByteArray &channel, const Message &message)
{
    const auto payload = m_options.protocol == Protocol::Classic ? classic::encode(message, m_options.nsp)
                                                                 : sharded::encode(message, m_options.nsp);
    if (!payload)
        return payload.error();
    ++m_counters.published;
    m_sink.publish(channel, *payload);
    return std::nullopt;
}

void Adapter::answer(const QByteArray &uid, const QByteArray &requestId, MessageBody body)
{
    const bool isServerSide =
        std::holds_alternative<ServerSideAnswer>(body); // for which Node has one channel
    const Message message{m_uid, requestId, std::move(body)};
    if (m_options.protocol == Protocol::Sharded)
        static_cast<void>(send(m_channels.ofRoom(uid), message));
    else if (m_options.answersPrivately && !uid.isEmpty() && !isServerSide)
        static_cast<void>(send(m_channels.responseTo(uid), message));
    else
        static_cast<void>(send(m_channels.response(), message));
}

std::optional<RequestToken> Adapter::open(const Message &message, Milliseconds timeout, qsizetype answers,
                                          bool isFetch)
{
    if (static_cast<qsizetype>(m_open.size()) >= m_options.openRequestsMax) {
        ++m_counters.refused;
        return std::nullopt;
    }
    m_open.emplace(++m_lastToken, OpenRequest{message.uid, message.requestId, m_clock.monotonic() + timeout,
                                              answers, isFetch});
    return m_lastToken;
}

void Adapter::acknowledged(RequestToken token, const JsonValue &value)
{
    const auto found = m_open.find(token);
    if (found == m_open.end() || found->second.isFetch)
        return;
    OpenRequest &request = found->second;
    answer(request.uid, request.requestId, ClientAck{value});
    if (--request.missing == 0)
        m_open.erase(found);
}

void Adapter::described(RequestToken token, const QList<RemoteSocket> &sockets)
{
    const auto found = m_open.find(token);
    if (found == m_open.end() || !found->second.isFetch)
        return;
    const OpenRequest request = found->second;
    m_open.erase(found);
    answer(request.uid, request.requestId, FetchAnswer{sockets, {}});
}

void Adapter::tick()
{
    const Milliseconds now = m_clock.monotonic();
    m_counters.expired +=
        std::erase_if(m_open, [now](const auto &entry) { return entry.second.deadline <= now; });
}

std::optional<Milliseconds> Adapter::next() const
{
    std::optional<Milliseconds> first;
    for (const auto &[token, request] : m_open)
        first = first ? std::min(*first, request.deadline) : request.deadline;
    return first;
}

} // namespace concierge::cluster
