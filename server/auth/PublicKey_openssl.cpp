#include "auth/PublicKey.h"

#include "shared/OpenSslPtr.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>

namespace concierge::auth {

namespace {

using PkeyPtr = OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;
using PkeyContext = OpenSslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = OpenSslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using ParamBuilder = OpenSslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = OpenSslPtr<OSSL_PARAM, OSSL_PARAM_free>;
using Number = OpenSslPtr<BIGNUM, BN_free>;
using Signature = OpenSslPtr<ECDSA_SIG, ECDSA_SIG_free>;
using Bio = OpenSslPtr<BIO, BIO_free>;
using Certificate = OpenSslPtr<X509, X509_free>;

constexpr int leastRsaBits = 2048; // RFC 7518, section 3.3

const uchar *bytesOf(QByteArrayView view)
{
    return reinterpret_cast<const uchar *>(view.data());
}

Number numberOf(QByteArrayView bigEndian)
{
    return Number(BN_bin2bn(bytesOf(bigEndian), static_cast<int>(bigEndian.size()), nullptr));
}

/// RFC 7518, section 3.4: r and s, each as long as the curve's order, one behind the other. Empty: it is not.
QByteArray derOf(QByteArrayView signature, qsizetype partSize)
{
    if (signature.size() != 2 * partSize)
        return {};
    Number r = numberOf(signature.first(partSize));
    Number s = numberOf(signature.sliced(partSize));
    const Signature parts(ECDSA_SIG_new());
    if (!r || !s || !parts || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1)
        return {};
    (void)r.release(); // NOLINT(bugprone-unused-return-value): the signature has them now
    (void)s.release(); // NOLINT(bugprone-unused-return-value)
    uchar *der = nullptr;
    const int size = i2d_ECDSA_SIG(parts.get(), &der);
    QByteArray result(reinterpret_cast<const char *>(der), std::max(size, 0));
    OPENSSL_free(der);
    return result;
}

const EVP_MD *digestOf(Algorithm algorithm)
{
    switch (digestBits(algorithm)) {
    case 256:
        return EVP_sha256();
    case 384:
        return EVP_sha384();
    case 512:
        return EVP_sha512();
    default:
        return nullptr; // EdDSA has its own
    }
}

class PublicKey final : public Key
{
public:
    PublicKey(PkeyPtr key, Family family)
        : m_key(std::move(key))
        , m_family(family)
    {}

    Family family() const noexcept override { return m_family; }
    bool verifies(Algorithm algorithm, QByteArrayView text, QByteArrayView signature) const override
    {
        const bool isGood = check(algorithm, text, signature);
        ERR_clear_error(); // of this thread; TLS on it would stumble over what is left
        return isGood;
    }

private:
    bool check(Algorithm algorithm, QByteArrayView text, QByteArrayView signature) const
    {
        QByteArray der;
        if (m_family == Family::EcP256 || m_family == Family::EcP384 || m_family == Family::EcP521) {
            der = derOf(signature, (EVP_PKEY_get_bits(m_key.get()) + 7) / 8);
            if (der.isEmpty())
                return false;
            signature = der;
        }
        const DigestContext context(EVP_MD_CTX_new());
        EVP_PKEY_CTX *options = nullptr; // the digest context's own
        if (!context ||
            EVP_DigestVerifyInit(context.get(), &options, digestOf(algorithm), nullptr, m_key.get()) != 1)
            return false;
        if (m_family == Family::RsaPss &&
            (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
             EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
            return false;
        return EVP_DigestVerify(context.get(), bytesOf(signature), static_cast<std::size_t>(signature.size()),
                                bytesOf(text), static_cast<std::size_t>(text.size())) == 1;
    }

    const PkeyPtr m_key;
    const Family m_family;
};

std::optional<Family> curveFamily(EVP_PKEY *key)
{
    std::array<char, 64> name{};
    if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1)
        return std::nullopt;
    const QByteArrayView curve(name.data());
    if (curve == "prime256v1" || curve == "P-256")
        return Family::EcP256;
    if (curve == "secp384r1" || curve == "P-384")
        return Family::EcP384;
    if (curve == "secp521r1" || curve == "P-521")
        return Family::EcP521;
    return std::nullopt;
}

/// RFC 8017, 3.1.
bool hasSoundExponent(EVP_PKEY *key)
{
    BIGNUM *found = nullptr;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &found) != 1)
        return false;
    const Number exponent(found);
    return BN_is_odd(exponent.get()) && BN_num_bits(exponent.get()) >= 2;
}

MadeKey keyOf(PkeyPtr key, bool isPss)
{
    const int type = EVP_PKEY_get_base_id(key.get());
    if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448)
        return std::shared_ptr<const Key>(std::make_shared<PublicKey>(std::move(key), Family::Edwards));
    if (type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) {
        const int bits = EVP_PKEY_get_bits(key.get());
        if (bits < leastRsaBits)
            return KeyError{QStringLiteral("an RSA key of %1 bits is too easy to break; it takes %2 or more")
                                .arg(bits)
                                .arg(leastRsaBits)};
        if (!hasSoundExponent(key.get()))
            return KeyError{
                QStringLiteral("an RSA key's public exponent must be odd, and 3 or more: with any other, "
                               "signatures prove nothing")};
        const Family family = isPss || type == EVP_PKEY_RSA_PSS ? Family::RsaPss : Family::RsaPkcs1;
        return std::shared_ptr<const Key>(std::make_shared<PublicKey>(std::move(key), family));
    }
    const auto family = type == EVP_PKEY_EC ? curveFamily(key.get()) : std::nullopt;
    if (!family)
        return KeyError{
            QStringLiteral("a key is of a kind that tokens are not signed with; they are with RSA, "
                           "P-256, P-384, P-521, Ed25519 and Ed448")};
    return std::shared_ptr<const Key>(std::make_shared<PublicKey>(std::move(key), *family));
}

