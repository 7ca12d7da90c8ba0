#include "cluster/Rooms.h"

namespace concierge::cluster {

namespace {

/// A name to look up, without a copy.
QByteArray borrowed(QByteArrayView name)
{
    return QByteArray::fromRawData(name.data(), name.size());
}

} // namespace

quint32 Rooms::take(std::vector<quint32> &free, auto &entries)
{
    if (free.empty()) {
        entries.emplace_back();
        return static_cast<quint32>(entries.size() - 1);
    }
    const quint32 index = free.back();
    free.pop_back();
    return index;
}

bool Rooms::add(const SocketId &sid)
{
    if (m_socketIndexes.contains(sid))
        return false;
    const quint32 index = take(m_freeSockets, m_sockets);
    m_sockets[index].sid = sid;
    m_socketIndexes.insert(sid, index);
    return true;
}

QList<QByteArray> Rooms::remove(const SocketId &sid)
{
    QList<QByteArray> ended;
    const auto found = m_socketIndexes.constFind(sid);
    if (found == m_socketIndexes.cend())
        return ended;
    const quint32 index = *found;
    std::vector<Edge> &rooms = m_sockets[index].rooms;
    while (!rooms.empty()) {
        const QByteArray name = m_rooms[rooms.back().other].name;
        if (unlink(index, static_cast<quint32>(rooms.size() - 1)))
            ended.append(name);
    }
    m_socketIndexes.erase(found);
    m_sockets[index] = SocketEntry();
    m_freeSockets.push_back(index);
    return ended;
}

Rooms::Change Rooms::join(const SocketId &sid, const QByteArray &room)
{
    const auto socket = m_socketIndexes.constFind(sid);
    if (socket == m_socketIndexes.cend() || sid.utf8() == room)
        return Change::None;
    auto found = m_roomIndexes.constFind(room);
    const bool isNew = found == m_roomIndexes.cend();
    if (isNew) {
        const quint32 index = take(m_freeRooms, m_rooms);
        m_rooms[index].name = room;
        found = m_roomIndexes.insert(room, index);
    } else if (findEdge(*socket, *found)) {
        return Change::None;
    }
    std::vector<Edge> &rooms = m_sockets[*socket].rooms;
    std::vector<Edge> &members = m_rooms[*found].sockets;
    rooms.push_back({*found, static_cast<quint32>(members.size())});
    members.push_back({*socket, static_cast<quint32>(rooms.size() - 1)});
    return isNew ? Change::Existence : Change::Member;
}

Rooms::Change Rooms::leave(const SocketId &sid, const QByteArray &room)
{
    const auto socket = m_socketIndexes.constFind(sid);
    const auto found = m_roomIndexes.constFind(room);
    if (socket == m_socketIndexes.cend() || found == m_roomIndexes.cend())
        return Change::None;
    const auto position = findEdge(*socket, *found);
    if (!position)
        return Change::None;
    return unlink(*socket, *position) ? Change::Existence : Change::Member;
}

std::optional<quint32> Rooms::findEdge(quint32 socket, quint32 room) const
{
    const std::vector<Edge> &rooms = m_sockets[socket].rooms;
    const std::vector<Edge> &members = m_rooms[room].sockets;
    if (rooms.size() <= members.size()) {
        for (std::size_t i = 0; i < rooms.size(); ++i) {
            if (rooms[i].other == room)
                return static_cast<quint32>(i);
        }
    } else {
        for (const Edge &member : members) {
            if (member.other == socket)
                return member.position;
        }
    }
    return std::nullopt;
}

bool Rooms::unlink(quint32 socket, quint32 position)
{
    std::vector<Edge> &rooms = m_sockets[socket].rooms;
    const Edge edge = rooms[position];
    RoomEntry &room = m_rooms[edge.other];
    // The last of each list takes the place of what goes, and its other end is told.
    if (edge.position + 1 != room.sockets.size()) {
        const Edge moved = room.sockets.back();
        room.sockets[edge.position] = moved;
        m_sockets[moved.other].rooms[moved.position].position = edge.position;
    }
    room.sockets.pop_back();
    if (position + 1 != rooms.size()) {
        const Edge moved = rooms.back();
        rooms[position] = moved;
        m_rooms[moved.other].sockets[moved.position].position = position;
    }
    rooms.pop_back();
    if (!room.sockets.empty())
        return false;
    m_roomIndexes.remove(room.name);
    room = RoomEntry();
    m_freeRooms.push_back(edge.other);
    return true;
}

bool Rooms::hasRoom(QByteArrayView room) const
{
    const QByteArray name = borrowed(room);
    return m_roomIndexes.contains(name) || m_socketIndexes.contains(SocketId(name));
}

QList<QByteArray> Rooms::roomsOf(const SocketId &sid) const
{
    QList<QByteArray> rooms;
    const auto socket = m_socketIndexes.constFind(sid);
    if (socket == m_socketIndexes.cend())
        return rooms;
    rooms.append(sid.utf8());
    for (const Edge &edge : m_sockets[*socket].rooms)
        rooms.append(m_rooms[edge.other].name);
    return rooms;
}

QList<QByteArray> Rooms::names() const
{
    QList<QByteArray> names = m_roomIndexes.keys();
    names.reserve(names.size() + m_socketIndexes.size());
    for (auto it = m_socketIndexes.keyBegin(); it != m_socketIndexes.keyEnd(); ++it) {
        if (!m_roomIndexes.contains(it->utf8()))
            names.append(it->utf8());
    }
    return names;
}

void Rooms::forEachIn(const Room &room, auto each) const
{
    if (room.kind == Room::Kind::Other)
        return;
    const auto namesake = m_socketIndexes.constFind(SocketId(room.name));
    if (namesake != m_socketIndexes.cend())
        each(m_sockets[*namesake]);
    const auto found = m_roomIndexes.constFind(room.name);
    if (found == m_roomIndexes.cend())
        return;
    for (const Edge &edge : m_rooms[*found].sockets)
        each(m_sockets[edge.other]);
}

QList<SocketId> Rooms::matching(const BroadcastOptions &options) const
{
    // What has this mark is left out, or in the list already.
    const quint64 mark = ++m_mark;
    QList<SocketId> sockets;
    const auto add = [&](const SocketEntry &socket) {
        if (std::exchange(socket.mark, mark) != mark)
            sockets.append(socket.sid);
    };
    for (const Room &room : options.except)
        forEachIn(room, [&](const SocketEntry &socket) { socket.mark = mark; });
    for (const Room &room : options.rooms)
        forEachIn(room, add);
    if (options.rooms.isEmpty()) {
        for (const quint32 index : m_socketIndexes)
            add(m_sockets[index]);
    }
    return sockets;
}

Audience Rooms::audience(const BroadcastOptions &options) const
{
    if (!options.rooms.isEmpty())
        return {false, matching(options)};
    if (options.except.isEmpty())
        return {true, {}};
    return {true, matching({options.except, {}, {}})};
}

} // namespace concierge::cluster
