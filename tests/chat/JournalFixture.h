#pragma once

#include "chat/Journal.h"

#include <QByteArrayList>

#include <utility>
#include <vector>

namespace concierge::test {

/// Writes down one short line an entry; answers when told to where it is slow.
class TestJournal final : public chat::Journal
{
public:
    bool hasRoom() const override { return !isFull; }
    void write(chat::JournalEntry entry, Callback done) override
    {
        QByteArrayList receivers;
        for (const UserId &user : entry.receivers)
            receivers.append(user.utf8());
        if (!isBroken)
            lines.append(entry.message->sender.utf8() + (entry.isPublished ? " publishes " : " says ") +
                         entry.message->data + " to " +
                         (receivers.isEmpty() ? "chat " + entry.message->chat.utf8() : receivers.join(',')));
        if (isSlow)
            m_open.emplace_back(std::move(done));
        else
            done(!isBroken);
    }
    void answer()
    {
        for (const Callback &done : std::exchange(m_open, {}))
            done(!isBroken);
    }

    QByteArrayList lines;
    bool isFull = false;
    bool isBroken = false;
    bool isSlow = false;

private:
    std::vector<Callback> m_open;
};

} // namespace concierge::test
