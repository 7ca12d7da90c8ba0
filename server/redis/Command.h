#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <charconv>
#include <concepts>
#include <initializer_list>
#include <span>

namespace concierge::redis {

/// One word of a command: bytes, or a whole number. Bytes are not copied: it lives as long as they do, which
/// in a call's arguments is to its end.
class Arg
{
public:
    template <std::convertible_to<QByteArrayView> Bytes>
    Arg(const Bytes &bytes) noexcept
        : m_bytes(bytes)
    {}
    template <std::integral Number>
    requires(!std::same_as<Number, bool> && !std::same_as<Number, char>) Arg(Number number)
    noexcept
    {
        const auto written = std::to_chars(m_digits, m_digits + sizeof m_digits, number);
        m_digitCount = static_cast<qint8>(written.ptr - m_digits);
    }

    QByteArrayView view() const noexcept
    {
        return m_digitCount > 0 ? QByteArrayView(m_digits, m_digitCount) : m_bytes;
    }

private:
    QByteArrayView m_bytes;
    char m_digits[23]; // "-9223372036854775808" and its like have 20
    qint8 m_digitCount = 0;
};

/// Bytes that appendCommand() appends, at most.
qsizetype encodedBytes(std::initializer_list<std::span<const Arg>> parts) noexcept;

/// Appends a command as RESP has it: an array of bulk strings, of all the parts' words in order.
/// Source: RESP2, "Sending commands to a Redis server". Thread: any.
void appendCommand(QByteArray &out, std::initializer_list<std::span<const Arg>> parts);
inline void appendCommand(QByteArray &out, std::span<const Arg> words)
{
    appendCommand(out, {words});
}
inline void appendCommand(QByteArray &out, std::initializer_list<Arg> words)
{
    appendCommand(out, std::span<const Arg>(words.begin(), words.size()));
}

} // namespace concierge::redis
