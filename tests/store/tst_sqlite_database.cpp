#include "store/SqliteDatabase.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#include <unistd.h>
#endif

using namespace concierge::store;

namespace {

constexpr auto onlyOwner = QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser;

/// The one line of the error, without the folder's name; empty: it opened.
QString tryOpen(const DatabaseOptions &options)
{
    const auto opened = SqliteDatabase::open(options);
    if (opened)
        return {};
    QString line = opened.error().line;
    return line.replace(DataFolder::absolutePath(options.folder), QStringLiteral("/data"));
}

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

#ifdef Q_OS_UNIX
/// Root may do anything: for as long as this lives, the process is nobody.
class AsNobody
{
public:
    AsNobody()
    {
#ifdef Q_OS_LINUX
        if (::geteuid() == 0)
            m_isChanged = ::setresuid(65'534, 65'534, 0) == 0;
#endif
    }
    ~AsNobody()
    {
#ifdef Q_OS_LINUX
        if (m_isChanged && ::setresuid(0, 0, 0) != 0)
            qFatal("cannot be root again");
#endif
    }

private:
    bool m_isChanged = false;
};
#endif

} // namespace

class TestSqliteDatabase : public QObject
{
    Q_OBJECT

private:
    QString path(const char *name = "concierge.db") const
    {
        return m_options.folder + u'/' + QLatin1String(name);
    }
    /// Of a database that is not open.
    void change(const char *sql) const
    {
        SqliteConnection connection(path(), SqliteConnection::Access::Write);
        QVERIFY(connection.open());
        QVERIFY2(connection.run(QLatin1String(sql)), qPrintable(connection.error().text()));
    }
    QVariant valueOf(const char *sql) const
    {
        SqliteConnection connection(path(), SqliteConnection::Access::Read);
        return connection.open() ? connection.value(QLatin1String(sql)).value_or(QVariant()) : QVariant();
    }

    std::unique_ptr<QTemporaryDir> m_temporary;
    DatabaseOptions m_options;

private Q_SLOTS:
    void init()
    {
        m_temporary = std::make_unique<QTemporaryDir>();
        m_options = {m_temporary->filePath(QStringLiteral("a/b/data"))};
    }

    void open_missingFolder_makesAllOfItForItsOwnerAlone()
    {
        const auto database = SqliteDatabase::open(m_options);
        QVERIFY2(database.hasValue(), database ? "" : qPrintable(database.error().line));
        for (const auto *name : {"concierge.db", "concierge.lock", "concierge.db-wal", "concierge.db-shm"}) {
            QVERIFY2(QFileInfo(path(name)).isFile(), name);
#ifdef Q_OS_UNIX
            QCOMPARE(QFile::permissions(path(name)), onlyOwner);
#endif
        }
#ifdef Q_OS_UNIX
        for (const auto *part : {"a", "a/b", "a/b/data"})
            QCOMPARE(QFile::permissions(m_temporary->filePath(QLatin1String(part))),
                     onlyOwner | QFile::ExeOwner | QFile::ExeUser);
#endif
        QCOMPARE((*database)->secret().size(), 32);
        QCOMPARE((*database)->run(), qint64(1));
    }

    void open_again_isTheNextRunWithTheSameSecret()
    {
        const QByteArray secret = (*SqliteDatabase::open(m_options))->secret();
        const auto database = SqliteDatabase::open(m_options);
        QCOMPARE((*database)->secret(), secret);
        QCOMPARE((*database)->run(), qint64(2));
    }

    void open_new_isOfThisProgramAndTheLatestVersion()
    {
        QCOMPARE(tryOpen(m_options), QString());
        QCOMPARE(valueOf("PRAGMA application_id").toInt(), applicationId);
        QCOMPARE(valueOf("PRAGMA user_version").toInt(), int(schemaUpgrades().size()));
    }

    void durability_decidesWhetherCommitsWaitForTheDisk()
    {
        for (const auto &[durability, level] :
             {std::pair(Durability::Full, 2), std::pair(Durability::Relaxed, 1)}) {
            m_options.durability = durability;
            const auto database = SqliteDatabase::open(m_options);
            SqliteConnection &connection = (*database)->connection();
            QCOMPARE(connection.value(QStringLiteral("PRAGMA synchronous"))->toInt(), level);
            QCOMPARE(connection.value(QStringLiteral("PRAGMA journal_mode"))->toString(),
                     QStringLiteral("wal"));
        }
    }

    void open_whileAnotherHasIt_saysWhichProcess()
    {
        const auto first = SqliteDatabase::open(m_options);
        QCOMPARE(
            tryOpen(m_options),
            QStringLiteral("DATA_DIR: cannot use /data: another concierge (process %1) is using it; stop "
                           "it, or give each server a folder of its own")
                .arg(QCoreApplication::applicationPid()));
    }

