#include "chat/ChatService.h"

#include "chat/InboxDelivery.h"
#include "chat/Messages.h"
#include "chat/Presence.h"
#include "chat/Replies.h"
#include "chat/Rooms.h"
#include "chat/Users.h"

#include <type_traits>
#include <utility>

namespace concierge::chat {

class ChatService::Private
{
public:
    Private(ChatOptions chatOptions, Inbox &inbox, OutboundSink &sink, const Clock &systemClock,
            metrics::ThreadCounters &counters)
        : options(chatOptions)
        , clock(systemClock)
        , rooms(inbox)
        , replies(sink, counters)
        , fanOut(sink)
        , presence(options, users, sink, clock, counters)
        , inboxDelivery(inbox, users, sink, replies, counters)
        , messages(options, inbox, users, rooms, sink, replies, inboxDelivery, clock, counters)
    {}

    void handle(const SocketConnected &command) { users.connect(command.socket); }
    void handle(const SocketDisconnected &command);
    void handle(const SocketDrained &command);
    void handle(const SocketActive &) {}
    void handle(Socket &socket, const NewUser &command);
    void handle(Socket &socket, const SendMessage &command) { messages.send(socket, command); }
    void handle(Socket &socket, const JoinChat &command);
    void handle(Socket &socket, const LeaveChat &command);
    void handle(Socket &socket, const Typing &command);
    void handle(Socket &socket, const SetStatus &command);
    void handle(Socket &socket, const GetPresence &command);
    void handle(Socket &socket, const WatchPresence &command);
    void handle(Socket &socket, const UnwatchPresence &command);

    void answerRegistrations();
    void leave(Socket &socket);
    void type(const Typing &command, const UserId &user);
    bool isRegistered(const Socket &socket, const Origin &origin, const QByteArray &event);
    bool isWithinLimit(const QList<UserId> &asked, const Origin &origin, const QByteArray &event);

