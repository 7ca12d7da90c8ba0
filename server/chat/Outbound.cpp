#include "chat/Outbound.h"

namespace concierge::chat {

Push pushOf(const Entry &entry)
{
    if (const auto *message = std::get_if<std::shared_ptr<const Message>>(&entry))
        return GetMessage{*message};
    return MessageStatus{std::get<std::shared_ptr<const Receipt>>(entry)};
}

std::optional<Entry> entryOf(const Push &push)
{
    if (const auto *message = std::get_if<GetMessage>(&push))
        return message->message;
    if (const auto *status = std::get_if<MessageStatus>(&push))
        return status->receipt;
    return std::nullopt;
}

qsizetype costOf(const Push &push)
{
    if (const auto *sent = std::get_if<MessageSent>(&push))
        return costOf(Entry(sent->message));
    const auto entry = entryOf(push);
    return costOf(entry ? *entry : Entry());
}

} // namespace concierge::chat
