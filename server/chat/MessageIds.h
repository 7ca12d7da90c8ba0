#pragma once

#include "shared/Clock.h"
#include "shared/Ids.h"

#include <QRandomGenerator>

namespace concierge::chat {

/// Makes the ids of messages whose senders gave none. Source: RFC 9562, 5.7 (UUIDv7) with 6.2 method 1: a
/// 12-bit counter after the milliseconds, so that ids of one generator sort, as text too, in the order in
/// which they were made; also when the clock stands still or goes back. Thread: the owner's.
class MessageIds
{
public:
    MessageId next(Milliseconds wall);

private:
    QRandomGenerator m_random = QRandomGenerator::securelySeeded();
    quint64 m_millisecond = 0;
    quint32 m_counter = 0;
};

} // namespace concierge::chat
