#pragma once

#include "engineio/Session.h"
#include "shared/Ids.h"
#include "socketio/Packet.h"

#include <functional>
#include <span>
#include <vector>

namespace concierge::socketio {

/// Why a Socket ended, in Socket.IO's words.
enum class DisconnectReason : quint8 {
    ClientNamespaceDisconnect,
    ServerNamespaceDisconnect,
    TransportClose,
    TransportError,
    PingTimeout,
    ParseError,
    ForcedServerClose,
    SlowConsumer,
    ServerShuttingDown
};
QByteArrayView toString(DisconnectReason reason);

/// One received event. Views are valid during the call only. `arguments` are JSON spans without the event's
/// name; binary arguments are placeholders into `attachments`.
struct Event
{
    QByteArrayView name; ///< unescaped; a numeric name as its text
    std::vector<QByteArrayView> arguments;
    const QList<QByteArray> &attachments;
    std::optional<quint64> ackId;
    int depth = 0; ///< arrays and objects within each other, the packet's own array counted
};

/// A client in one namespace. Made and ended by Connection. Thread: one io thread for life.
class Socket
{
public:
    virtual ~Socket() = default;
    virtual const SocketId &id() const = 0;
    virtual const QByteArray &nsp() const = 0;
    virtual const transport::HttpRequest &handshake() const = 0;
    virtual bool isConnected() const = 0;
    /// What waits to be taken by the client, on this and its other namespaces, is within the soft limit.
    virtual bool isWritable() const = 0;

    /// Sends frames that encode() made, perhaps once for many sockets (the frames name the namespace).
    virtual transport::SendStatus send(std::span<const transport::Frame> frames, bool isVolatile = false) = 0;
    /// One event. `jsonArguments` are JSON texts.
    transport::SendStatus emitEvent(QByteArrayView name, std::span<const QByteArrayView> jsonArguments,
                                    const QList<QByteArray> &attachments = {});
    using AckHandler =
        std::function<void(std::vector<QByteArrayView> arguments, const QList<QByteArray> &attachments)>;
    /// An event that asks for an acknowledgement; ids start at 0. The handler is dropped when the socket
    /// ends.
    virtual transport::SendStatus
    emitWithAck(QByteArrayView name, std::span<const QByteArrayView> jsonArguments, AckHandler handler) = 0;
    /// Answers a client's ack id: the first answer is sent, others, and answers to an id that nobody sent,
    /// are not.
    void ack(quint64 id, std::span<const QByteArrayView> jsonArguments,
             const QList<QByteArray> &attachments = {});
    /// Leaves the namespace (packet `41`); with `closeConnection` leaves every namespace and ends the whole
    /// session. onDisconnected is called from within; the object itself outlives the call.
    virtual void disconnect(bool closeConnection = false) = 0;

    /// For the handler's own use, e.g. an index.
    quint64 tag = 0;

protected:
    /// Whether that id still waits for its answer; it does not any more after this.
    virtual bool claimAck(quint64 /*id*/) { return true; }
};

/// JSON of a refused CONNECT: `{"message":…,"data":…}`.
struct ConnectRefusal
{
    QByteArray message;
    QByteArray jsonData; ///< empty: no `data`
};

/// What a namespace does; ChatGateway and the conformance fixture implement it. Thread: an io thread; one
/// handler object per worker.
class NamespaceHandler
{
public:
    virtual ~NamespaceHandler() = default;
    /// Before the CONNECT reply. `auth` is a JSON object (`{}` where the client sent none), valid during the
    /// call.
    virtual std::optional<ConnectRefusal> onConnectRequest(const transport::HttpRequest &handshake,
                                                           QByteArrayView auth) = 0;
    /// After the CONNECT reply is written.
    virtual void onConnected(Socket &socket, QByteArrayView auth) = 0;
    virtual void onEvent(Socket &socket, const Event &event) = 0;
    /// A socket whose send() answered Buffered is writable again.
    virtual void onDrained(Socket & /*socket*/) {}
    /// The last call for that socket.
    virtual void onDisconnected(Socket &socket, DisconnectReason reason) = 0;
};

} // namespace concierge::socketio
