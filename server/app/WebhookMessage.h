#pragma once

#include "chat/Journal.h"

#include <QByteArray>

namespace concierge::app {

/// A message as API_URL gets it: `{"messageId","senderId","receiverId","receiverIds","chatId","timestamp",
/// "data","attachments","published"}`, those that there are. `data` is what its receivers got; the binary
/// parts that it has placeholders for are in `attachments`, by their number, as base64. Source: README, "Your
/// own back end". Thread: any.
QByteArray encodeForWebhook(const chat::JournalEntry &entry);

} // namespace concierge::app
