#include "Tokens.h"

#include "auth/SecretKey.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;

class TestKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void secrets_areRead_data();
    void secrets_areRead();
    void secrets_thatAreNone_areNamed_data();
    void secrets_thatAreNone_areNamed();
    void aSecret_isTakenToTheByte();
    void constantTime_comparesAsUsual_data();
    void constantTime_comparesAsUsual();
};

void TestKeys::secrets_areRead_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("count");
    QTest::newRow("one") << QByteArray("swordfish") << 1;
    QTest::newRow("with braces within") << QByteArray("a{b}=c,d") << 1;
    QTest::newRow("a set")
        << QByteArray(R"({"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"oct","kid":"b","k":"BBBB"}]})") << 2;
    QTest::newRow("a set with white space around")
        << QByteArray("\n {\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}\n") << 1;
    QTest::newRow("what is for encryption is passed over")
        << QByteArray(
               R"({"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"oct","use":"enc","k":"BBBB"},{"kty":"oct","alg":"A128KW","k":"BBBB"}]})")
        << 1;
}

void TestKeys::secrets_areRead()
{
    QFETCH(QByteArray, text);
    QFETCH(int, count);
    const auto keys = auth::readSecrets(text);
    QVERIFY(keys);
    QCOMPARE(int(keys->size()), count);
}

void TestKeys::secrets_thatAreNone_areNamed_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const char *text, const char *says) {
        QTest::newRow(name) << QByteArray(text) << QString::fromUtf8(says);
    };
    row("empty", "", "is empty");
    row("white space", " \n ", "is empty");
    row("a brace, no JSON", "{swordfish", "no JWK Set");
    row("a set without keys", R"({"keys":{}})", "no JWK Set");
    row("keys twice", R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}],"keys":[]})", "no JWK Set");
    row("an empty set", R"({"keys":[]})", "has no key");
    row("keys that are none", R"({"keys":["AAAA"]})", "must be objects");
    row("a member twice", R"({"keys":[{"kty":"oct","k":"c2VjcmV0","k":"BBBB"}]})", "a member twice");
    row("no k", R"({"keys":[{"kty":"oct"}]})", "needs its secret");
    row("an empty k", R"({"keys":[{"kty":"oct","k":""}]})", "needs its secret");
    row("k with padding", R"({"keys":[{"kty":"oct","k":"AA=="}]})", "needs its secret");
    row("a public key", R"({"keys":[{"kty":"RSA","n":"AAAA","e":"AQAB"}]})", "JWT_PUBLIC_KEY_FILE");
    row("an alg of another family", R"({"keys":[{"kty":"oct","alg":"RS256","k":"c2VjcmV0"}]})",
        "not of the type");
    row("PEM, which an attacker would sign with",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "JWT_PUBLIC_KEY");
}

void TestKeys::secrets_thatAreNone_areNamed()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const auto keys = auth::readSecrets(text);
    QVERIFY(!keys);
    QVERIFY2(keys.error().text.contains(says), qPrintable(keys.error().text));
    QVERIFY2(!keys.error().text.contains(QLatin1String("swordfish")), qPrintable(keys.error().text));
}

void TestKeys::aSecret_isTakenToTheByte()
{
    QCOMPARE(outcome(verifierOf(" spaces around "),
                     signedWith(" spaces around ", R"({"alg":"HS256"})", R"({"id":"ann"})")),
             QByteArray("ann"));
    QCOMPARE(outcome(verifierOf(" spaces around "),
                     signedWith("spaces around", R"({"alg":"HS256"})", R"({"id":"ann"})")),
             QByteArray("- signature"));
}

void TestKeys::constantTime_comparesAsUsual_data()
{
    QTest::addColumn<QByteArray>("a");
    QTest::addColumn<QByteArray>("b");
    QTest::newRow("equal") << QByteArray("abc") << QByteArray("abc");
    QTest::newRow("first differs") << QByteArray("abc") << QByteArray("xbc");
    QTest::newRow("last differs") << QByteArray("abc") << QByteArray("abx");
    QTest::newRow("shorter") << QByteArray("abc") << QByteArray("ab");
    QTest::newRow("empty") << QByteArray() << QByteArray();
    QTest::newRow("differences that cancel each other") << QByteArray("ab") << QByteArray("ba");
    QTest::newRow("NUL") << QByteArray("a\0b", 3) << QByteArray("a\0c", 3);
}

void TestKeys::constantTime_comparesAsUsual()
{
    QFETCH(QByteArray, a);
    QFETCH(QByteArray, b);
    QCOMPARE(auth::isEqualInConstantTime(a, b), a == b);
}

QTEST_APPLESS_MAIN(TestKeys)
#include "tst_keys.moc"
