#include "Tokens.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;

// The slots stand outside the class: moc loses count of braces in raw strings.
class TestVerifier : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rfc7515_A1_isVerified();
    void hmac_eachAlgorithm_isVerified_data();
    void hmac_eachAlgorithm_isVerified();
    void user_isReadByRule_data();
    void user_isReadByRule();
    void time_isChecked_data();
    void time_isChecked();
    void expiry_thatIsDemanded_mustBeThere();
    void expires_isToldWithItsFraction();
    void issuerAndAudience_areChecked_data();
    void issuerAndAudience_areChecked();
    void chats_areRead_data();
    void chats_areRead();
    void kid_choosesTheKey_data();
    void kid_choosesTheKey();
};

void TestVerifier::rfc7515_A1_isVerified()
{
    const auth::Verifier verifier = verifierOf(
        R"({"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]})",
        {{}, {}, "iss", false});
    const QByteArray token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    QCOMPARE(outcome(verifier, token, Milliseconds(1'300'819'379'000)), QByteArray("joe"));
    QCOMPARE(outcome(verifier, token, Milliseconds(1'300'819'410'000)), QByteArray("- expired"));
}

void TestVerifier::hmac_eachAlgorithm_isVerified_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<int>("hash");
    QTest::newRow("HS256") << QByteArray("HS256") << int(QCryptographicHash::Sha256);
    QTest::newRow("HS384") << QByteArray("HS384") << int(QCryptographicHash::Sha384);
    QTest::newRow("HS512") << QByteArray("HS512") << int(QCryptographicHash::Sha512);
}

void TestVerifier::hmac_eachAlgorithm_isVerified()
{
    QFETCH(QByteArray, name);
    QFETCH(int, hash);
    const QByteArray token = signedWith(secret(), R"({"alg":")" + name + R"("})", R"({"id":"ann"})",
                                        static_cast<QCryptographicHash::Algorithm>(hash));
    QCOMPARE(outcome(verifierOf(secret()), token), QByteArray("ann"));
    QCOMPARE(outcome(verifierOf("another secret"), token), QByteArray("- signature"));
}

void TestVerifier::user_isReadByRule_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<QByteArray>("claim");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const char *payload, const char *expected, const char *claim = "") {
        QTest::newRow(name) << QByteArray(payload) << QByteArray(claim) << QByteArray(expected);
    };
    row("id first", R"({"userId":"c","sub":"b","id":"a"})", "a");
    row("then sub", R"({"userId":"c","sub":"b"})", "b");
    row("then userId", R"({"userId":"c"})", "c");
    row("none", R"({"name":"a"})", "- user");
    row("a claim that is set", R"({"id":"a","https://example.com/uid":"z"})", "z", "https://example.com/uid");
    row("a claim that is set and missing", R"({"id":"a"})", "- user", "uid");
    row("a number is its text", R"({"id":42})", "42");
    row("a negative number", R"({"id":-7})", "-7");
    row("the largest number", R"({"id":18446744073709551615})", "18446744073709551615");
    row("a fraction", R"({"id":1.5})", "- user");
    row("an exponent", R"({"id":1e3})", "- user");
    row("an empty one", R"({"id":"","sub":"b"})", "- user");
    row("null", R"({"id":null,"sub":"b"})", "- user");
    row("an object", R"({"id":{"$oid":"a"}})", "- user");
    row("an array", R"({"id":["a"]})", "- user");
    row("a boolean", R"({"id":true})", "- user");
    row("escapes are read", R"({"\u0069d":"\u0061nn"})", "ann");
    row("other alphabets", R"({"id":"Ünal 🦊"})", "Ünal 🦊");
    const QByteArray longest(128, 'x');
    QTest::newRow("128 characters") << R"({"id":")" + longest + R"("})" << QByteArray() << longest;
    QTest::newRow("129 characters") << R"({"id":")" + longest + R"(x"})" << QByteArray()
                                    << QByteArray("- user");
    const QByteArray accents = QByteArray("é").repeated(128);
    QTest::newRow("128 characters of two bytes")
        << R"({"id":")" + accents + R"("})" << QByteArray() << accents;
    const QByteArray foxes = QByteArray("🦊").repeated(65);
    QTest::newRow("130 UTF-16 units")
        << R"({"id":")" + foxes + R"("})" << QByteArray() << QByteArray("- user");
}

