#pragma once

#include "chat/ChatOptions.h"
#include "chat/Cluster.h"
#include "chat/FanOut.h"
#include "chat/LastSeen.h"
#include "chat/PresencePace.h"
#include "chat/Users.h"
#include "metrics/Metrics.h"

#include <QHash>

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace concierge::chat {

class Streams;

/// Who is online, idle or offline, and who hears of it. "Presence at scale" of the contract: a socket that
/// registers hears its list at once, the rest hear changes gathered in rounds that keep to interval and
/// budget.
///
/// Idle: by `idleAfter` without any event of the user's sockets, which the next event undoes; or by the
/// user's own word, which holds until its "active", also over a reconnect within the grace. Idle users are in
/// the list. Every event costs O(1): users stand in two lists ordered by the time at which they become idle
/// or offline. Thread: chat.
class Presence
{
public:
    Presence(const ChatOptions &options, Users &users, OutboundSink &sink, const Clock &clock,
             metrics::ThreadCounters &counters, Cluster *cluster);

    /// The user just got a socket: its first, or one more.
    void arrived(User &user, Milliseconds now);
    /// The user may have lost its last socket. It is offline once the grace is over; with no grace it ends
    /// here.
    void left(User &user, Milliseconds now);
    /// Any event of the user.
    void touch(User &user, Milliseconds now);
    /// The user's own word: Online ("active") or Idle.
    void setStatus(User &user, Status status, Milliseconds now);

    /// What the socket hears from now on.
    void listen(Socket &socket, PresenceMode mode);
    /// The socket hears nothing any more and watches nobody.
    void forget(Socket &socket);
    /// Tells these sockets, which just registered, the list; those that want no presence are passed over. A
    /// list of moderate size is an event of each socket's stream, so that its client has an offset early on.
    void sendList(std::span<Socket *const> sockets, Streams &streams, Milliseconds now);
    /// Tells the socket how those are that it watches.
    void sendWatched(const Socket &socket);

    /// False: that would be more than `watchMax`; nothing is changed then.
    bool watch(Socket &socket, const QList<UserId> &users);
    void unwatch(Socket &socket, const QList<UserId> &users);
    UserPresence of(const UserId &id) const;
    QList<UserPresence> of(const QList<UserId> &ids) const;

    /// Does what is due: grace, idle, rounds.
    void run(Milliseconds now);
    std::optional<Milliseconds> next() const;

    qsizetype onlineCount() const noexcept { return static_cast<qsizetype>(m_online.size()); }
    qsizetype idleCount() const noexcept { return m_idleCount; }

private:
    /// Users by a time, the oldest first; linked through the users themselves.
    struct Line
    {
        void append(User &user);
        void remove(User &user);
        User *oldest = nullptr;
        User *newest = nullptr;
    };

    void goOffline(User &user);
    void become(User &user, Status status);
    void changed(const UserId &user, Status before);
    void listChanged();
    std::shared_ptr<const std::vector<UserId>> list();
    qint64 listBytes() const;
    std::vector<Socket *> *listeners(PresenceMode mode);
    void ignore(Socket &socket);
    void sendLists(Milliseconds now);
    void sendStatuses(Milliseconds now);
    qint64 sendStatus(const UserPresence &presence);
    bool hasOthers() const { return m_cluster && m_cluster->isHeard(); }
    void tellOthers(Milliseconds now);
    void count(qint64 bytes)
    {
        m_counters.add(metrics::Counter::PresenceBytes, static_cast<std::uint64_t>(bytes));
    }

    const ChatOptions &m_options;
    Users &m_users;
    FanOut m_fanOut;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    Cluster *const m_cluster; // nullptr: this is the only server

    std::vector<User *> m_online; // every User there is
    qint64 m_onlineBytes = 0;     // of the ids in the list, as estimated on the wire
    Line m_active;                // connected and not idle, by last activity
    Line m_leaving;               // without a socket, by when it lost the last
    qsizetype m_idleCount = 0;
    LastSeen m_lastSeen;

    std::shared_ptr<const std::vector<UserId>> m_list; // of m_listVersion, once somebody wanted it
    quint64 m_listVersion = 1;
    std::vector<Socket *> m_listListeners;
    std::size_t m_staleListeners = 0; // those that heard another version than the current one
    std::size_t m_nextListener = 0;   // where the next round goes on
    std::vector<Socket *> m_changeListeners;
    QHash<UserId, QSet<Socket *>> m_watchers;
    QHash<UserId, Status> m_changed; // users whose change has not been told, and what they were before
    std::deque<UserId> m_changeOrder;
    PresencePace m_listPace;
    PresencePace m_statusPace;
    PresencePace m_othersPace; // of lists for other servers
    quint64 m_toldOthers = 1;  // version of the last of them
};

} // namespace concierge::chat
