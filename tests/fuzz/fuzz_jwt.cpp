/// Tokens and keys. The first byte says what the rest is: a token as it came, a header and claims that are to
/// be signed well (so that what is behind the signature is reached), or the text of a key file.

#include "FuzzSupport.h"

#include "auth/Verifier.h"

#include <QMessageAuthenticationCode>

using namespace concierge;

namespace {

const QByteArray secret = QByteArrayLiteral("the fuzzer's secret, 32 bytes or more");
constexpr Milliseconds now{1'700'000'000'000};

QByteArray base64Url(QByteArrayView bytes)
{
    return bytes.toByteArray().toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

const auth::Verifier &verifier()
{
    static const auth::Verifier instance = [] {
        auth::KeyList keys = auth::readSecrets(secret).value();
        auto more = auth::readPublicKeys(
            R"({"keys":[{"kty":"EC","kid":"e","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
        if (more)
            keys.insert(keys.end(), more->begin(), more->end());
        return auth::Verifier({}, std::move(keys));
    }();
    return instance;
}

void check(const auth::Claims &claims)
{
    FUZZ_CHECK(!claims.user.isEmpty());
    FUZZ_CHECK(QString::fromUtf8("x" + claims.user).size() <= 129); // behind an x: Qt eats a leading BOM
    FUZZ_CHECK(!claims.expires || *claims.expires + auth::Verifier::leeway > now);
    for (const QByteArray &chat : claims.chats.value_or(QByteArrayList()))
        FUZZ_CHECK(!chat.isEmpty());
}

/// Without the secret, no token is good, but those that were signed when the seeds were made.
void checkToken(QByteArrayView token)
{
    const auto claims = verifier().verify(token, now);
    if (!claims)
        return;
    check(claims.value());
    const auto end = token.lastIndexOf('.');
    const QByteArray code =
        QMessageAuthenticationCode::hash(token.first(end).toByteArray(), secret, QCryptographicHash::Sha256);
    const QByteArray code384 =
        QMessageAuthenticationCode::hash(token.first(end).toByteArray(), secret, QCryptographicHash::Sha384);
    const QByteArray code512 =
        QMessageAuthenticationCode::hash(token.first(end).toByteArray(), secret, QCryptographicHash::Sha512);
    const QByteArrayView signature = token.sliced(end + 1);
    FUZZ_CHECK(signature == base64Url(code) || signature == base64Url(code384) ||
               signature == base64Url(code512));
}

void checkSigned(QByteArrayView bytes)
{
    const qsizetype cut = bytes.indexOf('\n');
    const QByteArrayView header = cut < 0 ? QByteArrayView(R"({"alg":"HS256"})") : bytes.first(cut);
    const QByteArray text = base64Url(header) + '.' + base64Url(cut < 0 ? bytes : bytes.sliced(cut + 1));
    checkToken(text + '.' +
               base64Url(QMessageAuthenticationCode::hash(text, secret, QCryptographicHash::Sha256)));
}

void checkKeys(const QByteArray &text)
{
    const auto hasKeys = [](const auth::ReadKeys &keys) {
        return !keys || (!keys->empty() && keys->size() <= auth::keysMax && keys->front().key);
    };
    const auth::ReadKeys secrets = auth::readSecrets(text);
    const auth::ReadKeys publics = auth::readPublicKeys(text);
    FUZZ_CHECK(hasKeys(secrets) && hasKeys(publics));
    for (const auth::ReadKeys *keys : {&secrets, &publics}) {
        if (*keys) {
            (void)auth::Verifier({}, **keys).verify("eyJhbGciOiJFUzI1NiJ9.e30.AAAA", now);
            for (const auth::NamedKey &key : **keys)
                FUZZ_CHECK((key.key->family() == auth::Family::Hmac) == (keys == &secrets));
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const QByteArrayView bytes(reinterpret_cast<const char *>(data) + 1, static_cast<qsizetype>(size - 1));
    switch (data[0] % 3) {
    case 0:
        checkToken(bytes);
        break;
    case 1:
        checkSigned(bytes);
        break;
    default:
        checkKeys(bytes.toByteArray());
    }
    return 0;
}
