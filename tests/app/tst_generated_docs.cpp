#include "app/Config.h"
#include "app/ConfigTable.h"
#include "app/InstalledLayout.h"

#include <QtTest>

using namespace concierge::app;

/// What is made from the settings table and kept in the repository must be what the table makes today.
class GeneratedDocsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void envExample_inResources_isTheGeneratedOne();
    void envExample_asDotEnv_changesNothing();
    void installedConfig_isGood_andHoldsTheLayout();
    void settingsTable_inReadme_isTheGeneratedOne();
    void help_namesEverySettingsFlagDefaultAndRange();
};

namespace {

QString textOf(const QString &path)
{
    QFile file(QStringLiteral(CONCIERGE_SOURCE_DIR "/") + path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).remove(u'\r') : QString();
}

} // namespace

void GeneratedDocsTest::envExample_inResources_isTheGeneratedOne()
{
    QVERIFY2(textOf(QStringLiteral("resources/env.example")) == envExample(),
             "run: concierge --print-env-example > resources/env.example");
}

void GeneratedDocsTest::envExample_asDotEnv_changesNothing()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral(".env")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QString uncommented = envExample();
    file.write(
        uncommented
            .replace(QRegularExpression(QStringLiteral("^#(?=[A-Z])"), QRegularExpression::MultilineOption),
                     QString())
            .toUtf8());
    file.close();
    const auto invocation = loadConfig({}, {}, {file.fileName(), {}});
    QVERIFY2(invocation.hasValue(), invocation ? "" : qPrintable(invocation.error().line));
    QVERIFY(invocation->config.unknownNames.isEmpty());
    for (const Setting &setting : settings()) {
        const auto value = invocation->config.values.value(QLatin1String(setting.name));
        QCOMPARE(value.text, QLatin1String(setting.defaultText));
        QCOMPARE(value.origin, *setting.defaultText ? QStringLiteral(".env") : QStringLiteral("default"));
    }
}

void GeneratedDocsTest::installedConfig_isGood_andHoldsTheLayout()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("concierge.conf")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(installedConfig().toUtf8());
    file.close();
    const auto invocation = loadConfig({}, {}, {folder.filePath(QStringLiteral(".env")), file.fileName()});
    QVERIFY2(invocation.hasValue(), invocation ? "" : qPrintable(invocation.error().line));
    const Config &config = invocation->config;
    const InstalledLayout &layout = installedLayout();
    QCOMPARE(config.environment, NodeEnvironment::Production);
    QCOMPARE(config.dataDir, layout.dataDir);
    QCOMPARE(config.logFile, layout.logFile);
    QCOMPARE(config.monitorSocket, layout.monitorSocket);
    QVERIFY(config.unknownNames.isEmpty());
    for (const Setting &setting : settings()) // all are there, to be found by who opens the file
        QVERIFY2(installedConfig().contains(QLatin1String(setting.name) + u'='), setting.name);
}

void GeneratedDocsTest::settingsTable_inReadme_isTheGeneratedOne()
{
    QVERIFY2(textOf(QStringLiteral("README.md")).contains(u'\n' + settingsTable() + u'\n'),
             "replace the table in README.md with what concierge --print-settings-table prints");
}

void GeneratedDocsTest::help_namesEverySettingsFlagDefaultAndRange()
{
    const QString help = helpText();
    for (const Setting &setting : settings()) {
        QVERIFY2(help.contains(flagOf(setting) + u' '), setting.name);
        QVERIFY2(help.contains(QLatin1String(setting.takes)), setting.name);
        QVERIFY2(help.contains(QStringLiteral("default ") + QLatin1String(setting.defaultText)),
                 setting.name);
    }
}

QTEST_GUILESS_MAIN(GeneratedDocsTest)
#include "tst_generated_docs.moc"
