#pragma once

#include "engineio/Session.h"
#include "shared/Ids.h"
#include "shared/TokenBucket.h"
#include "socketio/Packet.h"

#include <functional>
#include <span>
#include <variant>
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

/// How a CONNECT is accepted. By default: a new socket, without recovery.
struct ConnectAcceptance
{
    SocketId sid;                   ///< of a recovered socket; empty: the id that this one was made with
    QByteArray pid;                 ///< goes into the reply; empty: none does
    QList<transport::Frame> missed; ///< whole packets, as encode() made them; written before the reply
};

/// A text frame that encode…Text() made, and its attachments, in one send().
class Socket;
transport::SendStatus sendWith(Socket &socket, transport::Frame text, const QList<QByteArray> &attachments);

/// JSON of a refused CONNECT: `{"message":…,"data":…}`.
struct ConnectRefusal
{
    QByteArray message;
    QByteArray jsonData; ///< empty: no `data`
};

/// The answer is to come: Socket::accept() or Socket::refuse().
struct ConnectDeferred
{};

using ConnectDecision = std::variant<ConnectAcceptance, ConnectRefusal, ConnectDeferred>;

/// What a handler keeps for a connection, whatever sockets it has one after the other: for its own use.
struct ConnectionNotes
{
    TokenBucket events;                        ///< how many it has sent of late
    std::size_t identity = 0;                  ///< who it has said to be, hashed; 0: nobody yet
    bool hasAsked = false;                     ///< there was a CONNECT
    std::optional<Milliseconds> strangerSince; ///< when it should have begun to say who it is
};

/// A client in one namespace, or one that asks to be. Made and ended by Connection. Thread: one io thread for
/// life.
class Socket
{
public:
    virtual ~Socket() = default;
    /// Changes once at most: by an acceptance that names another.
    virtual const SocketId &id() const = 0;
    virtual const QByteArray &nsp() const = 0;
    virtual const transport::HttpRequest &handshake() const = 0;
    /// From its acceptance to its end.
    virtual bool isConnected() const = 0;
    /// What waits to be taken by the client, on this and its other namespaces, is within the soft limit.
    virtual bool isWritable() const = 0;

    /// The connection that carries it, with the sockets of its other namespaces.
    virtual bool isWebSocket() const = 0;
    virtual qint64 bytesToWrite() const = 0; ///< that wait to be taken by the client
    virtual ConnectionNotes &notes() = 0;

    /// Answer a CONNECT that onConnectRequest() deferred; not from within that call. They do nothing on a
    /// socket that is connected or has ended. accept() writes what was missed and the reply, calls
    /// onConnected, and goes on with the packets that were held back. refuse() writes CONNECT_ERROR and goes
    /// on likewise; the socket, which outlives the call only, gets no onDisconnected.
    virtual void accept(ConnectAcceptance acceptance) = 0;
    virtual void refuse(const ConnectRefusal &refusal) = 0;

    /// Sends frames that encode() made, perhaps once for many sockets (the frames name the namespace).
    virtual transport::SendStatus send(std::span<const transport::Frame> frames, bool isVolatile = false) = 0;
    /// One event. `jsonArguments` are JSON texts.
    transport::SendStatus emitEvent(QByteArrayView name, std::span<const QByteArrayView> jsonArguments,
                                    const QList<QByteArray> &attachments = {});
    using AckHandler =
        std::function<void(std::vector<QByteArrayView> arguments, const QList<QByteArray> &attachments)>;
    /// An event that asks for an acknowledgement; ids start at 0. The handler is dropped when the socket
    /// ends.
    virtual transport::SendStatus emitWithAck(QByteArrayView name,
                                              std::span<const QByteArrayView> jsonArguments,
                                              AckHandler handler,
                                              const QList<QByteArray> &attachments = {}) = 0;
    /// For who makes the frames: the next id, whose answer the handler gets. It is dropped when the socket
    /// ends, or by forgetAck(), which is needed where an event is not sent, or an answer is waited for no
    /// longer.
    virtual quint64 awaitAck(AckHandler handler) = 0;
    virtual void forgetAck(quint64 id) = 0;
    /// Answers a client's ack id: the first answer is sent, others, and answers to an id that nobody sent,
    /// are not.
    void ack(quint64 id, std::span<const QByteArrayView> jsonArguments,
             const QList<QByteArray> &attachments = {});
    /// Asks for NamespaceHandler::onProven(`mark`): see engineio::Session::requestProof(). All sockets of a
    /// session share its marks.
    virtual void requestProof(quint64 mark) = 0;
    /// Leaves the namespace (packet `41`), where it has joined it; with `closeConnection` leaves every
    /// namespace and ends the whole session, which a deferred socket may do too. onDisconnected is called
    /// from within; the object itself outlives the call.
    virtual void disconnect(bool closeConnection = false) = 0;
    /// Ends the whole session without a word to its namespaces: for the official client a lost connection,
    /// after which it comes back by itself. Otherwise as disconnect().
    virtual void abandon() = 0;

    /// For the handler's own use, e.g. an index.
    quint64 tag = 0;
    bool isExpected = false; ///< the same: has shown that it belongs here

protected:
    /// Whether that id still waits for its answer; it does not any more after this.
    virtual bool claimAck(quint64 /*id*/) { return true; }
};

/// What a namespace does; ChatGateway and the conformance fixture implement it. Thread: an io thread; one
/// handler object per worker.
class NamespaceHandler
{
public:
    virtual ~NamespaceHandler() = default;
    /// A client asks to join; `socket` is not connected yet. `auth` is a JSON object (`{}` where the client
    /// sent none), valid during the call. With a refusal this is the only call for that socket, and it is
    /// gone right after. Otherwise the last one is onDisconnected, also when the socket is never connected
    /// because its session ends first.
    ///
    /// While it is deferred, everything else that the session receives is held back, in order, up to
    /// ServerOptions::heldMaxBytes and heldMaxFrames: more ends the session, "parse error". So does, as
    /// always, ServerOptions::connectTimeout where no namespace is joined by then. Heartbeats go on.
    virtual ConnectDecision onConnectRequest(Socket &socket, QByteArrayView auth) = 0;
    /// After the CONNECT reply is written. `auth` as in the request, valid during the call.
    virtual void onConnected(Socket &socket, QByteArrayView auth) = 0;
    virtual void onEvent(Socket &socket, const Event &event) = 0;
    /// A socket whose send() answered Buffered is writable again.
    virtual void onDrained(Socket & /*socket*/) {}
    /// Answers requestProof(), of this socket or of another on its session.
    virtual void onProven(Socket & /*socket*/, quint64 /*mark*/) {}
    /// The last call for that socket, connected before or deferred.
    virtual void onDisconnected(Socket &socket, DisconnectReason reason) = 0;
};

} // namespace concierge::socketio
