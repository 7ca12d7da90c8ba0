#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <vector>

namespace concierge::redis {

/// What Redis answers. Source: RESP2, https://redis.io/docs/reference/protocol-spec. A value; thread: any.
struct Reply
{
    enum class Type : quint8 {
        Nil, ///< there is none: `$-1` and `*-1`
        Integer,
        Bulk,   ///< bytes
        Status, ///< "OK", "PONG", …
        Error,  ///< "WRONGTYPE Operation against …": the first word is a code
        Array
    };

    Type type = Type::Nil;
    qint64 integer = 0;          ///< of an Integer
    QByteArray bytes;            ///< of a Bulk, Status or Error
    std::vector<Reply> elements; ///< of an Array

    static Reply nil() { return {}; }
    static Reply ofInteger(qint64 value) { return {Type::Integer, value, {}, {}}; }
    static Reply bulk(QByteArray bytes) { return {Type::Bulk, 0, std::move(bytes), {}}; }
    static Reply status(QByteArray text) { return {Type::Status, 0, std::move(text), {}}; }
    static Reply error(QByteArray text) { return {Type::Error, 0, std::move(text), {}}; }
    static Reply array(std::vector<Reply> elements) { return {Type::Array, 0, {}, std::move(elements)}; }

    bool isNil() const noexcept { return type == Type::Nil; }
    bool isInteger() const noexcept { return type == Type::Integer; }
    bool isBulk() const noexcept { return type == Type::Bulk; }
    bool isStatus() const noexcept { return type == Type::Status; }
    bool isError() const noexcept { return type == Type::Error; }
    bool isArray() const noexcept { return type == Type::Array; }
    bool isStatus(QByteArrayView text) const noexcept { return isStatus() && bytes == text; }
    /// "WRONGTYPE", "NOSCRIPT", "ERR", …; empty when this is no error.
    QByteArrayView errorCode() const noexcept;
    /// Elements of an Array; 0 of anything else.
    std::size_t size() const noexcept { return elements.size(); }
    /// An element; a Nil where there is none, so that replies can be taken apart without looking first.
    const Reply &operator[](std::size_t index) const noexcept;

    friend bool operator==(const Reply &, const Reply &) = default;
};

/// How much one reply may be; what is more ends the connection, for what follows it could not be found.
struct ReplyLimits
{
    static constexpr qsizetype maxBytes = qsizetype(1) << 30;

    int depth = 7;                  ///< arrays within each other, 7 at most: hiredis has a stack of so many
    qsizetype elements = 1'000'000; ///< of all its arrays together
    qsizetype bytes = qsizetype(64) * 1'048'576; ///< of all its strings together, maxBytes at most
};

} // namespace concierge::redis
