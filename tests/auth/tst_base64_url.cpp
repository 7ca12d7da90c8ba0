#include "auth/Base64Url.h"

#include <QTest>

using namespace concierge;

class TestBase64Url : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void decode_takesWhatIsWrittenStrictly_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("nothing") << QByteArray("") << QByteArray("");
        QTest::newRow("one byte") << QByteArray("Zg") << QByteArray("f");
        QTest::newRow("two bytes") << QByteArray("Zm8") << QByteArray("fo");
        QTest::newRow("three bytes") << QByteArray("Zm9v") << QByteArray("foo");
        QTest::newRow("both characters of URLs") << QByteArray("-_-_") << QByteArray("\xfb\xff\xbf");
        QTest::newRow("NUL") << QByteArray("AA") << QByteArray(1, '\0');
    }
    void decode_takesWhatIsWrittenStrictly()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, bytes);
        const auto decoded = auth::decodeBase64Url(QByteArrayView(text));
        QVERIFY(decoded);
        QCOMPARE(*decoded, bytes);
    }

    void decode_refusesTheRest_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("padding") << QByteArray("Zg==");
        QTest::newRow("half of the padding") << QByteArray("Zg=");
        QTest::newRow("padding alone") << QByteArray("====");
        QTest::newRow("plain base64's characters") << QByteArray("+/+/");
        QTest::newRow("a length that cannot be") << QByteArray("Zm9vY");
        QTest::newRow("bits that are left over, one byte") << QByteArray("Zh");
        QTest::newRow("bits that are left over, two bytes") << QByteArray("Zm9");
        QTest::newRow("white space within") << QByteArray("Zm 9v");
        QTest::newRow("a line break behind") << QByteArray("Zm9v\n");
        QTest::newRow("NUL behind") << QByteArray("Zm9v\0", 5);
        QTest::newRow("a dot") << QByteArray("Zm.v");
        QTest::newRow("a character beyond ASCII") << QByteArray("Zm9\xc3\xb6");
    }
    void decode_refusesTheRest()
    {
        QFETCH(QByteArray, text);
        QVERIFY(!auth::decodeBase64Url(QByteArrayView(text)));
    }
};

QTEST_APPLESS_MAIN(TestBase64Url)
#include "tst_base64_url.moc"
