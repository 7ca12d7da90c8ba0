#include "transport/Http.h"

namespace concierge::transport {

std::optional<QByteArray> HttpRequest::header(QByteArrayView name) const
{
    for (const auto &[key, value] : headers) {
        if (key.size() == name.size() &&
            qstrnicmp(key.constData(), key.size(), name.data(), name.size()) == 0)
            return value;
    }
    return std::nullopt;
}

std::optional<QByteArray> HttpRequest::queryValue(QByteArrayView key) const
{
    for (const auto &[name, value] : query) {
        if (name == key)
            return value;
    }
    return std::nullopt;
}

} // namespace concierge::transport
