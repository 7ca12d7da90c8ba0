#include "Tokens.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;

/// Tokens that somebody made without the key, and what else is known to have fooled verifiers: RFC 8725,
/// section 2. Signatures that can be right are, so that nothing but the attack is refused.
class TestVerifierAttacks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void attack_isRefused_data();
    void attack_isRefused();
    void anyFlippedBit_isRefused();
    void anyShorterToken_isRefused();
    void depth_isBounded_data();
    void depth_isBounded();
    void size_isBounded();
};

void TestVerifierAttacks::attack_isRefused_data()
{
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const QByteArray &name, const QByteArray &token, const char *expected) {
        QTest::newRow(name.constData()) << token << QByteArray(expected);
    };
    const QByteArray ann = R"({"id":"ann"})";
    const auto header = [&ann](const QByteArray &text) { return signedWith(secret(), text, ann); };
    const QByteArray good = header(R"({"alg":"HS256"})");
    const QByteArray unsignedPart = good.first(good.lastIndexOf('.'));
    const QByteArray signature = good.sliced(good.lastIndexOf('.') + 1);

    row("RFC 7515 A.5: none",
        "eyJhbGciOiJub25lIn0."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
        "- algorithm");
    for (const QByteArray name :
         {"none", "None", "NONE", "nOnE", "none ", "", "hs256", "HS256 ", "HS1", "HS255", "HS2560", "dir",
          "A128KW", "RS256", "PS256", "ES256", "ES256K", "EdDSA", "RS1"}) {
        row("alg \"" + name + '"', header(R"({"alg":")" + name + R"("})"), "- algorithm");
        row("alg \"" + name + "\", no signature",
            base64Url(R"({"alg":")" + name + R"("})") + '.' + base64Url(ann) + '.', "- algorithm");
    }
    row("alg with NUL", header(R"({"alg":"HS256\u0000"})"), "- algorithm");
    row("alg null", header(R"({"alg":null})"), "- algorithm");
    row("alg an array", header(R"({"alg":["HS256"]})"), "- algorithm");
    row("alg missing", header(R"({"typ":"JWT"})"), "- algorithm");
    row("alg twice", header(R"({"alg":"none","alg":"HS256"})"), "- malformed");
    row("alg twice, once in escapes", header(R"({"alg":"HS256","\u0061lg":"none"})"), "- malformed");
    row("typ twice", header(R"({"alg":"HS256","typ":"JWT","typ":"JWT"})"), "- malformed");
    row("crit", header(R"({"alg":"HS256","crit":["exp"],"exp":1})"), "- malformed");
    row("crit, empty", header(R"({"alg":"HS256","crit":[]})"), "- malformed");
    row("crit null", header(R"({"alg":"HS256","crit":null})"), "- malformed");
    row("crit with b64", header(R"({"alg":"HS256","b64":false,"crit":["b64"]})"), "- malformed");
    row("header an array", header(R"(["HS256"])"), "- malformed");
    row("header empty", header(""), "- malformed");
    row("header no JSON", header("HS256"), "- malformed");
    row("header and more", header(R"({"alg":"HS256"} {})"), "- malformed");
    row("header not UTF-8", header("{\"alg\":\"HS256\",\"x\":\"\xff\"}"), "- malformed");

    row("no signature", unsignedPart + '.', "- signature");
    row("no signature, no dot", unsignedPart, "- malformed");
    row("half of the code",
        unsignedPart + '.' +
            base64Url(QByteArray::fromBase64(signature, QByteArray::Base64UrlEncoding).first(16)),
        "- signature");
    row("one byte of the code",
        unsignedPart + '.' +
            base64Url(QByteArray::fromBase64(signature, QByteArray::Base64UrlEncoding).first(1)),
        "- signature");
    row("the code and a byte more",
        unsignedPart + '.' +
            base64Url(QByteArray::fromBase64(signature, QByteArray::Base64UrlEncoding) + '\0'),
        "- signature");
    row("a code of zeros", unsignedPart + '.' + base64Url(QByteArray(32, '\0')), "- signature");
    row("padding behind", good + '=', "- malformed");
    row("white space behind", good + ' ', "- malformed");
    row("a line break before", '\n' + good, "- malformed");
    row("a fourth part", good + ".x", "- malformed");
    row("five parts, as encrypted ones have", "a.b.c.d.e", "- malformed");
    row("dots", "..", "- malformed");
    row("nothing", "", "- malformed");
    row("no key", signedWith("", R"({"alg":"HS256"})", ann), "- signature");
    row("a foreign key", signedWith("guess", R"({"alg":"HS256"})", ann), "- signature");
    row("another code's length", signedWith(secret(), R"({"alg":"HS256"})", ann, QCryptographicHash::Sha512),
        "- signature");
    row("another payload",
        base64Url(R"({"alg":"HS256"})") + '.' + base64Url(R"({"id":"bob"})") + '.' + signature,
        "- signature");

    const QByteArray own = base64Url("mine");
    const auto foreign = [&ann](const QByteArray &more) {
        return signedWith("mine", R"({"alg":"HS256",)" + more + '}', ann);
    };
    row("jwk", foreign(R"("jwk":{"kty":"oct","k":")" + own + R"("})"), "- signature");
    row("jku", foreign(R"("jku":"http://127.0.0.1:1/keys")"), "- signature");
    row("x5u", foreign(R"("x5u":"http://127.0.0.1:1/cert")"), "- signature");
    row("x5c", foreign(R"("x5c":["TUlJQg=="])"), "- signature");
    row("kid of /dev/null", signedWith("", R"({"alg":"HS256","kid":"../../../../dev/null"})", ann),
        "- signature");
    row("kid of SQL", signedWith("mine", R"({"alg":"HS256","kid":"x' UNION SELECT 'mine' --"})", ann),
        "- signature");
    row("kid of a command", foreign(R"("kid":"|touch /tmp/owned")"), "- signature");

    row("claim twice", tokenOf(R"({"id":"ann","id":"bob"})"), "- malformed");
    row("claim twice, once in escapes", tokenOf(R"({"id":"ann","\u0069d":"bob"})"), "- malformed");
    row("exp twice", tokenOf(R"({"id":"ann","exp":1,"exp":9999999999})"), "- malformed");
    row("claims an array", tokenOf(R"([{"id":"ann"}])"), "- malformed");
    row("claims a string", tokenOf(R"("ann")"), "- malformed");
    row("claims another token", tokenOf(good), "- malformed");
    row("claims empty", tokenOf(""), "- malformed");
    row("claims and more", tokenOf(R"({"id":"ann"}{"id":"bob"})"), "- malformed");
    row("claims cut off", tokenOf(R"({"id":"ann")"), "- malformed");
    row("claims not UTF-8", tokenOf("{\"id\":\"\xc0\xaf\"}"), "- malformed");
    row("claims with half a surrogate pair", tokenOf(R"({"id":"\ud83e"})"), "- malformed");
    row("claims with a mark of order", tokenOf("\xef\xbb\xbf{\"id\":\"ann\"}"), "- malformed");
    row("a number beyond 64 bits", tokenOf(R"({"id":"ann","x":100000000000000000000})"), "- malformed");
    row("NaN", tokenOf(R"({"id":"ann","exp":NaN})"), "- malformed");
    row("Infinity", tokenOf(R"({"id":"ann","exp":Infinity})"), "- malformed");
}

void TestVerifierAttacks::attack_isRefused()
{
    QFETCH(QByteArray, token);
    QFETCH(QByteArray, expected);
    QCOMPARE(outcome(verifierOf(secret()), token), expected);
}

void TestVerifierAttacks::anyFlippedBit_isRefused()
{
    const auth::Verifier verifier = verifierOf(secret());
    const QByteArray good = goodToken();
    QCOMPARE(outcome(verifier, good), QByteArray("ann"));
    for (qsizetype at = 0; at < good.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            QByteArray bad = good;
            bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
            QVERIFY2(!verifier.verify(bad, tokenNow), bad.constData());
        }
    }
}

void TestVerifierAttacks::anyShorterToken_isRefused()
{
    const auth::Verifier verifier = verifierOf(secret());
    const QByteArray good = goodToken();
    for (qsizetype size = 0; size < good.size(); ++size)
        QVERIFY2(!verifier.verify(QByteArrayView(good).first(size), tokenNow), good.first(size).constData());
}

void TestVerifierAttacks::depth_isBounded_data()
{
    QTest::addColumn<int>("depth");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("8") << 8 << QByteArray("ann");
    QTest::newRow("64") << 64 << QByteArray("- malformed");
    QTest::newRow("2,900, all that fits") << 2'900 << QByteArray("- malformed");
}

void TestVerifierAttacks::depth_isBounded()
{
    QFETCH(int, depth);
    QFETCH(QByteArray, expected);
    const QByteArray deep = QByteArray(depth, '[') + QByteArray(depth, ']');
    QCOMPARE(outcome(verifierOf(secret()), tokenOf(R"({"id":"ann","x":)" + deep + '}')), expected);
    QCOMPARE(outcome(verifierOf(secret()),
                     signedWith(secret(), R"({"alg":"HS256","x":)" + deep + '}', R"({"id":"ann"})")),
             expected);
}

void TestVerifierAttacks::size_isBounded()
{
    const auto ofPayload = [](qsizetype filler) {
        return tokenOf(R"({"id":"ann","x":")" + QByteArray(filler, 'x') + R"("})");
    };
    const QByteArray large = ofPayload(6'000);
    QVERIFY(large.size() <= auth::Verifier::tokenMaxBytes);
    QCOMPARE(outcome(verifierOf(secret()), large), QByteArray("ann"));
    const QByteArray larger = ofPayload(6'200);
    QVERIFY(larger.size() > auth::Verifier::tokenMaxBytes);
    QCOMPARE(outcome(verifierOf(secret()), larger), QByteArray("- malformed"));
    // Many members, whose names have to be compared.
    QByteArray many = R"({"id":"ann")";
    for (int i = 0; i < 700; ++i)
        many += ",\"" + QByteArray::number(i) + "\":0";
    QCOMPARE(outcome(verifierOf(secret()), tokenOf(many + '}')), QByteArray("ann"));
}

QTEST_APPLESS_MAIN(TestVerifierAttacks)
#include "tst_verifier_attacks.moc"
