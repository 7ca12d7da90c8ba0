#pragma once

#include "chat/Types.h"

#include <variant>

/// What io threads ask of the chat: values only. Every command that a client event caused carries the ack id
/// it gave.
namespace concierge::chat {

struct Origin
{
    SocketRef socket;
    std::optional<quint64> ackId;
    friend bool operator==(const Origin &, const Origin &) = default;
};

/// A new one.
struct SocketConnected
{
    SocketRef socket;
    SocketId sid;
    QByteArray pid; ///< what it may present to be recovered; empty: it cannot be
};
/// One that presents the `pid` of an earlier one, and the last offset it saw. Answered by AcceptSocket: where
/// it cannot be recovered it is a new one, with the new ids given here.
struct RecoverSocket
{
    SocketRef socket;
    SocketId newSid;
    QByteArray newPid;
    QByteArray pid;
    QByteArray offset; ///< empty: it never saw any
    UserId owner =
        {}; ///< whom the client has proven to be: nobody else's socket is given to it; empty: open mode
};
/// The last command of a socket.
struct SocketDisconnected
{
    SocketRef socket;
    bool isFinal = true; ///< false: the connection was lost, and the client may come back for it
};
/// The client has read everything up to the event with this order.
struct SocketProven
{
    SocketRef socket;
    qint64 order = 0;
};
/// The answer to ReportDrained.
struct SocketDrained
{
    SocketRef socket;
};
/// Any event that is answered without the chat (bad input): counts as activity of the user.
struct SocketActive
{
    SocketRef socket;
};

struct NewUser
{
    Origin origin;
    UserId user;
    PresenceMode presence = PresenceMode::List;
    bool acknowledges = false; ///< its client answers each getMessage, and need not keep offsets
};
struct SendMessage
{
    Origin origin;
    UserId receiver;                    ///< empty: to the chat `chat`
    ChatId chat;                        ///< data.chatId; empty: none
    std::optional<UserId> senderId;     ///< data.senderId
    std::optional<MessageId> messageId; ///< data.messageId
    bool hasTimestamp = false;          ///< data.timestamp was given
    bool truncated = false;             ///< text was cut
    QByteArray data;
    QList<QByteArray> attachments;
    Microseconds readAt{}; ///< Clock::precise() when it was read from its sender
};
struct MessageRead
{
    Origin origin;
    ChatId chat; ///< empty: not given
    QList<MessageId> messages;
};
struct JoinChat
{
    Origin origin;
    ChatId chat;
};
struct LeaveChat
{
    Origin origin;
    ChatId chat;
};
struct Typing
{
    Origin origin;
    UserId receiver;
    ChatId chat;
    bool isTyping = false;
};
struct SetStatus
{
    Origin origin;
    Status status = Status::Online;
}; ///< Online means "active"
struct GetPresence
{
    Origin origin;
    QList<UserId> users;
};
struct WatchPresence
{
    Origin origin;
    QList<UserId> users;
};
struct UnwatchPresence
{
    Origin origin;
    QList<UserId> users;
};

using Command = std::variant<SocketConnected, RecoverSocket, SocketDisconnected, SocketProven, SocketDrained,
                             SocketActive, NewUser, SendMessage, MessageRead, JoinChat, LeaveChat, Typing,
                             SetStatus, GetPresence, WatchPresence, UnwatchPresence>;

} // namespace concierge::chat
