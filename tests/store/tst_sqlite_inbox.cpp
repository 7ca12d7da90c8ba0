#include "SqliteFixture.h"
#include "chat/Offsets.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>

#ifdef Q_OS_UNIX
#include <csignal>
#include <sys/resource.h>
#endif

using namespace concierge;
using namespace concierge::test;

namespace {

QByteArray ids(int count)
{
    QByteArrayList list;
    for (int i = 0; i < count; ++i)
        list.append(QByteArray::number(i));
    return list.join(',');
}

#ifdef Q_OS_UNIX
/// No file of this process may grow beyond this: as good as a full disk.
void limitFiles(rlim_t bytes)
{
    rlimit limit = {};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = std::min(bytes, limit.rlim_max);
    ::setrlimit(RLIMIT_FSIZE, &limit);
}
#endif

void expectLog(QtMsgType type, const char *pattern)
{
    QTest::ignoreMessage(type, QRegularExpression(QLatin1String(pattern)));
}

} // namespace

/// What the inbox on disk promises beyond the port.
class TestSqliteInbox : public QObject
{
    Q_OBJECT

private:
    void reopen(Milliseconds ttl = std::chrono::hours(1))
    {
        client.end();
        client.use(home->open(ttl));
    }
    /// The store's thread has answered something and waits: what follows is in one batch.
    void hold()
    {
        home->answers.hold();
        client.append("nobody", "0");
        home->answers.waitUntilHeld();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<SqliteHome> home;
    InboxClient client;

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        home = std::make_unique<SqliteHome>(m_folder->filePath(QStringLiteral("data")));
        client.use(home->open());
    }
    void cleanup()
    {
        client.end();
        home.reset();
        m_folder.reset();
    }

    void open_again_hasEverything()
    {
        const QByteArray secret = client.inbox().secret();
        const auto first = client.inbox().firstPosition();
        client.append("bob", "1");
        client.append("bob", receiptOf("2"));
        client.append("cid", "3");
        client.append("bob", "4");
        const auto removed = client.append("bob", "5");
        client.settle();
        client.remove("bob", removed);
        for (const auto *user : {"cid", "ann", "bob"})
            client.inbox().addMember(ChatId("flat"), UserId(user), {});
        client.inbox().removeMember(ChatId("flat"), UserId("cid"), {});
        client.inbox().addMember(ChatId("flat"), UserId("cid"), {});
        reopen();
        QCOMPARE(client.inbox().secret(), secret);
        QVERIFY(client.inbox().firstPosition() >= first + (qint64(1) << 30));
        QCOMPARE(client.inbox().waiting(UserId("bob")), 2);
        QCOMPARE(client.all("bob"), QByteArray("1,r2,4"));
        QCOMPARE(client.all("cid"), QByteArray("3"));
        QCOMPARE(client.inbox().members(ChatId("flat")),
                 (QList<UserId>{UserId("ann"), UserId("bob"), UserId("cid")}));
        client.append("bob", "6");
        QCOMPARE(client.all("bob"), QByteArray("1,r2,4,6"));
    }

