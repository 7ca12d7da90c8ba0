#include "chat/ChatServicePrivate.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace concierge::chat {

namespace {

/// What may come between two registrations that share a list: it neither sends anything nor asks.
template <class T>
constexpr bool isSilent = std::is_same_v<T, SocketConnected> || std::is_same_v<T, SocketActive>;

/// Clocks are set, and machines sleep.
constexpr Milliseconds longestSweepPause = std::chrono::hours(1);

/// What sockets do by themselves, whoever they speak for: no sign of activity.
template <class T>
constexpr bool isLifeCycle = std::is_same_v<T, SocketConnected> || std::is_same_v<T, RecoverSocket> ||
                             std::is_same_v<T, SocketDisconnected> || std::is_same_v<T, SocketProven> ||
                             std::is_same_v<T, SocketDrained>;

SocketRef socketOf(const SocketActive &command)
{
    return command.socket;
}
template <class Event>
SocketRef socketOf(const Event &event)
{
    return event.origin.socket;
}

} // namespace

ChatService::ChatService(ChatOptions options, Inbox &inbox, OutboundSink &sink, const Clock &clock,
                         metrics::ThreadCounters &counters, Journal *journal, Cluster *others)
    : d(std::make_unique<Private>(options, inbox, sink, clock, counters, journal, others))
{}

ChatService::~ChatService() = default;

void ChatService::handle(const Command &command)
{
    d->now = d->clock.monotonic();
    std::visit(
        [this, &command](const auto &value) {
            using T = std::decay_t<decltype(value)>;
            if constexpr (!isSilent<T> && !std::is_same_v<T, NewUser>)
                d->answerRegistrations();
            if constexpr (isLifeCycle<T>) {
                d->handle(value);
            } else {
                // Not connected: there is nobody to answer.
                Socket *socket = d->users.find(socketOf(value));
                if (!socket)
                    return;
                socket->lastEvent = d->now;
                if (!d->isTooEarly(*socket, command))
                    d->handleEvent(*socket, value);
            }
        },
        command);
}

void ChatService::tick()
{
    d->now = d->clock.monotonic();
    d->answerRegistrations();
    d->endPatience(d->now);
    d->sweep();
    d->streams.run(d->now);
    d->inboxDelivery.run(d->now);
    d->lost.run(d->now);
    d->ledger.run(d->now);
    d->presence.run(d->now);
}

std::optional<Milliseconds> ChatService::nextTick() const
{
    if (!d->registrations.empty())
        return d->now;
    std::optional<Milliseconds> earliest;
    if (!d->early.empty())
        earliest = d->early.front().first;
    for (const auto &due : {d->presence.next(), d->streams.next(), d->inboxDelivery.next(), d->lost.next(),
                            d->ledger.next(), std::optional(d->sweepDue)}) {
        if (due)
            earliest = earliest ? std::min(*earliest, *due) : due;
    }
    return earliest;
}

void ChatService::flush()
{
    d->endPatience(Milliseconds::max());
    d->streams.flush();
}

bool ChatService::isBusy() const
{
    return d->streams.unsettled() > 0 || d->openMemberships > 0 || d->messages.unwritten() > 0;
}

std::optional<SocketFacts> ChatService::factsOf(const SocketRef &ref) const
{
    const Socket *socket = d->users.find(ref);
    if (!socket)
        return std::nullopt;
    SocketFacts facts{{}, Status::Offline, 0, socket->since, socket->lastEvent};
    if (const User *user = socket->user) {
        facts.user = user->id;
        facts.status = user->status;
        facts.devices = static_cast<int>(user->sockets.size());
    }
    return facts;
}

qsizetype ChatService::onlineUsers() const
{
    return d->presence.onlineCount();
}

qsizetype ChatService::idleUsers() const
{
    return d->presence.idleCount();
}

