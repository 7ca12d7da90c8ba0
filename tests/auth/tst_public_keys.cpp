#include "PemKeys.h"
#include "Tokens.h"

#include "auth/Base64Url.h"
#include "auth/PublicKey.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;

namespace {

const QByteArray rsaJwk =
    R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")";
const QByteArray p256Jwk =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";
const QByteArray p521Jwk =
    R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2")";
const QByteArray edJwk = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";

const QByteArray joePayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const QByteArray rs256Token =
    "eyJhbGciOiJSUzI1NiJ9." + joePayload +
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
    "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_"
    "IoypGlUPQGe77Rw";
const QByteArray es256Token =
    "eyJhbGciOiJFUzI1NiJ9." + joePayload +
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const QByteArray es512Token =
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-"
    "KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_"
    "Jn";
const QByteArray edToken = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_"
                           "MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

QByteArray setOf(const QByteArrayList &openJwks)
{
    return R"({"keys":[)" + openJwks.join("},") + "}]}";
}

auth::Verifier publicVerifier(const QByteArray &keys)
{
    return auth::Verifier({{}, {}, "iss", false}, auth::readPublicKeys(keys).value());
}

} // namespace

/// With OpenSSL, all of it; without, that the build says so.
class TestPublicKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void vector_isVerified_data();
    void vector_isVerified();
    void key_hasOneFamily_data();
    void key_hasOneFamily();
    void signature_thatIsNone_isRefused_data();
    void signature_thatIsNone_isRefused();
    void hmacWithThePublicKey_isRefused();
    void pem_isRead_data();
    void pem_isRead();
    void key_thatCannotBeUsed_isNamed_data();
    void key_thatCannotBeUsed_isNamed();
};

void TestPublicKeys::initTestCase()
{
    if (auth::hasPublicKeys())
        return;
    const auto keys = auth::readPublicKeys(setOf({rsaJwk}));
    QVERIFY(!keys);
    QVERIFY(keys.error().text.contains(QLatin1String("this build has no OpenSSL")));
    QSKIP("this build has no OpenSSL");
}

void TestPublicKeys::vector_isVerified_data()
{
    QTest::addColumn<QByteArray>("jwk");
    QTest::addColumn<QByteArray>("token");
    QTest::newRow("RFC 7515 A.2, RS256") << rsaJwk << rs256Token;
    QTest::newRow("RFC 7515 A.3, ES256") << p256Jwk << es256Token;
    QTest::newRow("RFC 7515 A.4, ES512") << p521Jwk << es512Token;
    QTest::newRow("RFC 8037 A.4, Ed25519") << edJwk << edToken;
}

/// The payloads of two of them are no claims: it is told as malformed, and not as a bad signature.
void TestPublicKeys::vector_isVerified()
{
    QFETCH(QByteArray, jwk);
    QFETCH(QByteArray, token);
    const QByteArray expected = token.contains(joePayload) ? QByteArray("joe") : QByteArray("- malformed");
    const Milliseconds then(1'300'819'000'000);
    const auth::Verifier verifier = publicVerifier(setOf({jwk}));
    QCOMPARE(outcome(verifier, token, then), expected);
    QCOMPARE(outcome(publicVerifier(setOf({jwk, rsaJwk, edJwk, p256Jwk, p521Jwk})), token, then), expected);
    const auto raw = auth::decodeBase64Url(QByteArrayView(token).sliced(token.lastIndexOf('.') + 1));
    const QByteArray head = token.first(token.lastIndexOf('.') + 1);
    for (qsizetype at = 0; at < raw->size(); at += 7) {
        QByteArray bad = *raw;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        QCOMPARE(outcome(verifier, head + base64Url(bad), then), QByteArray("- signature"));
    }
    QByteArray other = token;
    other[other.indexOf('.') + 3] = other[other.indexOf('.') + 3] == 'B' ? 'C' : 'B';
    QCOMPARE(outcome(verifier, other, then), QByteArray("- signature"));
}

void TestPublicKeys::key_hasOneFamily_data()
{
    QTest::addColumn<QByteArray>("jwk");
    QTest::addColumn<QByteArray>("algorithms"); // that a signature is tried for
    QTest::newRow("RSA") << rsaJwk << QByteArray("RS256 RS384 RS512");
    QTest::newRow("RSA with alg") << rsaJwk + R"(,"alg":"RS384")" << QByteArray("RS384");
    QTest::newRow("RSA for PSS") << rsaJwk + R"(,"alg":"PS256")" << QByteArray("PS256");
    QTest::newRow("P-256") << p256Jwk << QByteArray("ES256");
    QTest::newRow("P-521") << p521Jwk << QByteArray("ES512");
    QTest::newRow("Ed25519") << edJwk << QByteArray("EdDSA");
}

