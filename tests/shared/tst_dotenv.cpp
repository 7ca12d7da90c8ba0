#include "shared/DotEnv.h"

#include <QtTest>

#ifdef Q_OS_UNIX
#include <unistd.h>
#endif

using namespace concierge;

namespace {

Result<DotEnv, DotEnvError> readBytes(const QByteArray &bytes)
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral(".env")));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        return DotEnvError{QStringLiteral("the test cannot write its file")};
    file.close();
    return readDotEnv(file.fileName());
}

} // namespace

class DotEnvTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void read_line_asDotenvDoes_data();
    void read_line_asDotenvDoes();
    void read_seedsFile_givesItsFiveSettings();
    void parse_oddLines_areTold();
    void read_missingFile_isEmpty();
    void read_whatIsNoReadableTextFile_saysWhy_data();
    void read_whatIsNoReadableTextFile_saysWhy();
    void read_withoutPermission_saysWhy();
};

void DotEnvTest::read_line_asDotenvDoes_data()
{
    // Each expectation but UTF-16 was compared with npm's dotenv 16, which does not know that.
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("a"); // null: no such name
    const auto row = [](const char *name, QByteArray bytes, const QString &a) {
        QTest::newRow(name) << bytes << a;
    };
    row("plain", "A=1", QStringLiteral("1"));
    row("blanks around", "  A = 1  ", QStringLiteral("1"));
    row("export", "export A=1", QStringLiteral("1"));
    row("colon", "A: 1", QStringLiteral("1"));
    row("comment line", "# A=0\nA=1\n#A=2", QStringLiteral("1"));
    row("comment behind", "A=1 # one", QStringLiteral("1"));
    row("comment without blank", "A=1#one", QStringLiteral("1"));
    row("hash in quotes", "A=\"1 # one\"", QStringLiteral("1 # one"));
    row("comment behind quotes", "A='1' # one", QStringLiteral("1"));
    row("single quotes", "A='a\\nb'", QStringLiteral("a\\nb"));
    row("double quotes", "A=\"a\\nb\"", QStringLiteral("a\nb"));
    row("back quotes", "A=`it's \"x\"`", QStringLiteral("it's \"x\""));
    row("quoted blanks", "A=\"  1 \"", QStringLiteral("  1 "));
    row("quote that is escaped", "A='it\\'s'", QStringLiteral("it\\'s"));
    row("backslash before the closing quote", "A='C:\\'\nB=2", QStringLiteral("C:\\"));
    row("two backslashes before it", "A=\"C:\\\\\" # x", QStringLiteral("C:\\\\"));
    row("behind a quote that is long", "B='" + QByteArray(900'000, 'x') + "'\nA=1", QStringLiteral("1"));
    row("behind a text of many lines", "B=\"" + QByteArray("a\n").repeated(400'000) + "\"\nA=1",
        QStringLiteral("1"));
    row("behind many escaped quotes", "B=`" + QByteArray("\\`").repeated(1'000) + "`\nA=1",
        QStringLiteral("1"));
    row("several lines", "A=\"a\nb\"\nB=2", QStringLiteral("a\nb"));
    row("quote never closed", "A=\"1\nB=2", QStringLiteral("\"1"));
    row("equals in value", "A=b=c", QStringLiteral("b=c"));
    row("empty", "A=\nB=2", QString(QLatin1String("")));
    row("empty quotes", "A=\"\"", QString(QLatin1String("")));
    row("later one wins", "A=1\nA=2", QStringLiteral("2"));
    row("CRLF", "A=1\r\nB=2\r\n", QStringLiteral("1"));
    row("CR", "B=1\rA=2\r", QStringLiteral("2"));
    row("byte order mark",
        "\xEF\xBB\xBF"
        "A=1",
        QStringLiteral("1"));
    row("UTF-16 of Windows' editor",
        QByteArray("\xFF\xFE"
                   "A\0=\0"
                   "1\0",
                   8),
        QStringLiteral("1"));
    row("UTF-8", "A=\xC3\xBC", QStringLiteral(u"\u00FC"));
    row("no equals sign", "A", QString());
    row("other name", "AA=1", QString());
    row("nothing", "", QString());
}

void DotEnvTest::read_line_asDotenvDoes()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, a);
    const auto values = readBytes(bytes);
    QVERIFY(values);
    const QString name = QStringLiteral("A");
    QCOMPARE(values->contains(name), !a.isNull());
    QCOMPARE(values->value(name), a);
}

void DotEnvTest::read_seedsFile_givesItsFiveSettings()
{
    const auto values =
        readBytes("# Server Configuration\nPORT=4000\n\n# CORS Configuration\n"
                  "CLIENT_URL=http://localhost:3000\n\n# Environment\nNODE_ENV=development\n\n"
                  "# Logging\nLOG_LEVEL=info\n\n# Redis (for scaling - optional)\n"
                  "REDIS_URL=redis://localhost:6379\n");
    QVERIFY(values);
    const DotEnv expected{{QStringLiteral("PORT"), QStringLiteral("4000")},
                          {QStringLiteral("CLIENT_URL"), QStringLiteral("http://localhost:3000")},
                          {QStringLiteral("NODE_ENV"), QStringLiteral("development")},
                          {QStringLiteral("LOG_LEVEL"), QStringLiteral("info")},
                          {QStringLiteral("REDIS_URL"), QStringLiteral("redis://localhost:6379")}};
    QCOMPARE(*values, expected);
}

void DotEnvTest::parse_oddLines_areTold()
{
    QList<OddLine> odd;
    const auto values =
        parseDotEnv("\n# note\nset A=1\nB=2 # two\n\nC : 3\n  # more\nD='x\ny'\nE\n$env:F=1", &odd);
    QVERIFY(values);
    QCOMPARE(values->size(), 2); // B and D
    QStringList lines;
    for (const OddLine &line : odd)
        lines.append(QString::number(line.number) + u' ' + line.text);
    QCOMPARE(lines, (QStringList{QStringLiteral("3 set A=1"), QStringLiteral("6 C : 3"),
                                 QStringLiteral("10 E"), QStringLiteral("11 $env:F=1")}));
}

void DotEnvTest::read_missingFile_isEmpty()
{
    const QTemporaryDir folder;
    const auto values = readDotEnv(folder.filePath(QStringLiteral(".env")));
    QVERIFY(values);
    QVERIFY(values->isEmpty());
}

void DotEnvTest::read_whatIsNoReadableTextFile_saysWhy_data()
{
    QTest::addColumn<QByteArray>("bytes"); // null: a folder in its place
    QTest::addColumn<QString>("why");
    QTest::newRow("folder") << QByteArray() << QStringLiteral("it is a folder");
    QTest::newRow("bytes") << QByteArray("A=\xFF\xFF\n") << QStringLiteral("it is not UTF-8");
    QTest::newRow("escapes without end")
        << "A=1\n# x\nB=\"" + QByteArray("\\\"").repeated(500'000) + "\"\nJWT_SECRET=1"
        << QStringLiteral("from line 1 on a value has too many escaped quotes");
    QTest::newRow("large") << QByteArray(1'048'577, 'A') << QStringLiteral("it is larger than 1 MiB");
}

void DotEnvTest::read_whatIsNoReadableTextFile_saysWhy()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, why);
    const QTemporaryDir folder;
    const auto values = bytes.isNull() ? readDotEnv(folder.path()) : readBytes(bytes);
    QVERIFY(!values);
    QVERIFY2(values.error().line.startsWith(QLatin1String("cannot read ")), qPrintable(values.error().line));
    QVERIFY2(values.error().line.contains(why), qPrintable(values.error().line));
    QVERIFY(!values.error().line.contains(u'\n'));
}

void DotEnvTest::read_withoutPermission_saysWhy()
{
#ifdef Q_OS_UNIX
    if (::geteuid() == 0)
        QSKIP("root may read everything; the folder in place of the file shows the same path of the code");
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral(".env")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    QVERIFY(file.setPermissions(QFileDevice::Permissions()));
    const auto values = readDotEnv(file.fileName());
    QVERIFY(!values);
    QVERIFY2(values.error().line.contains(file.fileName()), qPrintable(values.error().line));
#else
    QSKIP("permissions of Unix");
#endif
}

QTEST_GUILESS_MAIN(DotEnvTest)
#include "tst_dotenv.moc"
