#include "app/LogFile.h"

#include <QtTest>

#include <thread>
#include <vector>

using namespace concierge;
using namespace concierge::app;

class LogFileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void open_whereNoFileCanBe_namesIt();
    void append_isInTheFileBehindWhatWasThere();
    void append_ofManyThreads_mixesNoLines();
    void append_pastTheSize_rotatesAndKeepsSoManyFiles();
    void append_withOneFileOnly_beginsItAnew();
    void append_ofALineLongerThanAFile_isWhole();
    void append_afterTheFileWasTakenAway_goesIntoTheOneInItsPlace_data();
    void append_afterTheFileWasTakenAway_goesIntoTheOneInItsPlace();
    void append_afterTheFileWasEmptied_beginsItAnew();
    void append_whileTheFileCannotBeWritten_waits_andTellsWhatItLeftOut();
};

namespace {

constexpr std::chrono::seconds patience{30};

class Folder
{
public:
    LogFileOptions options(qint64 maxBytes = 1'000'000, int count = 3) const
    {
        return {path(), maxBytes, count,
                [](qint64 lines) { return "left out " + QByteArray::number(lines) + '\n'; }};
    }
    QString path(const QString &suffix = {}) const
    {
        return m_folder.filePath(QStringLiteral("a.log") + suffix);
    }
    QByteArray text(const QString &suffix = {}) const
    {
        QFile file(path(suffix));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(no file)");
    }
    QString folder() const { return m_folder.path(); }

private:
    QTemporaryDir m_folder;
};

std::unique_ptr<LogFile> opened(const LogFileOptions &options)
{
    auto file = LogFile::open(options);
    if (!file)
        qFatal("%s", qPrintable(file.error()));
    return std::move(file).value();
}

} // namespace

void LogFileTest::open_whereNoFileCanBe_namesIt()
{
    const Folder folder;
    LogFileOptions options = folder.options();
    options.path = folder.folder();
    const auto isFolder = LogFile::open(options);
    QVERIFY(!isFolder);
    QVERIFY2(isFolder.error().contains(folder.folder()), qPrintable(isFolder.error()));
    QVERIFY(isFolder.error().contains(QLatin1String("it is a folder")));
    options.path = folder.folder() + QStringLiteral("/none/a.log");
    const auto isNowhere = LogFile::open(options);
    QVERIFY(!isNowhere);
    QVERIFY2(isNowhere.error().contains(QLatin1String("there is no folder")), qPrintable(isNowhere.error()));
    QVERIFY(isNowhere.error().startsWith(QLatin1String("LOG_FILE")));
}

void LogFileTest::append_isInTheFileBehindWhatWasThere()
{
    const Folder folder;
    opened(folder.options())->append("one\n");
    const auto log = opened(folder.options());
    log->append("two\n");
    log->flush(patience);
    QCOMPARE(folder.text(), QByteArray("one\ntwo\n"));
}

void LogFileTest::append_ofManyThreads_mixesNoLines()
{
    const Folder folder;
    {
        const auto log = opened(folder.options());
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&log, i] {
                for (int line = 0; line < 500; ++line)
                    log->append(QByteArray(40, static_cast<char>('a' + i)) + '\n');
            });
        }
        for (std::thread &thread : threads)
            thread.join();
    }
    const QList<QByteArray> lines = folder.text().trimmed().split('\n');
    QCOMPARE(lines.size(), 2'000);
    for (const QByteArray &line : lines)
        QCOMPARE(line, QByteArray(40, line.front()));
}

void LogFileTest::append_pastTheSize_rotatesAndKeepsSoManyFiles()
{
    const Folder folder;
    {
        const auto log = opened(folder.options(20, 3));
        for (const char *line : {"first 789\n", "second 89\n", "third 789\n", "fourth 89\n", "fifth 789\n",
                                 "sixth 789\n", "seventh 9\n"})
            log->append(line);
    }
    QCOMPARE(folder.text(), QByteArray("seventh 9\n"));
    QCOMPARE(folder.text(QStringLiteral(".1")), QByteArray("fifth 789\nsixth 789\n"));
    QCOMPARE(folder.text(QStringLiteral(".2")), QByteArray("third 789\nfourth 89\n"));
    QCOMPARE(folder.text(QStringLiteral(".3")), QByteArray("(no file)"));
}