    void health_tellsOfTheOldestMessage_andHowManyWait()
    {
        const auto waits = [this] { return home->health->snapshot(); };
        QVERIFY(!waits().oldest);
        client.append("bob", receiptOf("1")); // is no message
        home->clock.advance(Milliseconds(1'000));
        const Milliseconds first = home->clock.wall();
        const auto oldest = client.append("bob", "2");
        home->clock.advance(Milliseconds(1'000));
        client.append("cid", "3");
        client.settle();
        QCOMPARE(waits().messages, qint64(2));
        QCOMPARE(waits().users, qint64(2));
        reopen();
        QCOMPARE(waits().oldest, std::optional(first));

        client.remove("bob", oldest);
        const auto looked = [&] {
            static_cast<store::SqliteInbox &>(client.inbox()).post([] {}); // the store's thread comes round
            return waits().oldest;
        };
        QTRY_COMPARE_WITH_TIMEOUT(looked(), std::optional(first + Milliseconds(1'000)), 60'000);
        QCOMPARE(waits().messages, qint64(1));
    }

    void health_countsCommitsAndTheirEntries()
    {
        for (int i = 0; i < 100; ++i)
            client.append("bob", QByteArray::number(i));
        client.settle();
        QCOMPARE(home->health->commitWrites().sum(), 100U);
        QCOMPARE(home->health->commitWrites().count(), home->health->commitTime().count());
        QVERIFY(home->health->commitTime().sum() > 0);
    }

    void close_withWritesQueued_writesThem()
    {
        for (int i = 0; i < 10'000; ++i)
            client.append("bob", QByteArray::number(i));
        reopen();
        QCOMPARE(client.all("bob"), ids(10'000));
    }

    void takeEvidence_isOfMessagesWhoseSendersGaveTheId()
    {
        chat::Message ours = *messageOf("1");
        ours.appendMessageId = true;
        client.append("bob", std::make_shared<const chat::Message>(ours));
        chat::Message nobodys = *messageOf("2");
        nobodys.sender = UserId();
        client.append("bob", std::make_shared<const chat::Message>(nobodys));
        client.append("bob", receiptOf("3"));
        client.append("bob", "4");
        client.append("cid", "4");
        reopen();
        const QByteArray secret = client.inbox().secret();
        std::vector<quint64> expected;
        for (const auto *user : {"bob", "cid"})
            expected.push_back(chat::evidenceHash(secret, UserId("ann"), MessageId("4"), UserId(user)));
        std::sort(expected.begin(), expected.end());
        QCOMPARE(client.inbox().takeEvidence(), expected);
        QVERIFY(client.inbox().takeEvidence().empty());
    }

    void takeLedger_hasWhatWasNotForgotten()
    {
        for (const auto *block : {"one", "two", "three"})
            client.record(block);
        client.inbox().forget(1);
        reopen();
        const auto blocks = client.inbox().takeLedger();
        QCOMPARE(blocks.size(), std::size_t(2));
        QCOMPARE(blocks[0].number, quint64(2));
        QCOMPARE(blocks[0].bytes, QByteArray("two"));
        QCOMPARE(blocks[1].bytes, QByteArray("three"));
        QVERIFY(client.inbox().takeLedger().empty());
        client.record("four");
        client.settle();
        QCOMPARE(client.answers, QByteArrayList{"recorded 4"});
    }

    void entry_storedByAClockThatWasAhead_waitsNoLongerThanOneOfNow()
    {
        home->clock.advance(std::chrono::hours(24 * 365));
        client.append("bob", "1");
        client.settle();
        home->clock.advance(-std::chrono::hours(24 * 365));
        reopen();
        client.sweep();
        client.settle();
        QCOMPARE(client.expired.nextDue, home->clock.wall() + std::chrono::hours(1));
    }

    void append_removedWhileItWaits_isNeverWritten()
    {
        hold();
        const auto writes = home->health->snapshot().writes;
        const auto position = client.append("bob", "1");
        client.append("bob", "2");
        client.remove("bob", position);
        home->answers.release();
        client.settle();
        QCOMPARE(client.answers, (QByteArrayList{"stored 0", "removed 1", "stored 2"}));
        QCOMPARE(home->health->snapshot().writes, writes + 1);
        reopen();
        QCOMPARE(client.all("bob"), QByteArray("2"));
    }

    void append_ofManyWhileOneIsWritten_isOneCommit()
    {
        hold();
        const auto commits = home->health->snapshot().commits;
        for (int i = 0; i < 4'096; ++i)
            client.append("bob", QByteArray::number(i));
        home->answers.release();
        client.settle();
        QCOMPARE(home->health->snapshot().commits, commits + 1);
    }

    void append_withoutRoomInTheQueue_isFailedInTheUsersOrder()
    {
        hold();
        for (int i = 0; i < 70; ++i)
            client.append("bob", messageOf(QByteArray::number(i), 1'000'000));
        QVERIFY(client.answers.isEmpty());
        client.append("cid", messageOf("70", 1'000'000)); // she waits for nothing
        QCOMPARE(client.answers, QByteArrayList{"failed 71"});
        QVERIFY(!client.inbox().hasEntries(UserId("cid")));
        home->answers.release();
        client.settle();
        QByteArrayList expected{"failed 71", "stored 0"};
        for (int i = 0; i < 70; ++i)
            expected.append((i < 63 ? "stored " : "failed ") + QByteArray::number(i + 1));
        QCOMPARE(client.answers, expected);
        reopen();
        QCOMPARE(client.all("bob"), ids(63));
    }

    void load_whileSomeAreRemoved_leavesThemOut()
    {
        const auto first = client.append("bob", "1");
        client.append("bob", "2");
        client.settle();
        hold();
        client.load("bob");
        client.remove("bob", first);
        client.append("bob", "3");
        home->answers.release();
        client.settle();
        QVERIFY2(client.answers.contains("loaded 2"), client.answers.join(';').constData());
    }

    void load_whileAllAreRemoved_bringsWhatCameThen()
    {
        const auto first = client.append("bob", "1");
        client.settle();
        hold();
        client.load("bob");
        client.load("bob");
        client.remove("bob", first);
        client.append("bob", "2");
        home->answers.release();
        client.settle();
        QCOMPARE(client.answers.mid(client.answers.size() - 2), (QByteArrayList{"loaded 2", "loaded 2"}));
    }

    void load_ofManyUsersAtOnce_answersEach()
    {
        for (int i = 0; i < 100; ++i)
            client.append(QByteArray::number(i), "m" + QByteArray::number(i));
        client.settle();
        client.answers.clear();
        for (int i = 0; i < 100; ++i)
            client.load(QByteArray::number(i));
        client.settle();
        for (int i = 0; i < 100; ++i)
            QCOMPARE(client.answers.at(i), "loaded m" + QByteArray::number(i));
    }

    void load_ofADamagedFile_saysSoAndKeepsServing()
    {
        client.append("cid", "1");
        for (int i = 0; i < 20; ++i)
            client.append("bob", messageOf(QByteArray::number(i), 1'000'000));
        client.settle();
        reopen(); // everything is in the one file now, and little of it is in memory
        QFile file(home->databasePath());
        QVERIFY(file.open(QIODevice::ReadWrite));
        for (qint64 at = 1'000'000; at < file.size() - 4'096; at += 4'096) {
            file.seek(at / 4'096 * 4'096);
            file.write(QByteArray(4'096, '\xff'));
        }
        file.close();
        expectLog(QtCriticalMsg,
                  "/data/concierge.db cannot be read: concierge.db is damaged \\(database disk "
                  "image is malformed\\); put a backup in its place: concierge restore FILE. What "
                  "waits for users stays there until it can$");
        client.load("bob", client.inbox().firstPosition() - (qint64(1) << 30) + 5);
        client.settle();
        QCOMPARE(client.answers.back(), QByteArray("unreadable"));
        QCOMPARE(client.all("cid"), QByteArray("1"));
    }

    void append_whenRowsWereRemovedByOthers_dropsThemFromMemory()
    {
        client.append("bob", "1");
        client.append("bob", "2");
        client.settle();
        {
            store::SqliteConnection other(home->databasePath(), store::SqliteConnection::Access::Write);
            QVERIFY(other.open());
            QVERIFY(other.run(QStringLiteral("DELETE FROM waiting WHERE message_id = x'31'")));
        }
        expectLog(QtWarningMsg, "is not in the database any more: somebody else has removed it$");
        QCOMPARE(client.all("bob"), QByteArray("2"));
        QCOMPARE(client.inbox().waiting(UserId("bob")), 1);
    }

#ifdef Q_OS_UNIX
    void file_thatIsGone_isToldAndNothingIsStoredInIt_data();
    void file_thatIsGone_isToldAndNothingIsStoredInIt();
    void disk_thatIsFull_failsAppendsAndLosesNothing();
    void close_whileTheDiskIsFull_saysThatRemovalsAreLost();
#endif
};

#ifdef Q_OS_UNIX
void TestSqliteInbox::file_thatIsGone_isToldAndNothingIsStoredInIt_data()
{
    QTest::addColumn<QString>("suffix");
    QTest::addColumn<bool>("isReplaced"); // by another of its name
    QTest::newRow("the database is gone") << QString() << false;
    QTest::newRow("the database is another") << QString() << true;
    QTest::newRow("the log is gone") << QStringLiteral("-wal") << false;
}
void TestSqliteInbox::file_thatIsGone_isToldAndNothingIsStoredInIt()
{
    QFETCH(QString, suffix);
    QFETCH(bool, isReplaced);
    client.append("bob", "1");
    client.settle();
    client.answers.clear();
    const QString path = home->databasePath() + suffix;
    const QString aside = path + QStringLiteral(".aside");
    QVERIFY(QFile::rename(path, aside));
    if (isReplaced)
        QVERIFY(QFile::copy(aside, path));
    expectLog(QtCriticalMsg,
              "/data/concierge.db cannot be written: its files are gone or others have taken "
              "their place; put the same ones back, or stop the server and restore a backup. ");
    client.append("bob", "2");
    client.settle();
    QCOMPARE(client.answers, QByteArrayList{"failed 1"});
    QVERIFY(!home->health->isWorking());
    if (isReplaced)
        QVERIFY(QFile::remove(path));
    QVERIFY(QFile::rename(aside, path));
    expectLog(QtInfoMsg, "/data/concierge.db is written again, after ");
    QTRY_VERIFY(home->health->isWorking());
    client.append("bob", "3");
    QCOMPARE(client.all("bob"), QByteArray("1,3"));
}

void TestSqliteInbox::disk_thatIsFull_failsAppendsAndLosesNothing()
{
    std::signal(SIGXFSZ, SIG_IGN);
    const auto first = client.append("bob", "0");
    client.append("bob", "1");
    client.inbox().addMember(ChatId("flat"), UserId("ann"), {});
    client.settle();
    client.answers.clear();
    expectLog(QtCriticalMsg,
              "/data/concierge.db cannot be written: the disk .*. What was acknowledged is safe; "
              "until it works again, which is tried every second, messages that have to wait are "
              "refused$");
    limitFiles(500'000);
    for (int i = 0; i < 20; ++i)
        client.append("bob", messageOf("large", 100'000));
    client.settle();
    QVERIFY2(client.answers.contains("failed 21"), client.answers.join(';').constData());
    QVERIFY(!home->health->isWorking());
    QVERIFY(!home->health->snapshot().problem.isEmpty());
    QVERIFY(client.remove("bob", first));
    QByteArrayList memberships;
    const auto note = [&memberships](bool isStored) {
        memberships.append(isStored ? "stored" : "not stored");
    };
    client.inbox().addMember(ChatId("flat"), UserId("cid"), note);
    client.inbox().removeMember(ChatId("flat"), UserId("ann"), note);
    while (memberships.size() < 2)
        home->answers.runNext();
    client.inbox().addMember(ChatId("flat"), UserId("cid"), note); // once more, to be sure
    QCOMPARE(memberships, (QByteArrayList{"not stored", "not stored", "not stored"}));
    for (int i = 0; i < 2; ++i) { // what it was before is not on the disk either
        client.inbox().addMember(ChatId("flat"), UserId("ann"), note);
        client.inbox().removeMember(ChatId("flat"), UserId("ann"), note);
    }
    while (memberships.size() < 7)
        home->answers.runNext();
    QCOMPARE(memberships.count("not stored"), 7);
    client.record("block");
    client.answers.clear();
    client.append("bob", "no");
    while (client.answers.isEmpty())
        home->answers.runNext(); // at once, without a try of the disk
    QCOMPARE(client.answers.size(), 1);
    QVERIFY(client.answers[0].startsWith("failed "));
    QCOMPARE(client.inbox().members(ChatId("flat")), QList<UserId>{UserId("cid")});
    client.load("bob");
    while (client.answers.size() < 2)
        home->answers.runNext();
    QVERIFY2(client.answers[1].startsWith("loaded 1"), client.answers[1].constData());

    expectLog(QtInfoMsg, "/data/concierge.db is written again, after \\d+ s$");
    limitFiles(RLIM_INFINITY);
    client.settle(); // the block is recorded when it works again
    QTRY_VERIFY_WITH_TIMEOUT(home->health->isWorking(), 10'000);
    client.append("bob", "yes");
    client.settle();
    QVERIFY(client.answers.back().startsWith("stored "));
    const QByteArray before = client.all("bob");
    QVERIFY2(before.startsWith("1,") && before.endsWith("yes") && !before.contains("no"), before.constData());
    reopen();
    QCOMPARE(client.all("bob"), before);
    QCOMPARE(client.inbox().members(ChatId("flat")), QList<UserId>{UserId("cid")});
    QCOMPARE(client.inbox().takeLedger().size(), std::size_t(1));
}

void TestSqliteInbox::close_whileTheDiskIsFull_saysThatRemovalsAreLost()
{
    std::signal(SIGXFSZ, SIG_IGN);
    const auto position = client.append("bob", "1");
    client.settle();
    expectLog(QtCriticalMsg, " cannot be written: ");
    limitFiles(100);
    client.append("bob", "2");
    client.settle();
    client.remove("bob", position);
    expectLog(QtCriticalMsg,
              "^1 changes could not be written before the end: what was delivered lately may be "
              "delivered once more$");
    client.end();
    limitFiles(RLIM_INFINITY);
    client.use(home->open());
    QCOMPARE(client.all("bob"), QByteArray("1"));
}
#endif

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    const QTemporaryDir folder;
    std::vector<std::unique_ptr<SqliteHome>> homes;
    InboxSuite suite([&](const Clock &clock, Milliseconds ttl) {
        const QString name = QString::number(homes.size());
        homes.push_back(std::make_unique<SqliteHome>(folder.filePath(name)));
        return homes.back()->open(clock, ttl);
    });
    TestSqliteInbox own;
    return QTest::qExec(&suite, argc, argv) + QTest::qExec(&own, argc, argv);
}

#include "tst_sqlite_inbox.moc"
