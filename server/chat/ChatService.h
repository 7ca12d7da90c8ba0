#pragma once

#include "chat/ChatOptions.h"
#include "chat/Cluster.h"
#include "chat/Commands.h"
#include "chat/Inbox.h"
#include "chat/Journal.h"
#include "chat/Outbound.h"
#include "chat/Publish.h"
#include "metrics/Metrics.h"
#include "shared/Clock.h"

#include <memory>
#include <optional>

namespace concierge::chat {

/// What an operator sees of a socket.
struct SocketFacts
{
    UserId user;                     ///< empty: not registered
    Status status = Status::Offline; ///< Offline: not registered
    int devices = 0;                 ///< sockets of the user
    Milliseconds since{};            ///< monotonic; its connection
    Milliseconds lastEvent{};        ///< monotonic
};

/// The one owner of users, rooms, presence. One order of events. Thread: chat (no locks, no Qt event loop
/// needed).
///
/// A batch of commands ends with tick(): registrations that follow each other share one list of users, and
/// rounds of presence go out once per batch. Where the caller leaves that out, nextTick() is due at once.
class ChatService
{
public:
    /// `journal`: nullptr, nobody keeps one. `cluster`: nullptr, this is the only server.
    ChatService(ChatOptions options, Inbox &inbox, OutboundSink &sink, const Clock &clock,
                metrics::ThreadCounters &counters, Journal *journal = nullptr, Cluster *cluster = nullptr);
    ~ChatService();

    void handle(const Command &command);
    /// Does what is due (answers to registrations, presence rounds, grace, idle). Cheap when nothing is.
    void tick();
    /// Monotonic time at which tick() has something to do; nothing: never.
    std::optional<Milliseconds> nextTick() const;

    /// A message of the platform's back end, with the same promise as a client's.
    void publish(const Publish &message, PublishAnswer done);
    /// Ends the sockets of the user that may come back for what they missed, so that they cannot. How many.
    qsizetype endLost(const UserId &user);

    /// Everything taken goes to the inbox now, whether it may be proven soon or not.
    void flush();
    /// Whether something taken is neither proven nor in the inbox yet, or not in the journal.
    bool isBusy() const;
    /// Nothing: there is no such socket. Costs a look-up.
    std::optional<SocketFacts> factsOf(const SocketRef &socket) const;
    /// Of those users that are connected, by worker; of a chat's members: see membersOf().
    std::vector<SocketRef> socketsOf(const QList<UserId> &users) const;
    QList<UserId> membersOf(const ChatId &chat) const;
    QList<UserPresence> presenceOf(const QList<UserId> &users) const;
    qsizetype onlineUsers() const;
    qsizetype idleUsers() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace concierge::chat
