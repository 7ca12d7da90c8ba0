#include "store/MessageColumns.h"

#include <QtEndian>

namespace concierge::store {

using chat::Message;

namespace {

enum Flag : int {
    AppendSenderId = 1,
    AppendTimestamp = 2,
    AppendMessageId = flagAppendMessageId,
    Silent = 8
};

enum Column : int { Flags, Peer, MessageIdOf, Chat, Timestamp, Data, Parts };

} // namespace

QVariant inMs(Milliseconds time)
{
    return static_cast<qint64>(time.count());
}

QByteArray joined(const QList<QByteArray> &parts)
{
    QByteArray bytes;
    for (const QByteArray &part : parts) {
        const auto size = qToBigEndian(static_cast<quint32>(part.size()));
        bytes.append(reinterpret_cast<const char *>(&size), sizeof size);
        bytes += part;
    }
    return bytes;
}

QList<QByteArray> split(const QByteArray &bytes)
{
    QList<QByteArray> parts;
    constexpr qsizetype head = sizeof(quint32);
    for (qsizetype at = 0; at + head <= bytes.size();) {
        const auto size = static_cast<qsizetype>(qFromBigEndian<quint32>(bytes.constData() + at));
        parts.append(bytes.mid(at + head, size));
        at += head + size;
    }
    return parts;
}

QVariantList columnsOf(const Message &message)
{
    const int flags = (message.appendSenderId ? AppendSenderId : 0) |
                      (message.appendTimestamp ? AppendTimestamp : 0) |
                      (message.appendMessageId ? AppendMessageId : 0) | (message.isSilent ? Silent : 0);
    return {flags,
            message.sender.utf8(),
            message.id.utf8(),
            message.chat.utf8(),
            inMs(message.timestamp),
            message.data,
            joined(message.attachments)};
}

std::shared_ptr<const Message> messageOf(const QSqlQuery &query, int first)
{
    const int flags = query.value(first + Flags).toInt();
    auto message = std::make_shared<Message>();
    message->id = MessageId(query.value(first + MessageIdOf).toByteArray());
    message->sender = UserId(query.value(first + Peer).toByteArray());
    message->chat = ChatId(query.value(first + Chat).toByteArray());
    message->timestamp = Milliseconds(query.value(first + Timestamp).toLongLong());
    message->data = query.value(first + Data).toByteArray();
    message->attachments = split(query.value(first + Parts).toByteArray());
    message->appendSenderId = (flags & AppendSenderId) != 0;
    message->appendTimestamp = (flags & AppendTimestamp) != 0;
    message->appendMessageId = (flags & AppendMessageId) != 0;
    message->isSilent = (flags & Silent) != 0;
    return message;
}

} // namespace concierge::store
