#include "app/ClusterSockets.h"

#include "socketio/Json.h"

#include <QLoggingCategory>

#include <utility>

namespace concierge::app {

Q_DECLARE_LOGGING_CATEGORY(lcCluster)

namespace {

constexpr Milliseconds describePatience{5'000}; // that of who asks
constexpr Milliseconds droppedEvery{10'000};

bool endsWithText(QByteArrayView args)
{
    qsizetype end = args.size() - 1; // its bracket
    while (end > 0 &&
           (args[end - 1] == ' ' || args[end - 1] == '\n' || args[end - 1] == '\t' || args[end - 1] == '\r'))
        --end;
    return end > 0 && args[end - 1] == '"';
}

std::shared_ptr<const RemoteEmit> prepared(const cluster::Emit &emit, bool isAsked)
{
    auto ready = std::make_shared<RemoteEmit>();
    ready->emit = emit;
    ready->endsWithText = endsWithText(emit.args);
    if (!isAsked) // those are made for each socket
        ready->frames = cluster::toFrames(emit, QByteArrayLiteral("/"));
    return ready;
}

} // namespace

ClusterSockets::Known *ClusterSockets::find(const chat::SocketRef &ref)
{
    const auto sid = m_sids.constFind(ref);
    return sid == m_sids.cend() ? nullptr : &*m_known.find(*sid);
}

void ClusterSockets::forget(const chat::SocketRef &ref)
{
    const SocketId sid = m_sids.take(ref);
    if (sid.isEmpty())
        return;
    m_known.remove(sid);
    m_adapter->remove(sid);
}

void ClusterSockets::take(const SocketArrived &arrived)
{
    // A client that came back with its id may be here before its old socket is gone.
    if (const auto old = m_known.constFind(arrived.sid); old != m_known.cend())
        forget(chat::SocketRef(old->ref));
    m_known.insert(arrived.sid, {arrived.socket, arrived.at, {}});
    m_sids.insert(arrived.socket, arrived.sid);
    m_adapter->add(arrived.sid);
}

void ClusterSockets::take(const SocketGone &gone)
{
    forget(gone.socket);
}

void ClusterSockets::take(const chat::SpeaksFor &change)
{
    Known *known = find(change.socket);
    if (!known)
        return;
    const SocketId sid = m_sids.value(change.socket);
    // Whoever comes next at the same socket is in no room of the one before.
    if (!known->user.isEmpty() && known->user != change.user) {
        const auto rooms = m_adapter->rooms().roomsOf(sid);
        for (const QByteArray &room : rooms)
            m_adapter->leave(sid, room);
    }
    known->user = change.user;
    m_adapter->join(sid, change.user.utf8());
    for (const ChatId &chat : change.chats)
        m_adapter->join(sid, chat.utf8());
}

void ClusterSockets::take(const chat::ChatJoined &change)
{
    for (const chat::SocketRef &ref : change.targets) {
        if (find(ref))
            m_adapter->join(m_sids.value(ref), change.chat.utf8());
    }
}

void ClusterSockets::take(const chat::ChatLeft &change)
{
    for (const chat::SocketRef &ref : change.targets) {
        const Known *known = find(ref);
        if (known && known->user.utf8() != change.chat.utf8()) // the room of its user's name stays
            m_adapter->leave(m_sids.value(ref), change.chat.utf8());
    }
}

template <class Put>
void ClusterSockets::forEach(const QList<SocketId> &sockets, Put put) const
{
    for (const SocketId &sid : sockets) {
        if (const auto known = m_known.constFind(sid); known != m_known.cend())
            put(*known);
    }
}

void ClusterSockets::send(RemoteEvent event, const cluster::Audience &audience, const cluster::Emit &emit)
{
    event.emit = prepared(emit, event.token != 0);
    event.isEveryone = audience.isEveryone;
    std::vector<std::vector<quint64>> named(m_workers.workerCount());
    forEach(audience.sockets,
            [&named](const Known &known) { named[known.ref.worker].push_back(known.ref.serial); });
    for (std::size_t worker = 0; worker < named.size(); ++worker) {
        if (!audience.isEveryone && named[worker].empty())
            continue;
        RemoteEvent part = event;
        part.sockets = std::move(named[worker]);
        m_workers.give(worker, std::move(part));
    }
}

void ClusterSockets::emitEvent(const cluster::Audience &audience, const cluster::Emit &emit,
                               const cluster::EmitFlags &flags)
{
    RemoteEvent event;
    event.isVolatile = flags.isVolatile;
    send(std::move(event), audience, emit);
}

void ClusterSockets::emitWithAck(cluster::RequestToken token, const cluster::Audience &audience,
                                 const cluster::Emit &emit, const cluster::EmitFlags &flags,
                                 Milliseconds timeout)
{
    RemoteEvent event;
    event.isVolatile = flags.isVolatile;
    event.token = token;
    event.timeout = timeout;
    send(std::move(event), audience, emit);
}

void ClusterSockets::disconnectSockets(const QList<SocketId> &sockets, bool closes)
{
    std::vector<std::vector<quint64>> named(m_workers.workerCount());
    forEach(sockets, [&named](const Known &known) { named[known.ref.worker].push_back(known.ref.serial); });
    for (std::size_t worker = 0; worker < named.size(); ++worker) {
        if (!named[worker].empty())
            m_workers.give(worker, EndSockets{std::move(named[worker]), closes});
    }
}

void ClusterSockets::describe(cluster::RequestToken token, const QList<SocketId> &sockets)
{
    std::vector<std::vector<DescribeSockets::Asked>> named(m_workers.workerCount());
    forEach(sockets, [&named](const Known &known) {
        named[known.ref.worker].push_back({known.ref.serial, known.since});
    });
    Gathering gathering;
    gathering.until = m_clock.monotonic() + describePatience;
    // Where a thread does not take the question, nobody answers it: too few would be worse than none.
    for (std::size_t worker = 0; worker < named.size(); ++worker) {
        if (named[worker].empty())
            continue;
        ++gathering.missing;
        if (!m_workers.give(worker, DescribeSockets{token, std::move(named[worker])}))
            return;
    }
    if (gathering.missing == 0)
        m_adapter->described(token, {});
    else
        m_gatherings.insert(token, std::move(gathering));
}

void ClusterSockets::take(const SocketsDescribed &described)
{
    const auto found = m_gatherings.find(described.token);
    if (found == m_gatherings.end())
        return;
    for (const auto &[ref, handshake] : described.sockets) {
        const Known *known = find(ref);
        if (!known)
            continue; // gone meanwhile
        const SocketId sid = m_sids.value(ref);
        cluster::RemoteSocket socket{sid.utf8(), handshake, {}, QByteArrayLiteral("{}")};
        for (const QByteArray &room : m_adapter->rooms().roomsOf(sid))
            socket.rooms.append({room});
        if (!known->user.isEmpty())
            socket.data = "{\"userId\":" + json::quoted(known->user.utf8()) + '}';
        found->sockets.append(std::move(socket));
    }
    if (--found->missing > 0)
        return;
    const Gathering gathering = m_gatherings.take(described.token);
    m_adapter->described(described.token, gathering.sockets);
}

void ClusterSockets::tick()
{
    const Milliseconds now = m_clock.monotonic();
    m_gatherings.removeIf([now](const auto &entry) { return entry.value().until <= now; });
}

void ClusterSockets::onDropped(QByteArrayView channel, cluster::DecodeError error)
{
    const Milliseconds now = m_clock.monotonic();
    ++m_droppedUntold;
    if (m_droppedTold && now - *m_droppedTold < droppedEvery)
        return;
    m_droppedTold = now;
    qCWarning(lcCluster).noquote()
        << QStringLiteral("a message of another server on channel %1 is dropped: %2")
               .arg(QString::fromUtf8(channel), QLatin1String(cluster::describe(error)))
        << QStringLiteral("(%1 since the last such line)").arg(std::exchange(m_droppedUntold, 0));
}

} // namespace concierge::app
