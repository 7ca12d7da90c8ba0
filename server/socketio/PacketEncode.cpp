#include "socketio/Packet.h"

#include "engineio/Packet.h"
#include "socketio/Json.h"

#include <utility>

namespace concierge::socketio {

using transport::Frame;
using transport::FrameKind;

namespace {

constexpr qsizetype numberMaxDigits = 20; // of a 64-bit number

bool isBinary(PacketType type)
{
    return type == PacketType::BinaryEvent || type == PacketType::BinaryAck;
}

/// What stands before the JSON, the Engine.IO prefix included.
struct Head
{
    PacketType type;
    QByteArrayView nsp;
    std::optional<quint64> id;
    qsizetype attachmentCount;

    qsizetype maxSize() const { return 2 + numberMaxDigits + 1 + nsp.size() + 1 + numberMaxDigits; }
    void appendTo(QByteArray &out) const
    {
        out += engineio::messagePrefix;
        out += static_cast<char>('0' + static_cast<int>(type));
        if (isBinary(type)) {
            out += QByteArray::number(attachmentCount);
            out += '-';
        }
        if (nsp != "/") {
            out += nsp;
            out += ',';
        }
        if (id)
            out += QByteArray::number(*id);
    }
};

/// The type that fits the attachments.
PacketType fitted(PacketType type, bool hasAttachments)
{
    switch (type) {
    case PacketType::Event:
    case PacketType::BinaryEvent:
        return hasAttachments ? PacketType::BinaryEvent : PacketType::Event;
    case PacketType::Ack:
    case PacketType::BinaryAck:
        return hasAttachments ? PacketType::BinaryAck : PacketType::Ack;
    default:
        return type;
    }
}

qsizetype sizeOf(std::span<const QByteArrayView> jsonArguments)
{
    qsizetype size = 0;
    for (const QByteArrayView argument : jsonArguments)
        size += argument.size() + 1; // and its comma
    return size;
}

} // namespace

QList<Frame> encode(const Packet &packet)
{
    const Head head{fitted(packet.type, !packet.attachments.isEmpty()), packet.nsp, packet.id,
                    packet.attachments.size()};
    QByteArray text;
    text.reserve(head.maxSize() + packet.data.size());
    head.appendTo(text);
    text += packet.data;
    QList<Frame> frames;
    frames.reserve(1 + packet.attachments.size());
    frames.append({FrameKind::Text, std::move(text)});
    for (const QByteArray &attachment : packet.attachments)
        frames.append({FrameKind::Binary, attachment});
    return frames;
}

Frame encodeEventText(QByteArrayView nsp, std::optional<quint64> id, QByteArrayView name,
                      std::span<const QByteArrayView> jsonArguments, qsizetype attachmentCount)
{
    const Head head{fitted(PacketType::Event, attachmentCount > 0), nsp, id, attachmentCount};
    QByteArray text;
    text.reserve(head.maxSize() + 2 + name.size() + 2 + sizeOf(jsonArguments));
    head.appendTo(text);
    text += '[';
    json::appendQuoted(text, name);
    for (const QByteArrayView argument : jsonArguments) {
        text += ',';
        text += argument;
    }
    text += ']';
    return {FrameKind::Text, std::move(text)};
}

Frame encodeAckText(QByteArrayView nsp, quint64 id, std::span<const QByteArrayView> jsonArguments,
                    qsizetype attachmentCount)
{
    const Head head{fitted(PacketType::Ack, attachmentCount > 0), nsp, id, attachmentCount};
    QByteArray text;
    text.reserve(head.maxSize() + 2 + sizeOf(jsonArguments));
    head.appendTo(text);
    text += '[';
    bool isFirst = true;
    for (const QByteArrayView argument : jsonArguments) {
        if (!std::exchange(isFirst, false))
            text += ',';
        text += argument;
    }
    text += ']';
    return {FrameKind::Text, std::move(text)};
}

} // namespace concierge::socketio
