#include "SqliteFixture.h"
#include "store/Backup.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

#include <atomic>
#include <thread>

using namespace concierge;
using namespace concierge::test;

class TestBackup : public QObject
{
    Q_OBJECT

private:
    QString file(const char *name) const { return m_folder->filePath(QLatin1String(name)); }
    QString data() const { return file("data"); }
    /// What it said, with the test's folder as /t.
    QString backUp(const char *name) { return said(store::backUp(data(), file(name))); }
    QString restore(const char *name) { return said(store::restore(data(), file(name))); }
    QString said(const Result<store::Done, store::StoreError> &result) const
    {
        QString line = result ? result->line : result.error().line;
        return line.replace(m_folder->path(), QStringLiteral("/t"));
    }
    void open() { client.use(home->open()); }
    void append(const char *id)
    {
        client.append("bob", QByteArray(id));
        client.settle();
    }
    QStringList names() const { return QDir(data()).entryList(QDir::Files | QDir::Hidden, QDir::Name); }
    static void damage(const QString &path)
    {
        QFile damaged(path);
        if (!damaged.open(QIODevice::ReadWrite) || !damaged.seek(4'096))
            qFatal("cannot open what is to be damaged");
        damaged.write(QByteArray(static_cast<int>(damaged.size()) - 4'096, '\xff'));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<SqliteHome> home;
    InboxClient client;

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        home = std::make_unique<SqliteHome>(data());
        open();
    }
    void cleanup() { client.end(); }

    void backUp_ofAServerThatRuns_hasWhatWasStored()
    {
        append("1");
        client.inbox().addMember(ChatId("flat"), UserId("ann"), {});
        append("2");
        const QByteArray secret = client.inbox().secret();
        QVERIFY(
            QRegularExpression(QStringLiteral("^backed up /t/data/concierge.db to /t/b.db \\(\\d+ bytes\\)$"))
                .match(backUp("b.db"))
                .hasMatch());
#ifdef Q_OS_UNIX
        QCOMPARE(QFile::permissions(file("b.db")),
                 QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser);
#endif
        const auto noted = store::lastBackup(data());
        QVERIFY(noted && *noted <= QDateTime::currentMSecsSinceEpoch());
        QVERIFY(*noted > QDateTime::currentMSecsSinceEpoch() - 60'000);
        append("3");
        client.end();
        QVERIFY(
            restore("b.db").startsWith(QLatin1String("restored /t/data/concierge.db from /t/b.db; what was "
                                                     "there is /t/data/concierge.db.replaced-")));
        QVERIFY(!store::lastBackup(data())); // of this database there is none
        open();
        QCOMPARE(client.all("bob"), QByteArray("1,2"));
        QCOMPARE(client.inbox().members(ChatId("flat")), QList<UserId>{UserId("ann")});
        QCOMPARE(client.inbox().secret(), secret);
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files), QStringList{QStringLiteral("b.db")});
    }

    void backUp_whileMuchIsWritten_isOfOneMoment()
    {
        std::atomic<bool> isOver{false};
        Result<store::Done, store::StoreError> result = store::StoreError{};
        for (int i = 0; i < 5'000; ++i)
            client.append("bob", QByteArray::number(i));
        client.settle();
        std::thread other([&] {
            result = store::backUp(data(), file("b.db"));
            isOver = true;
        });
        for (int i = 5'000; !isOver; ++i) {
            client.append("bob", QByteArray::number(i));
            if (i % 100 == 0)
                client.settle();
        }
        other.join();
        QVERIFY2(result.hasValue(), result ? "" : qPrintable(result.error().line));
        client.settle();
        client.end();
        restore("b.db");
        open();
        const QByteArrayList found = client.all("bob").split(',');
        QVERIFY(found.size() >= 5'000);
        for (qsizetype i = 0; i < found.size(); ++i)
            QCOMPARE(found[i], QByteArray::number(i));
    }

    void backUp_ofAFolderWithoutServer_works()
    {
        append("1");
        client.end();
        QVERIFY(backUp("b.db").startsWith(QLatin1String("backed up ")));
    }

    void backUp_toALinkThatLeadsNowhere_isRefused()
    {
        QVERIFY(QFile::link(file("elsewhere.db"), file("b.db")));
        QCOMPARE(backUp("b.db"), QStringLiteral("backup: cannot write /t/b.db: it exists; name a new file"));
        QVERIFY(!QFileInfo::exists(file("elsewhere.db")));
    }

    void backUp_toAFileThatExists_isRefused()
    {
        QVERIFY(backUp("b.db").startsWith(QLatin1String("backed up ")));
        const auto size = QFileInfo(file("b.db")).size();
        QCOMPARE(backUp("b.db"), QStringLiteral("backup: cannot write /t/b.db: it exists; name a new file"));
        QCOMPARE(QFileInfo(file("b.db")).size(), size);
    }

    void backUp_toNoFolder_saysSoAndLeavesNothing()
    {
        QCOMPARE(backUp("no/b.db"),
                 QStringLiteral("backup: cannot write /t/no/b.db: No such file or directory"));
        QVERIFY(QDir(m_folder->path()).entryList(QDir::Files).isEmpty());
    }

    void backUp_ofNothing_saysSo()
    {
        client.end();
        QVERIFY(QFile::remove(home->databasePath()));
        QCOMPARE(backUp("b.db"),
                 QStringLiteral("DATA_DIR: cannot use /t/data: there is no concierge.db in it"));
        QVERIFY(!QFile::exists(home->databasePath()));
    }

    void backUp_ofADamagedDatabase_leavesNothing()
    {
        client.end();
        damage(home->databasePath());
        QVERIFY(backUp("b.db").contains(QLatin1String("is damaged")));
        QVERIFY(QDir(m_folder->path()).entryList(QDir::Files).isEmpty());
    }

    void restore_whileAServerRuns_isRefused()
    {
        append("1");
        backUp("b.db");
        QCOMPARE(
            restore("b.db"),
            QStringLiteral("DATA_DIR: cannot use /t/data: another concierge (process %1) is using it; stop "
                           "it, or give each server a folder of its own")
                .arg(QCoreApplication::applicationPid()));
        QCOMPARE(client.all("bob"), QByteArray("1"));
    }

    void restore_ofNoBackup_isRefusedAndTouchesNothing_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QString>("why");
        QTest::newRow("missing") << QByteArray("missing") << QStringLiteral("there is no such file");
        QTest::newRow("a folder") << QByteArray("folder") << QStringLiteral("it is no file");
        QTest::newRow("a text") << QByteArray("text")
                                << QStringLiteral(
                                       "it is damaged, or no backup at all (file is not a database)");
        QTest::newRow("empty") << QByteArray("empty") << QStringLiteral("it is empty");
        QTest::newRow("foreign") << QByteArray("foreign")
                                 << QStringLiteral("it is another program's database");
        QTest::newRow("newer") << QByteArray("newer")
                               << QStringLiteral(
                                      "it is of version 9, and this program knows versions up to 2");
        QTest::newRow("damaged") << QByteArray("damaged")
                                 << QStringLiteral("it is damaged, or no backup at all (***");
        QTest::newRow("in use") << QByteArray("inuse")
                                << QStringLiteral(
                                       "it has a -wal file beside it, so it is a part of a database "
                                       "that was in use; make backups with: concierge backup FILE");
        QTest::newRow("itself") << QByteArray("data/concierge.db")
                                << QStringLiteral("it is the database itself, and no backup");
    }
    void restore_ofNoBackup_isRefusedAndTouchesNothing()
    {
        QFETCH(QByteArray, name);
        QFETCH(QString, why);
        append("1");
        for (const auto *made : {"newer", "damaged", "inuse"})
            backUp(made);
        client.end();
        const auto run = [this](const char *target, const char *sql) {
            store::SqliteConnection connection(file(target), store::SqliteConnection::Access::Write);
            return connection.open() && connection.run(QLatin1String(sql));
        };
        QVERIFY(run("newer", "PRAGMA user_version = 9"));
        QVERIFY(run("foreign", "CREATE TABLE cookies (name)"));
        damage(file("damaged"));
        for (const auto *made : {"text", "inuse-wal", "empty"}) {
            QFile other(file(made));
            QVERIFY(other.open(QIODevice::WriteOnly));
            if (QByteArray(made) != "empty")
                other.write(QByteArray("Dear diary, ").repeated(100));
        }
        QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("folder")));
        const QStringList before = names();
        const QString line = restore(name.constData());
        QVERIFY2(
            line.startsWith(QStringLiteral("restore: cannot use /t/%1: %2").arg(QLatin1String(name), why)),
            qPrintable(line));
        QCOMPARE(names(), before);
        open();
        QCOMPARE(client.all("bob"), QByteArray("1"));
    }

    void restore_neverUsesAPositionTwice()
    {
        backUp("b.db");
        for (int i = 0; i < 5; ++i) { // restarts since then
            client.end();
            open();
        }
        const auto latest = client.inbox().firstPosition();
        client.end();
        restore("b.db");
        open();
        QVERIFY(client.inbox().firstPosition() > latest);
    }

    void oldCopyPutBackByHand_neverUsesAPositionTwice()
    {
        append("1");
        client.end();
        const QString copy = file("copy.db");
        QVERIFY(QFile::copy(home->databasePath(), copy)); // of a server that is stopped
        chat::InboxPosition latest = 0;
        for (int i = 0; i < 5; ++i) {
            home->clock.advance(Milliseconds(2'000));
            open();
            latest = client.inbox().firstPosition() + 1'000'000;
            client.end();
        }
        QVERIFY(QFile::remove(home->databasePath()));
        QVERIFY(QFile::copy(copy, home->databasePath()));
        home->clock.advance(Milliseconds(2'000));
        open();
        QCOMPARE(client.all("bob"), QByteArray("1"));
        QVERIFY(client.inbox().firstPosition() > latest);
    }

    void clockThatGoesBack_neverUsesAPositionTwice()
    {
        const auto latest = client.inbox().firstPosition();
        client.end();
        home->clock.advance(-std::chrono::hours(1'000));
        open();
        QVERIFY(client.inbox().firstPosition() > latest);
    }

    void restore_overADamagedDatabase_worksAndKeepsIt()
    {
        append("1");
        backUp("b.db");
        client.end();
        open();
        const auto latest = client.inbox().firstPosition();
        client.end();
        home->clock.advance(Milliseconds(10'000));
        damage(home->databasePath());
        QVERIFY(restore("b.db").startsWith(QLatin1String("restored ")));
        open();
        QCOMPARE(client.all("bob"), QByteArray("1"));
        QVERIFY(client.inbox().firstPosition() > latest);
        QVERIFY(!names().filter(QStringLiteral("concierge.db.replaced-")).isEmpty());
    }

    void restore_afterAKill_keepsTheLogWithTheOldDatabase()
    {
        append("1");
        backUp("b.db");
        append("2");
        // As a kill leaves it: the files of a database that was not closed.
        for (const auto *suffix : {"", "-wal"})
            QVERIFY(QFile::copy(home->databasePath() + QLatin1String(suffix),
                                file("killed.db") + QLatin1String(suffix)));
        client.end();
        QVERIFY(QFile::remove(home->databasePath()));
        for (const auto *suffix : {"", "-wal"})
            QVERIFY(QFile::copy(file("killed.db") + QLatin1String(suffix),
                                home->databasePath() + QLatin1String(suffix)));
        const QString line = restore("b.db");
        QVERIFY2(line.startsWith(QLatin1String("restored ")), qPrintable(line));
        open();
        QCOMPARE(client.all("bob"), QByteArray("1"));
        client.end();
        const QString aside = line.section(QStringLiteral("what was there is /t/"), 1).section(u' ', 0, 0);
        SqliteHome old(file("old"));
        QVERIFY(QDir().mkdir(file("old")));
        for (const auto *suffix : {"", "-wal"})
            QVERIFY(QFile::rename(m_folder->filePath(aside) + QLatin1String(suffix),
                                  old.databasePath() + QLatin1String(suffix)));
        client.use(old.open());
        QCOMPARE(client.all("bob"), QByteArray("1,2"));
    }

    void restore_afterOneThatWasInterrupted_goesOnAboveItsRun()
    {
        backUp("b.db");
        client.end();
        open();
        client.end();
        restore("b.db");
        open();
        const auto latest = client.inbox().firstPosition();
        client.end();
        // It ended between its two last steps: the old one is moved away, and the new one not in its place.
        QVERIFY(QFile::rename(home->databasePath(), home->databasePath() + QStringLiteral(".restoring")));
        QVERIFY(home->tryOpen(Milliseconds(1'000)).error().line.contains(QLatin1String("was interrupted")));
        QVERIFY(restore("missing").contains(QLatin1String("there is no such file")));
        QVERIFY(restore("data/concierge.lock").contains(QLatin1String("no backup at all")));
        QVERIFY(home->tryOpen(Milliseconds(1'000)).error().line.contains(QLatin1String("was interrupted")));
        restore("b.db");
        open();
        QVERIFY(client.inbox().firstPosition() > latest);
    }

    void restore_intoAMissingFolder_makesIt()
    {
        append("1");
        backUp("b.db");
        client.end();
        QVERIFY(QDir(data()).removeRecursively());
        QCOMPARE(restore("b.db"), QStringLiteral("restored /t/data/concierge.db from /t/b.db"));
        open();
        QCOMPARE(client.all("bob"), QByteArray("1"));
    }
};

QTEST_GUILESS_MAIN(TestBackup)
#include "tst_backup.moc"
