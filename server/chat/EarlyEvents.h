#pragma once

#include "chat/Commands.h"

#include <vector>

namespace concierge::chat {

/// What a client that came back said before its newUser. The official client sends what it had buffered, and
/// what it sends once more, ahead of its application's `connect` handler, where newUser is usually said: so
/// these wait for that, but not for long. Source: socket.io-client 4, Socket.onconnect().
struct EarlyEvents
{
    static constexpr Milliseconds patience{5'000};
    static constexpr std::size_t maxEvents = 1'000;
    static constexpr qsizetype maxBytes = 1'000'000; ///< of a socket's messages

    Milliseconds until{}; ///< monotonic
    std::vector<Command> events;
    qsizetype bytes = 0;
};

/// What it takes beyond itself.
inline qsizetype bytesOf(const Command &command)
{
    const auto *message = std::get_if<SendMessage>(&command);
    if (!message)
        return 0;
    qsizetype bytes = message->data.size();
    for (const QByteArray &attachment : message->attachments)
        bytes += attachment.size();
    return bytes;
}

/// Whether it would be refused, or taken for nobody's, without a registration. `spokeFor`: whose a message is
/// all the same. `trustsSenderId`: ChatOptions'.
inline bool needsUser(const Command &command, const UserId &spokeFor, bool trustsSenderId)
{
    if (const auto *message = std::get_if<SendMessage>(&command))
        return !(message->senderId && trustsSenderId) && spokeFor.isEmpty();
    return !std::holds_alternative<NewUser>(command) && !std::holds_alternative<GetPresence>(command) &&
           !std::holds_alternative<SocketActive>(command);
}

} // namespace concierge::chat
