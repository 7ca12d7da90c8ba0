#pragma once

#include <QByteArrayView>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// What must hold for every input. Unlike assert, it is there in every build.
#define FUZZ_CHECK(condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);              \
            std::abort();                                                                                    \
        }                                                                                                    \
    } while (false)

namespace concierge::fuzz {

/// Cuts the fuzzer's bytes into chunks: a head byte, whose lowest bit is the chunk's kind and whose others
/// are its length (255: all that is left).
class Chunks
{
public:
    struct Chunk
    {
        bool isBinary;
        QByteArrayView bytes;
    };

    Chunks(const std::uint8_t *data, std::size_t size)
        : m_rest(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size))
    {}

    bool atEnd() const { return m_rest.isEmpty(); }
    Chunk next()
    {
        const auto head = static_cast<std::uint8_t>(m_rest.front());
        m_rest = m_rest.sliced(1);
        const qsizetype wanted = head / 2 == 127 ? m_rest.size() : head / 2;
        const qsizetype length = std::min(wanted, m_rest.size());
        const Chunk chunk{head % 2 == 1, m_rest.first(length)};
        m_rest = m_rest.sliced(length);
        return chunk;
    }

private:
    QByteArrayView m_rest;
};

} // namespace concierge::fuzz
