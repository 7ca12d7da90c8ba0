#pragma once

#include "auth/Verifier.h"

#include <QMessageAuthenticationCode>

namespace concierge::test {

inline constexpr Milliseconds tokenNow{1'700'000'000'000};
inline constexpr qint64 nowSeconds = 1'700'000'000;

inline QByteArray secret()
{
    return QByteArrayLiteral("a secret of the tests, 32 bytes or more");
}

inline QByteArray base64Url(QByteArrayView bytes)
{
    return bytes.toByteArray().toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

/// Signed with HMAC, whatever the header says.
inline QByteArray signedWith(const QByteArray &key, const QByteArray &header, const QByteArray &payload,
                             QCryptographicHash::Algorithm hash = QCryptographicHash::Sha256)
{
    const QByteArray text = base64Url(header) + '.' + base64Url(payload);
    return text + '.' + base64Url(QMessageAuthenticationCode::hash(text, key, hash));
}

inline QByteArray tokenOf(const QByteArray &payload)
{
    return signedWith(secret(), R"({"alg":"HS256","typ":"JWT"})", payload);
}

inline QByteArray goodToken()
{
    return tokenOf(R"({"id":"ann","exp":1700000060})");
}

inline auth::Verifier verifierOf(const QByteArray &secrets, auth::TokenRules rules = {})
{
    return auth::Verifier(std::move(rules), auth::readSecrets(secrets).value());
}

inline const char *nameOf(auth::TokenFault fault)
{
    static constexpr const char *names[] = {"malformed", "algorithm", "unknown key",
                                            "signature", "expired",   "not yet valid",
                                            "issuer",    "audience",  "user"};
    return names[static_cast<std::size_t>(fault)];
}

/// The user, or "-" and why not.
inline QByteArray outcome(const auth::Verifier &verifier, const QByteArray &token,
                          Milliseconds now = tokenNow)
{
    const auto claims = verifier.verify(token, now);
    return claims ? claims->user : QByteArray("- ") + nameOf(claims.error());
}

} // namespace concierge::test
