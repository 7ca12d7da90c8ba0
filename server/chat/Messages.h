#pragma once

#include "chat/ChatOptions.h"
#include "chat/FanOut.h"
#include "chat/Inbox.h"
#include "chat/InboxDelivery.h"
#include "chat/MessageIds.h"
#include "chat/Replies.h"
#include "chat/Rooms.h"
#include "chat/Users.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace concierge::chat {

/// Takes messages and brings them to their receivers, now or by the inbox.
///
/// Order: what is sent to a user while its inbox is being delivered goes to the inbox too, so messages
/// between the same two users arrive in the order they were taken. A send is answered when every receiver has
/// it live or the inbox has said Stored. Thread: chat.
class Messages
{
public:
    Messages(const ChatOptions &options, Inbox &inbox, Users &users, Rooms &rooms, OutboundSink &sink,
             Replies &replies, const InboxDelivery &inboxDelivery, const Clock &clock,
             metrics::ThreadCounters &counters);

    void send(const Socket &from, const SendMessage &command);

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

    std::optional<Error> refusal(const Socket &from, const SendMessage &command) const;
    std::shared_ptr<const Message> take(const Socket &from, const SendMessage &command);
    void sendToUser(Sending sending);
    void sendToMembers(Sending sending, const QList<UserId> &members);
    const User *reachable(const UserId &user);
    void store(const UserId &user, const std::shared_ptr<Sending> &sending);
    void settle(const std::shared_ptr<Sending> &sending);
    void tellSpeaker(const Sending &sending);
    static QByteArray failureText(const Sending &sending);
    void finish(const Sending &sending);

    const ChatOptions &m_options;
    Inbox &m_inbox;
    Users &m_users;
    Rooms &m_rooms;
    FanOut m_fanOut;
    Replies &m_replies;
    const InboxDelivery &m_inboxDelivery;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    MessageIds m_ids;
    std::shared_ptr<const char> m_alive =
        std::make_shared<char>(); // the inbox may complete after this is gone
};

} // namespace concierge::chat
