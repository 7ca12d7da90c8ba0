#include "chat/Inbox.h"

namespace concierge::chat {

namespace {

constexpr qsizetype entryOverhead = 256; // fields that are added, frames, bookkeeping

} // namespace

qsizetype costOf(const Entry &entry)
{
    const auto *message = std::get_if<std::shared_ptr<const Message>>(&entry);
    if (!message || !*message)
        return entryOverhead;
    qsizetype cost = (*message)->data.size() + entryOverhead;
    for (const QByteArray &attachment : (*message)->attachments)
        cost += attachment.size();
    return cost;
}

} // namespace concierge::chat
