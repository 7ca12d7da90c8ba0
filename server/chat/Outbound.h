#pragma once

#include "chat/Offsets.h"
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
struct MessageStatus
{
    std::shared_ptr<const Receipt> receipt;
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
using Push = std::variant<GetMessage, MessageSent, MessageStatus, OnlineUsers, UserStatus, TypingPush>;

/// The event that tells an entry, and back.
Push pushOf(const Entry &entry);
std::optional<Entry> entryOf(const Push &push);
/// As costOf() an entry.
qsizetype costOf(const Push &push);

/// Where an event stands in the streams of the sockets that it goes to, which all speak for `user`.
struct StreamMark
{
    UserId user;
    Offset offset;
    bool needsProof = true; ///< the chat wants to know when it was read: answered by SocketProven
};

/// An event of a stream has a mark, and carries its offset to the client. What is only the latest of a state,
/// as presence is, or worthless later, has none.
struct Delivery
{
    std::vector<SocketRef> targets; ///< all of one worker
    Push push;
    std::optional<StreamMark> mark;
    /// SendMessage's, of a message that goes to its receiver at once.
    std::optional<Microseconds> readAt = {};
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
    bool duplicate = false; ///< it was taken before, and this is the answer of then
};
struct ReadCount
{
    qsizetype count = 0; ///< of the messages that the user has received
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
    std::variant<Registered, MessageTaken, ReadCount, Members, Presences, Done, Error> result;
};

/// Asks for SocketDrained, at once or as soon as little of what was sent to that socket waits to be taken. A
/// socket that ends answers with SocketDisconnected instead.
struct ReportDrained
{
    SocketRef socket;
};

/// The answer to RecoverSocket: the socket is connected from here on, under this id.
struct AcceptSocket
{
    struct Missed
    {
        StreamMark mark;
        Push push;
    };

    SocketRef socket;
    SocketId sid;
    QByteArray pid;
    std::vector<Missed> missed; ///< in order; they go out ahead of the answer
    bool isRecovered = false;
    bool acknowledges = false; ///< NewUser's, of the socket that was recovered
};

/// Another connection has taken this socket's place: it ends without a word more.
struct EndSocket
{
    SocketRef socket;
};

// Who speaks for whom, for those that keep Socket.IO's rooms: a socket is in the room of its user's name, and
// in those of the user's chats. Told where ChatOptions::tellsRooms says so, ahead of the reply to what caused
// it, and behind AcceptSocket.

/// From here on the socket speaks for that user, and for nobody it spoke for before.
struct SpeaksFor
{
    SocketRef socket;
    UserId user;
    QList<ChatId> chats; ///< that the user is a member of, in no order
};
struct ChatJoined
{
    std::vector<SocketRef> targets; ///< all of the user's, of one worker
    ChatId chat;
};
struct ChatLeft
{
    std::vector<SocketRef> targets;
    ChatId chat;
};

using Outbound =
    std::variant<Delivery, Reply, ReportDrained, AcceptSocket, EndSocket, SpeaksFor, ChatJoined, ChatLeft>;

/// Where the chat puts what it has to say, in order. Implemented by app (mailboxes) and by tests. Thread:
/// chat.
class OutboundSink
{
public:
    virtual ~OutboundSink() = default;
    virtual void deliver(quint32 worker, Outbound outbound) = 0;
};

} // namespace concierge::chat
