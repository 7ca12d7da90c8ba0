#pragma once

#include "cluster/Adapter.h"
#include "cluster/ClassicCodec.h"
#include "cluster/ShardedCodec.h"
#include "support/FakeClock.h"

#include <algorithm>

namespace concierge::test {

using namespace concierge::cluster;

/// Writes down what an Adapter asks of it.
class FakeHost final : public AdapterHost
{
public:
    struct Emitted
    {
        Audience audience;
        Emit emit;
        EmitFlags flags;
        RequestToken token = 0; ///< 0: without acknowledgement
        Milliseconds timeout{0};
    };
    struct Change
    {
        QList<SocketId> sockets;
        QList<QByteArray> rooms;
        bool closes = false;
    };

    void emitEvent(const Audience &audience, const Emit &emit, const EmitFlags &flags) override
    {
        emitted.append({audience, emit, flags});
    }
    void emitWithAck(RequestToken token, const Audience &audience, const Emit &emit, const EmitFlags &flags,
                     Milliseconds timeout) override
    {
        emitted.append({audience, emit, flags, token, timeout});
    }
    void onJoined(const QList<SocketId> &sockets, const QList<QByteArray> &rooms) override
    {
        joined.append({sockets, rooms});
    }
    void onLeft(const QList<SocketId> &sockets, const QList<QByteArray> &rooms) override
    {
        left.append({sockets, rooms});
    }
    void disconnectSockets(const QList<SocketId> &sockets, bool closes) override
    {
        disconnected.append({sockets, {}, closes});
    }
    void describe(RequestToken token, const QList<SocketId> &sockets) override
    {
        describeToken = token;
        described = sockets;
    }
    bool takesMarked(QByteArrayView marker) override { return marker != unwantedMarker; }
    void onDropped(QByteArrayView, DecodeError error) override { dropped.append(error); }

    QList<Emitted> emitted;
    QList<Change> joined;
    QList<Change> left;
    QList<Change> disconnected;
    RequestToken describeToken = 0;
    QList<SocketId> described;
    QList<DecodeError> dropped;
    QByteArray unwantedMarker = "known";
};

class FakeSink final : public AdapterSink
{
public:
    struct Published
    {
        QByteArray channel;
        QByteArray payload;
    };
    void publish(const QByteArray &channel, const QByteArray &payload) override
    {
        published.append({channel, payload});
    }
    void subscribe(const QByteArray &channel) override { subscribed.append(channel); }
    void unsubscribe(const QByteArray &channel) override { subscribed.removeOne(channel); }

    QList<Published> published;
    QList<QByteArray> subscribed;
};

/// A node with sockets `a` (in r), `b` (in r and s) and `c`.
struct Node
{
    explicit Node(const AdapterOptions &options = {})
        : adapter(options, host, sink, clock)
    {
        for (const char *name : {"a", "b", "c"})
            adapter.add(SocketId(name));
        adapter.join(SocketId("a"), "r");
        adapter.join(SocketId("b"), "r");
        adapter.join(SocketId("b"), "s");
    }

    /// What another node says on a classic channel.
    void hear(const QByteArray &channel, const Message &message)
    {
        adapter.receive(channel, *classic::encode(message, "/"));
    }
    void request(const Message &message) { hear("socket.io-request#/#", message); }
    void request(const QByteArray &json) { adapter.receive("socket.io-request#/#", json); }
    void broadcast(const BroadcastOptions &options, const Emit &emit)
    {
        const Channels channels("socket.io", "/");
        hear(options.rooms.size() == 1 ? channels.ofRoom(options.rooms.front().name) : channels.everybody(),
             {"other1", {}, Broadcast{emit, options}});
    }

    FakeHost host;
    FakeSink sink;
    FakeClock clock;
    Adapter adapter;
};

inline QList<QByteArray> sorted(const QList<SocketId> &sids)
{
    QList<QByteArray> names;
    for (const SocketId &sid : sids)
        names.append(sid.utf8());
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace concierge::test