    const ChatOptions options;
    const Clock &clock;
    Milliseconds now{};
    Users users;
    Rooms rooms;
    Replies replies;
    FanOut fanOut;
    Presence presence;
    InboxDelivery inboxDelivery;
    Messages messages;
    std::vector<Registration> registrations; // of this batch, not answered yet
};

namespace {

/// What may come between two registrations that share a list: it neither sends anything nor asks.
template <class T>
constexpr bool isSilent = std::is_same_v<T, SocketConnected> || std::is_same_v<T, SocketActive>;

/// What sockets do by themselves, whoever they speak for: no sign of activity.
template <class T>
constexpr bool isLifeCycle = std::is_same_v<T, SocketConnected> || std::is_same_v<T, SocketDisconnected> ||
                             std::is_same_v<T, SocketDrained>;

} // namespace

ChatService::ChatService(ChatOptions options, Inbox &inbox, OutboundSink &sink, const Clock &clock,
                         metrics::ThreadCounters &counters)
    : d(std::make_unique<Private>(options, inbox, sink, clock, counters))
{}

ChatService::~ChatService() = default;

void ChatService::handle(const Command &command)
{
    d->now = d->clock.monotonic();
    std::visit(
        [this](const auto &value) {
            using T = std::decay_t<decltype(value)>;
            if constexpr (!isSilent<T> && !std::is_same_v<T, NewUser>)
                d->answerRegistrations();
            if constexpr (isLifeCycle<T>) {
                d->handle(value);
            } else {
                SocketRef ref;
                if constexpr (std::is_same_v<T, SocketActive>)
                    ref = value.socket;
                else
                    ref = value.origin.socket;
                Socket *socket = d->users.find(ref);
                if (!socket)
                    return; // not connected: there is nobody to answer
                if (socket->user)
                    d->presence.touch(*socket->user, d->now);
                if constexpr (!std::is_same_v<T, SocketActive>)
                    d->handle(*socket, value);
            }
        },
        command);
}

void ChatService::tick()
{
    d->now = d->clock.monotonic();
    d->answerRegistrations();
    d->presence.run(d->now);
}

std::optional<Milliseconds> ChatService::nextTick() const
{
    return d->registrations.empty() ? d->presence.next() : d->now;
}

bool ChatService::isDeliveringInboxes() const
{
    return !d->inboxDelivery.isIdle();
}

qsizetype ChatService::onlineUsers() const
{
    return d->presence.onlineCount();
}

qsizetype ChatService::idleUsers() const
{
    return d->presence.idleCount();
}

void ChatService::Private::handle(const SocketDisconnected &command)
{
    Socket *socket = users.find(command.socket);
    if (!socket)
        return;
    presence.forget(*socket);
    leave(*socket);
    users.disconnect(*socket);
}

void ChatService::Private::handle(const SocketDrained &command)
{
    if (const Socket *socket = users.find(command.socket))
        inboxDelivery.drained(*socket);
}

void ChatService::Private::leave(Socket &socket)
{
    if (User *user = socket.user) {
        const UserId id = user->id; // presence may forget the user
        Users::detach(socket);
        presence.left(*user, now);
        inboxDelivery.left(id, socket.ref);
    }
}

void ChatService::Private::handle(Socket &socket, const NewUser &command)
{
    if (socket.isRegistering)
        answerRegistrations(); // the same socket again: its answers come in order
    if (!socket.user || socket.user->id != command.user) {
        leave(socket);
        User &user = users.findOrAdd(command.user);
        Users::attach(socket, user);
        presence.arrived(user, now);
    }
    presence.listen(socket, command.presence);
    socket.isRegistering = true;
    registrations.push_back({command.origin, command.user});
}

/// Each socket hears the list, then what waited for it, then the answer. The list is the same for all.
void ChatService::Private::answerRegistrations()
{
    if (registrations.empty())
        return;
    const std::vector<Registration> batch = std::exchange(registrations, {});
    std::vector<Socket *> sockets;
    sockets.reserve(batch.size());
    for (const Registration &registration : batch) {
        Socket *socket = users.find(registration.origin.socket);
        socket->isRegistering = false;
        sockets.push_back(socket);
    }
    presence.sendList(sockets, now);
    for (const Registration &registration : batch)
        inboxDelivery.begin(registration);
}

bool ChatService::Private::isRegistered(const Socket &socket, const Origin &origin, const QByteArray &event)
{
    if (!socket.user)
        replies.refuse(origin, event, ErrorCode::NotRegistered, "say newUser before " + event);
    return socket.user;
}

bool ChatService::Private::isWithinLimit(const QList<UserId> &asked, const Origin &origin,
                                         const QByteArray &event)
{
    const bool isWithin = asked.size() <= options.watchMax;
    if (!isWithin) {
        replies.refuse(origin, event, ErrorCode::InvalidPayload,
                       "at most " + QByteArray::number(options.watchMax) + " users at once, but these are " +
                           QByteArray::number(asked.size()));
    }
    return isWithin;
}

void ChatService::Private::handle(Socket &socket, const JoinChat &command)
{
    const auto event = QByteArrayLiteral("joinChat");
    if (isRegistered(socket, command.origin, event))
        replies.send(command.origin, event, Members{rooms.join(command.chat, socket.user->id)});
}

void ChatService::Private::handle(Socket &socket, const LeaveChat &command)
{
    const auto event = QByteArrayLiteral("leaveChat");
    if (isRegistered(socket, command.origin, event))
        replies.send(command.origin, event, Members{rooms.leave(command.chat, socket.user->id)});
}

void ChatService::Private::handle(Socket &socket, const Typing &command)
{
    if (isRegistered(socket, command.origin, QByteArrayLiteral("typing")))
        type(command, socket.user->id);
}

void ChatService::Private::type(const Typing &command, const UserId &user)
{
    const auto event = QByteArrayLiteral("typing");
    QList<UserId> receivers{command.receiver};
    if (command.receiver.isEmpty()) {
        receivers = rooms.members(command.chat);
        if (auto error = refusalToSpeak(command.chat, receivers, user)) {
            replies.refuse(command.origin, event, error->code, std::move(error->message));
            return;
        }
        receivers.removeOne(user);
    }
    for (const UserId &id : receivers) {
        if (const User *receiver = users.find(id))
            fanOut.add(receiver->sockets);
    }
    fanOut.send(TypingPush{user, command.chat, command.isTyping});
    replies.send(command.origin, event, Done{});
}

void ChatService::Private::handle(Socket &socket, const SetStatus &command)
{
    const auto event = QByteArrayLiteral("setStatus");
    if (!isRegistered(socket, command.origin, event))
        return;
    presence.setStatus(*socket.user, command.status, now);
    replies.send(command.origin, event, Done{});
}

void ChatService::Private::handle(Socket &, const GetPresence &command)
{
    const auto event = QByteArrayLiteral("getPresence");
    if (isWithinLimit(command.users, command.origin, event))
        replies.send(command.origin, event, Presences{presence.of(command.users)});
}

void ChatService::Private::handle(Socket &socket, const WatchPresence &command)
{
    const auto event = QByteArrayLiteral("watchPresence");
    if (!isRegistered(socket, command.origin, event) || !isWithinLimit(command.users, command.origin, event))
        return;
    if (!presence.watch(socket, command.users)) {
        replies.refuse(command.origin, event, ErrorCode::InvalidPayload,
                       "a socket may watch at most " + QByteArray::number(options.watchMax) +
                           " users; it watches " + QByteArray::number(socket.watched.size()) + " already");
        return;
    }
    replies.send(command.origin, event, Presences{presence.of(command.users)});
}

void ChatService::Private::handle(Socket &socket, const UnwatchPresence &command)
{
    const auto event = QByteArrayLiteral("unwatchPresence");
    if (!isRegistered(socket, command.origin, event) || !isWithinLimit(command.users, command.origin, event))
        return;
    presence.unwatch(socket, command.users);
    replies.send(command.origin, event, Presences{presence.of(command.users)});
}

} // namespace concierge::chat
