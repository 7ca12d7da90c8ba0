#pragma once

#include "shared/Clock.h"

#include <QtGlobal>

namespace concierge::chat {

struct ChatOptions
{
    Milliseconds idleAfter{300'000}; ///< 0: never idle by itself
    Milliseconds presenceInterval{250};
    qint64 presenceBudget = 8'000'000; ///< bytes per second of presence on the wire
    Milliseconds presenceGrace{3'000}; ///< 0: offline with the last socket
    int watchMax = 1'000;              ///< users one socket may watch, and ask for at once
    int lastSeenMax = 100'000;         ///< offline users whose lastSeen is remembered
    bool trustSenderId = true;         ///< false: who sends must be registered, and `senderId` be that user
};

} // namespace concierge::chat
