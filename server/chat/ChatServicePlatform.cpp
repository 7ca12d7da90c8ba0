#include "chat/ChatServicePrivate.h"

#include <algorithm>

/// What the platform's back end asks.
namespace concierge::chat {

void ChatService::publish(const Publish &message, PublishAnswer done)
{
    d->now = d->clock.monotonic();
    d->answerRegistrations();
    d->messages.publish(message, std::move(done));
}

qsizetype ChatService::endLost(const UserId &user)
{
    const auto lost = d->lost.of(user);
    const std::vector<Socket *> sockets(lost.begin(), lost.end());
    qsizetype count = 0;
    for (Socket *socket : sockets) {
        if (!d->lost.contains(socket)) // ending one may have ended it
            continue;
        ++count;
        d->ledger.dropRegistration(socket->pid);
        d->end(*socket);
    }
    return count;
}

std::vector<SocketRef> ChatService::socketsOf(const QList<UserId> &ids) const
{
    std::vector<SocketRef> sockets;
    for (const UserId &id : ids) {
        if (const User *user = d->users.find(id))
            sockets.insert(sockets.end(), user->sockets.begin(), user->sockets.end());
    }
    std::stable_sort(sockets.begin(), sockets.end(),
                     [](const SocketRef &a, const SocketRef &b) { return a.worker < b.worker; });
    return sockets;
}

QList<UserId> ChatService::membersOf(const ChatId &chat) const
{
    return d->rooms.members(chat);
}

QList<UserPresence> ChatService::presenceOf(const QList<UserId> &users) const
{
    return d->presence.of(users);
}

} // namespace concierge::chat
