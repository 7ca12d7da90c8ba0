#include "app/Logging.h"
#include "monitoring/LogTap.h"

#include <QLoggingCategory>
#include <QtTest>

using namespace concierge;
using namespace concierge::app;
using namespace concierge::monitoring;

namespace {

feed::LogRecord record(int number)
{
    return {number, QStringLiteral("info"), QStringLiteral("test"), QString::number(number), 0};
}

void fill(LogTap &tap, int count)
{
    for (int i = 0; i < count; ++i)
        tap.append(record(i));
}

} // namespace

class LogTapTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lines_areReadInOrder_fewAtATime()
    {
        LogTap tap;
        fill(tap, 5);
        LogTap::Page page = tap.read(tap.begin(), 3);
        QCOMPARE(page.records.size(), std::size_t(3));
        QCOMPARE(page.records.front().message, QStringLiteral("0"));
        page = tap.read(page.next, 3);
        QCOMPARE(page.records.size(), std::size_t(2));
        QCOMPARE(page.records.front().message, QStringLiteral("3"));
        QCOMPARE(page.records.front().skipped, qint64(0));
        QVERIFY(tap.read(page.next, 3).records.empty());
    }

    void whoIsBehind_hearsHowManyItMissed()
    {
        LogTap tap;
        fill(tap, 10);
        const quint64 next = tap.read(0, 10).next;
        fill(tap, 700);
        const LogTap::Page page = tap.read(next, 1'000);
        QCOMPARE(page.records.size(), LogTap::capacity);
        QCOMPARE(page.records.front().skipped, qint64(200));
        QCOMPARE(page.records[1].skipped, qint64(0));
        QCOMPARE(page.records.back().message, QStringLiteral("699"));
    }

    void newReader_hasMissedNothing()
    {
        LogTap tap;
        fill(tap, 700);
        QCOMPARE(tap.read(tap.begin(), 1).records.front().skipped, qint64(0));
    }

    void longMessage_isCut()
    {
        LogTap tap;
        feed::LogRecord line = record(0);
        line.message = QString(100'000, u'x');
        tap.append(line);
        QCOMPARE(tap.read(0, 1).records.front().message.size(), LogTap::maxMessage + 1);
    }

    void whatIsLogged_isInTheTap_asLongAsItsLevelIsEnabled()
    {
        static const QLoggingCategory category("concierge.test");
        installLogging(LogLevel::Info, LogFormat::Text);
        quint64 next = logTap().read(0, 10'000).next;
        qCInfo(category) << "one";
        qCDebug(category) << "two";
        setLogLevel(LogLevel::Debug);
        QCOMPARE(logLevelName(), QStringLiteral("debug"));
        qCDebug(category) << "three";
        setLogLevel(LogLevel::Error);
        qCWarning(category) << "four";
        qInstallMessageHandler(nullptr);
        setLogLevel(LogLevel::Info);
        const auto records = logTap().read(next, 10).records;
        QCOMPARE(records.size(), std::size_t(2));
        QCOMPARE(records[0].message, QStringLiteral("one"));
        QCOMPARE(records[0].level, QStringLiteral("info"));
        QCOMPARE(records[0].category, QStringLiteral("concierge.test"));
        QCOMPARE(records[1].level, QStringLiteral("debug"));
    }
};

QTEST_GUILESS_MAIN(LogTapTest)
#include "tst_log_tap.moc"
