#pragma once

#include "engineio/Session.h"
#include "socketio/Packet.h"
#include "socketio/Socket.h"
#include "transport/DeadlineWheel.h"

#include <QHash>

#include <deque>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace concierge::socketio {

class Connection;
class Server;

/// The Socket that clients of Socket.IO get. Its Connection owns it.
class LiveSocket final : public Socket
{
public:
    LiveSocket(Connection &connection, NamespaceHandler &handler, SocketId id, QByteArray nsp);

    const SocketId &id() const override { return m_id; }
    const QByteArray &nsp() const override { return m_nsp; }
    const transport::HttpRequest &handshake() const override;
    bool isConnected() const override { return m_state == State::Connected; }
    bool isWritable() const override;
    bool isWebSocket() const override;
    qint64 bytesToWrite() const override;
    ConnectionNotes &notes() override;
    void accept(ConnectAcceptance acceptance) override;
    void refuse(const ConnectRefusal &refusal) override;
    transport::SendStatus send(std::span<const transport::Frame> frames, bool isVolatile) override;
    transport::SendStatus emitWithAck(QByteArrayView name, std::span<const QByteArrayView> jsonArguments,
                                      AckHandler handler, const QList<QByteArray> &attachments) override;
    quint64 awaitAck(AckHandler handler) override;
    void forgetAck(quint64 id) override { m_ackHandlers.remove(id); }
    void requestProof(quint64 mark) override;
    void disconnect(bool closeConnection) override;
    void abandon() override;

    NamespaceHandler &handler() const { return m_handler; }
    /// The CONNECT is to be answered later.
    void defer() { m_state = State::Deferred; }
    /// From here on it is connected. An empty `sid` changes nothing.
    void begin(SocketId sid);
    /// False when too many answers are awaited already.
    bool onEvent(PacketView &packet, const QList<QByteArray> &attachments);
    void onAck(PacketView &packet, const QList<QByteArray> &attachments);
    /// Nothing is sent or awaited any more.
    void end();

protected:
    bool claimAck(quint64 id) override;

private:
    enum class State : quint8 { Requested, Deferred, Connected, Ended };

    Connection &m_connection;
    NamespaceHandler &m_handler;
    SocketId m_id;
    const QByteArray m_nsp;
    State m_state = State::Requested;
    quint64 m_nextAckId = 0;
    QHash<quint64, AckHandler> m_ackHandlers; ///< of events that we sent
    QHash<quint64, quint32> m_unanswered;     ///< ack ids that the client sent, and how often
};

/// One session's part in the namespaces: reads its packets in order, owns its Sockets. Any packet that breaks
/// the protocol ends the session. Thread: the session's io thread.
class Connection final : public engineio::SessionListener, private transport::Deadline
{
public:
    Connection(Server &server, engineio::Session &session);
    ~Connection() override;

    void onSessionMessage(transport::FrameKind kind, const QByteArray &data) override;
    void onSessionDrained() override;
    void onSessionProven(quint64 mark) override;
    void onSessionClosed(engineio::CloseReason reason) override;

    engineio::Session &session() const { return m_session; }
    ConnectionNotes &notes() { return m_notes; }
    /// As Session's, but behind what is not with the session yet.
    transport::SendStatus send(std::span<const transport::Frame> frames, bool isVolatile = false);
    void requestProof(quint64 mark);
    bool isWritable() const;
    qint64 bytesToWrite() const;
    /// The answer for the deferred socket.
    void accept(LiveSocket &socket, ConnectAcceptance acceptance);
    void refuse(LiveSocket &socket, const ConnectRefusal &refusal);
    /// The server's word: packet `41`, then the end of that socket.
    void leave(LiveSocket &socket);
    /// As leave() for every socket, then the end of the session.
    void close();
    /// Ends the session without packets `41`.
    void abandon();

private:
    /// What has arrived since a CONNECT was deferred.
    struct HeldBack
    {
        const LiveSocket *deferred = nullptr; // none: what was held back is being handled
        QByteArray auth;
        std::deque<transport::Frame> frames;
        qint64 bytes = 0; // of the frames
    };

    /// What a recovered socket missed may be more than a session's outbox takes: it goes to the session as
    /// that has room, and whatever is sent meanwhile goes behind it.
    struct Backlog
    {
        struct Mark // asked for when all before it was sent
        {
            quint64 value = 0;
        };
        std::deque<std::variant<transport::Frame, Mark>> items;
        qint64 bytes = 0; // of the frames
        qint64 added = 0; // of these, those that came behind what was missed
    };

    void onDeadline() override; // connectTimeout
    void push(std::span<const transport::Frame> frames);
    transport::SendStatus pump();
    void hold(transport::FrameKind kind, const QByteArray &data);
    void resume();
    void receive(transport::FrameKind kind, const QByteArray &data);
    void dispatch(PacketView &packet, const QList<QByteArray> &attachments);
    void connect(QByteArrayView nsp, QByteArrayView auth);
    void defer(LiveSocket &socket, QByteArrayView auth);
    void join(LiveSocket &socket, ConnectAcceptance acceptance, QByteArrayView auth);
    void sendRefusal(QByteArrayView nsp, const ConnectRefusal &refusal);
    void fail();
    void closeSession(engineio::CloseReason reason);
    void end(LiveSocket &socket, DisconnectReason reason);
    void remove(LiveSocket &socket);
    void endAll(DisconnectReason reason);
    LiveSocket *find(QByteArrayView nsp) const;
    template <typename Call>
    void forEachConnected(Call call);

    Server &m_server;
    engineio::Session &m_session;
    ConnectionNotes m_notes;
    Decoder m_decoder;
    std::vector<std::unique_ptr<LiveSocket>> m_sockets; ///< connected, and the deferred one
    std::unique_ptr<Backlog> m_backlog;                 ///< while the session cannot take all
    std::unique_ptr<HeldBack> m_held; ///< while a CONNECT is deferred, and until all is handled
    std::vector<std::unique_ptr<LiveSocket>> m_ended; ///< their own calls may still be on the stack
    bool m_isClosing = false;
};

} // namespace concierge::socketio
