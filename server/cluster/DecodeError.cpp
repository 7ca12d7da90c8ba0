#include "cluster/DecodeError.h"

namespace concierge::cluster {

QByteArrayView describe(DecodeError error)
{
    switch (error) {
    case DecodeError::Empty:
        return "it is empty";
    case DecodeError::TooLarge:
        return "it is too large";
    case DecodeError::Truncated:
        return "its msgpack ends too early";
    case DecodeError::TrailingBytes:
        return "there are bytes behind its msgpack";
    case DecodeError::BadByte:
        return "it is not msgpack";
    case DecodeError::BadKey:
        return "a map has a key that is not a string";
    case DecodeError::BadJson:
        return "it is not JSON";
    case DecodeError::TooDeep:
        return "its values are nested too deep";
    case DecodeError::TooManyAttachments:
        return "it has more binary values than a client accepts";
    case DecodeError::BadPlaceholder:
        return "a placeholder for binary data is wrong";
    case DecodeError::BadShape:
        return "a field is missing or of another type";
    case DecodeError::BadEvent:
        return "clients would close their connections on its event";
    case DecodeError::UnknownType:
        return "its type is unknown";
    case DecodeError::OtherNamespace:
        return "it is for another namespace";
    }
    return "it is not understood";
}

} // namespace concierge::cluster
