#include "store/MemoryInbox.h"

#include <QSet>

#include <algorithm>

namespace concierge::store {

using chat::Message;
using chat::StoreResult;

MemoryInbox::MemoryInbox(const Clock &clock, int maxPerUser, Milliseconds ttl)
    : m_clock(clock)
    , m_maxPerUser(maxPerUser)
    , m_ttl(ttl)
{}

void MemoryInbox::append(const UserId &user, std::shared_ptr<const Message> message, StoreCallback done)
{
    dropExpired();
    const auto found = m_queues.find(user);
    if (found != m_queues.end() ? static_cast<qsizetype>(found->size()) >= m_maxPerUser : m_maxPerUser <= 0) {
        done(StoreResult::Full);
        return;
    }
    Queue &queue = found != m_queues.end() ? *found : m_queues[user];
    const Milliseconds expires = m_clock.monotonic() + m_ttl;
    if (queue.empty())
        m_expiries.emplace(expires, user);
    queue.push_back({expires, std::move(message)});
    ++m_held;
    done(StoreResult::Stored);
}

void MemoryInbox::load(const UserId &user, LoadCallback done)
{
    dropExpired();
    std::vector<std::shared_ptr<const Message>> messages;
    const auto found = m_queues.constFind(user);
    if (found != m_queues.cend()) {
        messages.reserve(found->size());
        for (const Entry &entry : *found)
            messages.push_back(entry.message);
    }
    done(std::move(messages));
}

void MemoryInbox::remove(const UserId &user, const std::vector<MessageId> &messages)
{
    const auto found = m_queues.find(user);
    if (found == m_queues.end())
        return;
    Queue &queue = *found;
    const Milliseconds firstExpired = queue.front().expires;
    // Mostly the oldest go, in their order.
    std::size_t leading = 0;
    while (leading < messages.size() && !queue.empty() && queue.front().message->id == messages[leading]) {
        queue.pop_front();
        --m_held;
        ++leading;
    }
    if (leading < messages.size()) {
        const QSet<MessageId> others(messages.begin() + static_cast<std::ptrdiff_t>(leading), messages.end());
        m_held -= static_cast<qsizetype>(std::erase_if(
            queue, [&others](const Entry &entry) { return others.contains(entry.message->id); }));
    }
    firstChanged(user, queue, firstExpired);
}

qsizetype MemoryInbox::waiting(const UserId &user) const
{
    const auto found = m_queues.constFind(user);
    if (found == m_queues.cend())
        return 0;
    const auto firstAlive =
        std::upper_bound(found->begin(), found->end(), m_clock.monotonic(),
                         [](Milliseconds now, const Entry &entry) { return now < entry.expires; });
    return found->end() - firstAlive;
}

void MemoryInbox::dropExpired()
{
    const Milliseconds now = m_clock.monotonic();
    while (!m_expiries.empty() && m_expiries.begin()->first <= now) {
        const auto [expires, user] = *m_expiries.begin();
        Queue &queue = m_queues[user];
        while (!queue.empty() && queue.front().expires <= now) {
            queue.pop_front();
            --m_held;
        }
        firstChanged(user, queue, expires);
    }
}

void MemoryInbox::firstChanged(const UserId &user, const Queue &queue, Milliseconds before)
{
    m_expiries.erase({before, user});
    if (queue.empty())
        m_queues.remove(user);
    else
        m_expiries.emplace(queue.front().expires, user);
}

void MemoryInbox::addMember(const ChatId &chat, const UserId &user)
{
    QList<UserId> &members = m_members[chat];
    if (!members.contains(user))
        members.append(user);
}

void MemoryInbox::removeMember(const ChatId &chat, const UserId &user)
{
    const auto found = m_members.find(chat);
    if (found == m_members.end())
        return;
    found->removeOne(user);
    if (found->isEmpty())
        m_members.erase(found);
}

} // namespace concierge::store
