#pragma once

#include "shared/Clock.h"
#include "shared/Ids.h"

#include <QHash>

#include <list>
#include <optional>

namespace concierge::chat {

/// When users who went offline were last there. Remembers the latest `capacity` of them. Thread: chat.
class LastSeen
{
public:
    explicit LastSeen(qsizetype capacity)
        : m_capacity(capacity)
    {}

    void insert(const UserId &user, Milliseconds wall);
    void remove(const UserId &user);
    std::optional<Milliseconds> find(const UserId &user) const;
    qsizetype size() const noexcept { return m_index.size(); }

private:
    struct Entry
    {
        UserId user;
        Milliseconds wall{};
    };

    qsizetype m_capacity;
    std::list<Entry> m_entries; // the longest gone first
    QHash<UserId, std::list<Entry>::iterator> m_index;
};

} // namespace concierge::chat
