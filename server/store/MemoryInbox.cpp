#include "store/MemoryInbox.h"

#include "store/Secret.h"

#include <algorithm>

namespace concierge::store {

using chat::Entry;
using chat::InboxPage;
using chat::InboxPosition;
using chat::StoreResult;

namespace {

bool isMessage(const Entry &entry)
{
    return std::holds_alternative<std::shared_ptr<const chat::Message>>(entry);
}

} // namespace

MemoryInbox::MemoryInbox(const Clock &clock, Milliseconds ttl)
    : m_clock(clock)
    , m_ttl(ttl)
    , m_secret(makeSecret())
{}

void MemoryInbox::append(const UserId &user, InboxPosition position, Entry entry)
{
    Box &box = m_boxes[user];
    box.positions.push_back(position);
    box.messages += isMessage(entry) ? 1 : 0;
    m_entries.insert_or_assign(position, Held{user, m_clock.wall(), std::move(entry)});
    if (m_listener)
        m_listener->appended(user, position, StoreResult::Stored);
}

void MemoryInbox::load(const UserId &user, InboxPosition after, LoadCallback done)
{
    InboxPage page;
    qsizetype room = InboxPage::maxBytes;
    const auto box = m_boxes.constFind(user);
    if (box != m_boxes.cend()) {
        auto at = std::upper_bound(box->positions.begin(), box->positions.end(), after);
        for (; at != box->positions.end() && room > 0 && page.entries.size() < InboxPage::maxEntries; ++at) {
            const Held &held = m_entries.at(*at);
            if (isExpired(held))
                continue;
            room -= costOf(held.entry);
            if (room < 0 && !page.entries.empty())
                break;
            page.entries.push_back({*at, held.entry});
        }
    }
    done(std::move(page));
}

bool MemoryInbox::remove(const UserId &user, InboxPosition position)
{
    const auto box = m_boxes.find(user);
    if (box == m_boxes.end())
        return false;
    const auto at = std::lower_bound(box->positions.begin(), box->positions.end(), position);
    if (at == box->positions.end() || *at != position)
        return false;
    const auto held = m_entries.find(position);
    box->messages -= isMessage(held->second.entry) ? 1 : 0;
    m_entries.erase(held);
    box->positions.erase(at);
    if (box->positions.empty())
        m_boxes.erase(box);
    return true;
}

qsizetype MemoryInbox::waiting(const UserId &user) const
{
    const auto box = m_boxes.constFind(user);
    return box == m_boxes.cend() ? 0 : box->messages;
}

void MemoryInbox::sweep(SweepCallback done)
{
    chat::Expired expired;
    expired.nextDue = m_clock.wall() + m_ttl;
    for (const auto &[position, held] : m_entries) { // in the order of their time
        if (!isExpired(held)) {
            expired.nextDue = held.since + m_ttl;
            break;
        }
        if (expired.entries.size() == InboxPage::maxEntries) {
            expired.nextDue = m_clock.wall();
            break;
        }
        expired.entries.push_back({held.user, {position, held.entry}});
    }
    done(std::move(expired));
}

quint64 MemoryInbox::record(QByteArray)
{
    ++m_lastBlock;
    if (m_listener)
        m_listener->recorded(m_lastBlock);
    return m_lastBlock;
}

void MemoryInbox::addMember(const ChatId &chat, const UserId &user, MemberCallback done)
{
    auto room = m_members.find(chat);
    if (room == m_members.end())
        room = m_members.insert(chat, {});
    if (!room->contains(user)) {
        room->append(user);
        m_chatsOf[user].append(room.key()); // one text for all its members
    }
    if (done)
        done(true);
}

void MemoryInbox::removeMember(const ChatId &chat, const UserId &user, MemberCallback done)
{
    const auto found = m_members.find(chat);
    if (found != m_members.end() && found->removeOne(user)) {
        const auto chats = m_chatsOf.find(user);
        chats->removeOne(chat);
        if (chats->isEmpty())
            m_chatsOf.erase(chats);
        if (found->isEmpty())
            m_members.erase(found);
    }
    if (done)
        done(true);
}

} // namespace concierge::store
