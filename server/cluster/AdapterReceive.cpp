/// What an Adapter does with what others publish.

#include "cluster/Adapter.h"

#include "cluster/ClassicCodec.h"
#include "cluster/ShardedCodec.h"

#include <algorithm>

namespace concierge::cluster {

namespace {

QList<Room> toRooms(const QList<QByteArray> &names)
{
    QList<Room> rooms;
    rooms.reserve(names.size());
    for (const QByteArray &name : names)
        rooms.append({name});
    return rooms;
}

} // namespace

struct Adapter::Handler
{
    Adapter &adapter;
    const Message &message;

    void operator()(const Broadcast &broadcast) const
    {
        if (message.requestId.isEmpty())
            adapter.broadcast(broadcast);
        else
            adapter.broadcastWithAck(message, broadcast);
    }
    void operator()(const SocketsRequest &request) const
    {
        QList<QByteArray> sids;
        for (const SocketId &sid : adapter.m_rooms.matching({request.rooms, {}, {}}))
            sids.append(sid.utf8());
        reply(SocketsAnswer{std::move(sids)});
    }
    void operator()(const RoomsRequest &) const { reply(RoomsAnswer{toRooms(adapter.m_rooms.names())}); }
    void operator()(const Join &join) const { adapter.changeRooms(message, join.options, join.rooms, true); }
    void operator()(const Leave &leave) const
    {
        adapter.changeRooms(message, leave.options, leave.rooms, false);
    }
    void operator()(const Disconnect &disconnect) const { adapter.disconnect(message, disconnect); }
    void operator()(const Fetch &fetch) const { adapter.fetch(message, fetch); }
    /// There are no handlers of such events here; who waits for this node's answer need not wait for long.
    void operator()(const ServerSideEmit &) const
    {
        ++adapter.m_counters.requests;
        if (!message.requestId.isEmpty())
            adapter.answer(message.uid, message.requestId, ServerSideAnswer{});
    }
    // Answers to others: nothing is asked from here.
    void operator()(const auto &) const { ++adapter.m_counters.notForUs; }

    void reply(MessageBody body) const
    {
        ++adapter.m_counters.requests;
        adapter.answer(message.uid, message.requestId, std::move(body));
    }
};

void Adapter::receive(QByteArrayView channel, QByteArrayView payload)
{
    ++m_counters.received;
    const auto message = read(channel, payload);
    if (!message)
        return;
    if (*message && (*message)->uid == m_uid) {
        ++m_counters.own;
    } else if (*message) {
        std::visit(Handler{*this, **message}, (*message)->body);
    } else if (isHarmless(message->error())) {
        ++m_counters.notForUs;
    } else {
        ++m_counters.dropped;
        m_host.onDropped(channel, message->error());
    }
}

std::optional<Result<Message, DecodeError>> Adapter::read(QByteArrayView channel, QByteArrayView payload)
{
    const bool isClassic = m_options.protocol == Protocol::Classic;
    const ChannelKind kind = m_channels.kindOf(channel);
    const bool isAnswers = isClassic ? kind == ChannelKind::Response || kind == ChannelKind::Other
                                     : channel == m_channels.ofRoom(m_uid);
    const QByteArrayView room =
        isClassic && kind == ChannelKind::Broadcast ? m_channels.roomOf(channel) : QByteArrayView();
    if (isAnswers || (!room.isEmpty() && !m_rooms.hasRoom(room))) {
        ++m_counters.notForUs;
        return std::nullopt;
    }
    if (isClassic ? kind == ChannelKind::Broadcast && payload.startsWith(m_ownMark)
                  : payload.endsWith(m_ownMark)) {
        ++m_counters.own;
        return std::nullopt;
    }
    return isClassic ? classic::decode(kind, m_options.nsp, payload)
                     : sharded::decode(m_options.nsp, payload);
}

qsizetype Adapter::sizeOf(const Audience &audience) const
{
    return audience.isEveryone ? m_rooms.socketCount() - audience.sockets.size() : audience.sockets.size();
}

void Adapter::broadcast(const Broadcast &broadcast)
{
    const EmitFlags &flags = broadcast.options.flags;
    if (!flags.marker.isEmpty() && !m_host.takesMarked(flags.marker)) {
        ++m_counters.marked;
        return;
    }
    const Audience audience = m_rooms.audience(broadcast.options);
    if (sizeOf(audience) == 0) {
        ++m_counters.notForUs;
        return;
    }
    ++m_counters.broadcasts;
    m_host.emitEvent(audience, broadcast.emit, flags);
}

void Adapter::broadcastWithAck(const Message &message, const Broadcast &broadcast)
{
    ++m_counters.requests;
    const Audience audience = m_rooms.audience(broadcast.options);
    const qsizetype count = sizeOf(audience);
    const EmitFlags &flags = broadcast.options.flags;
    answer(message.uid, message.requestId, ClientCount{count});
    if (count == 0)
        return;
    ++m_counters.broadcasts;
    const Milliseconds timeout =
        std::min(flags.timeout.value_or(m_options.ackTimeoutMax), m_options.ackTimeoutMax);
    if (const auto token = open(message, timeout, count, false))
        m_host.emitWithAck(*token, audience, broadcast.emit, flags, timeout);
    else
        m_host.emitEvent(audience, broadcast.emit, flags);
}

void Adapter::fetch(const Message &message, const Fetch &fetch)
{
    ++m_counters.requests;
    const auto sockets = m_rooms.matching(fetch.options);
    if (sockets.isEmpty())
        answer(message.uid, message.requestId, FetchAnswer{});
    else if (const auto token = open(message, m_options.requestTimeout, 1, true))
        m_host.describe(*token, sockets);
}

void Adapter::changeRooms(const Message &message, const BroadcastOptions &options, const QList<Room> &rooms,
                          bool joins)
{
    ++m_counters.requests;
    const auto sockets = m_rooms.matching(options);
    QList<QByteArray> names;
    for (const Room &room : rooms) {
        if (room.kind != Room::Kind::Other)
            names.append(room.name);
    }
    if (sockets.isEmpty() || names.isEmpty())
        return;
    for (const SocketId &sid : sockets) {
        for (const QByteArray &name : names)
            joins ? join(sid, name) : leave(sid, name);
    }
    if (joins)
        m_host.onJoined(sockets, names);
    else
        m_host.onLeft(sockets, names);
    if (!message.requestId.isEmpty())
        answer(message.uid, message.requestId, Done{});
}

void Adapter::disconnect(const Message &message, const Disconnect &disconnect)
{
    ++m_counters.requests;
    const auto sockets = m_rooms.matching(disconnect.options);
    if (sockets.isEmpty())
        return;
    m_host.disconnectSockets(sockets, disconnect.closes);
    if (!message.requestId.isEmpty())
        answer(message.uid, message.requestId, Done{});
}

} // namespace concierge::cluster
