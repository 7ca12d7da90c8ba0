#include "chat/ChatService.h"

#include "chat/EarlyEvents.h"
#include "chat/InboxDelivery.h"
#include "chat/Ledger.h"
#include "chat/LostSockets.h"
#include "chat/Messages.h"
#include "chat/Presence.h"
#include "chat/Receipts.h"
#include "chat/Replies.h"
#include "chat/Rooms.h"
#include "chat/Streams.h"
#include "chat/Users.h"

#include <algorithm>
#include <deque>
#include <type_traits>
#include <utility>

namespace concierge::chat {

class ChatService::Private final : public InboxListener
{
public:
    Private(ChatOptions chatOptions, Inbox &store, OutboundSink &outbound, const Clock &systemClock,
            metrics::ThreadCounters &threadCounters)
        : options(chatOptions)
        , inbox(store)
        , sink(outbound)
        , clock(systemClock)
        , counters(threadCounters)
        , offsets(store.secret())
        , rooms(store)
        , lost(options, users)
        , replies(sink, counters)
        , fanOut(sink)
        , presence(options, users, sink, clock, counters)
        , ledger(options, store, clock)
        , receipts(ledger, replies, clock, counters)
        , streams(options, store, users, lost, sink, counters, receipts)
        , messages(options, store, users, rooms, streams, ledger, receipts, replies, clock, counters)
        , inboxDelivery(store, users, streams, messages, sink, replies)
    {
        receipts.setStreams(streams);
        inbox.setListener(this);
    }
    ~Private() override { inbox.setListener(nullptr); }

    void appended(const UserId &user, InboxPosition position, StoreResult result) override
    {
        now = clock.monotonic();
        streams.appended(user, position, result);
    }
    void recorded(quint64 number) override { ledger.recorded(number); }

    void handle(const SocketConnected &command);
    void handle(const RecoverSocket &command);
    void handle(const SocketDisconnected &command);
    void handle(const SocketProven &command);
    void handle(const SocketDrained &command);
    void handle(const SocketActive &) {}
    void handle(Socket &socket, const NewUser &command);
    void handle(Socket &socket, const SendMessage &command) { messages.send(socket, command); }
    void handle(Socket &socket, const MessageRead &command);
    void handle(Socket &socket, const JoinChat &command);
    void handle(Socket &socket, const LeaveChat &command);
    void handle(Socket &socket, const Typing &command);
    void handle(Socket &socket, const SetStatus &command);
    void handle(Socket &socket, const GetPresence &command);
    void handle(Socket &socket, const WatchPresence &command);
    void handle(Socket &socket, const UnwatchPresence &command);

    void answerRegistrations();
    bool isTooEarly(Socket &socket, const Command &command);
    template <class Event>
    void handleEvent(Socket &socket, const Event &event);
    void handleEarly(Socket &socket);
    void endPatience(Milliseconds upTo);
    Socket &add(const SocketRef &ref, const SocketId &sid, const QByteArray &pid);
    Socket *findRecoverable(const RecoverSocket &command, Offset &offset);
    void recover(const RecoverSocket &command, Socket &old, const Offset &offset);
    bool lose(Socket &socket);
    void end(Socket &socket);
    void leave(Socket &socket);
    void sweep();
    Rooms::Callback answerMembership(const Origin &origin, const QByteArray &event, const ChatId &chat);
    void type(const Typing &command, const UserId &user);
    bool isRegistered(const Socket &socket, const Origin &origin, const QByteArray &event);
    bool isWithinLimit(const QList<UserId> &asked, const Origin &origin, const QByteArray &event);