void TestVerifier::user_isReadByRule()
{
    QFETCH(QByteArray, payload);
    QFETCH(QByteArray, claim);
    QFETCH(QByteArray, expected);
    QCOMPARE(outcome(verifierOf(secret(), {{}, {}, claim, false}), tokenOf(payload)), expected);
}

void TestVerifier::time_isChecked_data()
{
    QTest::addColumn<QByteArray>("claims");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const QByteArray &claims, const char *expected) {
        QTest::newRow(name) << claims << QByteArray(expected);
    };
    const auto at = [](qint64 offset) { return QByteArray::number(nowSeconds + offset); };
    row("no time", "\"iat\":1", "ann");
    row("exp ahead", "\"exp\":" + at(1), "ann");
    row("exp within the leeway", "\"exp\":" + at(-29), "ann");
    row("exp at the end of the leeway", "\"exp\":" + at(-30), "- expired");
    row("exp a fraction before that", "\"exp\":" + at(-30) + ".5", "ann");
    row("exp long ago", "\"exp\":0", "- expired");
    row("exp negative", "\"exp\":-1", "- expired");
    row("exp minus zero", "\"exp\":-0.0", "- expired");
    row("exp with an exponent", "\"exp\":1.8e9", "ann");
    row("exp tiny", "\"exp\":1e-300", "- expired");
    row("exp in milliseconds", "\"exp\":1700000000000", "ann");
    row("exp at the end of time", "\"exp\":8640000000000", "ann");
    row("exp beyond it", "\"exp\":8640000000001", "- malformed");
    row("exp of 2^63", "\"exp\":9223372036854775808", "- malformed");
    row("exp of 2^64", "\"exp\":18446744073709551616", "- malformed");
    row("exp of -2^63", "\"exp\":-9223372036854775808", "- malformed");
    row("exp huge", "\"exp\":1e308", "- malformed");
    row("exp beyond a double", "\"exp\":1e999", "- malformed");
    row("exp of a thousand digits", "\"exp\":" + QByteArray(1000, '9'), "- malformed");
    row("exp a string", "\"exp\":\"" + at(60) + "\"", "- malformed");
    row("exp null", "\"exp\":null", "- malformed");
    row("exp an array", "\"exp\":[" + at(60) + "]", "- malformed");
    row("exp true", "\"exp\":true", "- malformed");
    row("nbf past", "\"nbf\":" + at(-1), "ann");
    row("nbf within the leeway", "\"nbf\":" + at(30), "ann");
    row("nbf beyond it", "\"nbf\":" + at(31), "- not yet valid");
    row("nbf negative", "\"nbf\":-5", "ann");
    row("nbf huge", "\"nbf\":1e300", "- malformed");
    row("nbf a string", "\"nbf\":\"1\"", "- malformed");
    row("iat ahead is nobody's business", "\"iat\":" + at(1000), "ann");
}

void TestVerifier::time_isChecked()
{
    QFETCH(QByteArray, claims);
    QFETCH(QByteArray, expected);
    QCOMPARE(outcome(verifierOf(secret()), tokenOf(R"({"id":"ann",)" + claims + '}')), expected);
}

void TestVerifier::expiry_thatIsDemanded_mustBeThere()
{
    const auth::Verifier strict = verifierOf(secret(), {{}, {}, {}, true});
    QCOMPARE(outcome(strict, tokenOf(R"({"id":"ann"})")), QByteArray("- expired"));
    QCOMPARE(outcome(strict, goodToken()), QByteArray("ann"));
}

void TestVerifier::expires_isToldWithItsFraction()
{
    const auto claims = verifierOf(secret()).verify(tokenOf(R"({"id":"ann","exp":1700000001.25})"), tokenNow);
    QVERIFY(claims);
    QCOMPARE(claims->expires->count(), 1'700'000'001'250);
    QVERIFY(!verifierOf(secret()).verify(tokenOf(R"({"id":"ann"})"), tokenNow)->expires);
}

