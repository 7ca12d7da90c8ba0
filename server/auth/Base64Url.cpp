#include "auth/Base64Url.h"

namespace concierge::auth {

std::optional<QByteArray> decodeBase64Url(QByteArrayView text)
{
    constexpr auto options = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;
    const auto decoded =
        QByteArray::fromBase64Encoding(text.toByteArray(), options | QByteArray::AbortOnBase64DecodingErrors);
    // What Qt takes more generously (padding, bits that are left over) comes out as another text.
    if (!decoded || decoded.decoded.toBase64(options) != text)
        return std::nullopt;
    return decoded.decoded;
}

} // namespace concierge::auth
