#pragma once

#include "auth/Keys.h"
#include "shared/Clock.h"

#include <QByteArrayList>

namespace concierge::auth {

/// Why a token is no good.
enum class TokenFault : quint8 {
    Malformed,  ///< no JWS in compact form, JSON that is none, a claim of another type, an extension (`crit`)
    Algorithm,  ///< `none`, one that is not known, or none that the key is for
    UnknownKey, ///< no key of that `kid`
    Signature,
    Expired,
    NotYetValid,
    Issuer,
    Audience,
    User ///< names no user
};

/// What a good token says.
struct Claims
{
    QByteArray user;                     ///< 1 to 128 characters; a whole number as its decimal text
    std::optional<Milliseconds> expires; ///< wall time, without leeway; nothing: never
    std::optional<QByteArrayList> chats; ///< ids; nothing: the token has no such claim
};

/// What a token has to say besides a good signature.
struct TokenRules
{
    QByteArrayList issuers;   ///< one of them; empty: any
    QByteArrayList audiences; ///< one of them; empty: any
    QByteArray userClaim;     ///< empty: the first present of `id`, `sub`, `userId`
    bool mustExpire = false;  ///< a token without `exp` is Expired
};

/// Verifies JSON Web Tokens. Immutable: other keys, another verifier. Source: RFC 7519, RFC 7515 (compact
/// serialization), RFC 8725. Thread: any.
class Verifier
{
public:
    static constexpr qsizetype tokenMaxBytes = 8192;
    static constexpr Milliseconds leeway{30'000}; ///< between our clock and the issuer's

    Verifier(TokenRules rules, KeyList keys);

    /// Nothing of a token is believed before its signature is good. `wall`: now.
    Result<Claims, TokenFault> verify(QByteArrayView token, Milliseconds wall) const;
    bool hasWeakKey() const;
    std::size_t keyCount() const noexcept { return m_keys.size(); }

private:
    std::optional<TokenFault> checkSignature(QByteArrayView token, qsizetype headerEnd,
                                             qsizetype payloadEnd) const;
    Result<Claims, TokenFault> readClaims(const QByteArray &payload, Milliseconds wall) const;

    const TokenRules m_rules;
    const KeyList m_keys;
};

} // namespace concierge::auth
