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
    int socketsPerUser = 0;            ///< that may be registered at a time; 0: any number
    int chatsPerUser = 0;              ///< that a user may be a member of; 0: any number
    int inboxMaxPerUser = 10'000;      ///< messages that may wait for one user
    /// How long a message that a socket has been sent may wait for the proof before the inbox keeps it: long
    /// enough that nearly all are proven by then, and are never written.
    Milliseconds proofPatience{500};
    Milliseconds recoveryWindow{120'000};  ///< 0: no recovery
    qint64 recoveryMaxBytes = 64'000'000;  ///< of sockets whose connection was lost, all together
    Milliseconds dedupeWindow{86'400'000}; ///< 0: no dedupe
    int ledgerMax = 200'000;               ///< messages whose ids are remembered
    bool tellsRooms = false;               ///< SpeaksFor, ChatJoined and ChatLeft are told
    bool trustSenderId = true; ///< false: who sends must have registered, and `senderId` be that user
};

} // namespace concierge::chat
