#pragma once

#include "chat/Inbox.h"
#include "chat/Messages.h"
#include "chat/Reading.h"
#include "chat/Replies.h"
#include "chat/Streams.h"
#include "chat/Users.h"

#include <memory>
#include <optional>
#include <vector>

namespace concierge::chat {

/// Brings what waits in an inbox to each socket of a user that signs in, oldest first, page by page, each
/// socket at its own pace: the next page follows when it has taken the last, so that an inbox of any size
/// passes through an outbox of a few megabytes. Nothing leaves the inbox by being sent; see Streams.
///
/// A client that presents the offset of an earlier connection says what it has: that is taken for read, and
/// not sent again. Thread: chat.
class InboxDelivery
{
public:
    InboxDelivery(Inbox &inbox, Users &users, Streams &streams, Messages &messages, OutboundSink &sink,
                  Replies &replies);

    /// Answers the registration when nothing waits (any more). The socket has joined() its stream.
    void begin(const Registration &registration, Milliseconds now);
    /// Goes on with a socket that was lost while it was reading, and nobody awaits an answer.
    void resume(Socket &socket, Milliseconds now);
    void drained(Socket &socket, Milliseconds now);
    /// The socket is about to leave its user: answers what is open.
    void leaving(Socket &socket);

    void run(Milliseconds now);
    std::optional<Milliseconds> next() const;

private:
    void load(Socket &socket);
    void loaded(const SocketRef &ref, const std::shared_ptr<Reading> &reading, InboxPage page);
    void advance(Socket &socket);
    bool sendPage(Socket &socket, Reading &reading);
    std::optional<WaitingEntry> takeNext(const Stream &stream, Reading &reading);
    bool hasRead(const UserId &user, const Reading &reading, const WaitingEntry &waiting) const;
    void takeIn(Socket &socket, const UserId &user);
    void finish(Socket &socket);
    void answer(Reading &reading);

    Inbox &m_inbox;
    Users &m_users;
    Streams &m_streams;
    Messages &m_messages;
    OutboundSink &m_sink;
    Replies &m_replies;
    const OffsetCodec m_offsets;
    const QByteArray m_secret;
    Milliseconds m_now{};
    std::vector<SocketRef> m_failed; ///< to be tried again, all at about the same time
    std::optional<Milliseconds> m_retryAt;
    std::shared_ptr<const char> m_alive = std::make_shared<char>(); // the inbox may answer after this is gone
};

} // namespace concierge::chat
