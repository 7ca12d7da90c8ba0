#include "Tokens.h"

#include "auth/KeySource.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace concierge;
using namespace concierge::test;

class TestKeySource : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void secretAndFile_areGoodTogether();
    void file_isReadAnew_whenItChanges();
    void file_thatBecomesBad_isToldOnce();
    void file_thatWasStrong_andIsWeakNow_changesNothing();
    void errors_nameTheSetting_data();
    void errors_nameTheSetting();

private:
    QString path() const { return m_folder.filePath(QStringLiteral("secret")); }
    void write(const QByteArray &text) const
    {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    static QByteArray tokenWith(const QByteArray &key)
    {
        return signedWith(key, R"({"alg":"HS256"})", R"({"id":"ann"})");
    }
    QTemporaryDir m_folder;
};

void TestKeySource::secretAndFile_areGoodTogether()
{
    write("from the file\r\n");
    auth::KeySource source({"from the variable", path(), {}, {}}, {});
    const auto verifier = source.load();
    QVERIFY(verifier);
    QCOMPARE(outcome(**verifier, tokenWith("from the variable")), QByteArray("ann"));
    QCOMPARE(outcome(**verifier, tokenWith("from the file")), QByteArray("ann")); // without its line's end
    QCOMPARE(outcome(**verifier, tokenWith("from nowhere")), QByteArray("- signature"));
}

void TestKeySource::file_isReadAnew_whenItChanges()
{
    write("old");
    auth::KeySource source({{}, path(), {}, {}}, {});
    QVERIFY(source.load());
    QVERIFY(!source.reload());
    write("new"); // as long, and perhaps within the same tick of the file's clock
    const auto anew = source.reload();
    QVERIFY(anew);
    QVERIFY(*anew);
    QCOMPARE(outcome(***anew, tokenWith("new")), QByteArray("ann"));
    QCOMPARE(outcome(***anew, tokenWith("old")), QByteArray("- signature"));
    QVERIFY(!source.reload());
}

void TestKeySource::file_thatBecomesBad_isToldOnce()
{
    write("good");
    auth::KeySource source({{}, path(), {}, {}}, {});
    QVERIFY(source.load());
    write("");
    const auto bad = source.reload();
    QVERIFY(bad);
    QVERIFY(!*bad);
    QVERIFY(!source.reload());
    write("good");
    const auto again = source.reload();
    QVERIFY(again);
    QVERIFY(*again);
}

void TestKeySource::file_thatWasStrong_andIsWeakNow_changesNothing()
{
    const QByteArray strong(48, 's');
    write(strong);
    auth::KeySource source({{}, path(), {}, {}}, {});
    QVERIFY(source.load());
    for (const QByteArray &half :
         {strong.first(3), QByteArray("null"), QByteArray(31, 's'), QByteArray(48, '\0')}) {
        write(half);
        const auto anew = source.reload();
        QVERIFY(anew);
        QVERIFY(!*anew);
        QVERIFY2(anew->error().text.startsWith(QStringLiteral("JWT_SECRET_FILE: ")),
                 qPrintable(anew->error().text));
    }
    write(QByteArray(32, 't'));
    const auto anew = source.reload();
    QVERIFY(anew && *anew);
}

void TestKeySource::errors_nameTheSetting_data()
{
    QTest::addColumn<QByteArray>("secret");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("says");
    QTest::newRow("a file that is missing") << QByteArray() << m_folder.filePath(QStringLiteral("missing"))
                                            << QStringLiteral("JWT_SECRET_FILE: cannot read ");
    QTest::newRow("a folder") << QByteArray() << m_folder.path()
                              << QStringLiteral("JWT_SECRET_FILE: cannot read ");
    QTest::newRow("zero bytes") << QByteArray(40, '\0') << QString()
                                << QStringLiteral("JWT_SECRET: its secret holds nothing but zero bytes");
    QTest::newRow("a JWK of zero bytes") << QByteArray(R"({"keys":[{"kty":"oct","k":"AAAA"}]})") << QString()
                                         << QStringLiteral("JWT_SECRET: its secret holds nothing");
    QTest::newRow("a bad secret") << QByteArray("{") << QString()
                                  << QStringLiteral("JWT_SECRET: it begins with");
}

void TestKeySource::errors_nameTheSetting()
{
    QFETCH(QByteArray, secret);
    QFETCH(QString, file);
    QFETCH(QString, says);
    const auto loaded = auth::KeySource({secret, file, {}, {}}, {}).load();
    QVERIFY(!loaded);
    QVERIFY2(loaded.error().text.startsWith(says), qPrintable(loaded.error().text));
}

QTEST_APPLESS_MAIN(TestKeySource)
#include "tst_key_source.moc"
