#pragma once

#include "chat/Types.h"
#include "shared/Clock.h"

#include <QSqlQuery>
#include <QVariantList>

#include <memory>

/// A message as columns, in this order: flags, peer, message_id, chat, timestamp, data, attachments.
namespace concierge::store {

inline constexpr int flagAppendMessageId = 4;
inline constexpr int flagPublished = 16; ///< outgoing's own

QVariantList columnsOf(const chat::Message &message);
/// `first`: the column of the flags.
std::shared_ptr<const chat::Message> messageOf(const QSqlQuery &query, int first);

/// Each with its length before it.
QByteArray joined(const QList<QByteArray> &parts);
QList<QByteArray> split(const QByteArray &bytes);

QVariant inMs(Milliseconds time);

} // namespace concierge::store
