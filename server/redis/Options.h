#pragma once

#include "redis/Reply.h"
#include "redis/Url.h"
#include "shared/Clock.h"

namespace concierge::redis {

/// How to speak to a Redis. A value.
struct Options
{
    Url url;
    /// What `CLIENT LIST` shows; no spaces. Empty: none.
    QByteArray name = "concierge";
    /// PEM, with Url::Transport::Tls: only these authorities are trusted. It is read at each attempt. Empty:
    /// those of the system.
    QString caFile;
    Milliseconds connectTimeout{5'000}; ///< for each address of the host
    /// Without an answer that is due, and without anything else heard, the connection is taken for dead.
    Milliseconds timeout{5'000};
    /// Nothing heard for so long, and nothing to be answered: a PING.
    Milliseconds pingInterval{2'000};
    Milliseconds firstPause{100}; ///< before the first new attempt; then twice as long each time, up to
    Milliseconds longestPause{5'000};
    qsizetype maxUnanswered = 65'536;                         ///< commands
    qsizetype maxUnansweredBytes = qsizetype(64) * 1'048'576; ///< of them, as they are sent
    qsizetype maxSubscriptions = 1'000'000;
    ReplyLimits limits;
    bool isQuiet = false; ///< nothing of losses and returns is logged: the listener does
};

} // namespace concierge::redis
