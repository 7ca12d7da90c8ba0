#include "chat/ChatServicePrivate.h"

/// Sockets that come, are lost, come back and end.
namespace concierge::chat {

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
    if (!isOwner(command, socket.spokeFor))
        socket.spokeFor = {};
    if (!socket.spokeFor.isEmpty())
        ledger.addRegistration(command.newPid, socket.spokeFor); // should this connection be lost as well
    socket.early = std::make_unique<EarlyEvents>();
    sink.deliver(command.socket.worker,
                 AcceptSocket{command.socket, command.newSid, command.newPid, {}, false});
}

bool ChatService::Private::isOwner(const RecoverSocket &command, const UserId &user)
{
    return command.owner.isEmpty() || command.owner == user;
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
    // Who has found out somebody else's pid gets nothing of it.
    if (old->user || old->lost) {
        if (!isOwner(command, old->user ? old->user->id : old->lost->user))
            return nullptr;
    } else if (!command.owner.isEmpty()) {
        return nullptr;
    }
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
        return isCrowded(old->lost->user) ? nullptr : old; // counted by its newUser, which it is told to say
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
    tellRooms(socket);
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

/// A registered socket's.
void ChatService::Private::tellRooms(const Socket &socket)
{
    if (!options.tellsRooms)
        return;
    const UserId &id = socket.user->id;
    sink.deliver(socket.ref.worker, SpeaksFor{socket.ref, id, rooms.chatsOf(id)});
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

} // namespace concierge::chat
