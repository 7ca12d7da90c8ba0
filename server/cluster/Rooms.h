#pragma once

#include "cluster/BroadcastOptions.h"
#include "shared/Ids.h"

#include <QHash>
#include <QList>

#include <vector>

namespace concierge::cluster {

/// Whom something is for: those sockets, or with `isEveryone` all but those. A list of all is never made for
/// what is for all.
struct Audience
{
    bool isEveryone = false;
    QList<SocketId> sockets; ///< each once

    friend bool operator==(const Audience &, const Audience &) = default;
};

/// Which sockets of this node are in which rooms. A socket is in the room of its own id as long as it is
/// here, without an entry for it. Rooms are there while somebody is in them. A number as a room is its
/// digits. Joining and leaving take the time of the shorter of two lists, the socket's rooms and the room's
/// sockets. Thread: one.
class Rooms
{
public:
    /// False: it is here already.
    bool add(const SocketId &sid);
    /// Out of all rooms. Returns those that ended, its own not counted.
    QList<QByteArray> remove(const SocketId &sid);
    bool contains(const SocketId &sid) const { return m_socketIndexes.contains(sid); }
    qsizetype socketCount() const noexcept { return m_socketIndexes.size(); }

    enum class Change : quint8 {
        None,     ///< it was so already, or the socket is not here
        Member,   ///< one more, or one less
        Existence ///< the room began, or ended
    };
    Change join(const SocketId &sid, const QByteArray &room);
    /// Its own room is never left.
    Change leave(const SocketId &sid, const QByteArray &room);

    /// Whether there is anybody in it.
    bool hasRoom(QByteArrayView room) const;
    QList<QByteArray> roomsOf(const SocketId &sid) const; ///< its own first
    QList<QByteArray> names() const;                      ///< of all rooms, those of sockets too; each once
    /// Of the rooms that sockets joined, without their own.
    QList<QByteArray> joinedRooms() const { return m_roomIndexes.keys(); }

    /// The sockets in any of the rooms (all, where none is named), without those in any of `except`; each
    /// once. Takes the time of what it looks at: the sockets in those rooms.
    QList<SocketId> matching(const BroadcastOptions &options) const;
    /// The same without a list of all.
    Audience audience(const BroadcastOptions &options) const;

private:
    /// A membership, in the list of its socket and in that of its room; each knows where the other is.
    struct Edge
    {
        quint32 other;    ///< index of the room, or of the socket
        quint32 position; ///< in the other's list
    };
    struct SocketEntry
    {
        SocketId sid;
        std::vector<Edge> rooms;
        mutable quint64 mark = 0; ///< of the last matching() that saw it
    };
    struct RoomEntry
    {
        QByteArray name;
        std::vector<Edge> sockets;
    };

    static quint32 take(std::vector<quint32> &free, auto &entries);
    /// Takes the membership out of both lists. True: the room is empty now, and gone.
    bool unlink(quint32 socket, quint32 position);
    std::optional<quint32> findEdge(quint32 socket, quint32 room) const;

    /// Calls `each` for the sockets of a room, its namesake first.
    void forEachIn(const Room &room, auto each) const;

    std::vector<SocketEntry> m_sockets;
    std::vector<RoomEntry> m_rooms;
    std::vector<quint32> m_freeSockets;
    std::vector<quint32> m_freeRooms;
    QHash<SocketId, quint32> m_socketIndexes;
    QHash<QByteArray, quint32> m_roomIndexes;
    mutable quint64 m_mark = 0;
};

} // namespace concierge::cluster
