#pragma once

#include "chat/Commands.h"
#include "shared/Result.h"
#include "socketio/Socket.h"

#include <QByteArrayView>

#include <optional>

namespace concierge::app {

struct DecodeLimits
{
    qsizetype maxTextLength = 1000; ///< UTF-16 code units; longer text is cut
};

using Decoded = Result<chat::Command, chat::Error>;
using DecodeEvent = Decoded (*)(const chat::Origin &origin, const socketio::Event &event,
                                const DecodeLimits &limits);

/// The decoder of a client event, or null where the contract knows no such event. Adding an event is adding a
/// row to the table behind this. Decoders copy what they keep. Errors: `invalid_payload`, with what was wrong
/// and what would be right. Source: the chat contract, "Client → server". Thread: any.
DecodeEvent findDecoder(QByteArrayView eventName);

/// Reads and checks the `data` of a message, cuts its text where that is too long, and puts it all into
/// `command`. Nothing: it is good.
std::optional<chat::Error> readMessageData(QByteArrayView data, const DecodeLimits &limits,
                                           chat::SendMessage &command);

} // namespace concierge::app