    const ChatOptions options;
    Inbox &inbox;
    OutboundSink &sink;
    const Clock &clock;
    metrics::ThreadCounters &counters;
    const OffsetCodec offsets;
    Milliseconds now{};
    Users users;
    Rooms rooms;
    LostSockets lost;
    Replies replies;
    FanOut fanOut;
    Presence presence;
    Ledger ledger;
    Receipts receipts;
    Streams streams;
    Messages messages;
    InboxDelivery inboxDelivery;
    std::vector<Registration> registrations; // of this batch, not answered yet
    Milliseconds sweepDue{};                 // monotonic
    bool isSweeping = false;
    std::deque<std::pair<Milliseconds, SocketRef>> early; // whose events wait, by the end of that, monotonic
    qsizetype openMemberships = 0;                        // changes that have not been answered
    std::shared_ptr<const char> alive = std::make_shared<char>(); // the inbox may answer after this is gone
};

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
                         metrics::ThreadCounters &counters)
    : d(std::make_unique<Private>(options, inbox, sink, clock, counters))
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
    return d->streams.unsettled() > 0 || d->openMemberships > 0;
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

Socket &ChatService::Private::add(const SocketRef &ref, const SocketId &sid, const QByteArray &pid)
{
    Socket &socket = users.connect(ref);
    socket.sid = sid;
    socket.pid = pid;
    socket.since = socket.lastEvent = now;
    lost.insert(socket);
    return socket;
}

void ChatService::Private::handle(const SocketConnected &command)
{
    add(command.socket, command.sid, command.pid);
}

void ChatService::Private::handle(const RecoverSocket &command)
{
    Offset offset;
    if (Socket *old = findRecoverable(command, offset)) {
        recover(command, *old, offset);
        return;
    }
    Socket &socket = add(command.socket, command.newSid, command.newPid);
    socket.presented = command.offset;
    socket.spokeFor = ledger.findRegistration(command.pid);
    if (!socket.spokeFor.isEmpty())
        ledger.addRegistration(command.newPid, socket.spokeFor); // should this connection be lost as well
    socket.early = std::make_unique<EarlyEvents>();
    sink.deliver(command.socket.worker,
                 AcceptSocket{command.socket, command.newSid, command.newPid, {}, false});
}

/// The socket whose place the newcomer may take, lost by now, and how far its client had come.
Socket *ChatService::Private::findRecoverable(const RecoverSocket &command, Offset &offset)
{
    Socket *old = lost.find(command.pid);
    if (!old || old->ref == command.socket)
        return nullptr;
    // Never registered, so there is nothing to come back for; and its newUser may be what was lost, which a
    // client that is told it is recovered does not say again.
    const Stream *stream = old->stream.get();
    if (!stream)
        return nullptr;
    if (!command.offset.isEmpty()) {
        std::vector<UserId> spokeFor;
        if (old->user || old->lost)
            spokeFor.push_back(old->user ? old->user->id : old->lost->user);
        for (const auto &[user, cursor] : stream->earlier)
            spokeFor.push_back(user);
        std::optional<Offset> decoded;
        for (const UserId &user : spokeFor)
            decoded = decoded ? decoded : offsets.decode(command.offset, user);
        if (!decoded)
            return nullptr;
        offset = *decoded;
    }
    if (offset.order < stream->provenOrder && !old->acknowledges)
        return nullptr; // what it wants is no longer held
    if (old->lost)
        return old;
    // The old connection is still open: the newcomer, who knows the secret, takes over.
    const SocketRef ref = old->ref;
    sink.deliver(ref.worker, EndSocket{ref});
    return lose(*old) ? old : nullptr;
}

void ChatService::Private::recover(const RecoverSocket &command, Socket &old, const Offset &offset)
{
    const Lost was = std::move(*old.lost);
    old.lost = std::make_unique<Lost>(was); // remove() counts by it
    const SocketId sid = old.sid;
    const QByteArray pid = old.pid;
    const bool acknowledges = old.acknowledges;
    QByteArray presented = std::move(old.presented);
    std::unique_ptr<Stream> stream = std::move(old.stream);
    lost.remove(old);
    users.disconnect(old);

    Socket &socket = add(command.socket, sid, pid);
    socket.acknowledges = acknowledges;
    socket.presented = std::move(presented);
    socket.stream = std::move(stream);
    counters.add(metrics::Counter::SocketsRecovered);
    if (!was.user.isEmpty())
        Users::attach(socket, users.findOrAdd(was.user));
    // Not before: what is told of it may take other lost sockets over their limit, and the old one was one.
    streams.proven(socket, offset.order);
    AcceptSocket answer{command.socket, sid, pid, {}, true, acknowledges};
    for (const Sent &sent : socket.stream->log)
        answer.missed.push_back({streams.markOf(sent), sent.push});
    sink.deliver(command.socket.worker, std::move(answer));
    if (was.user.isEmpty())
        return;
    User &user = *socket.user;
    presence.arrived(user, now);
    presence.listen(socket, was.presence);
    presence.watch(socket, QList<UserId>(was.watched.begin(), was.watched.end()));
    Socket *const sockets[] = {&socket};
    presence.sendList(sockets, streams, now);
    presence.sendWatched(socket);
    if (socket.stream->reading)
        inboxDelivery.resume(socket, now);
}

