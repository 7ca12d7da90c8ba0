#include "redis/Command.h"

#include <cstring>

namespace concierge::redis {

namespace {

constexpr qsizetype headBytes = 1 + 19 + 2; ///< "$", a length, "\r\n"

char *putHead(char *at, char kind, qsizetype number)
{
    *at++ = kind;
    at = std::to_chars(at, at + headBytes, number).ptr;
    *at++ = '\r';
    *at++ = '\n';
    return at;
}

} // namespace

qsizetype encodedBytes(std::initializer_list<std::span<const Arg>> parts) noexcept
{
    qsizetype most = headBytes;
    for (const auto part : parts) {
        for (const Arg &word : part)
            most += headBytes + word.view().size() + 2;
    }
    return most;
}

void appendCommand(QByteArray &out, std::initializer_list<std::span<const Arg>> parts)
{
    qsizetype count = 0;
    for (const auto part : parts)
        count += static_cast<qsizetype>(part.size());
    const qsizetype before = out.size();
    out.resize(before + encodedBytes(parts));
    char *const begin = out.data();
    char *at = putHead(begin + before, '*', count);
    for (const auto part : parts) {
        for (const Arg &word : part) {
            const QByteArrayView bytes = word.view();
            at = putHead(at, '$', bytes.size());
            if (!bytes.isEmpty())
                std::memcpy(at, bytes.data(), static_cast<std::size_t>(bytes.size()));
            at += bytes.size();
            *at++ = '\r';
            *at++ = '\n';
        }
    }
    out.resize(at - begin);
}

} // namespace concierge::redis