void TestPublicKeys::key_hasOneFamily()
{
    QFETCH(QByteArray, jwk);
    QFETCH(QByteArray, algorithms);
    const auth::Verifier verifier = publicVerifier(setOf({jwk}));
    for (const QByteArray name : {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384",
                                  "PS512", "ES256", "ES384", "ES512", "EdDSA", "none"}) {
        const QByteArray token = base64Url(R"({"alg":")" + name + R"("})") + '.' + joePayload + '.' +
                                 base64Url(QByteArray(64, '\x01'));
        const bool isTried = algorithms.split(' ').contains(name);
        QVERIFY2(outcome(verifier, token) == QByteArray(isTried ? "- signature" : "- algorithm"),
                 name.constData());
    }
}

void TestPublicKeys::signature_thatIsNone_isRefused_data()
{
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<QByteArray>("signature");
    const QByteArray order =
        QByteArray::fromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    QTest::newRow("ES256 of zeros") << es256Token << QByteArray(64, '\0');
    QTest::newRow("ES256 of the curve's order") << es256Token << order + order;
    QTest::newRow("ES256, r of zeros") << es256Token << QByteArray(32, '\0') + QByteArray(32, '\1');
    QTest::newRow("ES256, s of zeros") << es256Token << QByteArray(32, '\1') + QByteArray(32, '\0');
    QTest::newRow("ES256, a byte short") << es256Token << QByteArray(63, '\1');
    QTest::newRow("ES256, a byte long") << es256Token << QByteArray(65, '\1');
    QTest::newRow("ES256 as DER") << es256Token << QByteArray::fromHex("3006020101020101");
    QTest::newRow("ES256, nothing") << es256Token << QByteArray();
    QTest::newRow("ES512 of zeros") << es512Token << QByteArray(132, '\0');
    QTest::newRow("ES512 as long as ES256's") << es512Token << QByteArray(64, '\1');
    QTest::newRow("RS256 of zeros") << rs256Token << QByteArray(256, '\0');
    QTest::newRow("RS256 of one") << rs256Token << QByteArray(255, '\0') + '\1';
    QTest::newRow("RS256, nothing") << rs256Token << QByteArray();
    QTest::newRow("RS256, above the modulus") << rs256Token << QByteArray(256, '\xff');
    QTest::newRow("RS256, a byte long") << rs256Token << QByteArray(257, '\1');
    QTest::newRow("Ed25519 of zeros") << edToken << QByteArray(64, '\0');
    QTest::newRow("Ed25519, nothing") << edToken << QByteArray();
    QTest::newRow("Ed25519, half") << edToken << QByteArray(32, '\1');
}

void TestPublicKeys::signature_thatIsNone_isRefused()
{
    QFETCH(QByteArray, token);
    QFETCH(QByteArray, signature);
    const QByteArray bad = token.first(token.lastIndexOf('.') + 1) + base64Url(signature);
    QCOMPARE(outcome(publicVerifier(setOf({rsaJwk, p256Jwk, p521Jwk, edJwk})), bad),
             QByteArray("- signature"));
}

/// The attacker knows the public key, and signs with its text as if it were a secret.
void TestPublicKeys::hmacWithThePublicKey_isRefused()
{
    const QByteArray set = setOf({rsaJwk});
    const QByteArray pem = rsaPem;
    const QByteArray payload = R"({"iss":"joe"})";
    for (const QByteArray &keys : {set, pem}) {
        for (const QByteArray &text : {keys, keys.trimmed(), QByteArray()})
            QCOMPARE(outcome(publicVerifier(keys), signedWith(text, R"({"alg":"HS256"})", payload)),
                     QByteArray("- algorithm"));
    }
    // Nor with a secret beside it.
    auth::KeyList both = auth::readPublicKeys(pem).value();
    both.push_back(auth::readSecrets(secret()).value().front());
    QCOMPARE(
        outcome(auth::Verifier({{}, {}, "iss", false}, both), signedWith(pem, R"({"alg":"HS256"})", payload)),
        QByteArray("- signature"));
    QCOMPARE(outcome(auth::Verifier({{}, {}, "iss", false}, both),
                     signedWith(secret(), R"({"alg":"HS256"})", payload)),
             QByteArray("joe"));
}

