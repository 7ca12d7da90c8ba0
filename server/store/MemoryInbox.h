#pragma once

#include "chat/Inbox.h"
#include "shared/Clock.h"

#include <QHash>

#include <deque>
#include <memory>
#include <set>
#include <utility>

namespace concierge::store {

/// Keeps everything in this process: it survives nothing else. Completes every call from within.
///
/// A message waits at most `ttl`; what is older is neither delivered nor counted, and its memory is given
/// back with the next append, whoever that is for. Thread: chat.
class MemoryInbox final : public chat::Inbox
{
public:
    /// `maxPerUser` messages wait for one user at most.
    MemoryInbox(const Clock &clock, int maxPerUser, Milliseconds ttl);

    void append(const UserId &user, std::shared_ptr<const chat::Message> message,
                StoreCallback done) override;
    void load(const UserId &user, LoadCallback done) override;
    void remove(const UserId &user, const std::vector<MessageId> &messages) override;
    qsizetype waiting(const UserId &user) const override;

    void addMember(const ChatId &chat, const UserId &user) override;
    void removeMember(const ChatId &chat, const UserId &user) override;
    QList<UserId> members(const ChatId &chat) const override { return m_members.value(chat); }

    /// How many messages take memory, expired ones included.
    qsizetype held() const noexcept { return m_held; }

private:
    struct Entry
    {
        Milliseconds expires{}; ///< monotonic
        std::shared_ptr<const chat::Message> message;
    };
    using Queue = std::deque<Entry>; // oldest first, so soonest to expire first

    void dropExpired();
    /// Keeps m_expiries true after `queue` changed, whose first message expired at `before`; ends an empty
    /// queue.
    void firstChanged(const UserId &user, const Queue &queue, Milliseconds before);

    const Clock &m_clock;
    const qsizetype m_maxPerUser;
    const Milliseconds m_ttl;
    QHash<UserId, Queue> m_queues;                        // none is empty
    std::set<std::pair<Milliseconds, UserId>> m_expiries; // of every queue's first
    qsizetype m_held = 0;
    QHash<ChatId, QList<UserId>> m_members; // none is empty
};

} // namespace concierge::store