PkeyPtr keyFromParams(const char *type, const ParamBuilder &builder)
{
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY *key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return PkeyPtr(key);
}

PkeyPtr rsaKey(const PublicJwk &jwk)
{
    const Number n = numberOf(jwk.n);
    const Number e = numberOf(jwk.e);
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (jwk.n.isEmpty() || jwk.e.isEmpty() || !n || !e || !builder ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
        return nullptr;
    return keyFromParams("RSA", builder);
}

PkeyPtr curveKey(const PublicJwk &jwk, qsizetype coordinate)
{
    if (jwk.x.size() != coordinate || jwk.y.size() != coordinate)
        return nullptr;
    const QByteArray point =
        '\x04' + jwk.x + jwk.y; // SEC 1, uncompressed; one that is not on its curve is refused
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, jwk.curve.constData(),
                                        0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.constData(),
                                         static_cast<std::size_t>(point.size())) != 1)
        return nullptr;
    return keyFromParams("EC", builder);
}

PkeyPtr edwardsKey(const PublicJwk &jwk)
{
    const int type = jwk.curve == "Ed25519" ? EVP_PKEY_ED25519 : EVP_PKEY_ED448;
    return PkeyPtr(
        EVP_PKEY_new_raw_public_key(type, nullptr, bytesOf(jwk.x), static_cast<std::size_t>(jwk.x.size())));
}

/// Nothing: the type or the curve is not known here.
std::optional<PkeyPtr> keyOfJwk(const PublicJwk &jwk)
{
    if (jwk.type == "RSA")
        return rsaKey(jwk);
    if (jwk.type == "OKP" && (jwk.curve == "Ed25519" || jwk.curve == "Ed448"))
        return edwardsKey(jwk);
    if (jwk.type != "EC")
        return std::nullopt;
    if (jwk.curve == "P-256")
        return curveKey(jwk, 32);
    if (jwk.curve == "P-384")
        return curveKey(jwk, 48);
    if (jwk.curve == "P-521")
        return curveKey(jwk, 66);
    return std::nullopt;
}

struct PemBlock
{
    QByteArray label;
    QByteArray bytes;
};

std::optional<PemBlock> nextBlock(BIO *bio)
{
    char *label = nullptr;
    char *header = nullptr;
    uchar *bytes = nullptr;
    long size = 0;
    if (PEM_read_bio(bio, &label, &header, &bytes, &size) != 1)
        return std::nullopt;
    PemBlock block{label, QByteArray(reinterpret_cast<const char *>(bytes), size)};
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, static_cast<std::size_t>(size)); // it may be a private key, by mistake
    return block;
}

PkeyPtr keyOfBlock(const PemBlock &block)
{
    const uchar *at = bytesOf(block.bytes);
    const auto size = static_cast<long>(block.bytes.size());
    if (block.label == "PUBLIC KEY")
        return PkeyPtr(d2i_PUBKEY(nullptr, &at, size));
    if (block.label == "RSA PUBLIC KEY")
        return PkeyPtr(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size));
    const Certificate certificate(d2i_X509(nullptr, &at, size));
    return certificate ? PkeyPtr(X509_get_pubkey(certificate.get())) : nullptr;
}

MadeKey readBlock(const PemBlock &block)
{
    if (block.label.endsWith("PRIVATE KEY"))
        return KeyError{
            QStringLiteral("it holds a private key, which the server neither needs nor should have: "
                           "take its public half (openssl pkey -in private.pem -pubout)")};
    if (block.label != "PUBLIC KEY" && block.label != "RSA PUBLIC KEY" && block.label != "CERTIFICATE")
        return KeyError{
            QStringLiteral("it holds PEM of another kind; what it takes begins with -----BEGIN PUBLIC "
                           "KEY----- or -----BEGIN CERTIFICATE-----")};
    PkeyPtr key = keyOfBlock(block);
    if (!key)
        return KeyError{QStringLiteral("a key in it is damaged")};
    return keyOf(std::move(key), false);
}

} // namespace

bool hasPublicKeys() noexcept
{
    return true;
}

MadeKey makePublicKey(const PublicJwk &jwk)
{
    auto key = keyOfJwk(jwk);
    if (!key)
        return std::shared_ptr<const Key>();
    ERR_clear_error();
    if (!*key)
        return KeyError{QStringLiteral("a key in it is damaged")};
    return keyOf(*std::move(key), jwk.isPss);
}

Result<std::vector<std::shared_ptr<const Key>>, KeyError> readPem(const QByteArray &text)
{
    const Bio bio(BIO_new_mem_buf(text.constData(), static_cast<int>(text.size())));
    std::vector<std::shared_ptr<const Key>> keys;
    while (const auto block = nextBlock(bio.get())) {
        auto key = readBlock(*block);
        ERR_clear_error();
        if (!key)
            return key.error();
        keys.push_back(std::move(key).value());
    }
    const bool isAtEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!isAtEnd)
        return KeyError{QStringLiteral("a key in it is damaged")};
    if (keys.empty())
        return KeyError{QStringLiteral("it holds no key; it takes PEM, which begins with -----BEGIN PUBLIC "
                                       "KEY-----, or a JWK Set, {\"keys\":[…]}")};
    return keys;
}

} // namespace concierge::auth
