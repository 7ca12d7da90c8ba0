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

struct SocketConnected
{
    SocketRef socket;
};
struct SocketDisconnected
{
    SocketRef socket;
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

using Command =
    std::variant<SocketConnected, SocketDisconnected, SocketDrained, SocketActive, NewUser, SendMessage,
                 JoinChat, LeaveChat, Typing, SetStatus, GetPresence, WatchPresence, UnwatchPresence>;

} // namespace concierge::chat
