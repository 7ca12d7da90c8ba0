#pragma once

#include "cluster/BroadcastOptions.h"
#include "cluster/Emit.h"
#include "cluster/Msgpack.h"

#include <variant>

namespace concierge::cluster {

// What nodes tell each other. The classic and the sharded adapter say the same in two notations: see
// ClassicCodec and ShardedCodec, which name the numbers.

/// An event for clients. With a requestId, acknowledgements are wanted: classic type 7, else the message of a
/// broadcast channel; sharded type 3.
struct Broadcast
{
    Emit emit;
    BroadcastOptions options;

    friend bool operator==(const Broadcast &, const Broadcast &) = default;
};

/// The sids in any of those rooms. Classic only, type 0.
struct SocketsRequest
{
    QList<Room> rooms;

    friend bool operator==(const SocketsRequest &, const SocketsRequest &) = default;
};

/// The names of all rooms. Classic only, type 1.
struct RoomsRequest
{
    friend bool operator==(const RoomsRequest &, const RoomsRequest &) = default;
};

/// Those sockets join, or leave, those rooms: classic types 2 and 3; sharded 4 and 5. With a requestId, which
/// adapters before version 7 give, `options` name one sid, and the node that has it answers Done.
struct Join
{
    BroadcastOptions options;
    QList<Room> rooms;

    friend bool operator==(const Join &, const Join &) = default;
};
struct Leave
{
    BroadcastOptions options;
    QList<Room> rooms;

    friend bool operator==(const Leave &, const Leave &) = default;
};

/// Those sockets leave the namespace, or with `closes` end their connections: classic type 4; sharded 6. With
/// a requestId as Join.
struct Disconnect
{
    BroadcastOptions options;
    bool closes = false;

    friend bool operator==(const Disconnect &, const Disconnect &) = default;
};

/// All about those sockets: classic type 5; sharded 7.
struct Fetch
{
    BroadcastOptions options;

    friend bool operator==(const Fetch &, const Fetch &) = default;
};

/// An event for the nodes themselves, a JSON array: classic type 6; sharded 9.
struct ServerSideEmit
{
    JsonValue event;

    friend bool operator==(const ServerSideEmit &, const ServerSideEmit &) = default;
};

struct SocketsAnswer
{
    QList<QByteArray> sids;

    friend bool operator==(const SocketsAnswer &, const SocketsAnswer &) = default;
};

struct RoomsAnswer
{
    QList<Room> rooms;

    friend bool operator==(const RoomsAnswer &, const RoomsAnswer &) = default;
};

/// A socket as others see it. Source: Socket.IO, RemoteSocket.
struct RemoteSocket
{
    QByteArray id;
    QByteArray handshake = QByteArrayLiteral("{}"); ///< JSON object: headers, time, address, query, auth, …
    QList<Room> rooms;                              ///< its own among them
    QByteArray data = QByteArrayLiteral("{}");      ///< JSON: what the server keeps with it

    friend bool operator==(const RemoteSocket &, const RemoteSocket &) = default;
};

/// Sharded type 8. An answer of no sockets is this, not a SocketsAnswer: the classic adapter's look alike.
struct FetchAnswer
{
    QList<RemoteSocket> sockets;
    QList<QByteArray> attachments; ///< of their handshakes and data; sharded only

    friend bool operator==(const FetchAnswer &, const FetchAnswer &) = default;
};

/// Classic type 6; sharded 10.
struct ServerSideAnswer
{
    JsonValue data;

    friend bool operator==(const ServerSideAnswer &, const ServerSideAnswer &) = default;
};

/// How many clients got a Broadcast that asks for acknowledgements: classic type 8; sharded 11.
struct ClientCount
{
    qint64 count = 0;

    friend bool operator==(const ClientCount &, const ClientCount &) = default;
};

/// A client's acknowledgement, its first argument: classic type 9; sharded 12.
struct ClientAck
{
    JsonValue value;

    friend bool operator==(const ClientAck &, const ClientAck &) = default;
};

/// Answers a Join, Leave or Disconnect that has a requestId. Classic only.
struct Done
{
    friend bool operator==(const Done &, const Done &) = default;
};

using MessageBody =
    std::variant<Broadcast, SocketsRequest, RoomsRequest, Join, Leave, Disconnect, Fetch, ServerSideEmit,
                 SocketsAnswer, RoomsAnswer, FetchAnswer, ServerSideAnswer, ClientCount, ClientAck, Done>;

struct Message
{
    QByteArray uid;       ///< the sender's; empty: it gives none
    QByteArray requestId; ///< empty: none
    MessageBody body;

    friend bool operator==(const Message &, const Message &) = default;
};

/// The uid that all emitters (@socket.io/redis-emitter) have.
inline constexpr QByteArrayView emitterUid = "emitter";

/// A message before and after its notation: JSON text with placeholders for the attachments.
using MessageText = JsonValue;

} // namespace concierge::cluster
