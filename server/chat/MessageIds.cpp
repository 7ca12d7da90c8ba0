#include "chat/MessageIds.h"

#include <algorithm>

namespace concierge::chat {

namespace {

constexpr quint32 counterEnd = 1U << 12;

/// Writes the lowest `digits` hexadecimal digits of `value` and returns where it ended.
char *putHex(char *at, quint64 value, int digits)
{
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[(value >> shift) & 0xF];
    return at;
}

} // namespace

MessageId MessageIds::next(Milliseconds wall)
{
    const auto now = static_cast<quint64>(std::max(Milliseconds(0), wall).count());
    const quint64 random = m_random.generate64();
    if (now > m_millisecond) {
        m_millisecond = now;
        m_counter =
            static_cast<quint32>(m_random.generate() & (counterEnd / 2 - 1)); // the upper half is headroom
    } else if (++m_counter == counterEnd) {
        ++m_millisecond; // more than fit in this millisecond: borrow from the next
        m_counter = 0;
    }
    constexpr quint64 variant = 0x8000;
    QByteArray text(36, '-');
    char *at = putHex(text.data(), m_millisecond >> 16, 8);
    at = putHex(at + 1, m_millisecond & 0xFFFF, 4);
    at = putHex(at + 1, 0x7000U | m_counter, 4);
    at = putHex(at + 1, variant | ((random >> 48) & 0x3FFF), 4);
    putHex(at + 1, random & 0xFFFF'FFFF'FFFF, 12);
    return MessageId(std::move(text));
}

} // namespace concierge::chat
