#pragma once

#include "cluster/Message.h"
#include "cluster/Rooms.h"

namespace concierge::cluster {

/// Names a request of another node that waits for something of this one's sockets. Given to nobody twice.
using RequestToken = quint64;

/// What an Adapter asks of the sockets of this node. They may live on other threads: nothing here has to have
/// happened when a call returns. Of one caller's calls the order must be kept for each socket. A socket that
/// is gone meanwhile is passed over. Implemented by who owns both; not called after the Adapter's end.
/// Thread: the Adapter's.
class AdapterHost
{
public:
    virtual ~AdapterHost() = default;

    /// Sends the event. toFrames() makes it what sockets take.
    virtual void emitEvent(const Audience &audience, const Emit &emit, const EmitFlags &flags) = 0;
    /// The same, asking each client for an acknowledgement, which the host tells by Adapter::acknowledged()
    /// if it comes within `timeout`. Of those that do not come nothing need be told.
    virtual void emitWithAck(RequestToken token, const Audience &audience, const Emit &emit,
                             const EmitFlags &flags, Milliseconds timeout) = 0;

    /// Another node had those sockets join or leave those rooms. Adapter::rooms() knows already.
    virtual void onJoined(const QList<SocketId> &sockets, const QList<QByteArray> &rooms) = 0;
    virtual void onLeft(const QList<SocketId> &sockets, const QList<QByteArray> &rooms) = 0;
    /// They leave the namespace, or with `closes` end their connections. The host calls Adapter::remove()
    /// when that has happened, as for any socket.
    virtual void disconnectSockets(const QList<SocketId> &sockets, bool closes) = 0;

    /// Wants to know all about those sockets, which the host tells, those of all threads at once, by
    /// Adapter::described() within requestTimeout: later nobody waits any more.
    virtual void describe(RequestToken token, const QList<SocketId> &sockets) = 0;

    /// A node of ours has put that marker on an event. False: it came here by another way, and is dropped.
    virtual bool takesMarked(QByteArrayView marker) = 0;

    /// A message was dropped for what it is. For the log.
    virtual void onDropped(QByteArrayView channel, DecodeError error) = 0;
};

/// Where an Adapter's messages go: to Redis. Thread: the Adapter's.
class AdapterSink
{
public:
    virtual ~AdapterSink() = default;
    /// PUBLISH, of the sharded adapter SPUBLISH. What cannot be sent may be dropped: pub/sub promises
    /// nothing.
    virtual void publish(const QByteArray &channel, const QByteArray &payload) = 0;
    /// SSUBSCRIBE and SUNSUBSCRIBE of one channel: a room of the sharded adapter began or ended.
    virtual void subscribe(const QByteArray &channel) = 0;
    virtual void unsubscribe(const QByteArray &channel) = 0;
};

} // namespace concierge::cluster
