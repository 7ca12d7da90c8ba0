#pragma once

#include "chat/Commands.h"
#include "shared/Limits.h"
#include "shared/Result.h"
#include "socketio/Json.h"
#include "socketio/Socket.h"

#include <array>
#include <initializer_list>
#include <optional>

/// How decoders of client events read arguments and members, and say what is wrong with them. Thread: any.
namespace concierge::app::fields {

using chat::Error;
using chat::ErrorCode;
using json::Member;
using json::Type;
using socketio::Event;

inline QByteArrayView typeName(Type type)
{
    switch (type) {
    case Type::Object:
        return "an object";
    case Type::Array:
        return "an array";
    case Type::String:
        return "a string";
    case Type::Number:
        return "a number";
    case Type::True:
    case Type::False:
        return "a boolean";
    case Type::Null:
        return "null";
    }
    return "nothing";
}

inline QByteArray joined(std::initializer_list<QByteArrayView> parts)
{
    QByteArray text;
    for (const QByteArrayView part : parts)
        text.append(part);
    return text;
}

inline Error invalid(QByteArray message)
{
    return Error{ErrorCode::InvalidPayload, std::move(message)};
}

/// "data.text must be a non-empty string, but is missing" — what is wanted, then what was there.
inline Error wanted(QByteArrayView what, QByteArrayView rule, std::optional<QByteArrayView> found)
{
    return invalid(found ? joined({what, " must be ", rule, ", but is ", typeName(json::typeOf(*found))})
                         : joined({what, " must be ", rule, ", but is missing"}));
}

inline std::optional<QByteArrayView> argument(const Event &event, std::size_t index)
{
    if (index >= event.arguments.size())
        return std::nullopt;
    return event.arguments[index];
}

/// JSON has no `undefined`: socket.io-client sends it as null where an argument was left out on purpose.
inline std::optional<QByteArrayView> optionalArgument(const Event &event, std::size_t index)
{
    const auto value = argument(event, index);
    return value && json::typeOf(*value) == Type::Null ? std::nullopt : value;
}

inline constexpr QByteArrayView idRule = "a string of 1 to 128 characters, or a number";

/// An id's text. A number is taken as its decimal text, since real front ends send those.
inline Result<QByteArray, Error> decodeId(QByteArrayView what, std::optional<QByteArrayView> value)
{
    if (!value)
        return wanted(what, idRule, value);
    const Type type = json::typeOf(*value);
    if (type != Type::String && type != Type::Number)
        return wanted(what, idRule, value);
    // UTF-8, and escapes even more so, take at least one byte per UTF-16 unit: short ids need no count.
    const qsizetype bytes = type == Type::String ? value->size() - 2 : value->size();
    if (bytes < 1 || bytes > limits::idMaxCharacters) {
        const qsizetype length = type == Type::String ? json::utf16Length(*value) : bytes;
        if (length < 1 || length > limits::idMaxCharacters)
            return invalid(
                joined({what, " must be ", idRule, ", but has ", QByteArray::number(length), " characters"}));
    }
    if (type == Type::String && json::hasLoneSurrogate(*value))
        return invalid(joined({what, " must be ", idRule, ", but holds half of a surrogate pair"}));
    return type == Type::String ? json::unescape(*value) : value->toByteArray();
}

/// `what`: the array, for errors; `each`: one of its elements.
template <class Id>
Result<QList<Id>, Error> decodeIds(QByteArrayView what, QByteArrayView rule, QByteArrayView each,
                                   std::optional<QByteArrayView> value)
{
    if (!value || json::typeOf(*value) != Type::Array)
        return wanted(what, rule, value);
    const auto elements = json::elements(*value);
    if (elements.size() > std::size_t(limits::maxIds))
        return invalid(joined({what, " may have ", QByteArray::number(limits::maxIds), " elements, but has ",
                               QByteArray::number(elements.size()), "; say the rest in further events"}));
    QList<Id> ids;
    ids.reserve(static_cast<qsizetype>(elements.size()));
    for (const QByteArrayView element : elements) {
        auto id = decodeId(each, element);
        if (!id)
            return id.error();
        ids.append(Id(std::move(id).value()));
    }
    return ids;
}

/// A member that a decoder reads: how errors name it, and its key.
struct Field
{
    QByteArrayView what;
    QByteArrayView key;
};

/// The members that a decoder reads, found in one pass. A member named twice is refused where it is read: the
/// receiver's parser takes the last one, so a check of the first would let anything through.
template <std::size_t count>
class Fields
{
public:
    Fields(const std::array<Field, count> &fields, QByteArrayView object)
        : m_fields(fields)
    {
        json::MemberReader reader(object);
        for (Member member; reader.next(member);) {
            for (std::size_t i = 0; i < count; ++i) {
                if (!member.keyIs(m_fields[i].key))
                    continue;
                m_isTwice[i] = m_found[i].has_value();
                m_found[i] = member.value;
                break;
            }
        }
    }

    QByteArrayView what(std::size_t field) const { return m_fields[field].what; }
    Result<std::optional<QByteArrayView>, Error> find(std::size_t field) const
    {
        if (m_isTwice[field])
            return invalid(joined({what(field), " must be given once, but is there twice"}));
        return m_found[field];
    }

private:
    const std::array<Field, count> &m_fields;
    std::array<std::optional<QByteArrayView>, count> m_found;
    std::array<bool, count> m_isTwice{};
};

/// Reads one id member; leaves `into` alone where it is missing.
template <class Fields, class Id>
std::optional<Error> readOptionalId(const Fields &fields, std::size_t field, std::optional<Id> &into)
{
    const auto value = fields.find(field);
    if (!value)
        return value.error();
    if (!*value)
        return std::nullopt;
    auto id = decodeId(fields.what(field), **value);
    if (!id)
        return id.error();
    into = Id(std::move(id).value());
    return std::nullopt;
}

template <class Fields>
std::optional<Error> readTyped(const Fields &fields, std::size_t field, Type type, bool *isThere = nullptr)
{
    const auto value = fields.find(field);
    if (!value)
        return value.error();
    if (*value && json::typeOf(**value) != type)
        return wanted(fields.what(field), typeName(type), *value);
    if (isThere)
        *isThere = value->has_value();
    return std::nullopt;
}

} // namespace concierge::app::fields
