#include "chat/LastSeen.h"

namespace concierge::chat {

void LastSeen::insert(const UserId &user, Milliseconds wall)
{
    remove(user);
    m_index.insert(user, m_entries.insert(m_entries.end(), Entry{user, wall}));
    if (m_index.size() > m_capacity) {
        m_index.remove(m_entries.front().user);
        m_entries.pop_front();
    }
}

void LastSeen::remove(const UserId &user)
{
    const auto found = m_index.constFind(user);
    if (found == m_index.cend())
        return;
    m_entries.erase(*found);
    m_index.erase(found);
}

std::optional<Milliseconds> LastSeen::find(const UserId &user) const
{
    const auto found = m_index.constFind(user);
    if (found == m_index.cend())
        return std::nullopt;
    return (*found)->wall;
}

} // namespace concierge::chat
