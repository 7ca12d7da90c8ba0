#pragma once

#include "chat/Commands.h"
#include "chat/Fifo.h"
#include "chat/Inbox.h"
#include "chat/Offsets.h"

#include <optional>
#include <vector>

namespace concierge::chat {

/// A newUser that has not been answered: its socket hears what waited before the answer.
struct Registration
{
    Origin origin;
    UserId user;
};

/// A socket on its way through what waited for its user. InboxDelivery's; Streams adds what comes meanwhile.
struct Reading
{
    static constexpr std::size_t maxKept = 1'000;
    static constexpr qsizetype maxKeptBytes = 1'000'000;

    /// What is sent to the user meanwhile: another of its sockets may prove it, so that the inbox has it no
    /// more when this one comes to it. What is more than can be kept is looked for there all the same.
    void keep(const WaitingEntry &waiting)
    {
        kept.push(waiting);
        keptBytes += costOf(waiting.entry);
        if (kept.size() > maxKept || keptBytes > maxKeptBytes) {
            kept = {};
            keptBytes = 0;
        }
    }

    /// Its sender was told that it is not taken.
    void drop(InboxPosition position)
    {
        for (std::size_t i = 0; i < kept.size(); ++i) {
            if (kept[i].position == position) {
                keptBytes -= costOf(kept.take(i).entry);
                return;
            }
        }
    }

    std::vector<Registration> registrations; ///< to be answered at the end
    qsizetype got = 0;                       ///< messages it was sent
    InboxPage page;
    std::size_t pageAt = 0;
    bool isLoading = false;
    bool isLoaded = false;  ///< `page` is what the inbox has next
    bool isAwaited = false; ///< SocketDrained will come
    Fifo<WaitingEntry> kept;
    qsizetype keptBytes = 0;
    std::optional<Offset> presented;     ///< what its client says it has from an earlier connection
    std::optional<Milliseconds> retryAt; ///< the inbox could not read
};

} // namespace concierge::chat
