#pragma once

#include "shared/Result.h"
#include "transport/Frame.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <optional>
#include <span>

namespace concierge::engineio {

/// Engine.IO protocol 4, "Packet encoding": the digit on the wire is the enumerator's value.
enum class PacketType : quint8 {
    Open = 0,
    Close = 1,
    Ping = 2,
    Pong = 3,
    Message = 4,
    Upgrade = 5,
    Noop = 6
};

struct Packet
{
    PacketType type = PacketType::Noop;
    bool binary = false; ///< only with Message
    QByteArray data;

    friend bool operator==(const Packet &, const Packet &) = default;
};

enum class DecodeError : quint8 { Empty, UnknownType, BadBase64, InvalidUtf8, TooManyPackets };

/// A packet as one frame: text is digit + data, binary is the data alone. Source: Engine.IO protocol 4,
/// "Packet encoding" (WebSocket). Thread: any.
transport::Frame encode(const Packet &packet);
/// The inverse, for a WebSocket message. Text `b…` is base64 binary. Errors: DecodeError.
Result<Packet, DecodeError> decode(const transport::Frame &frame);

/// One packet as a view into the bytes it came in. With `base64` the data is still encoded: see
/// decodeBase64().
struct PacketView
{
    PacketType type = PacketType::Noop;
    bool base64 = false; ///< only with Message
    QByteArrayView data;
};

/// One packet in text form, digit + data or `b` + base64, without a copy. Errors: Empty, UnknownType.
Result<PacketView, DecodeError> decodeText(QByteArrayView packet);
/// Standard alphabet, with or without its padding. Nothing where it is malformed.
std::optional<QByteArray> decodeBase64(QByteArrayView text);

/// Prefix with which a text message's frame begins, for encoders above that build frames in one go.
inline constexpr char messagePrefix = '4';

/// Several frames as the body of an HTTP answer or POST: packets joined by 0x1E, binary as `b` + base64.
/// Source: Engine.IO protocol 4, "Payload encoding".
QByteArray encodePayload(std::span<const transport::Frame> frames);
/// What one of them takes there, with its separator.
qsizetype payloadBytes(const transport::Frame &frame) noexcept;
/// The inverse, all at once. Limit: payloadMaxPackets. Errors: DecodeError.
Result<QList<Packet>, DecodeError> decodePayload(QByteArrayView body);
inline constexpr qsizetype payloadMaxPackets = 131'072;

/// Reads a payload packet by packet, without copies; the packets before a malformed one are good. Does not
/// look at the text's validity: see isValidUtf8(). An empty payload holds one packet, an empty one, which is
/// malformed.
class PayloadReader
{
public:
    explicit PayloadReader(QByteArrayView body) noexcept
        : m_rest(body)
    {}
    bool atEnd() const noexcept { return m_atEnd; }
    /// The next packet; must not be at the end.
    Result<PacketView, DecodeError> next();

private:
    QByteArrayView m_rest;
    bool m_atEnd = false;
};

bool isValidUtf8(QByteArrayView text) noexcept;

} // namespace concierge::engineio
