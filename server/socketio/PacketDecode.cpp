#include "socketio/Packet.h"

#include "shared/Limits.h"
#include "socketio/Json.h"
#include "socketio/Placeholders.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace concierge::socketio {

namespace {

constexpr std::array<QByteArrayView, 6> reservedEvents{"connect",       "connect_error", "disconnect",
                                                       "disconnecting", "newListener",   "removeListener"};

bool isBinary(PacketType type)
{
    return type == PacketType::BinaryEvent || type == PacketType::BinaryAck;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The digits at the front of `text`, taken off it. Nothing: the number does not fit.
std::optional<quint64> takeNumber(QByteArrayView &text)
{
    constexpr quint64 most = std::numeric_limits<quint64>::max();
    std::optional<quint64> number = 0;
    while (!text.isEmpty() && isDigit(text.front())) {
        const auto digit = static_cast<quint64>(text.front() - '0');
        if (number && *number > (most - digit) / 10)
            number.reset();
        else if (number)
            number = *number * 10 + digit;
        text = text.sliced(1);
    }
    return number;
}

std::optional<DecodeError> takeAttachmentCount(QByteArrayView &text, int &count)
{
    const qsizetype dash = text.indexOf('-');
    QByteArrayView digits = dash < 0 ? QByteArrayView() : text.first(dash);
    if (digits.isEmpty() || !std::all_of(digits.begin(), digits.end(), isDigit))
        return DecodeError::BadAttachmentCount;
    const auto number = takeNumber(digits);
    if (number == 0u)
        return DecodeError::BadAttachmentCount;
    if (!number || *number > limits::maxAttachments)
        return DecodeError::TooManyAttachments;
    text = text.sliced(dash + 1);
    count = static_cast<int>(*number);
    return std::nullopt;
}

/// `/name,` or, at the packet's end, `/name`. Source: protocol 5; the comma may be missing where nothing
/// follows.
std::optional<DecodeError> takeNamespace(QByteArrayView &text, QByteArrayView &nsp)
{
    const qsizetype comma = text.indexOf(',');
    nsp = comma < 0 ? text : text.first(comma);
    text = comma < 0 ? QByteArrayView() : text.sliced(comma + 1);
    if (!simdjson::validate_utf8(nsp.data(), static_cast<std::size_t>(nsp.size())))
        return DecodeError::BadNamespace;
    return std::nullopt;
}

std::optional<DecodeError> checkEvent(const std::vector<QByteArrayView> &elements)
{
    if (elements.empty())
        return DecodeError::BadPayload;
    switch (json::typeOf(elements.front())) {
    case json::Type::Number:
        return std::nullopt;
    case json::Type::String:
        return isReservedEvent(elements.front()) ? std::optional(DecodeError::ReservedEvent) : std::nullopt;
    default:
        return DecodeError::BadPayload;
    }
}

std::optional<DecodeError> checkPayload(const PacketView &packet)
{
    const json::Type type = json::typeOf(packet.data);
    bool fits = false;
    switch (packet.type) {
    case PacketType::Connect:
        fits = type == json::Type::Object;
        break;
    case PacketType::Disconnect:
        break;
    case PacketType::ConnectError:
        fits = type == json::Type::Object || type == json::Type::String;
        break;
    case PacketType::Event:
    case PacketType::BinaryEvent:
        return type == json::Type::Array ? checkEvent(packet.elements) : DecodeError::BadPayload;
    case PacketType::Ack:
    case PacketType::BinaryAck:
        fits = type == json::Type::Array;
        break;
    }
    return fits ? std::nullopt : std::optional(DecodeError::BadPayload);
}

std::optional<DecodeError> takePayload(QByteArrayView text, PacketView &packet)
{
    if (packet.type == PacketType::Disconnect)
        return DecodeError::BadPayload;
    const auto value = json::validate(text, limits::packetMaxDepth, &packet.elements, &packet.depth);
    if (!value)
        return value.error() == json::Error::TooDeep ? DecodeError::TooDeep : DecodeError::BadJson;
    packet.data = *value;
    if (const auto error = checkPayload(packet))
        return error;
    if (isBinary(packet.type) && !arePlaceholdersGood(packet.data, packet.attachmentCount))
        return DecodeError::BadPlaceholder;
    return std::nullopt;
}

Packet toPacket(const PacketView &view)
{
    return {view.type, view.nsp.toByteArray(), view.id, view.data.toByteArray(), {}};
}

} // namespace

bool isReservedEvent(QByteArrayView rawName)
{
    const QByteArrayView plain = rawName.sliced(1, rawName.size() - 2);
    const auto isReserved = [](QByteArrayView name) {
        return std::find(reservedEvents.begin(), reservedEvents.end(), name) != reservedEvents.end();
    };
    return plain.contains('\\') ? isReserved(json::unescape(rawName)) : isReserved(plain);
}

Result<PacketView, DecodeError> decodeText(QByteArrayView text)
{
    if (text.isEmpty())
        return DecodeError::Empty;
    const int type = text.front() - '0';
    if (type < 0 || type > static_cast<int>(PacketType::BinaryAck))
        return DecodeError::UnknownType;
    PacketView packet;
    packet.type = static_cast<PacketType>(type);
    text = text.sliced(1);
    if (isBinary(packet.type)) {
        if (const auto error = takeAttachmentCount(text, packet.attachmentCount))
            return *error;
    }
    if (text.startsWith('/')) {
        if (const auto error = takeNamespace(text, packet.nsp))
            return *error;
    }
    if (!text.isEmpty() && isDigit(text.front()))
        packet.id = takeNumber(text);
    if (!text.isEmpty()) {
        if (const auto error = takePayload(text, packet))
            return *error;
    }
    return packet;
}

Result<std::optional<PacketView>, DecodeError> Decoder::feedTextView(QByteArrayView text)
{
    if (m_partial)
        return DecodeError::UnexpectedText;
    auto decoded = decodeText(text);
    if (!decoded)
        return decoded.error();
    if (decoded->attachmentCount == 0)
        return std::optional(std::move(decoded).value());
    m_partial = toPacket(*decoded);
    m_missing = decoded->attachmentCount;
    return std::optional<PacketView>();
}

Result<std::optional<Packet>, DecodeError> Decoder::feedText(QByteArrayView text)
{
    const auto decoded = feedTextView(text);
    if (!decoded)
        return decoded.error();
    return *decoded ? std::optional(toPacket(**decoded)) : std::nullopt;
}

Result<std::optional<Packet>, DecodeError> Decoder::feedBinary(const QByteArray &data)
{
    if (!m_partial)
        return DecodeError::UnexpectedBinary;
    // A deep copy: the bytes may be somebody else's, valid during this call only.
    m_partial->attachments.append(QByteArray(data.constData(), data.size()));
    if (--m_missing > 0)
        return std::optional<Packet>();
    return std::exchange(m_partial, std::nullopt);
}

} // namespace concierge::socketio
