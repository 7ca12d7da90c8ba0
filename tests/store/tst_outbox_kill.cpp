#include "OutboxFixture.h"

#include <QCoreApplication>
#include <QProcess>

#include <cstdio>

using namespace concierge;
using namespace concierge::test;

namespace {

/// What is killed: writes and, now and then, drops the oldest; says what is stored, and what it dropped.
[[noreturn]] void writeForEver(const QString &folder)
{
    OutboxHome home(folder);
    int open = 0;
    for (int i = 0;; ++i) {
        ++open;
        home.outbox->write({{UserId("bob")}, messageOf(QByteArray::number(i)), false},
                           [i, &open](bool isStored) {
                               --open;
                               std::printf("%s %d\n", isStored ? "stored" : "failed", i);
                               std::fflush(stdout);
                           });
        if (i % 10 != 9)
            continue;
        while (open > 0)
            home.home.answers.runNext();
        const auto oldest = home.read(0, 3);
        std::printf("dropped %s\n", oldest.back().entry.message->id.utf8().constData());
        std::fflush(stdout);
        home.outbox->drop(oldest.front().number, oldest.back().number, {3, 0});
    }
}

} // namespace

/// What of the outbox survives kill -9. A program of its own, as tst_sqlite_kill.
class TestOutboxKill : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kill_ofTheProcess_losesNothingThatWasStored()
    {
        const QTemporaryDir folder;
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("--write-for-ever"), folder.filePath(QStringLiteral("data"))});
        QVERIFY(child.waitForStarted());
        QByteArray said;
        while (said.count("stored") < 2'000) {
            QVERIFY2(child.waitForReadyRead(60'000), child.readAllStandardError().constData());
            said += child.readAllStandardOutput();
        }
        child.kill(); // -9
        child.waitForFinished();
        said += child.readAllStandardOutput();
        int lastStored = -1;
        int lastDropped = -1;
        for (const QByteArray &line : said.left(said.lastIndexOf('\n')).split('\n')) {
            QVERIFY2(!line.startsWith("failed"), line.constData());
            (line.startsWith("stored") ? lastStored : lastDropped) = line.mid(line.indexOf(' ') + 1).toInt();
        }
        OutboxHome home(folder.filePath(QStringLiteral("data")));
        const QByteArrayList left = home.ids().split(',');
        QVERIFY(left.front().toInt() <= lastDropped + 1);
        QVERIFY(left.back().toInt() >= lastStored);
        for (qsizetype i = 0; i < left.size(); ++i) // in order, without a gap
            QCOMPARE(left[i].toInt(), left.front().toInt() + int(i));
        QCOMPARE(home.outbox->counts()->pending(), left.size());
    }
};

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    if (argc == 3 && QByteArray(argv[1]) == "--write-for-ever")
        writeForEver(QString::fromLocal8Bit(argv[2]));
    TestOutboxKill test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_outbox_kill.moc"
