#pragma once

#include "chat/Inbox.h"

namespace concierge::chat {

/// Who belongs to which chat. Membership is the user's, not the socket's, and lives in the Inbox, which may
/// outlive the process. Thread: chat.
class Rooms
{
public:
    explicit Rooms(Inbox &inbox)
        : m_inbox(inbox)
    {}

    using Callback = Inbox::MemberCallback;
    /// See Inbox::addMember().
    void join(const ChatId &chat, const UserId &user, Callback done) { m_inbox.addMember(chat, user, done); }
    void leave(const ChatId &chat, const UserId &user, Callback done)
    {
        m_inbox.removeMember(chat, user, done);
    }
    /// A member may join again.
    bool mayJoin(const ChatId &chat, const UserId &user, qsizetype most) const
    {
        return m_inbox.chatsOf(user).size() < most || m_inbox.members(chat).contains(user);
    }
    /// In the order of joining.
    QList<UserId> members(const ChatId &chat) const { return m_inbox.members(chat); }
    QList<ChatId> chatsOf(const UserId &user) const { return m_inbox.chatsOf(user); }

private:
    Inbox &m_inbox;
};

/// Why `user` may not speak in `chat`, which has these members; nothing: it may.
std::optional<Error> refusalToSpeak(const ChatId &chat, const QList<UserId> &members, const UserId &user);

} // namespace concierge::chat
