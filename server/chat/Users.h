#pragma once

#include "chat/Fifo.h"
#include "chat/Outbound.h"
#include "chat/Types.h"

#include <QHashFunctions>
#include <QSet>

#include <unordered_map>
#include <vector>

namespace concierge::chat {

/// Clients choose their ids, so the hash has this process's seed.
struct SeededHash
{
    template <class T>
    std::size_t operator()(const T &value) const noexcept
    {
        return qHash(value, QHashSeed::globalSeed());
    }
};

/// A user with at least one socket, or gone for less than the grace.
struct User
{
    explicit User(UserId name)
        : id(std::move(name))
    {}

    bool isConnected() const noexcept { return !sockets.empty(); }

    const UserId id;
    std::vector<SocketRef> sockets; ///< sorted by worker
    Status status = Status::Online; ///< Online or Idle
    bool saidIdle = false;          ///< idle is the user's own word, which events do not undo
    Milliseconds lastActivity{};    ///< monotonic

    // Presence's own.
    bool isListed = false;
    std::size_t listIndex = 0; ///< place among the online users
    User *older = nullptr;     ///< in the one line by time that it stands in, if any
    User *newer = nullptr;
};

struct Reading;

/// An event that a socket was sent, or would have been while its connection was lost.
struct Sent
{
    qint64 order = 0;
    InboxPosition position = 0; ///< 0: it is of no inbox
    InboxPosition cursor = 0;   ///< Stream::cursor once this was sent
    UserId user;
    Push push;
};

/// What a socket was sent, and what its client is known to have read. Streams' own.
struct Stream
{
    Fifo<Sent> log;                   ///< not proven yet
    qint64 provenOrder = 0;           ///< of the last that left the log
    InboxPosition cursor = 0;         ///< up to here the user's inbox has been sent
    std::shared_ptr<Reading> reading; ///< nullptr: it has had all there was, and hears the rest at once
    /// How far it had come with users that it spoke for before, the last few.
    std::vector<std::pair<UserId, InboxPosition>> earlier;
};

/// What a socket was when its connection was lost, for when it comes back. LostSockets' own.
struct Lost
{
    UserId user; ///< empty: it was not registered
    PresenceMode presence = PresenceMode::None;
    QSet<UserId> watched;
    Milliseconds until{}; ///< monotonic
    qint64 bytes = 0;     ///< that it is counted for
};

struct EarlyEvents;

struct Socket
{
    explicit Socket(SocketRef name);
    ~Socket();

    const SocketRef ref;
    User *user = nullptr; ///< nullptr: not registered
    SocketId sid;
    QByteArray pid;  ///< empty: it cannot be recovered
    UserId spokeFor; ///< whose it was before a restart, when its client came back; empty: nobody is known
    QByteArray presented;               ///< the offset it came with, until all that it can settle is settled
    std::unique_ptr<Stream> stream;     ///< nullptr: it never registered
    std::unique_ptr<Lost> lost;         ///< nullptr: it is connected
    std::unique_ptr<EarlyEvents> early; ///< nullptr: its events need not wait for a newUser
    Milliseconds since{};               ///< monotonic; its connection
    Milliseconds lastEvent{};           ///< monotonic; at first `since`
    PresenceMode presence = PresenceMode::None;
    bool acknowledges = false;   ///< as its latest newUser said
    bool isRegistering = false;  ///< its newUser has not been answered yet
    std::size_t listenIndex = 0; ///< Presence: place among the sockets of its mode
    quint64 heardList = 0;       ///< Presence: version of the last list sent; 0: none
    QSet<UserId> watched;
};

/// The sockets and users there are, and which socket speaks for which user. Addresses stay valid until
/// removal. Thread: chat.
class Users
{
public:
    Socket &connect(const SocketRef &ref) { return m_sockets.try_emplace(ref, ref).first->second; }
    Socket *find(const SocketRef &ref);
    /// The socket must speak for nobody.
    void disconnect(const Socket &socket) { m_sockets.erase(SocketRef(socket.ref)); }

    User *find(const UserId &id);
    User &findOrAdd(const UserId &id) { return m_users.try_emplace(id, id).first->second; }
    /// The user must have no socket.
    void remove(const User &user) { m_users.erase(UserId(user.id)); }

    static void attach(Socket &socket, User &user);
    static void detach(Socket &socket);

private:
    std::unordered_map<SocketRef, Socket, SeededHash> m_sockets;
    std::unordered_map<UserId, User, SeededHash> m_users;
};

} // namespace concierge::chat
