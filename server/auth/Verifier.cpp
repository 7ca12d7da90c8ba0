#include "auth/Verifier.h"

#include "auth/Base64Url.h"
#include "auth/JsonObject.h"
#include "shared/Limits.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace concierge::auth {

namespace {

using simdjson::dom::element;

/// The last second that a date of JavaScript can be, some 270,000 years ahead: more is a mistake.
constexpr double latestSecond = 8.64e12;

QByteArray bytesOf(std::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

struct Time
{
    bool isGood = true;
    std::optional<Milliseconds> value; ///< nothing: there is no such claim
};

/// RFC 7519, section 2, "NumericDate": seconds since 1970, perhaps with a fraction.
Time timeOf(const JsonObject &claims, std::string_view name)
{
    const auto claim = claims.find(name);
    if (!claim)
        return {};
    double seconds = 0;
    if (!claim->is_number() || claim->get(seconds) != simdjson::SUCCESS || !std::isfinite(seconds) ||
        std::abs(seconds) > latestSecond)
        return {false, std::nullopt};
    return {true, Milliseconds(static_cast<qint64>(seconds * 1000))};
}

bool isOneOf(const QByteArrayList &allowed, const element &value)
{
    const auto text = textOf(value);
    return text && allowed.contains(bytesOf(*text));
}

/// RFC 7519, section 4.1.3: a string, or an array of strings that name all whom it is for.
bool isMeantForUs(const QByteArrayList &audiences, const element &claim)
{
    simdjson::dom::array array;
    if (claim.get(array) != simdjson::SUCCESS)
        return isOneOf(audiences, claim);
    return std::any_of(array.begin(), array.end(),
                       [&audiences](const element &value) { return isOneOf(audiences, value); });
}

/// An id as the chat's events take it. Empty: it is none.
QByteArray idOf(const element &value)
{
    if (const auto text = textOf(value)) {
        const QByteArray id = bytesOf(*text);
        const qsizetype length =
            id.size() <= limits::idMaxCharacters ? id.size() : QString::fromUtf8(id).size();
        return length <= limits::idMaxCharacters ? id : QByteArray();
    }
    std::int64_t number = 0;
    if (value.is_int64() && value.get(number) == simdjson::SUCCESS)
        return QByteArray::number(static_cast<qint64>(number));
    std::uint64_t large = 0;
    if (value.is_uint64() && value.get(large) == simdjson::SUCCESS)
        return QByteArray::number(static_cast<quint64>(large));
    return {};
}

QByteArray userOf(const JsonObject &claims, const QByteArray &userClaim)
{
    constexpr std::array<std::string_view, 3> usual{"id", "sub", "userId"};
    if (!userClaim.isEmpty()) {
        const auto claim = claims.find({userClaim.constData(), static_cast<std::size_t>(userClaim.size())});
        return claim ? idOf(*claim) : QByteArray();
    }
    for (const std::string_view name : usual) {
        if (const auto claim = claims.find(name))
            return idOf(*claim);
    }
    return {};
}

/// False: it is there, and no array of ids.
bool readChats(const JsonObject &claims, std::optional<QByteArrayList> &chats)
{
    const auto claim = claims.find("chats");
    if (!claim)
        return true;
    simdjson::dom::array array;
    if (claim->get(array) != simdjson::SUCCESS)
        return false;
    chats.emplace();
    for (const element value : array) {
        chats->append(idOf(value));
        if (chats->last().isEmpty())
            return false;
    }
    return true;
}

} // namespace

Verifier::Verifier(TokenRules rules, KeyList keys)
    : m_rules(std::move(rules))
    , m_keys(std::move(keys))
{}

Result<Claims, TokenFault> Verifier::verify(QByteArrayView token, Milliseconds wall) const
{
    const qsizetype headerEnd = token.indexOf('.');
    const qsizetype payloadEnd = headerEnd < 0 ? -1 : token.indexOf('.', headerEnd + 1);
    if (token.size() > tokenMaxBytes || payloadEnd < 0)
        return TokenFault::Malformed;
    if (const auto fault = checkSignature(token, headerEnd, payloadEnd))
        return *fault;
    const auto payload = decodeBase64Url(token.sliced(headerEnd + 1, payloadEnd - headerEnd - 1));
    if (!payload)
        return TokenFault::Malformed;
    return readClaims(*payload, wall);
}

bool Verifier::hasWeakKey() const
{
    return std::any_of(m_keys.begin(), m_keys.end(), [](const NamedKey &key) { return key.key->isWeak(); });
}

/// The header chooses among our keys, by `kid`, and has to name an algorithm that the key is for. It is not
/// asked for a key (`jwk`, `jku`, `x5c`, `x5u`), and a `kid` is compared and nothing else.
std::optional<TokenFault> Verifier::checkSignature(QByteArrayView token, qsizetype headerEnd,
                                                   qsizetype payloadEnd) const
{
    const auto headerText = decodeBase64Url(token.first(headerEnd));
    const auto signature = decodeBase64Url(token.sliced(payloadEnd + 1));
    const auto header = headerText ? JsonObject::parse(*headerText) : std::nullopt;
    // RFC 7515, section 4.1.11: no extension is known here, so none may be demanded.
    if (!header || !signature || header->has("crit"))
        return TokenFault::Malformed;
    const auto name = header->text("alg");
    const auto algorithm = name ? algorithmOf(*name) : std::nullopt;
    if (!algorithm)
        return TokenFault::Algorithm;
    const auto kid = header->text("kid");
    if (header->has("kid") && !kid)
        return TokenFault::Malformed;
    const auto isNamed = [&kid](const NamedKey &key) { return kid && key.kid == bytesOf(*kid); };
    // A key without a name may be meant by any.
    const bool isKnown = std::any_of(m_keys.begin(), m_keys.end(), isNamed);
    TokenFault fault = TokenFault::UnknownKey;
    for (const NamedKey &key : m_keys) {
        if (isKnown ? !isNamed(key) : kid && key.kid)
            continue;
        if (!key.takes(*algorithm)) {
            fault = fault == TokenFault::UnknownKey ? TokenFault::Algorithm : fault;
            continue;
        }
        if (key.key->verifies(*algorithm, token.first(payloadEnd), *signature))
            return std::nullopt;
        fault = TokenFault::Signature;
    }
    return fault;
}

Result<Claims, TokenFault> Verifier::readClaims(const QByteArray &payload, Milliseconds wall) const
{
    const auto json = JsonObject::parse(payload);
    if (!json)
        return TokenFault::Malformed;
    const Time expires = timeOf(*json, "exp");
    const Time begins = timeOf(*json, "nbf");
    Claims claims;
    if (!expires.isGood || !begins.isGood || !readChats(*json, claims.chats))
        return TokenFault::Malformed;
    if (expires.value ? wall >= *expires.value + leeway : m_rules.mustExpire)
        return TokenFault::Expired;
    if (begins.value && wall < *begins.value - leeway)
        return TokenFault::NotYetValid;
    const auto issuer = json->find("iss");
    if (!m_rules.issuers.isEmpty() && !(issuer && isOneOf(m_rules.issuers, *issuer)))
        return TokenFault::Issuer;
    const auto audience = json->find("aud");
    if (!m_rules.audiences.isEmpty() && !(audience && isMeantForUs(m_rules.audiences, *audience)))
        return TokenFault::Audience;
    claims.user = userOf(*json, m_rules.userClaim);
    if (claims.user.isEmpty())
        return TokenFault::User;
    claims.expires = expires.value;
    return claims;
}

} // namespace concierge::auth