void ChatService::Private::handle(const SocketDisconnected &command)
{
    Socket *socket = users.find(command.socket);
    if (!socket || socket->lost)
        return; // another has taken its place
    handleEarly(*socket);
    if (command.isFinal && !socket->pid.isEmpty())
        ledger.dropRegistration(socket->pid);
    if (command.isFinal || !lose(*socket)) {
        if (Socket *left = users.find(command.socket)) // or the limit has ended it
            end(*left);
    }
}

/// The connection is lost, and the client may come back. False: it could not be recovered.
bool ChatService::Private::lose(Socket &socket)
{
    Lost was;
    was.presence = socket.presence;
    was.watched = socket.watched;
    if (User *user = socket.user) {
        was.user = user->id;
        presence.forget(socket);
        inboxDelivery.leaving(socket);
        Users::detach(socket);
        presence.left(*user, now);
    }
    const SocketRef ref = socket.ref;
    const UserId id = was.user;
    const bool isLost = lost.lose(socket, std::move(was), now);
    Socket *kept = users.find(ref); // or the limit has ended it
    if (!id.isEmpty())
        streams.suspended(kept, id);
    return isLost && users.find(ref); // looked up anew: what that tells others may have ended it
}

void ChatService::Private::end(Socket &socket)
{
    presence.forget(socket);
    leave(socket);
    lost.remove(socket);
    users.disconnect(socket);
}

void ChatService::Private::handle(const SocketProven &command)
{
    if (Socket *socket = users.find(command.socket))
        streams.proven(*socket, command.order);
}

void ChatService::Private::handle(const SocketDrained &command)
{
    if (Socket *socket = users.find(command.socket))
        inboxDelivery.drained(*socket, now);
}

void ChatService::Private::leave(Socket &socket)
{
    if (User *user = socket.user) {
        const UserId id = user->id; // presence may forget the user
        inboxDelivery.leaving(socket);
        Users::detach(socket);
        presence.left(*user, now);
        streams.left(socket, id);
    }
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
        leave(socket);
        User &user = users.findOrAdd(command.user);
        Users::attach(socket, user);
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
    if (events.empty() && !needsUser(command, socket.spokeFor))
        return false;
    socket.early->bytes += bytesOf(command);
    if (events.size() == EarlyEvents::maxEvents || socket.early->bytes > EarlyEvents::maxBytes) {
        handleEarly(socket);
        return false;
    }
    if (events.empty()) {
        socket.early->until = now + EarlyEvents::patience;
        early.emplace_back(socket.early->until, socket.ref);
    }
    events.push_back(command);
    return true;
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
    if (isRegistered(socket, command.origin, event))
        rooms.join(command.chat, socket.user->id, answerMembership(command.origin, event, command.chat));
}

void ChatService::Private::handle(Socket &socket, const LeaveChat &command)
{
    const auto event = QByteArrayLiteral("leaveChat");
    if (isRegistered(socket, command.origin, event))
        rooms.leave(command.chat, socket.user->id, answerMembership(command.origin, event, command.chat));
}

/// Answers once the membership survives, and says so when it does not.
Rooms::Callback ChatService::Private::answerMembership(const Origin &origin, const QByteArray &event,
                                                       const ChatId &chat)
{
    ++openMemberships;
    const std::weak_ptr<const char> weak = alive;
    return [this, weak, origin, event, chat](bool isStored) {
        if (weak.expired())
            return;
        --openMemberships;
        if (isStored)
            replies.send(origin, event, Members{rooms.members(chat)});
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
