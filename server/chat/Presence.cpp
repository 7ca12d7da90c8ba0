#include "chat/Presence.h"

#include "chat/Streams.h"

#include <algorithm>

namespace concierge::chat {

using metrics::Counter;

namespace {

constexpr qint64 listOverhead = 22;       ///< 42["getOnlineUsers",[]] and the frame's head
constexpr qint64 idOverhead = 3;          ///< quotes and comma
constexpr qint64 markedListBytes = 8'192; ///< up to here each socket gets a copy of its own
constexpr qint64 statusBytes = 90;        ///< a userStatus without its id

} // namespace

void Presence::Line::append(User &user)
{
    user.older = newest;
    user.newer = nullptr;
    (newest ? newest->newer : oldest) = &user;
    newest = &user;
}

void Presence::Line::remove(User &user)
{
    (user.older ? user.older->newer : oldest) = user.newer;
    (user.newer ? user.newer->older : newest) = user.older;
    user.older = user.newer = nullptr;
}

Presence::Presence(const ChatOptions &options, Users &users, OutboundSink &sink, const Clock &clock,
                   metrics::ThreadCounters &counters, Cluster *cluster)
    : m_options(options)
    , m_users(users)
    , m_fanOut(sink)
    , m_clock(clock)
    , m_counters(counters)
    , m_cluster(cluster)
    , m_lastSeen(options.lastSeenMax)
    , m_listPace(options.presenceInterval, options.presenceBudget)
    , m_statusPace(options.presenceInterval, options.presenceBudget)
    , m_othersPace(options.presenceInterval, options.presenceBudget)
{}

void Presence::arrived(User &user, Milliseconds now)
{
    if (user.isListed && user.sockets.size() == 1) { // back within the grace
        m_leaving.remove(user);
        if (user.status == Status::Online)
            m_active.append(user);
    } else if (!user.isListed) {
        user.isListed = true;
        user.listIndex = m_online.size();
        m_online.push_back(&user);
        m_onlineBytes += user.id.utf8().size() + idOverhead;
        m_active.append(user);
        m_lastSeen.remove(user.id);
        listChanged();
        changed(user.id, Status::Offline);
    }
    touch(user, now);
}

void Presence::left(User &user, Milliseconds now)
{
    if (user.isConnected())
        return;
    if (user.status == Status::Online)
        m_active.remove(user);
    user.lastActivity = now;
    if (m_options.presenceGrace > Milliseconds(0))
        m_leaving.append(user);
    else
        goOffline(user);
}

void Presence::goOffline(User &user)
{
    const Milliseconds ago = m_clock.monotonic() - user.lastActivity;
    m_lastSeen.insert(user.id, m_clock.wall() - ago);
    if (user.status == Status::Idle)
        --m_idleCount;
    m_online.back()->listIndex = user.listIndex;
    std::swap(m_online[user.listIndex], m_online.back());
    m_online.pop_back();
    m_onlineBytes -= user.id.utf8().size() + idOverhead;
    listChanged();
    changed(user.id, user.status);
    m_users.remove(user);
}

void Presence::touch(User &user, Milliseconds now)
{
    user.lastActivity = now;
    if (user.status == Status::Online) {
        m_active.remove(user);
        m_active.append(user);
    } else if (!user.saidIdle) {
        become(user, Status::Online);
    }
}

void Presence::setStatus(User &user, Status status, Milliseconds now)
{
    user.lastActivity = now;
    user.saidIdle = status == Status::Idle;
    if (user.status != status)
        become(user, status);
}

void Presence::become(User &user, Status status)
{
    changed(user.id, user.status);
    user.status = status;
    if (status == Status::Idle) {
        m_active.remove(user);
        ++m_idleCount;
    } else {
        m_active.append(user);
        --m_idleCount;
    }
}

std::vector<Socket *> *Presence::listeners(PresenceMode mode)
{
    switch (mode) {
    case PresenceMode::List:
        return &m_listListeners;
    case PresenceMode::Changes:
        return &m_changeListeners;
    case PresenceMode::None:
        break;
    }
    return nullptr;
}

void Presence::listen(Socket &socket, PresenceMode mode)
{
    ignore(socket);
    socket.presence = mode;
    if (auto *all = listeners(mode)) {
        socket.listenIndex = all->size();
        all->push_back(&socket);
        socket.heardList = 0;
        if (mode == PresenceMode::List)
            ++m_staleListeners;
    }
}

void Presence::ignore(Socket &socket)
{
    if (auto *all = listeners(socket.presence)) {
        if (socket.presence == PresenceMode::List && socket.heardList != m_listVersion)
            --m_staleListeners;
        all->back()->listenIndex = socket.listenIndex;
        std::swap((*all)[socket.listenIndex], all->back());
        all->pop_back();
    }
    socket.presence = PresenceMode::None;
}

void Presence::forget(Socket &socket)
{
    ignore(socket);
    const QSet<UserId> watched = std::exchange(socket.watched, {});
    for (const UserId &user : watched) {
        const auto watchers = m_watchers.find(user);
        watchers->remove(&socket);
        if (watchers->isEmpty())
            m_watchers.erase(watchers);
    }
}

bool Presence::watch(Socket &socket, const QList<UserId> &users)
{
    QSet<UserId> watched = socket.watched;
    for (const UserId &user : users)
        watched.insert(user);
    if (watched.size() > m_options.watchMax)
        return false;
    socket.watched = std::move(watched);
    for (const UserId &user : users)
        m_watchers[user].insert(&socket);
    return true;
}

void Presence::unwatch(Socket &socket, const QList<UserId> &users)
{
    for (const UserId &user : users) {
        if (!socket.watched.remove(user))
            continue;
        const auto watchers = m_watchers.find(user);
        watchers->remove(&socket);
        if (watchers->isEmpty())
            m_watchers.erase(watchers);
    }
}

UserPresence Presence::of(const UserId &id) const
{
    const User *user = m_users.find(id);
    if (!user)
        return {id, Status::Offline, m_lastSeen.find(id)};
    return {id, user->status, m_clock.wall() - (m_clock.monotonic() - user->lastActivity)};
}

QList<UserPresence> Presence::of(const QList<UserId> &ids) const
{
    QList<UserPresence> presences;
    presences.reserve(ids.size());
    for (const UserId &id : ids)
        presences.append(of(id));
    return presences;
}

void Presence::changed(const UserId &user, Status before)
{
    if (m_changed.contains(user) || (m_changeListeners.empty() && !m_watchers.contains(user) && !hasOthers()))
        return;
    m_changed.insert(user, before);
    m_changeOrder.push_back(user);
}

void Presence::listChanged()
{
    ++m_listVersion;
    m_list.reset();
    m_staleListeners = m_listListeners.size();
}

std::shared_ptr<const std::vector<UserId>> Presence::list()
{
    if (!m_list) {
        auto ids = std::make_shared<std::vector<UserId>>();
        ids->reserve(m_online.size());
        for (const User *user : m_online)
            ids->push_back(user->id);
        m_list = std::move(ids);
    }
    return m_list;
}

qint64 Presence::listBytes() const
{
    return listOverhead + m_onlineBytes;
}

void Presence::sendList(std::span<Socket *const> sockets, Streams &streams, Milliseconds now)
{
    qint64 bytes = 0;
    const bool isMarked = listBytes() <= markedListBytes;
    for (Socket *socket : sockets) {
        if (socket->presence == PresenceMode::None)
            continue;
        if (isMarked)
            m_fanOut.sendMarked(socket->ref, OnlineUsers{list()}, streams.markFor(*socket));
        else
            m_fanOut.add(socket->ref);
        bytes += listBytes();
        if (socket->presence == PresenceMode::List &&
            std::exchange(socket->heardList, m_listVersion) != m_listVersion)
            --m_staleListeners;
    }
    if (bytes == 0)
        return;
    m_fanOut.send(OnlineUsers{list()});
    m_listPace.spend(bytes, now);
    count(bytes);
}

void Presence::sendWatched(const Socket &socket)
{
    qint64 bytes = 0;
    for (const UserId &user : socket.watched) {
        m_fanOut.add(socket.ref);
        m_fanOut.send(UserStatus{of(user)});
        bytes += user.utf8().size() + statusBytes;
    }
    count(bytes);
}

void Presence::sendLists(Milliseconds now)
{
    qint64 bytes = 0;
    while (m_staleListeners > 0 && m_listPace.hasRoom(now)) {
        if (m_nextListener >= m_listListeners.size())
            m_nextListener = 0;
        Socket &socket = *m_listListeners[m_nextListener++];
        if (socket.heardList == m_listVersion)
            continue;
        socket.heardList = m_listVersion;
        --m_staleListeners;
        m_fanOut.add(socket.ref);
        m_listPace.sent(listBytes());
        bytes += listBytes();
    }
    if (bytes == 0)
        return;
    m_fanOut.send(OnlineUsers{list()});
    m_listPace.endRound(now);
    m_counters.add(Counter::PresenceRounds);
    count(bytes);
}

void Presence::sendStatuses(Milliseconds now)
{
    qint64 bytes = 0;
    while (!m_changeOrder.empty() && m_statusPace.hasRoom(now)) {
        const UserId user = std::move(m_changeOrder.front());
        m_changeOrder.pop_front();
        const Status before = m_changed.take(user);
        const UserPresence presence = of(user);
        if (presence.status == before)
            continue; // and back again
        const qint64 sent = sendStatus(presence);
        m_statusPace.sent(sent);
        bytes += sent;
    }
    if (bytes == 0)
        return;
    m_statusPace.endRound(now);
    m_listPace.spend(bytes, now);
    m_counters.add(Counter::PresenceRounds);
    count(bytes);
}

qint64 Presence::sendStatus(const UserPresence &presence)
{
    auto sockets = static_cast<qint64>(m_changeListeners.size());
    for (const Socket *socket : m_changeListeners)
        m_fanOut.add(socket->ref);
    const auto watchers = m_watchers.constFind(presence.user);
    if (watchers != m_watchers.cend()) {
        for (const Socket *socket : *watchers) {
            if (socket->presence == PresenceMode::Changes)
                continue;
            m_fanOut.add(socket->ref);
            ++sockets;
        }
    }
    m_fanOut.send(UserStatus{presence});
    if (hasOthers()) {
        m_cluster->tellEveryone(UserStatus{presence});
        ++sockets;
    }
    return sockets * (presence.user.utf8().size() + statusBytes);
}

/// The list, as the server that this one replaces does on every change: but in rounds, and only where
/// somebody is there to hear it.
void Presence::tellOthers(Milliseconds now)
{
    m_toldOthers = m_listVersion;
    if (!hasOthers())
        return;
    m_cluster->tellEveryone(OnlineUsers{list()});
    if (m_othersPace.hasRoom(now))
        m_othersPace.sent(listBytes());
    m_othersPace.endRound(now);
    count(listBytes());
}

void Presence::run(Milliseconds now)
{
    while (m_leaving.oldest && m_leaving.oldest->lastActivity + m_options.presenceGrace <= now) {
        User &user = *m_leaving.oldest;
        m_leaving.remove(user);
        goOffline(user);
    }
    if (m_options.idleAfter > Milliseconds(0)) {
        while (m_active.oldest && m_active.oldest->lastActivity + m_options.idleAfter <= now)
            become(*m_active.oldest, Status::Idle);
    }
    if (!m_changeOrder.empty() && m_statusPace.next() <= now)
        sendStatuses(now);
    if (m_staleListeners > 0 && m_listPace.next() <= now)
        sendLists(now);
    if (m_cluster && m_toldOthers != m_listVersion && m_othersPace.next() <= now)
        tellOthers(now);
}

std::optional<Milliseconds> Presence::next() const
{
    std::optional<Milliseconds> earliest;
    const auto consider = [&earliest](Milliseconds due) {
        earliest = earliest ? std::min(*earliest, due) : due;
    };
    if (m_leaving.oldest)
        consider(m_leaving.oldest->lastActivity + m_options.presenceGrace);
    if (m_active.oldest && m_options.idleAfter > Milliseconds(0))
        consider(m_active.oldest->lastActivity + m_options.idleAfter);
    if (!m_changeOrder.empty())
        consider(m_statusPace.next());
    if (m_staleListeners > 0)
        consider(m_listPace.next());
    if (m_cluster && m_toldOthers != m_listVersion)
        consider(m_othersPace.next());
    return earliest;
}

} // namespace concierge::chat
