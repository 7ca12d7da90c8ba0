#pragma once

#include "transport/WebSocketFrames.h"

#include <QtEndian>

#include <array>

namespace concierge::test {

/// The bytes of one frame as a client sends it: well formed, unless a test says otherwise.
struct ClientFrame
{
    transport::Opcode opcode = transport::Opcode::Text;
    QByteArray payload = {};
    bool isFinal = true;
    bool isMasked = true;
    quint8 extensionBits = 0; ///< 1, 2, 4
    int lengthBytes = -1;     ///< 0, 2 or 8 after the head's second byte; -1: as few as there can be
    quint64 announced = 0;    ///< instead of the payload's length, unless 0

    QByteArray wire() const
    {
        const quint64 length = announced != 0 ? announced : static_cast<quint64>(payload.size());
        const int shortest = length < 126 ? 0 : length < 65'536 ? 2 : 8;
        const int form = lengthBytes < 0 ? shortest : lengthBytes;
        QByteArray bytes;
        bytes += static_cast<char>((isFinal ? 0x80 : 0) | extensionBits << 4 | static_cast<quint8>(opcode));
        const quint8 first = form == 0 ? static_cast<quint8>(length) : form == 2 ? 126 : 127;
        bytes += static_cast<char>((isMasked ? 0x80 : 0) | first);
        std::array<char, 8> big;
        qToBigEndian(length, big.data());
        bytes.append(big.data() + 8 - form, form);
        if (!isMasked)
            return bytes + payload;
        constexpr std::array<char, 4> mask{'\x37', '\xFA', '\x21', '\x3D'}; // RFC 6455, 5.7
        bytes.append(mask.data(), mask.size());
        for (qsizetype i = 0; i < payload.size(); ++i)
            bytes += static_cast<char>(payload[i] ^ mask[static_cast<std::size_t>(i) % mask.size()]);
        return bytes;
    }
};

inline QByteArray ping(QByteArray payload)
{
    return ClientFrame{transport::Opcode::Ping, std::move(payload)}.wire();
}

/// A close frame with that payload: a code in two bytes and a reason.
inline QByteArray closing(QByteArray payload = {})
{
    return ClientFrame{transport::Opcode::Close, std::move(payload)}.wire();
}

} // namespace concierge::test
