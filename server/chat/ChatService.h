#pragma once

#include "chat/ChatOptions.h"
#include "chat/Commands.h"
#include "chat/Inbox.h"
#include "chat/Outbound.h"
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
    ChatService(ChatOptions options, Inbox &inbox, OutboundSink &sink, const Clock &clock,
                metrics::ThreadCounters &counters);
    ~ChatService();

    void handle(const Command &command);
    /// Does what is due (answers to registrations, presence rounds, grace, idle). Cheap when nothing is.
    void tick();
    /// Monotonic time at which tick() has something to do; nothing: never.
    std::optional<Milliseconds> nextTick() const;

    /// Everything taken goes to the inbox now, whether it may be proven soon or not.
    void flush();
    /// Whether something taken is neither proven nor in the inbox yet.
    bool isBusy() const;
    /// Nothing: there is no such socket. Costs a look-up.
    std::optional<SocketFacts> factsOf(const SocketRef &socket) const;
    qsizetype onlineUsers() const;
    qsizetype idleUsers() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace concierge::chat
