#include "app/WebhookMessage.h"

#include "app/EventEncoder.h"
#include "socketio/Json.h"

namespace concierge::app {

QByteArray encodeForWebhook(const chat::JournalEntry &entry)
{
    const chat::Message &message = *entry.message;
    QByteArray json = "{\"messageId\":" + json::quoted(message.id.utf8());
    json += ",\"senderId\":" +
            (message.sender.isEmpty() ? QByteArray("null") : json::quoted(message.sender.utf8()));
    if (entry.receivers.size() == 1) {
        json += ",\"receiverId\":" + json::quoted(entry.receivers.front().utf8());
    } else if (!entry.receivers.isEmpty()) {
        json += ",\"receiverIds\":[";
        for (const UserId &user : entry.receivers)
            json += json::quoted(user.utf8()) + ',';
        json.back() = ']';
    }
    if (!message.chat.isEmpty())
        json += ",\"chatId\":" + json::quoted(message.chat.utf8());
    json += ",\"timestamp\":\"" + isoTimestamp(message.timestamp) + "\",\"data\":" + encodeMessage(message);
    if (!message.attachments.isEmpty()) {
        json += ",\"attachments\":[";
        for (const QByteArray &part : message.attachments)
            json += '"' + part.toBase64() + "\",";
        json.back() = ']';
    }
    if (entry.isPublished)
        json += ",\"published\":true";
    return json += '}';
}

} // namespace concierge::app
