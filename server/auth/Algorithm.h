#pragma once

#include <QtGlobal>

#include <optional>
#include <string_view>

namespace concierge::auth {

/// Signature algorithms of RFC 7518 and RFC 8037. There is no `none` among them.
enum class Algorithm : quint8 {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA
};

/// By its name in a header; case counts.
std::optional<Algorithm> algorithmOf(std::string_view name);

/// What a key may be used for: a key has one family, so that no token can choose how its key is used.
enum class Family : quint8 { Hmac, RsaPkcs1, RsaPss, EcP256, EcP384, EcP521, Edwards };
Family familyOf(Algorithm algorithm) noexcept;

/// Bits of the digest; 0 for EdDSA, which has its own.
int digestBits(Algorithm algorithm) noexcept;

} // namespace concierge::auth
