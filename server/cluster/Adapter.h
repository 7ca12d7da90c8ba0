#pragma once

#include "cluster/AdapterHost.h"
#include "cluster/Channels.h"
#include "shared/Clock.h"

#include <map>

namespace concierge::cluster {

enum class Protocol : quint8 { Classic, Sharded };

/// Which rooms of the sharded adapter have a channel of their own. All nodes must say the same: what is
/// published there is heard by those that subscribe there. Source: createShardedAdapter(),
/// `subscriptionMode`.
enum class RoomChannels : quint8 {
    None,   ///< `static`
    Public, ///< `dynamic`, the default there: all but those of single sockets
    All     ///< `dynamic-private`
};

struct AdapterOptions
{
    QByteArray key = QByteArrayLiteral("socket.io"); ///< `key`, or `channelPrefix`
    QByteArray nsp = QByteArrayLiteral("/");
    Protocol protocol = Protocol::Classic;
    RoomChannels roomChannels = RoomChannels::Public;
    /// Classic: answers go to the asking node alone (`publishOnSpecificResponseChannel`), not to all. Every
    /// node listens on both.
    bool answersPrivately = false;
    /// Of other nodes' requests that wait for sockets here. What is more is served without answers, so the
    /// asking node hears of its time-out.
    qsizetype openRequestsMax = 1000;
    Milliseconds ackTimeoutMax{60'000}; ///< however long the other node would wait for acknowledgements
    Milliseconds requestTimeout{5'000}; ///< Node's `requestsTimeout`
};

/// What to subscribe to. See Adapter::subscriptions().
struct Subscriptions
{
    QList<QByteArray> patterns; ///< PSUBSCRIBE
    QList<QByteArray> channels; ///< SUBSCRIBE; of the sharded adapter SSUBSCRIBE
};

struct AdapterCounters
{
    quint64 received = 0;   ///< messages, all
    quint64 own = 0;        ///< of these: what this node itself published
    quint64 notForUs = 0;   ///< for rooms with nobody here, other namespaces, answers to others
    quint64 marked = 0;     ///< broadcasts that had come by another way
    quint64 dropped = 0;    ///< what could not be understood
    quint64 broadcasts = 0; ///< events sent to sockets
    quint64 requests = 0;   ///< of other nodes, all but broadcasts
    quint64 refused = 0;    ///< requests beyond openRequestsMax
    quint64 expired = 0;    ///< requests that ended without all their answers
    quint64 published = 0;  ///< messages, answers among them
};

/// A node of a Socket.IO cluster, for one namespace: what Node's adapter does with what others publish, and
/// with what is to reach their clients. Without I/O: what was received comes by receive(), what is to be sent
/// goes to the sink. Answers every request that asks for one, even with nothing; one that needs sockets of
/// other threads when the host has told. Nothing that comes in can do more harm than being dropped and
/// counted. Source: @socket.io/redis-adapter 8.3, socket.io-adapter 2.5 (ClusterAdapter). Thread: one.
class Adapter
{
public:
    Adapter(AdapterOptions options, AdapterHost &host, AdapterSink &sink, const Clock &clock);

    const QByteArray &uid() const noexcept { return m_uid; }
    const Rooms &rooms() const noexcept { return m_rooms; }
    const AdapterCounters &counters() const noexcept { return m_counters; }
    /// All that must be subscribed to now, for a new connection to Redis. Once it is, other nodes wait for
    /// this one's answers.
    Subscriptions subscriptions() const;

    // The sockets of this node.
    void add(const SocketId &sid);
    void remove(const SocketId &sid);
    void join(const SocketId &sid, const QByteArray &room);
    void leave(const SocketId &sid, const QByteArray &room);

    /// A message of a channel that subscriptions() names, or the sink was asked for.
    void receive(QByteArrayView channel, QByteArrayView payload);

    /// Publishes the event for the other nodes' sockets; this node's are the caller's own business. `emit`
    /// must pass checkEvent(). Errors, upon which nothing is published: TooDeep, BadPlaceholder.
    [[nodiscard]] std::optional<DecodeError> publish(const BroadcastOptions &options, const Emit &emit);
    /// Has those sockets leave, or end their connections: on all nodes, and here at once.
    void disconnectSockets(const BroadcastOptions &options, bool closes);

    // What the host answers. Late ones, and those to tokens that are done, are passed over.
    /// A client's acknowledgement: its first argument, or null.
    void acknowledged(RequestToken token, const JsonValue &value);
    void described(RequestToken token, const QList<RemoteSocket> &sockets);

    /// Ends the requests whose time is over.
    void tick();
    /// When tick() has something to do at the earliest, on the clock's monotonic time.
    std::optional<Milliseconds> next() const;

private:
    struct OpenRequest
    {
        QByteArray uid;
        QByteArray requestId;
        Milliseconds deadline;
        qsizetype missing; ///< answers of clients; of a description 1
        bool isFetch;
    };
    struct Handler;

    /// Nothing: it is not for this node, or its own.
    std::optional<Result<Message, DecodeError>> read(QByteArrayView channel, QByteArrayView payload);

    void broadcast(const Broadcast &broadcast);
    void broadcastWithAck(const Message &message, const Broadcast &broadcast);
    void fetch(const Message &message, const Fetch &fetch);
    void changeRooms(const Message &message, const BroadcastOptions &options, const QList<Room> &rooms,
                     bool joins);
    void disconnect(const Message &message, const Disconnect &disconnect);

    std::optional<RequestToken> open(const Message &message, Milliseconds timeout, qsizetype answers,
                                     bool isFetch);
    void answer(const QByteArray &uid, const QByteArray &requestId, MessageBody body);
    std::optional<DecodeError> send(const QByteArray &channel, const Message &message);
    /// How many of this node's sockets that is.
    qsizetype sizeOf(const Audience &audience) const;
    QByteArray channelFor(const BroadcastOptions &options) const;
    bool hasChannel(const QByteArray &room) const;
    void onRoom(const QByteArray &room, bool hasBegun);

    const AdapterOptions m_options;
    const Channels m_channels;
    const QByteArray m_uid;
    const QByteArray m_ownMark; ///< how an own broadcast begins (classic) or ends (sharded, in JSON)
    AdapterHost &m_host;
    AdapterSink &m_sink;
    const Clock &m_clock;
    Rooms m_rooms;
    AdapterCounters m_counters;
    std::map<RequestToken, OpenRequest> m_open;
    RequestToken m_lastToken = 0;
};

} // namespace concierge::cluster
