#pragma once

#include <QByteArray>
#include <QHashFunctions>

#include <compare>
#include <functional>

namespace concierge {

/// An identifier held as UTF-8. Each Tag makes a type of its own: a UserId is no ChatId.
/// Implicitly shared, so copies are cheap and may cross threads.
template <class Tag>
class StringId
{
public:
    StringId() = default;
    explicit StringId(QByteArray utf8) noexcept
        : m_utf8(std::move(utf8))
    {}

    const QByteArray &utf8() const noexcept { return m_utf8; }
    bool isEmpty() const noexcept { return m_utf8.isEmpty(); }

    friend bool operator==(const StringId &a, const StringId &b) noexcept { return a.m_utf8 == b.m_utf8; }
    friend bool operator<(const StringId &a, const StringId &b) noexcept { return a.m_utf8 < b.m_utf8; }
    friend size_t qHash(const StringId &id, size_t seed = 0) noexcept { return qHash(id.m_utf8, seed); }

private:
    QByteArray m_utf8;
};

using UserId = StringId<struct UserIdTag>;
using ChatId = StringId<struct ChatIdTag>;
using MessageId = StringId<struct MessageIdTag>;
using SessionId = StringId<struct SessionIdTag>; ///< Engine.IO sid
using SocketId = StringId<struct SocketIdTag>;   ///< Socket.IO socket id, never equal to a sid

} // namespace concierge

template <class Tag>
struct std::hash<concierge::StringId<Tag>>
{
    size_t operator()(const concierge::StringId<Tag> &id) const noexcept { return qHash(id.utf8()); }
};
