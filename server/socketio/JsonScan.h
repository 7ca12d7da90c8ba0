#pragma once

#include <QtEndian>

#include <bit>

/// What the validating scanner and the readers of validated JSON share.
namespace concierge::json::detail {

constexpr bool isSpace(char c) noexcept
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

inline const char *skipSpace(const char *at, const char *end) noexcept
{
    while (at != end && isSpace(*at))
        ++at;
    return at;
}

/// The first `"`, `\` or control character, or `end`. Eight bytes a step: most of what a chat carries is
/// text.
inline const char *findSpecial(const char *at, const char *end) noexcept
{
    constexpr quint64 ones = 0x0101010101010101;
    constexpr quint64 high = 0x8080808080808080;
    while (end - at >= 8) {
        const auto word = qFromLittleEndian<quint64>(at);
        // The classic "has a zero byte" and "has a byte less than n" tests: the lowest hit is a true one.
        const quint64 quote = word ^ (ones * '"');
        const quint64 backslash = word ^ (ones * '\\');
        const quint64 hits =
            ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((word - ones * 0x20) & ~word);
        if (hits & high)
            return at + std::countr_zero(hits & high) / 8;
        at += 8;
    }
    while (at != end && *at != '"' && *at != '\\' && static_cast<uchar>(*at) >= 0x20)
        ++at;
    return at;
}

constexpr bool isOpening(char c) noexcept
{
    return c == '{' || c == '[';
}

/// Further on, eight bytes a step, as long as there is no `"`, `{`, `}`, `[` or `]` among them.
inline const char *skipPlain(const char *at, const char *end) noexcept
{
    constexpr quint64 ones = 0x0101010101010101;
    constexpr quint64 high = 0x8080808080808080;
    for (; end - at >= 8; at += 8) {
        const auto word = qFromLittleEndian<quint64>(at);
        const quint64 quote = word ^ (ones * '"');
        // Braces are brackets with another bit: 0x7B and 0x7D to 0x5B and 0x5D.
        const quint64 folded = word & ~(ones * 0x20);
        const quint64 opening = folded ^ (ones * '[');
        const quint64 closing = folded ^ (ones * ']');
        const quint64 hits =
            ((quote - ones) & ~quote) | ((opening - ones) & ~opening) | ((closing - ones) & ~closing);
        if (hits & high)
            break;
    }
    return at;
}

/// Behind the string that begins at `at`, in validated JSON.
inline const char *skipString(const char *at, const char *end)
{
    for (++at; at < end;) {
        if (*at == '"')
            return at + 1; // an empty one, most of all
        at = findSpecial(at, end);
        if (at == end || *at == '"')
            return at == end ? end : at + 1;
        at += *at == '\\' ? 2 : 1;
    }
    return end;
}

/// Value of a hexadecimal digit, or -1.
constexpr int hexValue(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

} // namespace concierge::json::detail
