#pragma once

#include "chat/ChatOptions.h"
#include "chat/Users.h"

#include <QHash>

#include <list>
#include <span>
#include <unordered_map>
#include <vector>

namespace concierge::chat {

/// Sockets by the `pid` that their clients hold, and those whose connection was lost, until they are
/// recovered or their time is over. Source: connection state recovery of Socket.IO 4.6. Bounds:
/// `recoveryWindow` and `recoveryMaxBytes`; over the latter the longest lost go first, and have the inbox to
/// fall back to. Thread: chat.
class LostSockets
{
public:
    LostSockets(const ChatOptions &options, Users &users)
        : m_options(options)
        , m_users(users)
    {}

    /// Its client has been given the pid; nothing where it has none.
    void insert(Socket &socket);
    /// The socket is about to end for good.
    void remove(Socket &socket);
    Socket *find(const QByteArray &pid) const { return m_byPid.value(pid); }

    /// Its connection is lost; it speaks for nobody any more, but did for `user`. False: it cannot be
    /// recovered, and the caller ends it.
    bool lose(Socket &socket, Lost lost, Milliseconds now);
    /// The lost ones that would hear what is sent to `user`.
    std::span<Socket *const> of(const UserId &user) const;
    bool contains(const Socket *socket) const { return m_places.contains(socket); }
    /// More was put into the log of a lost one. May end others, and this one too.
    void grew(Socket &socket, qint64 bytes);

    /// Ends those whose time is over.
    void run(Milliseconds now);
    std::optional<Milliseconds> next() const;
    qint64 bytes() const noexcept { return m_bytes; }
    qsizetype count() const noexcept { return static_cast<qsizetype>(m_order.size()); }

private:
    void forget(Socket &socket); // as a lost one
    void end(Socket &socket);
    void endOverLimit();

    const ChatOptions &m_options;
    Users &m_users;
    QHash<QByteArray, Socket *> m_byPid;
    std::list<Socket *> m_order; // the longest lost first
    std::unordered_map<const Socket *, std::list<Socket *>::iterator> m_places;
    std::unordered_map<UserId, std::vector<Socket *>, SeededHash> m_byUser;
    qint64 m_bytes = 0;
};

} // namespace concierge::chat
