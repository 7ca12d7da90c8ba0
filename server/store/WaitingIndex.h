#pragma once

#include "chat/Inbox.h"

#include <QHash>

#include <vector>

namespace concierge::store {

/// Which positions wait for whom: what of an inbox on disk has to be in memory, 8 bytes an entry. Thread: the
/// owner's.
class WaitingIndex
{
public:
    void add(const UserId &user, chat::InboxPosition position, bool isMessage);
    /// Whether it was there.
    bool remove(const UserId &user, chat::InboxPosition position);
    bool contains(const UserId &user, chat::InboxPosition position) const;

    /// At most `max` of them, the oldest first.
    std::vector<chat::InboxPosition> behind(const UserId &user, chat::InboxPosition after,
                                            qsizetype max) const;
    /// 0: none.
    chat::InboxPosition last(const UserId &user) const;
    qsizetype messages(const UserId &user) const;
    bool hasEntries(const UserId &user) const { return m_boxes.contains(user); }
    qsizetype size() const noexcept { return m_size; }
    qsizetype messages() const noexcept { return m_messages; }
    qsizetype users() const noexcept { return m_boxes.size(); }
    /// Gives back the room that adding many took ahead.
    void squeeze();

private:
    /// position * 2, and 1 more for a message: in the order of the positions.
    using Word = quint64;
    /// In order; those before `first` are gone. The oldest mostly go first.
    struct Box
    {
        std::vector<Word> words;
        quint32 first = 0;
        quint32 messages = 0;

        auto begin() const { return words.begin() + first; }
        auto lowerBound(chat::InboxPosition position) const;
    };

    const Box *find(const UserId &user) const;
    static void takeOut(Box &box, std::ptrdiff_t index);

    QHash<UserId, Box> m_boxes; // none is empty
    qsizetype m_size = 0;
    qsizetype m_messages = 0; // of m_size
};

} // namespace concierge::store
