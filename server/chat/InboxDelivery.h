#pragma once

#include "chat/FanOut.h"
#include "chat/Inbox.h"
#include "chat/Outbound.h"
#include "chat/Replies.h"
#include "chat/Users.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace concierge::chat {

/// A newUser on its way: its socket hears what waited before the answer.
struct Registration
{
    Origin origin;
    UserId user;
};

/// Brings what waits in an inbox to the sockets of a user who signs in, oldest first, page by page: the next
/// one follows when the sockets have taken the last, so that an inbox of any size passes through an outbox of
/// a few megabytes. A page leaves the inbox when a socket has taken it; what none has stays.
///
/// While it runs for a user, what is sent to that user goes to the inbox, so the order is kept. Thread: chat.
class InboxDelivery
{
public:
    InboxDelivery(Inbox &inbox, Users &users, OutboundSink &sink, Replies &replies,
                  metrics::ThreadCounters &counters);

    /// Answers the registration when nothing waits (any more).
    void begin(const Registration &registration);
    bool isRunning(const UserId &user) const { return !m_runs.empty() && m_runs.contains(user); }
    bool isIdle() const noexcept { return m_runs.empty(); }
    void drained(const Socket &socket);
    /// The socket speaks for `user` no more.
    void left(const UserId &user, const SocketRef &socket);

private:
    struct Guest
    {
        Registration registration;
        qsizetype got = 0; ///< messages it was sent, for its answer
    };
    struct Run
    {
        std::vector<Guest> guests;
        std::vector<std::shared_ptr<const Message>> waiting;
        std::size_t pageBegin = 0;
        std::size_t pageEnd = 0;
        std::vector<SocketRef> awaited; ///< have not taken the page yet
        bool isTaken = false;           ///< by one at least
    };

    void load(const UserId &user);
    void loaded(const UserId &user, std::vector<std::shared_ptr<const Message>> waiting);
    void advance(const UserId &user);
    void endPage(const UserId &user, Run &run);
    bool sendPage(const UserId &user, Run &run);
    void finish(const UserId &user);
    std::vector<SocketRef> targets(const UserId &user, const Run &run);
    void answered(const UserId &user, const SocketRef &socket, bool hasTaken);

    Inbox &m_inbox;
    Users &m_users;
    OutboundSink &m_sink;
    FanOut m_fanOut;
    Replies &m_replies;
    metrics::ThreadCounters &m_counters;
    std::unordered_map<UserId, Run, SeededHash> m_runs;
    std::shared_ptr<const char> m_alive =
        std::make_shared<char>(); // the inbox may complete after this is gone
};

} // namespace concierge::chat
