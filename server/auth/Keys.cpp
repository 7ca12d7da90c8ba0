#include "auth/Keys.h"

#include "auth/Base64Url.h"
#include "auth/JsonObject.h"
#include "auth/PublicKey.h"
#include "auth/SecretKey.h"

namespace concierge::auth {

namespace {

enum class SetKind : quint8 { Secrets, Public };
using simdjson::dom::object;

QByteArray bytesOf(std::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

std::optional<std::string_view> textMember(const object &jwk, std::string_view name)
{
    const auto value = memberOf(jwk, name);
    return value ? textOf(*value) : std::nullopt;
}

/// A member in base64url. Empty: it is missing, or none.
QByteArray binaryMember(const object &jwk, std::string_view name)
{
    const auto text = textMember(jwk, name);
    return text ? decodeBase64Url(*text).value_or(QByteArray()) : QByteArray();
}

/// To an HMAC such a secret is the same as an empty one. It is what is left of a file whose bytes were not on
/// the disk yet when the power failed.
bool isBlank(QByteArrayView secret)
{
    return secret.count('\0') == secret.size();
}

const QString blank = QStringLiteral("its secret holds nothing but zero bytes");

MadeKey secretOf(const object &jwk)
{
    QByteArray secret = binaryMember(jwk, "k");
    if (secret.isEmpty())
        return KeyError{QStringLiteral("a key of type oct needs its secret as k, in base64url")};
    if (isBlank(secret))
        return KeyError{blank};
    return makeSecretKey(std::move(secret));
}

MadeKey publicOf(const object &jwk, std::optional<Algorithm> only)
{
    if (memberOf(jwk, "d"))
        return KeyError{
            QStringLiteral("it holds a private key, which the server neither needs nor should have: take "
                           "the JWK Set without the member d")};
    PublicJwk key;
    key.type = bytesOf(textMember(jwk, "kty").value_or(""));
    key.curve = bytesOf(textMember(jwk, "crv").value_or(""));
    key.n = binaryMember(jwk, "n");
    key.e = binaryMember(jwk, "e");
    key.x = binaryMember(jwk, "x");
    key.y = binaryMember(jwk, "y");
    key.isPss = only && familyOf(*only) == Family::RsaPss;
    return makePublicKey(key);
}

/// Whether the set's owner means it for signatures.
bool isForSigning(const object &jwk)
{
    const auto use = textMember(jwk, "use");
    return !memberOf(jwk, "use") || use == "sig";
}

/// Null key: it is to be passed over.
Result<NamedKey, KeyError> readJwk(const object &jwk, SetKind kind)
{
    if (hasDuplicates(jwk))
        return KeyError{QStringLiteral("a key in the JWK Set has a member twice")};
    NamedKey named;
    if (const auto kid = textMember(jwk, "kid"))
        named.kid = bytesOf(*kid);
    if (const auto name = textMember(jwk, "alg")) {
        named.only = algorithmOf(*name);
        if (!named.only)
            return NamedKey(); // for encryption, or of a later standard
    }
    const bool isSecret = textMember(jwk, "kty") == "oct";
    if (isSecret != (kind == SetKind::Secrets))
        return isSecret ? KeyError{QStringLiteral(
                              "the JWK Set holds a secret (kty oct), which is not public: it belongs "
                              "into JWT_SECRET_FILE")}
                        : KeyError{QStringLiteral(
                              "the JWK Set holds a key that is no secret (kty oct): public keys belong "
                              "into JWT_PUBLIC_KEY_FILE")};
    if (!isForSigning(jwk))
        return NamedKey();
    auto key = isSecret ? secretOf(jwk) : publicOf(jwk, named.only);
    if (!key)
        return key.error();
    named.key = std::move(key).value();
    if (named.key && named.only && familyOf(*named.only) != named.key->family())
        return KeyError{QStringLiteral("a key in the JWK Set is not of the type that its alg takes")};
    return named;
}

ReadKeys readJwkSet(const QByteArray &text, SetKind kind)
{
    const auto set = JsonObject::parse(text);
    const auto member = set ? set->find("keys") : std::nullopt;
    simdjson::dom::array array;
    if (!member || member->get(array) != simdjson::SUCCESS)
        return KeyError{QStringLiteral("it begins with a brace, but is no JWK Set, {\"keys\":[…]}")};
    KeyList keys;
    for (const auto element : array) {
        object jwk;
        if (element.get(jwk) != simdjson::SUCCESS)
            return KeyError{QStringLiteral("the JWK Set's keys must be objects")};
        auto named = readJwk(jwk, kind);
        if (!named)
            return named.error();
        if (named->key)
            keys.push_back(std::move(named).value());
    }
    if (keys.empty())
        return KeyError{QStringLiteral("the JWK Set has no key that tokens can be signed with here")};
    if (keys.size() > keysMax)
        return KeyError{QStringLiteral("the JWK Set has more than %1 keys").arg(keysMax)};
    return keys;
}

} // namespace

ReadKeys readSecrets(const QByteArray &text)
{
    const QByteArray trimmed = text.trimmed();
    if (trimmed.isEmpty())
        return KeyError{QStringLiteral("it is empty")};
    if (trimmed.startsWith('{'))
        return readJwkSet(trimmed, SetKind::Secrets);
    if (trimmed.startsWith("-----BEGIN "))
        return KeyError{QStringLiteral("it holds PEM, which is no shared secret: a public key belongs into "
                                       "JWT_PUBLIC_KEY or JWT_PUBLIC_KEY_FILE")};
    if (isBlank(text))
        return KeyError{blank};
    KeyList keys;
    keys.push_back({makeSecretKey(text), std::nullopt, std::nullopt});
    return keys;
}

ReadKeys readPublicKeys(const QByteArray &text)
{
    QByteArray trimmed = text.trimmed();
    if (trimmed.isEmpty())
        return KeyError{QStringLiteral("it is empty")};
    if (trimmed.startsWith('{'))
        return readJwkSet(trimmed, SetKind::Public);
    if (!trimmed.contains('\n'))
        trimmed.replace("\\n", "\n");
    auto pem = readPem(trimmed);
    if (!pem)
        return pem.error();
    if (pem->size() > keysMax)
        return KeyError{QStringLiteral("it holds more than %1 keys").arg(keysMax)};
    KeyList keys;
    for (const auto &key : *pem)
        keys.push_back({key, std::nullopt, std::nullopt});
    return keys;
}

} // namespace concierge::auth