void TestVerifier::issuerAndAudience_areChecked_data()
{
    QTest::addColumn<QByteArray>("claims");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const char *claims, const char *expected) {
        QTest::newRow(name) << QByteArray(claims) << QByteArray(expected);
    };
    row("both", R"("iss":"shop","aud":"chat")", "ann");
    row("the other issuer", R"("iss":"shop-2","aud":"chat")", "ann");
    row("one audience of several", R"("iss":"shop","aud":["web","chat"])", "ann");
    row("no issuer", R"("aud":"chat")", "- issuer");
    row("another issuer", R"("iss":"shop.evil","aud":"chat")", "- issuer");
    row("an issuer in another case", R"("iss":"Shop","aud":"chat")", "- issuer");
    row("issuers in an array", R"("iss":["shop"],"aud":"chat")", "- issuer");
    row("no audience", R"("iss":"shop")", "- audience");
    row("another audience", R"("iss":"shop","aud":"web")", "- audience");
    row("an empty array", R"("iss":"shop","aud":[])", "- audience");
    row("an array of arrays", R"("iss":"shop","aud":[["chat"]])", "- audience");
    row("an object", R"("iss":"shop","aud":{"chat":1})", "- audience");
    row("a part of it", R"("iss":"shop","aud":"cha")", "- audience");
}

void TestVerifier::issuerAndAudience_areChecked()
{
    QFETCH(QByteArray, claims);
    QFETCH(QByteArray, expected);
    const auth::Verifier verifier = verifierOf(secret(), {{"shop", "shop-2"}, {"chat"}, {}, false});
    QCOMPARE(outcome(verifier, tokenOf(R"({"id":"ann",)" + claims + '}')), expected);
}

void TestVerifier::chats_areRead_data()
{
    QTest::addColumn<QByteArray>("claim");
    QTest::addColumn<QByteArray>("expected"); // joined; "-": no such claim; "malformed"
    const auto row = [](const char *name, const char *claim, const char *expected) {
        QTest::newRow(name) << QByteArray(claim) << QByteArray(expected);
    };
    row("none", R"("x":1)", "-");
    row("two", R"("chats":["a","b"])", "a,b");
    row("numbers", R"("chats":[1,"b"])", "1,b");
    row("empty", R"("chats":[])", "");
    row("a string", R"("chats":"a")", "malformed");
    row("an empty id", R"("chats":[""])", "malformed");
    row("an object in it", R"("chats":[{}])", "malformed");
}

void TestVerifier::chats_areRead()
{
    QFETCH(QByteArray, claim);
    QFETCH(QByteArray, expected);
    const auto claims = verifierOf(secret()).verify(tokenOf(R"({"id":"ann",)" + claim + '}'), tokenNow);
    QCOMPARE(!claims         ? QByteArray(nameOf(claims.error()))
             : claims->chats ? claims->chats->join(',')
                             : QByteArray("-"),
             expected);
}

void TestVerifier::kid_choosesTheKey_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const char *header, const char *key, const char *expected) {
        QTest::newRow(name) << QByteArray(header) << QByteArray(key) << QByteArray(expected);
    };
    row("the new key", R"({"alg":"HS256","kid":"new"})", "the new secret", "ann");
    row("the old key", R"({"alg":"HS256","kid":"old"})", "the old secret", "ann");
    row("the wrong one of them", R"({"alg":"HS256","kid":"old"})", "the new secret", "- signature");
    row("no kid: any", R"({"alg":"HS256"})", "the old secret", "ann");
    row("no kid, none of them", R"({"alg":"HS256"})", "a foreign secret", "- signature");
    row("a kid that nobody has", R"({"alg":"HS256","kid":"older"})", "the old secret", "- unknown key");
    row("in another case", R"({"alg":"HS256","kid":"NEW"})", "the new secret", "- unknown key");
    row("an empty kid", R"({"alg":"HS256","kid":""})", "the new secret", "- unknown key");
    row("a kid that is a number", R"({"alg":"HS256","kid":1})", "the new secret", "- malformed");
    row("another algorithm than the key's", R"({"alg":"HS512","kid":"new"})", "the new secret",
        "- algorithm");
}

void TestVerifier::kid_choosesTheKey()
{
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, expected);
    const auth::Verifier verifier =
        verifierOf(R"({"keys":[{"kty":"oct","kid":"new","alg":"HS256","k":")" + base64Url("the new secret") +
                   R"("},{"kty":"oct","kid":"old","k":")" + base64Url("the old secret") + R"("}]})");
    QCOMPARE(outcome(verifier, signedWith(key, header, R"({"id":"ann"})")), expected);
}

QTEST_APPLESS_MAIN(TestVerifier)
#include "tst_verifier.moc"
