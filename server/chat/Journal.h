#pragma once

#include "chat/Types.h"

#include <functional>
#include <memory>

namespace concierge::chat {

/// A message that was taken, and whom it is for.
struct JournalEntry
{
    QList<UserId> receivers; ///< empty: the members of the message's chat, whoever they are
    std::shared_ptr<const Message> message;
    bool isPublished = false; ///< by the platform's back end, not by a client
};

/// Where every message that is taken is written down, once, for somebody outside to have. Guarantee: `true`
/// is answered when the entry survives whatever the store survives, never before; no message is acknowledged
/// until it is. Order: entries stay in the order of the calls. Answers come on the chat thread, in the order
/// of the calls, possibly from within the call; none comes after the journal has ended. Thread: chat.
class Journal
{
public:
    virtual ~Journal() = default;

    using Callback = std::function<void(bool isStored)>;

    /// Whether there is room for one more; where not, a message is refused before anybody is sent it.
    virtual bool hasRoom() const = 0;
    virtual void write(JournalEntry entry, Callback done) = 0;
};

} // namespace concierge::chat
