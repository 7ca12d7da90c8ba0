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
                   Replies &replies, const Clock &clock, metrics::ThreadCounters &counters)
    : m_options(options)
    , m_inbox(inbox)
    , m_users(users)
    , m_rooms(rooms)
    , m_fanOut(sink)
    , m_replies(replies)
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
    if (!user || !user->isConnected() || (!m_loading.empty() && m_loading.contains(id)))
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
    holdOrStore(receiver, shared);
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
            holdOrStore(member, shared);
        }
    }
    settle(shared);
}

void Messages::holdOrStore(const UserId &user, const std::shared_ptr<Sending> &sending)
{
    const auto loading = m_loading.find(user);
    if (loading != m_loading.end())
        loading->second.held.push_back(sending);
    else
        store(user, sending);
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

void Messages::finish(const Sending &sending)
{
    if (!sending.isDelivered && !sending.isStored) {
        if (sending.isFailed) {
            m_replies.refuse(sending.origin, sendMessageName(), ErrorCode::Unavailable,
                             QByteArrayLiteral("the message could not be stored; send it again later"));
        } else {
            m_replies.refuse(
                sending.origin, sendMessageName(), ErrorCode::InboxFull,
                QByteArrayLiteral("the receiver is offline and has no room for more waiting messages"));
        }
        return;
    }
    if (const User *speaker = sending.speaker.isEmpty() ? nullptr : m_users.find(sending.speaker)) {
        for (const SocketRef &socket : speaker->sockets) {
            if (socket != sending.origin.socket)
                m_fanOut.add(socket);
        }
        m_fanOut.send(MessageSent{sending.receiver, sending.message});
    }
    m_counters.add(Counter::MessagesIn);
    const SendOutcome outcome = sending.isDelivered ? SendOutcome::Delivered : SendOutcome::Stored;
    m_replies.send(sending.origin, sendMessageName(),
                   MessageTaken{sending.message->id, sending.message->timestamp, outcome, sending.truncated});
}

void Messages::welcome(const Registration &registration)
{
    const auto running = m_loading.find(registration.user);
    if (running != m_loading.end()) {
        running->second.registrations.push_back(registration);
        return;
    }
    if (m_inbox.waiting(registration.user) == 0) {
        m_replies.send(registration.origin, QByteArrayLiteral("newUser"), Registered{registration.user, 0});
        return;
    }
    m_loading[registration.user].registrations.push_back(registration);
    const std::weak_ptr<const char> alive = m_alive;
    m_inbox.load(registration.user, [this, alive, user = registration.user](const auto &waiting) {
        if (!alive.expired())
            loaded(user, waiting);
    });
}

void Messages::loaded(const UserId &user, const std::vector<std::shared_ptr<const Message>> &waiting)
{
    const auto node = m_loading.extract(user);
    const Loading &loading = node.mapped();
    if (deliverWaiting(loading, waiting)) {
        std::vector<MessageId> ids;
        ids.reserve(waiting.size());
        for (const auto &message : waiting)
            ids.push_back(message->id);
        m_inbox.remove(user, ids);
        m_counters.add(Counter::MessagesDelivered, waiting.size());
    }
    for (const Registration &registration : loading.registrations) {
        m_replies.send(registration.origin, QByteArrayLiteral("newUser"),
                       Registered{user, static_cast<qsizetype>(waiting.size())});
    }
    for (const auto &sending : loading.held) {
        if (const User *receiver = reachable(user)) {
            m_fanOut.sendSorted(receiver->sockets, GetMessage{sending->message});
            m_counters.add(Counter::MessagesDelivered);
            sending->isDelivered = true;
            settle(sending);
        } else {
            store(user, sending);
        }
    }
}

/// False: every socket that registered is gone or somebody else's by now, so all of it waits on.
bool Messages::deliverWaiting(const Loading &loading,
                              const std::vector<std::shared_ptr<const Message>> &waiting)
{
    std::vector<SocketRef> targets;
    for (const Registration &registration : loading.registrations) {
        const Socket *socket = m_users.find(registration.origin.socket);
        const bool isThere = socket && socket->user && socket->user->id == registration.user;
        if (isThere && std::find(targets.begin(), targets.end(), socket->ref) == targets.end())
            targets.push_back(socket->ref);
    }
    if (targets.empty())
        return false;
    for (const auto &message : waiting) {
        m_fanOut.add(targets);
        m_fanOut.send(GetMessage{message});
    }
    return true;
}

} // namespace concierge::chat
