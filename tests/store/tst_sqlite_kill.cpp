#include "SqliteFixture.h"

#include <QCoreApplication>
#include <QProcess>

#include <cstdio>

using namespace concierge;
using namespace concierge::test;

namespace {

/// What is killed: says a line for each entry that is stored.
[[noreturn]] void appendForEver(const QString &folder)
{
    class Listener final : public chat::InboxListener
    {
    public:
        void appended(const UserId &, chat::InboxPosition position, chat::StoreResult) override
        {
            std::printf("%lld\n", static_cast<long long>(position));
            std::fflush(stdout);
        }
        void recorded(quint64) override {}
    };
    SqliteHome home(folder);
    const InboxUnderTest made = home.open();
    Listener listener;
    made.inbox->setListener(&listener);
    for (int i = 0;; ++i) {
        made.inbox->append(UserId("bob"), made.inbox->firstPosition() + i, messageOf(QByteArray::number(i)));
        if (i % 10 == 9)
            made.waitForAnswer();
    }
}

} // namespace

/// What of the inbox survives kill -9. A program of its own: after a QProcess, ThreadSanitizer lets its
/// parent start no more threads.
class TestSqliteKill : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kill_ofTheProcess_losesNothingThatWasStored()
    {
        const QTemporaryDir folder;
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("--append-for-ever"), folder.filePath(QStringLiteral("data"))});
        QVERIFY(child.waitForStarted());
        QByteArray said;
        while (said.count('\n') < 3'000) {
            QVERIFY2(child.waitForReadyRead(60'000), child.readAllStandardError().constData());
            said += child.readAllStandardOutput();
        }
        child.kill(); // -9
        child.waitForFinished();
        said += child.readAllStandardOutput();
        const auto stored = said.left(said.lastIndexOf('\n')).split('\n').size();
        SqliteHome home(folder.filePath(QStringLiteral("data")));
        InboxClient client;
        client.use(home.open());
        const QByteArray all = client.all("bob");
        QVERIFY(all.count(',') + 1 >= stored);
        const QByteArrayList found = all.split(',');
        for (qsizetype i = 0; i < found.size(); ++i)
            QCOMPARE(found[i], QByteArray::number(i));
        client.end();
    }
};

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    if (argc == 3 && QByteArray(argv[1]) == "--append-for-ever")
        appendForEver(QString::fromLocal8Bit(argv[2]));
    TestSqliteKill test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_sqlite_kill.moc"
