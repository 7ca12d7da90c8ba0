#pragma once

#include "chat/Types.h"

#include <memory>
#include <variant>
#include <vector>

/// What the chat tells io threads: values only; big ones are shared and immutable.
namespace concierge::chat {

struct UserPresence
{
    UserId user;
    Status status = Status::Offline;
    std::optional<Milliseconds> lastSeen; ///< wall time; nothing: never seen
    friend bool operator==(const UserPresence &, const UserPresence &) = default;
};

// Pushes: one value, any number of receiving sockets.
struct GetMessage
{
    std::shared_ptr<const Message> message;
};
struct MessageSent
{
    UserId receiver;
    std::shared_ptr<const Message> message;
};
struct OnlineUsers
{
    std::shared_ptr<const std::vector<UserId>> users;
};
struct UserStatus
{
    UserPresence presence;
};
struct TypingPush
{
    UserId user;
    ChatId chat;
    bool isTyping = false;
}; ///< volatile
using Push = std::variant<GetMessage, MessageSent, OnlineUsers, UserStatus, TypingPush>;

struct Delivery
{
    std::vector<SocketRef> targets; ///< all of one worker
    Push push;
};

// Replies: to the one socket that asked. Sent as acknowledgement where it gave an id; an Error without one
// goes out as `errorEvent`, any other reply without one is dropped.
struct Registered
{
    UserId user;
    qsizetype pending = 0;
};
enum class SendOutcome : quint8 { Delivered, Stored };
struct MessageTaken
{
    MessageId id;
    Milliseconds timestamp{};
    SendOutcome outcome = SendOutcome::Delivered;
    bool truncated = false;
};
struct Members
{
    QList<UserId> members;
};
struct Presences
{
    QList<UserPresence> users;
};
struct Done
{};
struct Reply
{
    SocketRef socket;
    std::optional<quint64> ackId;
    QByteArray event; ///< the client event it answers
    std::variant<Registered, MessageTaken, Members, Presences, Done, Error> result;
};

/// Asks for SocketDrained, at once or as soon as little of what was sent to that socket waits to be taken. A
/// socket that ends answers with SocketDisconnected instead.
struct ReportDrained
{
    SocketRef socket;
};

using Outbound = std::variant<Delivery, Reply, ReportDrained>;

/// Where the chat puts what it has to say, in order. Implemented by app (mailboxes) and by tests. Thread:
/// chat.
class OutboundSink
{
public:
    virtual ~OutboundSink() = default;
    virtual void deliver(quint32 worker, Outbound outbound) = 0;
};

} // namespace concierge::chat
