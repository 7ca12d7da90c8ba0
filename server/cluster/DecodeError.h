#pragma once

#include <QByteArrayView>

namespace concierge::cluster {

/// Why a message of another node is dropped.
enum class DecodeError : quint8 {
    Empty,
    TooLarge,           ///< more than messageMaxBytes
    Truncated,          ///< msgpack that ends too early
    TrailingBytes,      ///< something behind the msgpack
    BadByte,            ///< not a byte that msgpack begins a value with, or an impossible date
    BadKey,             ///< a msgpack map with a key that is not a string
    BadJson,            ///< not JSON
    TooDeep,            ///< arrays and maps within each other
    TooManyAttachments, ///< more than a client accepts
    BadPlaceholder,     ///< what looks like one names no attachment, or stands where there is no event data
    BadShape,           ///< a field that must be there is not, or is of another type
    BadEvent,           ///< an event that makes clients close their connection
    UnknownType,        ///< a message of a type that is not known here: Node passes over them too
    OtherNamespace      ///< for sockets that this adapter does not serve
};
QByteArrayView describe(DecodeError error);

/// Whether it is no fault of the sender's.
constexpr bool isHarmless(DecodeError error) noexcept
{
    return error == DecodeError::OtherNamespace || error == DecodeError::UnknownType;
}

} // namespace concierge::cluster
