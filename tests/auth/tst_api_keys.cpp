#include "auth/ApiKeys.h"

#include <QtTest>

using namespace concierge::auth;

class ApiKeysTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void load_bringsTheKeyThenThoseOfTheFile();
    void load_ofWhatIsNoKey_saysSoWithoutIt_data();
    void load_ofWhatIsNoKey_saysSoWithoutIt();
    void reload_tellsOnceOfEachChange();
    void isApiKey_isOneOfThem();

private:
    QTemporaryDir m_folder;
    QString write(const QByteArray &content)
    {
        QFile file(m_folder.filePath(QStringLiteral("keys")));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write");
        return file.fileName();
    }
};

namespace {

const QByteArray one(32, 'a');
const QByteArray two(16, '~');

} // namespace

void ApiKeysTest::load_bringsTheKeyThenThoseOfTheFile()
{
    ApiKeySource source({one, write("\n" + two + "\r\n" + one + "\n")});
    const auto loaded = source.load();
    QVERIFY(loaded.hasValue());
    QCOMPARE(loaded.value(), (QByteArrayList{one, two}));
}

void ApiKeysTest::load_ofWhatIsNoKey_saysSoWithoutIt_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("why");
    QTest::newRow("short") << QByteArray("s3cret") << QByteArray()
                           << QStringLiteral("API_KEY: a key has 16 to 512");
    QTest::newRow("long") << QByteArray(513, 's') << QByteArray() << QStringLiteral("this one has 513");
    QTest::newRow("a space") << QByteArray("s3cret s3cret s3cret") << QByteArray()
                             << QStringLiteral("no spaces");
    QTest::newRow("UTF-8") << QByteArray("s3cret\xc3\xa4s3cret s3cret") << QByteArray()
                           << QStringLiteral("ASCII");
    QTest::newRow("in the file") << one << QByteArray("s3cret") << QStringLiteral("API_KEY_FILE: a key has");
    QTest::newRow("an empty file") << QByteArray() << QByteArray("\n \n")
                                   << QStringLiteral("there is no key in it");
}

void ApiKeysTest::load_ofWhatIsNoKey_saysSoWithoutIt()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, file);
    QFETCH(QString, why);
    ApiKeySource source({key, file.isEmpty() ? QString() : write(file)});
    const auto loaded = source.load();
    QVERIFY(!loaded.hasValue());
    QVERIFY2(loaded.error().text.contains(why), qPrintable(loaded.error().text));
    QVERIFY(!loaded.error().text.contains(QLatin1String("s3cret")));
}

void ApiKeysTest::reload_tellsOnceOfEachChange()
{
    const QString path = write(one);
    ApiKeySource source({{}, path});
    QVERIFY(source.load().hasValue());
    QVERIFY(!source.reload());
    write(one + '\n' + two);
    const auto changed = source.reload();
    QVERIFY(changed && changed->hasValue());
    QCOMPARE(changed->value().size(), 2);
    QVERIFY(QFile::remove(path));
    const auto gone = source.reload();
    QVERIFY(gone && !gone->hasValue());
    QVERIFY(!source.reload()); // that it is gone is said once
}

void ApiKeysTest::isApiKey_isOneOfThem()
{
    QVERIFY(isApiKey(one, {two, one}));
    QVERIFY(!isApiKey(one, {two}));
    QVERIFY(!isApiKey(one.chopped(1), {one}));
    QVERIFY(!isApiKey(one + 'a', {one}));
    QVERIFY(!isApiKey({}, {one}));
    QVERIFY(!isApiKey(one, {}));
}

QTEST_GUILESS_MAIN(ApiKeysTest)
#include "tst_api_keys.moc"