    void open_afterTheOtherWasKilled_takesItsPlace()
    {
        QProcess other;
        other.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("--open-for-ever"), m_options.folder});
        QVERIFY(other.waitForReadyRead(30'000));
        QVERIFY(tryOpen(m_options).contains(QStringLiteral("(process %1)").arg(other.processId())));
        other.kill();
        other.waitForFinished();
        QVERIFY(QFile::exists(path("concierge.lock")));
        QCOMPARE(tryOpen(m_options), QString());
    }

    void open_withALockOfAnotherSystem_takesItWhereNobodyHoldsIt()
    {
        QCOMPARE(tryOpen(m_options), QString());
        // A container that was killed: its host is gone, or has our name and another process with its number.
        for (const QByteArray &host : {QByteArray("elsewhere"), QSysInfo::machineHostName().toUtf8()}) {
            write(path("concierge.lock"), QByteArray::number(QCoreApplication::applicationPid()) + '\n' +
                                              QCoreApplication::applicationName().toUtf8() + '\n' + host +
                                              "\n\n\n");
            QCOMPARE(tryOpen(m_options), QString());
        }
    }

    void open_ofANewerVersion_namesBoth()
    {
        QCOMPARE(tryOpen(m_options), QString());
        change("PRAGMA user_version = 7");
        QCOMPARE(tryOpen(m_options),
                 QStringLiteral("DATA_DIR: cannot use /data: concierge.db is of version 7, and this program "
                                "knows versions up to %1; start the newer program, or put an older backup in "
                                "its place: concierge restore FILE")
                     .arg(schemaUpgrades().size()));
        QCOMPARE(valueOf("PRAGMA user_version").toInt(), 7);
    }

    void open_ofAnotherProgramsDatabase_isRefused()
    {
        const QString line =
            QStringLiteral("DATA_DIR: cannot use /data: concierge.db is another program's database; name "
                           "another folder, or move the file away");
        QVERIFY(QDir().mkpath(m_options.folder));
        change("CREATE TABLE cookies (name)");
        QCOMPARE(tryOpen(m_options), line);
        change("PRAGMA application_id = 1234");
        QCOMPARE(tryOpen(m_options), line);
        QCOMPARE(valueOf("SELECT count(*) FROM sqlite_master").toInt(), 1);
    }

    void open_ofADamagedFile_saysHowToRestore_data()
    {
        QTest::addColumn<QByteArray>("content"); // empty: the middle of a real one
        QTest::addColumn<QString>("why");
        QTest::newRow("a text") << QByteArray("Dear diary, ").repeated(1'000)
                                << QStringLiteral("file is not a database");
        QTest::newRow("zeroes") << QByteArray(20'000, '\0') << QStringLiteral("file is not a database");
        QTest::newRow("the first page alone is right")
            << QByteArray() << QStringLiteral("database disk image is malformed");
    }
    void open_ofADamagedFile_saysHowToRestore()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, why);
        QCOMPARE(tryOpen(m_options), QString());
        if (content.isEmpty()) {
            QFile file(path());
            QVERIFY(file.open(QIODevice::ReadOnly));
            content = file.readAll();
            content.replace(4'096, content.size() - 4'096, QByteArray(content.size() - 4'096, '\xff'));
        }
        write(path(), content);
        QCOMPARE(
            tryOpen(m_options),
            QStringLiteral("DATA_DIR: cannot use /data: concierge.db is damaged (%1); put a backup in its "
                           "place: concierge restore FILE")
                .arg(why));
        QFile file(path());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), content);
    }

    void open_afterARestoreThatWasInterrupted_isRefused()
    {
        QVERIFY(QDir().mkpath(m_options.folder));
        write(path("concierge.db.restoring"), "half");
        QCOMPARE(tryOpen(m_options),
                 QStringLiteral("DATA_DIR: cannot use /data: a restore into it was interrupted; do it again: "
                                "concierge restore FILE"));
    }

    void open_ofAFile_saysSo()
    {
        write(m_temporary->filePath(QStringLiteral("a")), "x");
        QVERIFY(tryOpen(m_options).endsWith(QLatin1String("/a is a file; name a folder")));
        m_options.folder = m_temporary->filePath(QStringLiteral("a"));
        QCOMPARE(tryOpen(m_options),
                 QStringLiteral("DATA_DIR: cannot use /data: it is a file; name a folder"));
    }

    void open_whereTheDatabaseIsAFolder_saysSo()
    {
        QVERIFY(QDir().mkpath(path()));
        QCOMPARE(tryOpen(m_options),
                 QStringLiteral("DATA_DIR: cannot use /data: concierge.db in it is no file; move it away"));
    }

#ifdef Q_OS_UNIX
    void open_whereNothingMayBeMade_saysSo()
    {
        ::chmod(m_temporary->path().toLocal8Bit(), 0755);
        const AsNobody nobody;
        QCOMPARE(
            tryOpen(m_options),
            QStringLiteral("DATA_DIR: cannot use /data: the folder cannot be made, for this user may not "
                           "write to %1; make it, and give it to this user")
                .arg(m_temporary->path()));
    }

    void open_ofAFolderThatIsNotOurs_saysSo()
    {
        QCOMPARE(tryOpen(m_options), QString());
        for (QString part = m_options.folder; part != QDir::tempPath(); part = QFileInfo(part).path())
            ::chmod(part.toLocal8Bit(), 0555);
        {
            const AsNobody nobody;
            QCOMPARE(tryOpen(m_options),
                     QStringLiteral("DATA_DIR: cannot use /data: this user may not write to it; give it to "
                                    "this user"));
        }
        for (QString part = m_options.folder; part != QDir::tempPath(); part = QFileInfo(part).path())
            ::chmod(part.toLocal8Bit(), 0755);
    }

    void open_ofAFileThatIsNotOurs_saysSo()
    {
        QCOMPARE(tryOpen(m_options), QString());
        for (QString part = m_options.folder; part != QDir::tempPath(); part = QFileInfo(part).path())
            ::chmod(part.toLocal8Bit(), 0777);
        ::chmod(path().toLocal8Bit(), 0444);
        {
            const AsNobody nobody;
            if (QFileInfo(path()).isWritable())
                QSKIP("the file is this user's own");
            QCOMPARE(tryOpen(m_options),
                     QStringLiteral("DATA_DIR: cannot use /data: concierge.db cannot be opened for writing; "
                                    "give it, the files beside it and the folder to this user"));
        }
    }
#endif

    void upgrade_fromAnEarlierVersion_keepsWhatIsThere()
    {
        QCOMPARE(tryOpen(m_options), QString());
        m_options.upgrades.emplace_back("-- a comment; with a semicolon\nCREATE TABLE more (x);\n"
                                        "INSERT INTO more VALUES\n  (7);\n");
        m_options.upgrades.emplace_back("ALTER TABLE more ADD COLUMN y;");
        const auto database = SqliteDatabase::open(m_options);
        QVERIFY2(database.hasValue(), database ? "" : qPrintable(database.error().line));
        QCOMPARE((*database)->run(), qint64(2));
        SqliteConnection &connection = (*database)->connection();
        QCOMPARE(connection.value(QStringLiteral("PRAGMA user_version"))->toUInt(),
                 m_options.upgrades.size());
        QCOMPARE(connection.value(QStringLiteral("SELECT x FROM more"))->toInt(), 7);
        QVERIFY(connection.value(QStringLiteral("SELECT count(y) FROM more")));
    }

    void upgrade_thatFails_leavesTheVersionBefore()
    {
        QCOMPARE(tryOpen(m_options), QString());
        const auto versions = m_options.upgrades.size();
        m_options.upgrades.emplace_back("CREATE TABLE more (x);\nCREATE TABLE meta (x);\n");
        QCOMPARE(
            tryOpen(m_options),
            QStringLiteral("DATA_DIR: cannot use /data: it could not be taken to version %1, and is as it "
                           "was: concierge.db: table meta already exists")
                .arg(versions + 1));
        QCOMPARE(valueOf("PRAGMA user_version").toUInt(), versions);
        QCOMPARE(valueOf("SELECT count(*) FROM sqlite_master WHERE name = 'more'").toInt(), 0);
        m_options = {m_options.folder};
        QCOMPARE(tryOpen(m_options), QString());
    }

    /// The file as a kill leaves it in the middle of an upgrade: a transaction that was not committed.
    void upgrade_thatWasKilled_isDoneAgain()
    {
        QProcess other;
        other.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("--upgrade-for-ever"), m_options.folder});
        QVERIFY(other.waitForReadyRead(30'000));
        // So much of it is in the log that it is in its midst.
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(path("concierge.db-wal")).size() > 1'000'000, 60'000);
        other.kill();
        other.waitForFinished();
        QCOMPARE(tryOpen(m_options), QString());
        QCOMPARE(valueOf("PRAGMA user_version").toUInt(), m_options.upgrades.size());
        QCOMPARE(valueOf("SELECT count(*) FROM sqlite_master WHERE name = 'more'").toInt(), 0);
    }
};

static int beAnother(const QString &what, const QString &folder)
{
    DatabaseOptions options{folder};
    if (what == QLatin1String("--upgrade-for-ever")) {
        std::puts("begin");
        std::fflush(stdout);
        options.upgrades.emplace_back(
            "CREATE TABLE more (x);\nINSERT INTO more WITH RECURSIVE n(i) AS (SELECT 1 "
            "UNION ALL SELECT i + 1 FROM n LIMIT 100000000) SELECT i FROM n;\n");
    }
    const auto database = SqliteDatabase::open(options);
    std::puts(database ? "open" : qPrintable(database.error().line));
    std::fflush(stdout);
    for (;;)
        QThread::sleep(60);
}

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    if (argc == 3 && argv[1][0] == '-' && argv[1][1] == '-')
        return beAnother(QString::fromLocal8Bit(argv[1]), QString::fromLocal8Bit(argv[2]));
    TestSqliteDatabase test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_sqlite_database.moc"
