#include "engineio/Packet.h"

#include <simdjson.h>

namespace concierge::engineio {

using transport::Frame;
using transport::FrameKind;

namespace {

constexpr char separator = '\x1e';
constexpr char base64Prefix = 'b';

qsizetype base64Size(qsizetype bytes)
{
    return (bytes + 2) / 3 * 4;
}

Result<Packet, DecodeError> toPacket(const PacketView &view)
{
    if (!view.base64)
        return Packet{view.type, false, view.data.toByteArray()};
    auto bytes = decodeBase64(view.data);
    if (!bytes)
        return DecodeError::BadBase64;
    return Packet{PacketType::Message, true, std::move(*bytes)};
}

} // namespace

Frame encode(const Packet &packet)
{
    if (packet.binary)
        return {FrameKind::Binary, packet.data};
    QByteArray text;
    text.reserve(1 + packet.data.size());
    text.append(static_cast<char>('0' + static_cast<int>(packet.type)));
    text.append(packet.data);
    return {FrameKind::Text, std::move(text)};
}

Result<PacketView, DecodeError> decodeText(QByteArrayView packet)
{
    if (packet.isEmpty())
        return DecodeError::Empty;
    const char first = packet.front();
    const QByteArrayView data = packet.sliced(1);
    if (first >= '0' && first <= '6')
        return PacketView{static_cast<PacketType>(first - '0'), false, data};
    if (first == base64Prefix)
        return PacketView{PacketType::Message, true, data};
    return DecodeError::UnknownType;
}

std::optional<QByteArray> decodeBase64(QByteArrayView text)
{
    qsizetype symbols = text.size();
    for (int i = 0; i < 2 && symbols > 0 && text[symbols - 1] == '='; ++i)
        --symbols;
    const bool isPadded = symbols != text.size();
    // One symbol carries six bits only, no byte; padding fills a group of four.
    if (symbols % 4 == 1 || (isPadded && text.size() % 4 != 0))
        return std::nullopt;
    auto result =
        QByteArray::fromBase64Encoding(QByteArray::fromRawData(text.data(), symbols),
                                       QByteArray::Base64Encoding | QByteArray::AbortOnBase64DecodingErrors);
    if (!result)
        return std::nullopt;
    return std::move(result.decoded);
}

Result<Packet, DecodeError> decode(const Frame &frame)
{
    if (frame.kind == FrameKind::Binary)
        return Packet{PacketType::Message, true, frame.data};
    const auto view = decodeText(frame.data);
    if (!view)
        return view.error();
    return toPacket(*view);
}

qsizetype payloadBytes(const Frame &frame) noexcept
{
    return 1 + (frame.kind == FrameKind::Text ? frame.data.size() : 1 + base64Size(frame.data.size()));
}

QByteArray encodePayload(std::span<const Frame> frames)
{
    if (frames.size() == 1 && frames.front().kind == FrameKind::Text)
        return frames.front().data;
    qsizetype size = 0;
    for (const Frame &frame : frames)
        size += payloadBytes(frame);
    QByteArray payload;
    payload.reserve(size);
    for (const Frame &frame : frames) {
        if (!payload.isEmpty())
            payload.append(separator);
        if (frame.kind == FrameKind::Text) {
            payload.append(frame.data);
        } else {
            payload.append(base64Prefix);
            payload.append(frame.data.toBase64());
        }
    }
    return payload;
}

Result<PacketView, DecodeError> PayloadReader::next()
{
    const qsizetype end = m_rest.indexOf(separator);
    const QByteArrayView packet = end < 0 ? m_rest : m_rest.first(end);
    if (end < 0)
        m_atEnd = true;
    else
        m_rest = m_rest.sliced(end + 1);
    return decodeText(packet);
}

Result<QList<Packet>, DecodeError> decodePayload(QByteArrayView body)
{
    if (!isValidUtf8(body))
        return DecodeError::InvalidUtf8;
    QList<Packet> packets;
    for (PayloadReader reader(body); !reader.atEnd();) {
        if (packets.size() == payloadMaxPackets)
            return DecodeError::TooManyPackets;
        const auto view = reader.next();
        if (!view)
            return view.error();
        auto packet = toPacket(*view);
        if (!packet)
            return packet.error();
        packets.append(std::move(packet).value());
    }
    return packets;
}

bool isValidUtf8(QByteArrayView text) noexcept
{
    return simdjson::validate_utf8(text.data(), static_cast<std::size_t>(text.size()));
}

} // namespace concierge::engineio
