#include "transport/WebSocketFrames.h"

#include <QtEndian>

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace concierge::transport {

namespace {

constexpr quint8 masked = 0x80;
constexpr quint8 lengthBits = 0x7F;
constexpr quint8 lengthIn16 = 126; ///< instead of a length: it follows in 16 bits
constexpr quint8 lengthIn64 = 127;
constexpr qint64 controlMaxBytes = 125;
constexpr quint8 maskBytes = 4;

bool isUtf8(QByteArrayView text)
{
    return text.isEmpty() || simdjson::validate_utf8(text.data(), static_cast<std::size_t>(text.size()));
}

/// RFC 6455, 7.4, and the codes that were registered since.
bool mayBeSent(quint16 code)
{
    const bool isReserved = code >= 1004 && code <= 1006;
    return (code >= 1000 && code <= 1014 && !isReserved) || (code >= 3000 && code <= 4999);
}

QByteArray copyOf(std::span<const char> bytes)
{
    return QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

void append(QByteArray &to, std::span<const char> bytes)
{
    to.append(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

} // namespace

FrameEvent FrameReader::read(std::span<char> &bytes)
{
    if (m_isOver)
        return {};
    if (!takeHead(bytes))
        return m_error ? fail(*m_error) : FrameEvent();
    const auto part = bytes.first(std::min(static_cast<std::size_t>(m_left), bytes.size()));
    bytes = bytes.subspan(part.size());
    unmask(part);
    m_left -= static_cast<qint64>(part.size());
    if (m_left > 0) {
        append(isControl() ? m_control : m_message, part);
        return {};
    }
    m_headSize = 0;
    m_headWanted = 2;
    return isControl() ? endControl(part) : endData(part);
}

/// True when the head is complete. It is judged as soon as what decides is there.
bool FrameReader::takeHead(std::span<char> &bytes)
{
    while (m_headSize < m_headWanted) {
        const auto part = bytes.first(std::min<std::size_t>(m_headWanted - m_headSize, bytes.size()));
        std::copy(part.begin(), part.end(), m_head.begin() + m_headSize);
        bytes = bytes.subspan(part.size());
        m_headSize = static_cast<quint8>(m_headSize + part.size());
        if (m_headSize < m_headWanted)
            return false;
        checkHead();
        if (m_error)
            return false;
    }
    return true;
}

void FrameReader::checkHead()
{
    const quint8 form = m_head[1] & lengthBits;
    const quint8 lengthEnd = form == lengthIn64 ? 10 : form == lengthIn16 ? 4 : 2;
    if (m_headSize == 2)
        checkStart();
    if (m_error)
        return;
    if (m_headSize < lengthEnd)
        m_headWanted = lengthEnd;
    else if (m_headSize == lengthEnd)
        checkLength();
}

void FrameReader::checkStart()
{
    const auto code = static_cast<quint8>(opcode());
    const bool isKnown = code <= 0x2 || (code >= 0x8 && code <= 0xA);
    const bool hasExtensionBits = (m_head[0] & 0x70) != 0; // none was negotiated
    const bool isMasked = (m_head[1] & masked) != 0;       // RFC 6455, 5.1: a client's must be
    const bool isBadControl = isControl() && (!isFinal() || (m_head[1] & lengthBits) > controlMaxBytes);
    const bool isOutOfTurn = !isControl() && (opcode() == Opcode::Continuation) != m_kind.has_value();
    if (!isKnown || hasExtensionBits || !isMasked || isBadControl || isOutOfTurn)
        m_error = CloseCode::ProtocolError;
    else if (opcode() == Opcode::Text)
        m_kind = FrameKind::Text;
    else if (opcode() == Opcode::Binary)
        m_kind = FrameKind::Binary;
}

/// RFC 6455, 5.2: in the shortest form there is, and below 2^63.
void FrameReader::checkLength()
{
    quint64 length = m_head[1] & lengthBits;
    quint64 least = 0;
    if (length == lengthIn16) {
        length = qFromBigEndian<quint16>(&m_head[2]);
        least = 126;
    } else if (length == lengthIn64) {
        length = qFromBigEndian<quint64>(&m_head[2]);
        least = 65'536;
    }
    const auto room = static_cast<quint64>(m_maxPayload - m_message.size());
    if (length < least || length >> 63 != 0) {
        m_error = CloseCode::ProtocolError;
    } else if (!isControl() && length > room) {
        m_error = CloseCode::TooBig;
    } else {
        m_length = m_left = static_cast<qint64>(length);
        m_headWanted = static_cast<quint8>(m_headSize + maskBytes);
    }
}

/// RFC 6455, 5.3. `part` are the next bytes of the frame's payload.
void FrameReader::unmask(std::span<char> part) const noexcept
{
    const auto begin = static_cast<std::size_t>(m_length - m_left);
    std::array<char, 8> key;
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<char>(m_head[m_headSize - maskBytes + (begin + i) % maskBytes]);
    quint64 key64 = 0;
    std::memcpy(&key64, key.data(), sizeof key64);
    char *at = part.data();
    char *const end = at + part.size();
    for (; end - at >= 8; at += 8) {
        quint64 eight = 0;
        std::memcpy(&eight, at, sizeof eight);
        eight ^= key64;
        std::memcpy(at, &eight, sizeof eight);
    }
    for (std::size_t i = 0; at != end; ++at, ++i)
        *at = static_cast<char>(*at ^ key[i]);
}

FrameEvent FrameReader::endData(std::span<const char> part)
{
    if (!isFinal()) {
        append(m_message, part);
        return {FrameEvent::Kind::Fragment, 0, {}};
    }
    FrameEvent event{FrameEvent::Kind::Message, 0, {*std::exchange(m_kind, std::nullopt), {}}};
    if (m_message.isEmpty()) {
        event.frame.data = copyOf(part);
    } else {
        append(m_message, part);
        event.frame.data = std::exchange(m_message, {});
    }
    // The whole message: a border between frames may fall within a character.
    if (event.frame.kind == FrameKind::Text && !isUtf8(event.frame.data))
        return fail(CloseCode::InvalidText);
    return event;
}

FrameEvent FrameReader::endControl(std::span<const char> part)
{
    append(m_control, part);
    QByteArray payload = std::exchange(m_control, {});
    if (opcode() == Opcode::Close)
        return endClose(payload);
    const bool isPing = opcode() == Opcode::Ping;
    return {
        isPing ? FrameEvent::Kind::Ping : FrameEvent::Kind::Pong, 0, {FrameKind::Binary, std::move(payload)}};
}

/// RFC 6455, 5.5.1: nothing, or a code and perhaps a reason.
FrameEvent FrameReader::endClose(const QByteArray &payload)
{
    FrameEvent event{FrameEvent::Kind::Close, 0, {}};
    if (payload.size() >= 2) {
        event.code = qFromBigEndian<quint16>(payload.constData());
        event.frame.data = payload.sliced(2);
    }
    if (!payload.isEmpty() && !mayBeSent(event.code)) // a code of one byte, too
        return fail(CloseCode::ProtocolError);
    if (!isUtf8(event.frame.data))
        return fail(CloseCode::InvalidText);
    m_isOver = true;
    return event;
}

FrameEvent FrameReader::fail(CloseCode code)
{
    m_isOver = true;
    m_message.clear();
    return {FrameEvent::Kind::Error, static_cast<quint16>(code), {}};
}

FrameHead::FrameHead(Opcode opcode, qsizetype payloadSize) noexcept
{
    bytes[0] = static_cast<char>(0x80 | static_cast<quint8>(opcode));
    if (payloadSize < lengthIn16) {
        bytes[1] = static_cast<char>(payloadSize);
    } else if (payloadSize < 65'536) {
        bytes[1] = static_cast<char>(lengthIn16);
        qToBigEndian(static_cast<quint16>(payloadSize), &bytes[2]);
        size += 2;
    } else {
        bytes[1] = static_cast<char>(lengthIn64);
        qToBigEndian(static_cast<quint64>(payloadSize), &bytes[2]);
        size += 8;
    }
}

QByteArray closeFrame(std::optional<quint16> code)
{
    QByteArray frame = FrameHead(Opcode::Close, code ? 2 : 0).view().toByteArray();
    if (code) {
        std::array<char, 2> bytes;
        qToBigEndian(*code, bytes.data());
        frame.append(bytes.data(), bytes.size());
    }
    return frame;
}

} // namespace concierge::transport
