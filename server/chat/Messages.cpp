#include "chat/Messages.h"

#include <algorithm>
#include <utility>

namespace concierge::chat {

using metrics::Counter;

namespace {

const QByteArray &sendMessageName()
{
    static const QByteArray name = QByteArrayLiteral("sendMessage");
    return name;
}

/// Open mode trusts `senderId`; otherwise refusal() has seen to it that it is the registered user.
UserId senderOf(const Socket &from, const SendMessage &command)
{
    if (command.senderId)
        return *command.senderId;
    return from.user ? from.user->id : UserId();
}

} // namespace

Messages::Messages(const ChatOptions &options, Inbox &inbox, Users &users, Rooms &rooms, OutboundSink &sink,
                   Replies &replies, const InboxDelivery &inboxDelivery, const Clock &clock,
                   metrics::ThreadCounters &counters)
    : m_options(options)
    , m_inbox(inbox)
    , m_users(users)
    , m_rooms(rooms)
    , m_fanOut(sink)
    , m_replies(replies)
    , m_inboxDelivery(inboxDelivery)
    , m_clock(clock)
    , m_counters(counters)
{}

void Messages::send(const Socket &from, const SendMessage &command)
{
    if (auto error = refusal(from, command)) {
        m_replies.refuse(command.origin, sendMessageName(), error->code, std::move(error->message));
        return;
    }
    Sending sending;
    sending.origin = command.origin;
    sending.receiver = command.receiver;
    sending.truncated = command.truncated;
    if (from.user && from.user->sockets.size() > 1)
        sending.speaker = from.user->id;
    if (!command.receiver.isEmpty()) {
        if (sending.speaker == command.receiver)
            sending.speaker = UserId(); // hears it as the receiver
        sending.message = take(from, command);
        sendToUser(std::move(sending));
        return;
    }
    const UserId sender = senderOf(from, command);
    QList<UserId> members = m_rooms.members(command.chat);
    if (auto error = refusalToSpeak(command.chat, members, sender)) {
        m_replies.refuse(command.origin, sendMessageName(), error->code, std::move(error->message));
        return;
    }
    members.removeOne(sender);
    if (members.contains(sending.speaker))
        sending.speaker = UserId(); // speaks for somebody else, and hears it as a member
    sending.message = take(from, command);
    sendToMembers(std::move(sending), members);
}

std::optional<Error> Messages::refusal(const Socket &from, const SendMessage &command) const
{
    if (command.receiver.isEmpty() && command.chat.isEmpty()) {
        return Error{ErrorCode::InvalidPayload,
                     QByteArrayLiteral("receiverId must be given, or data.chatId for the members of a chat")};
    }
    if (m_options.trustSenderId)
        return std::nullopt;
    if (!from.user)
        return Error{ErrorCode::NotRegistered, QByteArrayLiteral("say newUser before sendMessage")};
    if (command.senderId && *command.senderId != from.user->id) {
        return Error{ErrorCode::SenderMismatch, "data.senderId must be \"" + from.user->id.utf8() +
                                                    "\", the user of this connection, or be left out"};
    }
    return std::nullopt;
}

std::shared_ptr<const Message> Messages::take(const Socket &from, const SendMessage &command)
{
    auto message = std::make_shared<Message>();
    message->timestamp = m_clock.wall();
    message->id = command.messageId ? *command.messageId : m_ids.next(message->timestamp);
    message->appendMessageId = !command.messageId;
    message->sender = senderOf(from, command);
    message->appendSenderId = !command.senderId && from.user;
    message->appendTimestamp = !command.hasTimestamp;
    message->chat = command.chat;
    message->data = command.data;
    message->attachments = command.attachments;
    return message;
}

/// The user, if a message may be put on its sockets right now.
const User *Messages::reachable(const UserId &id)
{
    const User *user = m_users.find(id);
    if (!user || !user->isConnected() || m_inboxDelivery.isRunning(id))
        return nullptr;
    return user;
}

void Messages::sendToUser(Sending sending)
{
    if (const User *user = reachable(sending.receiver)) { // the hot path: nothing shared, nothing kept
        m_fanOut.sendSorted(user->sockets, GetMessage{sending.message});
        m_counters.add(Counter::MessagesDelivered);
        sending.isDelivered = true;
        finish(sending);
        return;
    }
    const UserId receiver = sending.receiver;
    const auto shared = std::make_shared<Sending>(std::move(sending));
    shared->open = 1;
    store(receiver, shared);
}

void Messages::sendToMembers(Sending sending, const QList<UserId> &members)
{
    const auto shared = std::make_shared<Sending>(std::move(sending));
    shared->open = 1;
    shared->isDelivered = members.isEmpty(); // nobody is left who lacks it
    for (const UserId &member : members) {
        if (const User *user = reachable(member)) {
            m_fanOut.add(user->sockets);
            m_counters.add(Counter::MessagesDelivered);
            shared->isDelivered = true;
        }
    }
    m_fanOut.send(GetMessage{shared->message});
    for (const UserId &member : members) {
        if (!reachable(member)) {
            ++shared->open;
            store(member, shared);
        }
    }
    settle(shared);
}

void Messages::store(const UserId &user, const std::shared_ptr<Sending> &sending)
{
    const std::weak_ptr<const char> alive = m_alive;
    m_inbox.append(user, sending->message, [this, alive, sending](StoreResult result) {
        if (alive.expired())
            return;
        if (result == StoreResult::Stored)
            m_counters.add(Counter::MessagesStored);
        sending->isStored |= result == StoreResult::Stored;
        sending->isFull |= result == StoreResult::Full;
        sending->isFailed |= result == StoreResult::Failed;
        settle(sending);
    });
}

void Messages::settle(const std::shared_ptr<Sending> &sending)
{
    if (--sending->open == 0)
        finish(*sending);
}

/// The sender's other sockets hear what was sent.
void Messages::tellSpeaker(const Sending &sending)
{
    const User *speaker = sending.speaker.isEmpty() ? nullptr : m_users.find(sending.speaker);
    if (!speaker)
        return;
    for (const SocketRef &socket : speaker->sockets) {
        if (socket != sending.origin.socket)
            m_fanOut.add(socket);
    }
    m_fanOut.send(MessageSent{sending.receiver, sending.message});
}

QByteArray Messages::failureText(const Sending &sending)
{
    QByteArray text =
        sending.isFailed
            ? QByteArrayLiteral("the message could not be stored; send it again later")
            : QByteArrayLiteral("the receiver is offline and has no room for more waiting messages");
    if (sending.receiver.isEmpty()) {
        text =
            sending.isFailed
                ? QByteArrayLiteral("the message could not be stored for a member of the chat who is offline")
                : QByteArrayLiteral(
                      "a member of the chat is offline and has no room for more waiting messages");
        if (sending.isDelivered || sending.isStored)
            text += "; the other members have this one";
    }
    return text;
}

void Messages::finish(const Sending &sending)
{
    const bool hasReached = sending.isDelivered || sending.isStored;
    if (hasReached)
        tellSpeaker(sending);
    if (sending.isFailed || sending.isFull) {
        // Also when others have it: who sent it must know that somebody lacks it.
        m_replies.refuse(sending.origin, sendMessageName(),
                         sending.isFailed ? ErrorCode::Unavailable : ErrorCode::InboxFull,
                         failureText(sending));
        return;
    }
    m_counters.add(Counter::MessagesIn);
    const SendOutcome outcome = sending.isDelivered ? SendOutcome::Delivered : SendOutcome::Stored;
    m_replies.send(sending.origin, sendMessageName(),
                   MessageTaken{sending.message->id, sending.message->timestamp, outcome, sending.truncated});
}

} // namespace concierge::chat