void TestPublicKeys::pem_isRead_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QList<int>>("families");
    const QByteArray rsa = rsaPem;
    const QByteArray pkcs1 = pkcs1Pem;
    const QByteArray ec = ecPem;
    const QByteArray ed = edPem;
    const QByteArray certificate = certificatePem;
    const auto f = [](auth::Family family) { return static_cast<int>(family); };
    using auth::Family;
    QTest::newRow("RSA") << rsa << QList{f(Family::RsaPkcs1)};
    QTest::newRow("RSA as of PKCS #1") << pkcs1 << QList{f(Family::RsaPkcs1)};
    QTest::newRow("P-256") << ec << QList{f(Family::EcP256)};
    QTest::newRow("Ed25519") << ed << QList{f(Family::Edwards)};
    QTest::newRow("a certificate") << certificate << QList{f(Family::EcP256)};
    QTest::newRow("several") << rsa + ec + "a note\n" + ed
                             << QList{f(Family::RsaPkcs1), f(Family::EcP256), f(Family::Edwards)};
    QTest::newRow("no line break, as in a variable")
        << QByteArray(ec).trimmed().replace('\n', "\\n") << QList{f(Family::EcP256)};
    QTest::newRow("line breaks of Windows")
        << QByteArray(ec).replace('\n', "\r\n") << QList{f(Family::EcP256)};
    QTest::newRow("a set: unknown types are passed over")
        << setOf({p256Jwk, R"({"kty":"XYZ")", R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA")",
                  R"({"kty":"RSA","alg":"RSA-OAEP")"})
        << QList{f(Family::EcP256)};
}

void TestPublicKeys::pem_isRead()
{
    QFETCH(QByteArray, text);
    QFETCH(QList<int>, families);
    const auto keys = auth::readPublicKeys(text);
    QVERIFY2(keys, keys ? "" : qPrintable(keys.error().text));
    QList<int> found;
    for (const auth::NamedKey &key : *keys)
        found.append(static_cast<int>(key.key->family()));
    QCOMPARE(found, families);
}

void TestPublicKeys::key_thatCannotBeUsed_isNamed_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &text, const char *says) {
        QTest::newRow(name) << text << QString::fromUtf8(says);
    };
    const QByteArray ec = ecPem;
    row("empty", "", "is empty");
    row("a word", "swordfish", "holds no key");
    row("PEM cut off", ec.first(80), "damaged");
    row("PEM with a bad body", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "damaged");
    row("the second one bad", ec + "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "damaged");
    row("a private key", privatePem, "private key");
    row("a request", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "another kind");
    row("RSA of 1024 bits", smallPem, "1024 bits");
    for (const char *exponent : {"AQ", "AA", "AgAA"}) // 1, 0, even
        row("RSA whose signatures prove nothing", QByteArray(setOf({rsaJwk})).replace("AQAB", exponent),
            "exponent");
    row("a curve of coins", coinPem, "of a kind");
    row("a key for encryption", exchangePem, "of a kind");
    row("a secret", R"({"keys":[{"kty":"oct","k":"AAAA"}]})", "JWT_SECRET_FILE");
    row("a private JWK", setOf({edJwk + R"(,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")"}),
        "private key");
    row("a point off its curve", QByteArray(setOf({p256Jwk})).replace("f83O", "f83P"), "damaged");
    row("a short coordinate", QByteArray(setOf({p256Jwk})).replace("f83OJ3D2xF1B", ""), "damaged");
    row("RSA without n", R"({"keys":[{"kty":"RSA","e":"AQAB"}]})", "damaged");
    row("an alg of another family", setOf({p256Jwk + R"(,"alg":"RS256")"}), "not of the type");
    row("an alg of another curve", setOf({p256Jwk + R"(,"alg":"ES512")"}), "not of the type");
    row("only what is not known", R"({"keys":[{"kty":"XYZ"}]})", "has no key");
}

void TestPublicKeys::key_thatCannotBeUsed_isNamed()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const auto keys = auth::readPublicKeys(text);
    QVERIFY(!keys);
    QVERIFY2(keys.error().text.contains(says), qPrintable(keys.error().text));
    QVERIFY(!keys.error().text.contains(u'\n'));
}

QTEST_APPLESS_MAIN(TestPublicKeys)
#include "tst_public_keys.moc"