/// What has waited too long goes, and its senders hear of it.
void ChatService::Private::sweep()
{
    if (isSweeping || now < sweepDue)
        return;
    isSweeping = true;
    sweepDue = now + longestSweepPause;
    const std::weak_ptr<const char> weak = alive;
    inbox.sweep([this, weak](const Expired &expired) {
        if (weak.expired())
            return;
        isSweeping = false;
        for (const auto &[user, waiting] : expired.entries) {
            if (!inbox.remove(user, waiting.position))
                continue; // read meanwhile
            if (const auto *message = std::get_if<std::shared_ptr<const Message>>(&waiting.entry)) {
                receipts.expired(user, **message);
                streams.doubt(user, waiting.position, 0);
            }
        }
        const Milliseconds pause = expired.nextDue - clock.wall();
        sweepDue = clock.monotonic() + std::clamp(pause, Milliseconds(0), longestSweepPause);
    });
}

void ChatService::Private::handle(Socket &socket, const NewUser &command)
{
    if (socket.isRegistering)
        answerRegistrations(); // the same socket again: its answers come in order
    if (!socket.user || socket.user->id != command.user) {
        if (isCrowded(command.user)) {
            counters.turnedAway(metrics::Refused::UserConnections);
            replies.refuse(command.origin, QByteArrayLiteral("newUser"), ErrorCode::RateLimited,
                           "this user has " + QByteArray::number(options.socketsPerUser) +
                               " connections already, the most that one may have; close one of them");
            return;
        }
        leave(socket);
        User &user = users.findOrAdd(command.user);
        Users::attach(socket, user);
        tellRooms(socket);
        streams.joined(socket, user);
        presence.arrived(user, now);
    }
    if (!socket.pid.isEmpty())
        ledger.addRegistration(socket.pid, command.user);
    presence.listen(socket, command.presence);
    socket.acknowledges = command.acknowledges;
    socket.isRegistering = true;
    registrations.push_back({command.origin, command.user});
}

bool ChatService::Private::isCrowded(const UserId &id)
{
    const User *user = options.socketsPerUser > 0 ? users.find(id) : nullptr;
    return user && std::cmp_greater_equal(user->sockets.size(), options.socketsPerUser);
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
    presence.sendList(sockets, streams, now);
    for (const Registration &registration : batch)
        inboxDelivery.begin(registration, now);
    for (const Registration &registration : batch) {
        if (Socket *socket = users.find(registration.origin.socket))
            handleEarly(*socket);
    }
}

/// True: it waits for the socket's newUser.
bool ChatService::Private::isTooEarly(Socket &socket, const Command &command)
{
    if (!socket.early || socket.user || std::holds_alternative<NewUser>(command))
        return false;
    auto &events = socket.early->events;
    if (events.empty() && !needsUser(command, socket.spokeFor, options.trustSenderId))
        return false;
    const qsizetype bytes = socket.early->bytes + bytesOf(command);
    if (events.size() == EarlyEvents::maxEvents || (bytes > EarlyEvents::maxBytes && !events.empty()))
        return refuseEarly(command);
    socket.early->bytes = bytes;
    if (events.empty()) {
        socket.early->until = now + EarlyEvents::patience;
        early.emplace_back(socket.early->until, socket.ref);
    }
    events.push_back(command);
    return true;
}

/// What is more than can wait. Whatever else it asks for takes a registration, and is answered so.
bool ChatService::Private::refuseEarly(const Command &command)
{
    const auto *message = std::get_if<SendMessage>(&command);
    if (message) {
        replies.refuse(
            message->origin, QByteArrayLiteral("sendMessage"), ErrorCode::Unavailable,
            QByteArrayLiteral("too much was sent ahead of newUser; say that, then send this again"));
    }
    return message;
}

/// As they came, whether the socket speaks for somebody by now or not.
void ChatService::Private::handleEarly(Socket &socket)
{
    if (!socket.early)
        return;
    const auto waited = std::exchange(socket.early, nullptr);
    const SocketRef ref = socket.ref;
    for (const Command &command : waited->events) {
        std::visit(
            [this, &ref](const auto &event) {
                if constexpr (!isLifeCycle<std::decay_t<decltype(event)>>) {
                    if (Socket *waiting = users.find(ref))
                        handleEvent(*waiting, event);
                }
            },
            command);
    }
}