void LogFileTest::append_withOneFileOnly_beginsItAnew()
{
    const Folder folder;
    {
        const auto log = opened(folder.options(20, 1));
        for (const char *line : {"first 789\n", "second 89\n", "third 789\n"})
            log->append(line);
    }
    QCOMPARE(folder.text(), QByteArray("third 789\n"));
    QCOMPARE(folder.text(QStringLiteral(".1")), QByteArray("(no file)"));
}

void LogFileTest::append_ofALineLongerThanAFile_isWhole()
{
    const Folder folder;
    const QByteArray longest = QByteArray(100, 'x') + '\n';
    {
        const auto log = opened(folder.options(20, 3));
        log->append("short\n");
        log->append(longest);
        log->append("after\n");
    }
    QCOMPARE(folder.text(), QByteArray("after\n"));
    QCOMPARE(folder.text(QStringLiteral(".1")), longest);
    QCOMPARE(folder.text(QStringLiteral(".2")), QByteArray("short\n"));
}

void LogFileTest::append_afterTheFileWasTakenAway_goesIntoTheOneInItsPlace_data()
{
    QTest::addColumn<bool>("isReplaced");
    QTest::newRow("none: a new one is made") << false;
    QTest::newRow("another one, as logrotate's create leaves it") << true;
}

void LogFileTest::append_afterTheFileWasTakenAway_goesIntoTheOneInItsPlace()
{
    QFETCH(bool, isReplaced);
    const Folder folder;
    const auto log = opened(folder.options());
    log->append("one\n");
    log->flush(patience);
    if (!QFile::rename(folder.path(), folder.path(QStringLiteral(".mine"))))
        QSKIP("this system does not rename a file that is open");
    if (isReplaced)
        QVERIFY(QFile(folder.path()).open(QIODevice::WriteOnly));
    log->append("two\n");
    log->flush(patience);
    QCOMPARE(folder.text(), QByteArray("two\n"));
    QCOMPARE(folder.text(QStringLiteral(".mine")), QByteArray("one\n"));
}

void LogFileTest::append_afterTheFileWasEmptied_beginsItAnew()
{
    const Folder folder;
    const auto log = opened(folder.options());
    log->append("one\n");
    log->flush(patience);
    QVERIFY(QFile::resize(folder.path(), 0)); // as logrotate's "copytruncate" does
    log->append("two\n");
    log->flush(patience);
    QCOMPARE(folder.text(), QByteArray("two\n"));
}

void LogFileTest::append_whileTheFileCannotBeWritten_waits_andTellsWhatItLeftOut()
{
    const Folder folder;
    const auto log = opened(folder.options(100'000'000));
    log->append("one\n");
    log->flush(patience);
    if (!QFile::rename(folder.path(), folder.path(QStringLiteral(".mine"))))
        QSKIP("this system does not rename a file that is open");
    QVERIFY(QDir().mkdir(folder.path())); // in the file's place: nobody can write to it
    log->append("two\n");
    const QByteArray line = QByteArray(1'023, 'x') + '\n';
    for (qsizetype i = 0; i < 2 * LogFile::maxWaiting / line.size() + 2'000; ++i)
        log->append(line);
    QVERIFY(QDir().rmdir(folder.path()));
    log->flush(patience);
    const QByteArray text = folder.text();
    QVERIFY2(text.startsWith("two\nxxx"), text.first(std::min<qsizetype>(text.size(), 40)).constData());
    QVERIFY2(text.contains("\nleft out "), text.last(std::min<qsizetype>(text.size(), 40)).constData());
    QVERIFY(text.size() <= 2 * LogFile::maxWaiting + 100);
}

QTEST_GUILESS_MAIN(LogFileTest)
#include "tst_log_file.moc"
