#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <algorithm>
#include <cstring>
#include <utility>

namespace concierge {

/// Puts a byte array together, in one allocation where `room` was enough. QByteArray::append() does the same
/// with a library call and its checks for every piece, which showed in the cost of a message.
class ByteBuilder
{
public:
    explicit ByteBuilder(qsizetype room)
        : m_bytes(room, Qt::Uninitialized)
        , m_at(m_bytes.data())
        , m_end(m_at + room)
    {}

    ByteBuilder &operator+=(char c)
    {
        *claim(1) = c;
        return *this;
    }
    ByteBuilder &operator+=(QByteArrayView piece)
    {
        if (!piece.isEmpty())
            std::memcpy(claim(piece.size()), piece.data(), static_cast<std::size_t>(piece.size()));
        return *this;
    }
    template <std::size_t size>
    ByteBuilder &operator+=(const char (&literal)[size])
    {
        std::memcpy(claim(size - 1), literal, size - 1);
        return *this;
    }

    /// The next `size` bytes, for the caller to fill in.
    char *claim(qsizetype size)
    {
        if (m_end - m_at < size)
            grow(size);
        return std::exchange(m_at, m_at + size);
    }

    /// What was put together; nothing more may be added.
    QByteArray take()
    {
        m_bytes.resize(m_at - m_bytes.constData());
        return std::move(m_bytes);
    }

private:
    void grow(qsizetype size)
    {
        const qsizetype used = m_at - m_bytes.constData();
        m_bytes.resize(std::max(used + size, 2 * m_bytes.size()));
        m_at = m_bytes.data() + used;
        m_end = m_bytes.data() + m_bytes.size();
    }

    QByteArray m_bytes;
    char *m_at;
    char *m_end;
};

} // namespace concierge
