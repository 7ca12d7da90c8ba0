#pragma once

#include "chat/ChatOptions.h"
#include "chat/FanOut.h"
#include "chat/Inbox.h"
#include "chat/MessageIds.h"
#include "chat/Replies.h"
#include "chat/Rooms.h"
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

/// Takes messages and brings them to their receivers, now or by the inbox.
///
/// Order: what is sent to a user while its inbox is being read is held until that has been delivered, so
/// messages between the same two users arrive in the order they were taken. A send is answered when every
/// receiver has it live or the inbox has said Stored. Thread: chat.
class Messages
{
public:
    Messages(const ChatOptions &options, Inbox &inbox, Users &users, Rooms &rooms, OutboundSink &sink,
             Replies &replies, const Clock &clock, metrics::ThreadCounters &counters);

    void send(const Socket &from, const SendMessage &command);
    /// Delivers what waits for the user to the registering socket, oldest first, then answers the
    /// registration. What was delivered leaves the inbox.
    void welcome(const Registration &registration);

private:
    /// A send that some receiver's answer is still missing of.
    struct Sending
    {
        Origin origin;
        UserId speaker;  ///< the registered user, whose other sockets hear messageSent; empty: there are none
        UserId receiver; ///< empty: a chat's members
        std::shared_ptr<const Message> message;
        bool truncated = false;
        int open = 0; ///< receivers without an answer, and one more while receivers are being added
        bool isDelivered = false;
        bool isStored = false;
        bool isFull = false;
        bool isFailed = false;
    };
    /// A user whose inbox is being read.
    struct Loading
    {
        std::vector<Registration> registrations;
        std::vector<std::shared_ptr<Sending>> held;
    };

    std::optional<Error> refusal(const Socket &from, const SendMessage &command) const;
    std::shared_ptr<const Message> take(const Socket &from, const SendMessage &command);
    void sendToUser(Sending sending);
    void sendToMembers(Sending sending, const QList<UserId> &members);
    const User *reachable(const UserId &user);
    void holdOrStore(const UserId &user, const std::shared_ptr<Sending> &sending);
    void store(const UserId &user, const std::shared_ptr<Sending> &sending);
    void settle(const std::shared_ptr<Sending> &sending);
    void finish(const Sending &sending);
    void loaded(const UserId &user, const std::vector<std::shared_ptr<const Message>> &waiting);
    bool deliverWaiting(const Loading &loading, const std::vector<std::shared_ptr<const Message>> &waiting);

    const ChatOptions &m_options;
    Inbox &m_inbox;
    Users &m_users;
    Rooms &m_rooms;
    FanOut m_fanOut;
    Replies &m_replies;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    MessageIds m_ids;
    std::unordered_map<UserId, Loading, SeededHash> m_loading;
    std::shared_ptr<const char> m_alive =
        std::make_shared<char>(); // the inbox may complete after this is gone
};

} // namespace concierge::chat
