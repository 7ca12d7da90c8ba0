#include "app/Logging.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

using namespace concierge;
using namespace concierge::app;

class LoggingTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void line_text_isTimeLevelCategoryMessage_data();
    void line_text_isTimeLevelCategoryMessage();
    void line_controlCharacters_areEscaped();
    void line_json_parsesBackToTheMessage_data();
    void line_json_parsesBackToTheMessage();
    void install_level_rulesWhatIsEnabled_data();
    void install_level_rulesWhatIsEnabled();
};

namespace {

constexpr Milliseconds noon{1'705'314'600'000}; // 2024-01-15T10:30:00.000Z

} // namespace

void LoggingTest::line_text_isTimeLevelCategoryMessage_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QByteArray>("level");
    QTest::newRow("debug") << int(QtDebugMsg) << QByteArray("debug");
    QTest::newRow("info") << int(QtInfoMsg) << QByteArray("info");
    QTest::newRow("warning") << int(QtWarningMsg) << QByteArray("warn");
    QTest::newRow("critical") << int(QtCriticalMsg) << QByteArray("error");
    QTest::newRow("fatal") << int(QtFatalMsg) << QByteArray("error");
}

void LoggingTest::line_text_isTimeLevelCategoryMessage()
{
    QFETCH(int, type);
    QFETCH(QByteArray, level);
    QCOMPARE(
        logLine(LogFormat::Text, noon, QtMsgType(type), "concierge.server", QStringLiteral("hello there")),
        "2024-01-15T10:30:00.000Z " + level + " concierge.server hello there\n");
}

void LoggingTest::line_controlCharacters_areEscaped()
{
    const QString message = QStringLiteral("a\nb\rc\x1b[31m\\d\x7f");
    QCOMPARE(logLine(LogFormat::Text, noon, QtInfoMsg, "c", message),
             QByteArray("2024-01-15T10:30:00.000Z info c a\\nb\\x0dc\\x1b[31m\\\\d\\x7f\n"));
}

void LoggingTest::line_json_parsesBackToTheMessage_data()
{
    QTest::addColumn<QString>("message");
    QTest::newRow("plain") << QStringLiteral("hello");
    QTest::newRow("line breaks") << QStringLiteral("a\r\nb");
    QTest::newRow("quotes") << QStringLiteral("say \"hi\" \\ there");
    QTest::newRow("beyond ASCII") << QStringLiteral(u"\u00FC \U0001F600");
    QTest::newRow("control") << QStringLiteral("\x1b[31m\x01");
}

void LoggingTest::line_json_parsesBackToTheMessage()
{
    QFETCH(QString, message);
    const QByteArray line = logLine(LogFormat::Json, noon, QtWarningMsg, "concierge.server", message);
    QVERIFY(line.endsWith("}\n"));
    QCOMPARE(line.count('\n'), 1);
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    QCOMPARE(object.keys(), (QStringList{QStringLiteral("category"), QStringLiteral("level"),
                                         QStringLiteral("message"), QStringLiteral("time")}));
    QCOMPARE(object[QLatin1String("time")].toString(), QStringLiteral("2024-01-15T10:30:00.000Z"));
    QCOMPARE(object[QLatin1String("level")].toString(), QStringLiteral("warn"));
    QCOMPARE(object[QLatin1String("category")].toString(), QStringLiteral("concierge.server"));
    QCOMPARE(object[QLatin1String("message")].toString(), message);
}

void LoggingTest::install_level_rulesWhatIsEnabled_data()
{
    QTest::addColumn<int>("level");
    QTest::addColumn<QList<bool>>("enabled"); // debug, info, warning, critical
    QTest::newRow("error") << int(LogLevel::Error) << QList<bool>{false, false, false, true};
    QTest::newRow("warn") << int(LogLevel::Warn) << QList<bool>{false, false, true, true};
    QTest::newRow("info") << int(LogLevel::Info) << QList<bool>{false, true, true, true};
    QTest::newRow("debug") << int(LogLevel::Debug) << QList<bool>{true, true, true, true};
}

void LoggingTest::install_level_rulesWhatIsEnabled()
{
    QFETCH(int, level);
    QFETCH(QList<bool>, enabled);
    const QtMessageHandler before = qInstallMessageHandler(nullptr);
    installLogging(LogLevel(level), LogFormat::Text);
    qInstallMessageHandler(before);
    const QLoggingCategory category("concierge.test");
    QCOMPARE((QList<bool>{category.isDebugEnabled(), category.isInfoEnabled(), category.isWarningEnabled(),
                          category.isCriticalEnabled()}),
             enabled);
    const QLoggingCategory audit("concierge.audit");
    QVERIFY(audit.isInfoEnabled());
    QLoggingCategory::setFilterRules(QString());
}

QTEST_GUILESS_MAIN(LoggingTest)
#include "tst_logging.moc"