/// An event of the socket's client is a sign of life of its user.
template <class Event>
void ChatService::Private::handleEvent(Socket &socket, const Event &event)
{
    if (socket.user)
        presence.touch(*socket.user, now);
    if constexpr (!std::is_same_v<Event, SocketActive>)
        handle(socket, event);
}

void ChatService::Private::endPatience(Milliseconds upTo)
{
    while (!early.empty() && early.front().first <= upTo) {
        Socket *socket = users.find(early.front().second);
        early.pop_front();
        if (socket && socket->early && !socket->early->events.empty())
            handleEarly(*socket);
    }
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

void ChatService::Private::handle(Socket &socket, const MessageRead &command)
{
    if (isRegistered(socket, command.origin, QByteArrayLiteral("messageRead")))
        receipts.read(socket, command);
}

void ChatService::Private::handle(Socket &socket, const JoinChat &command)
{
    const auto event = QByteArrayLiteral("joinChat");
    if (!isRegistered(socket, command.origin, event))
        return;
    if (options.chatsPerUser > 0 && !rooms.mayJoin(command.chat, socket.user->id, options.chatsPerUser)) {
        replies.refuse(command.origin, event, ErrorCode::Forbidden,
                       "you are a member of " + QByteArray::number(options.chatsPerUser) +
                           " chats, the most that a user may be; leave one with leaveChat first");
        return;
    }
    tellRoom<ChatJoined>(socket.user->id, command.chat);
    rooms.join(command.chat, socket.user->id, answerMembership(command.origin, event, command.chat, true));
}

void ChatService::Private::handle(Socket &socket, const LeaveChat &command)
{
    const auto event = QByteArrayLiteral("leaveChat");
    if (!isRegistered(socket, command.origin, event))
        return;
    // Who was not in it does not learn who is.
    const bool wasMember = rooms.members(command.chat).contains(socket.user->id);
    tellRoom<ChatLeft>(socket.user->id, command.chat);
    rooms.leave(command.chat, socket.user->id,
                answerMembership(command.origin, event, command.chat, wasMember));
}

/// All sockets of the user hear it, whichever it was that asked; those that are lost when they are back.
template <class Change>
void ChatService::Private::tellRoom(const UserId &id, const ChatId &chat)
{
    const User *user = options.tellsRooms ? users.find(id) : nullptr;
    if (!user)
        return;
    for (auto first = user->sockets.begin(); first != user->sockets.end();) {
        const auto isElsewhere = [&first](const SocketRef &ref) { return ref.worker != first->worker; };
        const auto last = std::find_if(first, user->sockets.end(), isElsewhere);
        sink.deliver(first->worker, Change{{first, last}, chat});
        first = last;
    }
}

/// Answers once the membership survives, and says so when it does not.
Rooms::Callback ChatService::Private::answerMembership(const Origin &origin, const QByteArray &event,
                                                       const ChatId &chat, bool tellsMembers)
{
    ++openMemberships;
    const std::weak_ptr<const char> weak = alive;
    return [this, weak, origin, event, chat, tellsMembers](bool isStored) {
        if (weak.expired())
            return;
        --openMemberships;
        if (isStored)
            replies.send(origin, event, Members{tellsMembers ? rooms.members(chat) : QList<UserId>()});
        else
            replies.refuse(origin, event, ErrorCode::Unavailable,
                           "it holds, but could not be written to the disk yet; say " + event +
                               " again later to be sure that it survives a restart");
    };
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
    const TypingPush push{user, command.chat, command.isTyping};
    const bool isHeard = cluster && cluster->isHeard();
    for (const UserId &id : receivers) {
        if (const User *receiver = users.find(id))
            fanOut.add(receiver->sockets);
        if (isHeard)
            cluster->tell(id, push);
    }
    fanOut.send(push);
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
