#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <string_view>

namespace concierge::auth {

/// base64url without padding, strictly: no other character, no length that cannot be, no bits set that nobody
/// reads. Each value so has one text only. Source: RFC 7515, section 2; RFC 4648, section 3.5.
std::optional<QByteArray> decodeBase64Url(QByteArrayView text);
inline std::optional<QByteArray> decodeBase64Url(std::string_view text)
{
    return decodeBase64Url(QByteArrayView(text.data(), static_cast<qsizetype>(text.size())));
}

} // namespace concierge::auth
