#pragma once

#include "app/EventDecoder.h"
#include "app/SignIn.h"
#include "chat/Offsets.h"
#include "chat/Outbound.h"
#include "metrics/Metrics.h"
#include "shared/TokenBucket.h"
#include "socketio/Socket.h"
#include "transport/DeadlineWheel.h"

#include <QHash>
#include <QSet>

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace concierge::app {

/// Where a gateway puts the commands of one turn of its event loop. Implemented by ChatHost.
class CommandSink
{
public:
    virtual ~CommandSink() = default;
    /// Whether client events are taken now. False: the chat is behind by more than it may be.
    virtual bool acceptsEvents() const = 0;
    /// Called with at least one command; leaves the vector empty. Thread: the gateway's.
    virtual void submit(std::vector<chat::Command> &commands) = 0;
};

/// Hears of a gateway's sockets what other servers have to know. Implemented by ClusterMember. Thread: the
/// gateway's.
class SocketWatch
{
public:
    virtual ~SocketWatch() = default;
    virtual void onSocketConnected(const socketio::Socket &socket) = 0;
    /// Also of one that was never connected.
    virtual void onSocketEnded(quint64 tag) = 0;
    /// The client has this offset, or soon will. Never empty.
    virtual void onOffset(quint64 tag, const QByteArray &offset) = 0;
    virtual void onRooms(const chat::SpeaksFor &change) = 0;
    virtual void onRooms(const chat::ChatJoined &change) = 0;
    virtual void onRooms(const chat::ChatLeft &change) = 0;
};

/// The offset of a client that has none: presented, it is as good as none.
inline constexpr QByteArrayView noOffset = "-";

/// What newUser as somebody else, and another CONNECT on the same connection, cost in events: they are those
/// with the most work behind them, from the registration on disk to everybody's presence list. A client joins
/// once, and a burst of 10,000 has room for twenty more namespaces at once.
inline constexpr int costOfAnotherUser = 100;
inline constexpr int costOfAnotherSocket = 500;

struct GatewayOptions
{
    quint32 worker = 0;
    DecodeLimits limits;
    QByteArray offsetSecret;        ///< the inbox's
    bool recovers = true;           ///< sockets get a `pid`, and their events an offset
    RateLimit eventRate{};          ///< of one connection; see costOfAnotherUser
    Milliseconds registerTimeout{}; ///< a socket without newUser is closed; 0: never
};

/// Joins Socket.IO and chat for one io worker: JSON ⇄ values. Events become Commands, gathered per turn;
/// Outbound is encoded once and sent to all its sockets. A CONNECT that names a `pid` waits for the chat's
/// answer. Thread: its worker's.
class ChatGateway final : public socketio::NamespaceHandler, private transport::Deadline
{
public:
    /// `deadlines` are the worker's.
    ChatGateway(GatewayOptions options, CommandSink &sink, transport::DeadlineWheel &deadlines,
                metrics::ThreadCounters &counters);
    ~ChatGateway() override;

    /// Token mode from here on; before the first client. Without, it is open mode.
    void requireTokens(std::unique_ptr<SignIn> signIn) { m_signIn = std::move(signIn); }
    /// Null: open mode.
    SignIn *signIn() const noexcept { return m_signIn.get(); }

    /// Before the first client; it outlives the sockets. Without, this is the only server.
    void setWatch(SocketWatch *watch) noexcept { m_watch = watch; }

    bool hasCommands() const noexcept { return !m_commands.empty(); }
    /// Hands the gathered commands over.
    void submit();
    /// Of the newest socket there was; tags grow from socket to socket.
    quint64 lastTag() const noexcept { return m_lastSerial; }
    /// Calls `visit` for the sockets with the next tags behind `after`, `max` at most; it may end the one it
    /// is given. Yields the last one's tag; 0: there was none.
    quint64 visitBehind(quint64 after, qsizetype max, const std::function<void(socketio::Socket &)> &visit);
    /// Nothing happens where that socket has gone.
    void visit(quint64 tag, const std::function<void(socketio::Socket &)> &visit);
    /// Carries out what the chat said, in order.
    void deliver(const std::vector<chat::Outbound> &batch);
    /// What was carried out is written by now, as far as its receivers take it: counts how long that took.
    void noteWritten();

    socketio::ConnectDecision onConnectRequest(socketio::Socket &socket, QByteArrayView auth) override;
    void onConnected(socketio::Socket &socket, QByteArrayView auth) override;
    void onEvent(socketio::Socket &socket, const socketio::Event &event) override;
    void onDrained(socketio::Socket &socket) override;
    void onProven(socketio::Socket &socket, quint64 mark) override;
    void onDisconnected(socketio::Socket &socket, socketio::DisconnectReason reason) override;

private:
    struct Written // messages that were read together
    {
        Microseconds readAt{};
        std::uint64_t count = 0;
    };

    /// A socket that has to say newUser by then. All have the same time, so the first in the queue is the
    /// next.
    struct Stranger
    {
        Milliseconds due;
        quint64 tag;
    };

    void onDeadline() override; // the first stranger's
    void expectRegistration(socketio::Socket &socket);
    bool isWithinRate(socketio::Socket &socket, int events = 1);
    bool maySayWho(socketio::Socket &socket, const UserId &user);
    void refuseTooFast(const chat::Origin &origin, QByteArrayView event);
    Microseconds turnTime();
    void carryOut(const chat::Delivery &delivery);
    void carryOut(const chat::Reply &reply);
    void carryOut(const chat::ReportDrained &request);
    void carryOut(const chat::AcceptSocket &answer);
    void carryOut(const chat::EndSocket &end);
    template <class Rooms>
    void carryOut(const Rooms &change)
    {
        if (m_watch)
            m_watch->onRooms(change);
    }
    void sendAcknowledged(socketio::Socket &socket, const chat::GetMessage &push, qint64 order);
    QByteArray offsetOf(const std::optional<chat::StreamMark> &mark) const;
    void refuse(const chat::Origin &origin, socketio::Socket &socket, QByteArrayView event,
                chat::Error error);
    void authenticate(socketio::Socket &socket, const socketio::Event &event);
    void stamp(chat::Command &command);
    void willBeWritten(Microseconds readAt);

    const GatewayOptions m_options;
    const chat::OffsetCodec m_offsets;
    CommandSink &m_sink;
    transport::DeadlineWheel &m_deadlines;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    std::unique_ptr<SignIn> m_signIn;
    SocketWatch *m_watch = nullptr; // nullptr: nobody else has to know of the sockets
    std::vector<chat::Command> m_commands;
    std::optional<Microseconds> m_turnTime; // when they were read: the clock is looked at once a turn
    std::deque<Stranger> m_strangers;
    std::vector<Written> m_written;               // messages since noteWritten()
    QHash<quint64, socketio::Socket *> m_sockets; // by Socket::tag
    std::set<quint64> m_tags;                     // of the same, to go through them bit by bit
    QSet<quint64> m_awaitingDrain;                // tags of those that the chat asked for
    QSet<quint64> m_acknowledging;                // tags of those whose clients answer each getMessage
    quint64 m_lastSerial = 0;
};

} // namespace concierge::app
