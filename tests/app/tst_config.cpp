#include "app/Config.h"
#include "app/ConfigTable.h"
#include "app/InstalledLayout.h"

#include <QtTest>

using namespace concierge;
using namespace concierge::app;

namespace {

/// Loads with that one line of `.env`, that environment and those flags.
Result<Invocation, ConfigError> load(const QStringList &flags, const Environment &environment = {},
                                     const QByteArray &dotEnv = {})
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral(".env"));
    if (!dotEnv.isNull()) {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(dotEnv) != dotEnv.size())
            return ConfigError{QStringLiteral("the test cannot write its .env")};
    }
    return loadConfig(flags, environment, {path, {}});
}

Config good(const Result<Invocation, ConfigError> &result)
{
    if (result)
        return result->config;
    qCritical().noquote() << result.error().line;
    QTest::qFail("the configuration was refused", __FILE__, __LINE__);
    return {};
}

QList<QByteArray> split(const QByteArray &text)
{
    return text.isEmpty() ? QList<QByteArray>() : text.split(' ');
}

} // namespace

class ConfigTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void load_nothing_givesTheContractsDefaults();
    void load_everyDefault_isAccepted();
    void load_severalSources_flagBeatsEnvironmentBeatsFile();
    void load_flagForms_areTheSame_data();
    void load_flagForms_areTheSame();
    void load_emptyVariable_isAsGoodAsNone();
    void load_everySetting_hasAFlagAVariableAndALineInTheFile_data();
    void load_everySetting_hasAFlagAVariableAndALineInTheFile();

    void load_badValue_namesVariableHeldAndTaken_data();
    void load_badValue_namesVariableHeldAndTaken();
    void load_badFlags_areRefused_data();
    void load_badFlags_areRefused();
    void load_edgeValue_isAccepted_data();
    void load_edgeValue_isAccepted();
    void load_secretInError_isMasked();
    void load_tokenRules_withoutAKey_areRefused_data();
    void load_tokenRules_withoutAKey_areRefused();
    void load_apiUrl_needsAKey();
    void load_redisUrl_saysWhatIsWrong_andNothingOfIt_data();
    void load_redisUrl_saysWhatIsWrong_andNothingOfIt();
    void load_redis_isTaken();
    void load_redisSettings_withoutWhatTheyNeed_areRefused_data();
    void load_redisSettings_withoutWhatTheyNeed_areRefused();
    void load_tokenRules_areTaken();
    void load_lineBreakInValue_staysOneLine();
    void load_settingsThatContradict_areRefused_data();
    void load_settingsThatContradict_areRefused();

    void load_durationsAndSizes_takeUnits();
    void load_clientUrl_isNormalised_data();
    void load_clientUrl_isNormalised();
    void load_productionWithoutClientUrl_allowsNoOtherOrigin();
    void load_bindAddress_isRead_data();
    void load_bindAddress_isRead();
    void load_workersAuto_isANumber();
    void load_unknownNamesInFile_areReportedNotRefused();
    void load_badSettingWithHelp_stillHelps();
    void load_backupAndRestore_haveAFileAndTheSettings();
    void load_status_hasItsFlagsAndTheSettings();
    void load_monitorSocket_isANameOrAPath_data();
    void load_monitorSocket_isANameOrAPath();
    void load_alertLimits_areTaken_andZeroIsOff();
    void shownSettings_areAll_withSecretsMasked();

    void print_config_showsSourceAndMasksSecrets();

    void load_whichFile_isThatOfTheFlagThenDotEnvThenTheInstalledOne();
    void load_configFlag_ofWhatCannotBeRead_saysSo_data();
    void load_configFlag_ofWhatCannotBeRead_saysSo();
    void load_installedFile_thatMayNotBeRead_leavesItsSocketToStatusAlone();
    void load_logFile_hasAPathSizeAndNumber();
};

void ConfigTest::load_nothing_givesTheContractsDefaults()
{
    const Config config = good(load({}));
    QCOMPARE(config.port, quint16(4000));
    QCOMPARE(config.bind, QHostAddress(QHostAddress::Any));
    QCOMPARE(config.healthPort, quint16(4001));
    QCOMPARE(config.healthBind, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(config.cors.origins, QList<QByteArray>{"http://localhost:3000"});
    QVERIFY(!config.cors.anyOrigin);
    QCOMPARE(config.socketPath, QByteArray("/socket.io"));
    QCOMPARE(config.environment, NodeEnvironment::Development);
    QCOMPARE(config.logLevel, LogLevel::Info);
    QCOMPARE(config.logFormat, LogFormat::Text);
    QCOMPARE(config.maxTextLength, qsizetype(1000));
    QCOMPARE(config.maxPayload, qint64(1'000'000));
    QCOMPARE(config.pingInterval.count(), 25'000);
    QCOMPARE(config.pingTimeout.count(), 20'000);
    QCOMPARE(config.upgradeTimeout.count(), 10'000);
    QCOMPARE(config.connectTimeout.count(), 45'000);
    QCOMPARE(config.drainTimeout.count(), 10'000);
    QCOMPARE(config.presenceInterval.count(), 250);
    QCOMPARE(config.dataDir, QStringLiteral("concierge-data"));
    QCOMPARE(config.durability, store::Durability::Full);
    QCOMPARE(config.presenceBudget, qint64(8'000'000));
    QCOMPARE(config.presenceGrace.count(), 3'000);
    QCOMPARE(config.inboxMaxPerUser, 10'000);
    QCOMPARE(config.inboxTtl.count(), 30LL * 24 * 3'600'000);
    QCOMPARE(config.proofInterval.count(), 250);
    QCOMPARE(config.recoveryWindow.count(), 120'000);
    QCOMPARE(config.recoveryMaxBytes, qint64(64'000'000));
    QCOMPARE(config.dedupeWindow.count(), 24LL * 3'600'000);
    QCOMPARE(config.ledgerMax, 200'000);
}

void ConfigTest::load_everyDefault_isAccepted()
{
    // What the table says is the default and what the struct starts with must not drift apart.
    const Config fromTable = good(load({}));
    const Config untouched;
    QCOMPARE(fromTable.port, untouched.port);
    QCOMPARE(fromTable.bind, untouched.bind);
    QCOMPARE(fromTable.healthPort, untouched.healthPort);
    QCOMPARE(fromTable.healthBind, untouched.healthBind);
    QCOMPARE(fromTable.socketPath, untouched.socketPath);
    QCOMPARE(fromTable.maxTextLength, untouched.maxTextLength);
    QCOMPARE(fromTable.maxPayload, untouched.maxPayload);
    QCOMPARE(fromTable.outboxMaxBytes, untouched.outboxMaxBytes);
    QCOMPARE(fromTable.mailboxMax, untouched.mailboxMax);
    QCOMPARE(fromTable.pingInterval, untouched.pingInterval);
    QCOMPARE(fromTable.pingTimeout, untouched.pingTimeout);
    QCOMPARE(fromTable.upgradeTimeout, untouched.upgradeTimeout);
    QCOMPARE(fromTable.connectTimeout, untouched.connectTimeout);
    QCOMPARE(fromTable.drainTimeout, untouched.drainTimeout);
    QCOMPARE(fromTable.idleAfter, untouched.idleAfter);
    QCOMPARE(fromTable.presenceInterval, untouched.presenceInterval);
    QCOMPARE(fromTable.presenceBudget, untouched.presenceBudget);
    QCOMPARE(fromTable.presenceGrace, untouched.presenceGrace);
    QCOMPARE(fromTable.inboxMaxPerUser, untouched.inboxMaxPerUser);
    QCOMPARE(fromTable.inboxTtl, untouched.inboxTtl);
    QCOMPARE(fromTable.proofInterval, untouched.proofInterval);
    QCOMPARE(fromTable.recoveryWindow, untouched.recoveryWindow);
    QCOMPARE(fromTable.recoveryMaxBytes, untouched.recoveryMaxBytes);
    QCOMPARE(fromTable.dedupeWindow, untouched.dedupeWindow);
    QCOMPARE(fromTable.ledgerMax, untouched.ledgerMax);
    QCOMPARE(fromTable.monitorSocket, untouched.monitorSocket);
    QCOMPARE(fromTable.alerts.inboxGrowth, untouched.alerts.inboxGrowth);
    QCOMPARE(fromTable.alerts.inboxAge, untouched.alerts.inboxAge);
    QCOMPARE(fromTable.alerts.diskFree, untouched.alerts.diskFree);
    QCOMPARE(fromTable.alerts.deliveryP95, untouched.alerts.deliveryP95);
    QCOMPARE(fromTable.alerts.refusedPerMinute, untouched.alerts.refusedPerMinute);
    QCOMPARE(fromTable.alerts.loopLag, untouched.alerts.loopLag);
    QCOMPARE(fromTable.alerts.backupAge, untouched.alerts.backupAge);
}

void ConfigTest::load_severalSources_flagBeatsEnvironmentBeatsFile()
{
    const QByteArray file = "PORT=1\nHEALTH_PORT=2\nLOG_LEVEL=warn\n";
    const Environment environment{{QStringLiteral("PORT"), QStringLiteral("3")},
                                  {QStringLiteral("HEALTH_PORT"), QStringLiteral("4")}};
    const Config config = good(load({QStringLiteral("--port"), QStringLiteral("5")}, environment, file));
    QCOMPARE(config.port, quint16(5));
    QCOMPARE(config.healthPort, quint16(4));
    QCOMPARE(config.logLevel, LogLevel::Warn);
    QCOMPARE(config.values[QStringLiteral("PORT")].origin, QStringLiteral("flag"));
    QCOMPARE(config.values[QStringLiteral("HEALTH_PORT")].origin, QStringLiteral("environment"));
    QCOMPARE(config.values[QStringLiteral("LOG_LEVEL")].origin, QStringLiteral(".env"));
    QCOMPARE(config.values[QStringLiteral("WORKERS")].origin, QStringLiteral("default"));
}

void ConfigTest::load_flagForms_areTheSame_data()
{
    QTest::addColumn<QStringList>("flags");
    QTest::newRow("two words") << QStringList{QStringLiteral("--port"), QStringLiteral("5000")};
    QTest::newRow("equals sign") << QStringList{QStringLiteral("--port=5000")};
    QTest::newRow("last one wins") << QStringList{QStringLiteral("--port=1"), QStringLiteral("--port=5000")};
}

void ConfigTest::load_flagForms_areTheSame()
{
    QFETCH(QStringList, flags);
    QCOMPARE(good(load(flags)).port, quint16(5000));
}

void ConfigTest::load_emptyVariable_isAsGoodAsNone()
{
    const Config config = good(load({}, {{QStringLiteral("PORT"), QString()}}, "HEALTH_PORT=\n"));
    QCOMPARE(config.port, quint16(4000));
    QCOMPARE(config.healthPort, quint16(4001));
}

void ConfigTest::load_everySetting_hasAFlagAVariableAndALineInTheFile_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("flag");
    QTest::addColumn<QString>("value");
    for (const Setting &setting : settings()) {
        if (*setting.defaultText)
            QTest::newRow(setting.name) << QString::fromLatin1(setting.name) << flagOf(setting)
                                        << QString::fromLatin1(setting.defaultText);
    }
}

void ConfigTest::load_everySetting_hasAFlagAVariableAndALineInTheFile()
{
    QFETCH(QString, name);
    QFETCH(QString, flag);
    QFETCH(QString, value);
    const QByteArray line = (name + u'=' + value + u'\n').toUtf8();
    QCOMPARE(good(load({flag, value})).values[name].origin, QStringLiteral("flag"));
    QCOMPARE(good(load({}, {{name, value}})).values[name].origin, QStringLiteral("environment"));
    QCOMPARE(good(load({}, {}, line)).values[name].origin, QStringLiteral(".env"));
}

void ConfigTest::load_badValue_namesVariableHeldAndTaken_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("held");
    QTest::addColumn<QString>("taken");
    const auto row = [](const char *name, const char *held, const char *taken) {
        QTest::addRow("%s=%s", name, held)
            << QString::fromLatin1(name) << QString::fromUtf8(held) << QString::fromLatin1(taken);
    };
    for (const char *name : {"PORT", "HEALTH_PORT"}) {
        for (const char *held :
             {"65536", "-1", "http", "4000x", "1.5", "4 000", "0x10", "99999999999999999999"})
            row(name, held, "0 to 65535");
    }
    for (const char *name : {"BIND", "HEALTH_BIND"}) {
        for (const char *held : {"everywhere", "300.0.0.1", "::g", "localhost:80"})
            row(name, held, "an IP address");
    }
    for (const char *held :
         {"localhost:3000", "app.example.com", "http://", "http:///x", "http://a/path", "http://a?q",
          "http://a#f", "http://user@a", "http://a:70000", "http://a:0", "http://*.example.com", "http://a b",
          "not a url", "http://a,b", "ws://a", "file:///tmp", ","})
        row("CLIENT_URL", held, "origins like https://app.example.com");
    for (const char *held : {"socket.io", "/", "//", "/a b", "/a?b", "/a//b", "/\xC3\xA9"})
        row("SOCKET_PATH", held, "a path like /socket.io");
    row("NODE_ENV", "staging", "development, production or test");
    for (const char *held : {"0", "65", "many", "-1"})
        row("WORKERS", held, "auto, or 1 to 64");
    for (const char *held : {"verbose", "5", "warning"})
        row("LOG_LEVEL", held, "error, warn, info or debug");
    row("LOG_FORMAT", "xml", "text or json");
    row("DRAIN_TIMEOUT", "11m", "0 to 10m");
    row("MAILBOX_MAX", "63", "64 to");
    for (const char *held : {"0", "10000001", "many", "-1"})
        row("EVENT_BURST", held, "1 to 10000000");
    for (const char *name : {"PING_INTERVAL", "PING_TIMEOUT", "UPGRADE_TIMEOUT", "CONNECT_TIMEOUT"}) {
        for (const char *held : {"99", "601s", "25 sec", "s", "-5", "1w", "9223372036854775807d"})
            row(name, held, "100ms to 10m");
    }
    for (const char *held : {"999", "101MB", "1TB", "MB"})
        row("MAX_PAYLOAD", held, "1000 to 100MB");
    row("OUTBOX_MAX_BYTES", "99KB", "100KB to 1GB");
    for (const char *held : {"0", "100001", "long"})
        row("MAX_TEXT_LENGTH", held, "1 to 100000");
    row("IDLE_AFTER", "8d", "0 to 7d");
    row("PRESENCE_INTERVAL", "9ms", "10ms to 1m");
    row("PRESENCE_BUDGET", "999", "1KB to 10GB");
    row("PRESENCE_GRACE", "11m", "0 to 10m");
    row("INBOX_MAX_PER_USER", "0", "1 to 10000000");
    row("INBOX_TTL", "999ms", "1s to 3650d");
    for (const char *held : {"49ms", "11s", "0", "-250"})
        row("PROOF_INTERVAL", held, "50ms to 10s");
    for (const char *held : {"61m", "2h", "-1", "off"})
        row("RECOVERY_WINDOW", held, "0 to 1h");
    for (const char *held : {"101GB", "-1", "64 MB"})
        row("RECOVERY_MAX_BYTES", held, "0 to 100GB");
    for (const char *held :
         {"api.example.com", "ftp://a", "https://", "https://a:0", "https://a#f", "https://u:p@a/x"})
        row("API_URL", held, "an http or https address");
    for (const char *held : {"a b", "a*", "a?", "[a]", "a\\", "a#b"})
        row("REDIS_KEY", held, "1 to 100 characters");
    row("REDIS_ADAPTER", "streams", "classic or sharded");
    row("REDIS_REQUIRED", "yes", "false or true");
    row("API_TIMEOUT", "99ms", "100ms to 5m");
    row("API_OUTBOX_MAX_BYTES", "99KB", "100KB to 10TB");
    row("API_RATE", "-1", "0 to 100000");
    for (const char *held : {"31d", "-1", "never"})
        row("DEDUPE_WINDOW", held, "0 to 30d");
    for (const char *held : {"999", "100000001", "0", "many"})
        row("LEDGER_MAX", held, "1000 to 100000000");
    row("DURABILITY", "off", "full or relaxed");
    for (const char *name : {"JWT_SECRET_FILE", "JWT_PUBLIC_KEY_FILE"})
        row(name, " ", "a path");
    for (const char *name : {"JWT_ISSUER", "JWT_AUDIENCE"})
        row(name, " , ", "text");
    row("JWT_EXPIRY", "never", "optional or required");
    for (const char *held : {"a b", "a=b", "a;b", "t\xc3\xb6ken"})
        row("AUTH_COOKIE", held, "the name of a cookie");
    row("CHAT_AUTH", "on", "open or token");
    row("DATA_DIR", " ", "a path");
}

void ConfigTest::load_badValue_namesVariableHeldAndTaken()
{
    QFETCH(QString, name);
    QFETCH(QString, held);
    QFETCH(QString, taken);
    const QString expected =
        QStringLiteral("it holds \"") + held + QStringLiteral("\" (from environment), and takes ");
    const auto result = load({}, {{name, held}});
    QVERIFY(!result);
    const QString line = result.error().line;
    QVERIFY2(line.startsWith(name + u' '), qPrintable(line));
    QVERIFY2(line.contains(expected), qPrintable(line));
    QVERIFY2(line.contains(taken), qPrintable(line));
}

void ConfigTest::load_badFlags_areRefused_data()
{
    QTest::addColumn<QStringList>("flags");
    QTest::addColumn<QString>("line");
    QTest::newRow("unknown") << QStringList{QStringLiteral("--prot=4000")}
                             << QStringLiteral("unknown flag --prot; --help lists the flags");
    QTest::newRow("the variable's name") << QStringList{QStringLiteral("PORT=4000")}
                                         << QStringLiteral("unknown flag PORT; --help lists the flags");
    QTest::newRow("one dash") << QStringList{QStringLiteral("-port"), QStringLiteral("4000")}
                              << QStringLiteral("unknown flag -port; --help lists the flags");
    QTest::newRow("no value") << QStringList{QStringLiteral("--port")}
                              << QStringLiteral(
                                     "--port needs a value: it takes 0 to 65535; 0 picks a free port");
    QTest::newRow("backup without a file")
        << QStringList{QStringLiteral("backup"), QStringLiteral("--data-dir=x")}
        << QStringLiteral("backup needs the name of a file: concierge backup FILE");
    QTest::newRow("two files") << QStringList{QStringLiteral("restore"), QStringLiteral("a"),
                                              QStringLiteral("b")}
                               << QStringLiteral("unknown flag b; --help lists the flags");
    QTest::newRow("a command behind a flag")
        << QStringList{QStringLiteral("--port=0"), QStringLiteral("backup")}
        << QStringLiteral("unknown flag backup; --help lists the flags");
    QTest::newRow("empty value") << QStringList{QStringLiteral("--port=")}
                                 << QStringLiteral("PORT has an unknown value: it holds \"\" (from flag), "
                                                   "and takes 0 to 65535; 0 picks a free port.");
}

void ConfigTest::load_badFlags_areRefused()
{
    QFETCH(QStringList, flags);
    QFETCH(QString, line);
    const auto result = load(flags);
    QVERIFY(!result);
    QCOMPARE(result.error().line, line);
}

void ConfigTest::load_edgeValue_isAccepted_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    const auto row = [](const char *name, const char *value) {
        QTest::addRow("%s=%s", name, value) << QString::fromLatin1(name) << QString::fromLatin1(value);
    };
    row("PORT", "0");
    row("PORT", "65535");
    row("WORKERS", "1");
    row("WORKERS", "64");
    row("DRAIN_TIMEOUT", "0");
    row("DRAIN_TIMEOUT", "10m");
    row("PING_INTERVAL", "100");
    row("PING_INTERVAL", "600000");
    row("MAX_PAYLOAD", "1000");
    row("MAX_TEXT_LENGTH", "100000");
    row("IDLE_AFTER", "0");
    row("IDLE_AFTER", "7d");
    row("INBOX_TTL", "3650d");
    row("PROOF_INTERVAL", "50");
    row("PROOF_INTERVAL", "10s");
    row("RECOVERY_WINDOW", "0");
    row("RECOVERY_WINDOW", "1h");
    row("RECOVERY_MAX_BYTES", "0");
    row("RECOVERY_MAX_BYTES", "100GB");
    row("MEMORY_WATERMARK", "10TB");
    row("DEDUPE_WINDOW", "0");
    row("DEDUPE_WINDOW", "30d");
    row("LEDGER_MAX", "1000");
    row("LEDGER_MAX", "100000000");
    row("PRESENCE_BUDGET", "10GB");
    row("LOG_LEVEL", "DEBUG");
    row("CLIENT_URL", "*");
    row("SOCKET_PATH", "/a/b-c/");
    row("REDIS_URL", "redis://localhost:6379");
    row("REDIS_URL", " ");
    row("REDIS_KEY", "a");
    row("REDIS_ADAPTER", "CLASSIC");
    row("REDIS_REQUIRED", "False");
    row("JWT_SECRET", "");
    row("JWT_SECRET", "{\"keys\":[]}"); // what it holds is looked at at the start
    row("AUTH_COOKIE", "__Host-token");
    row("JWT_EXPIRY", "Optional");
    row("CHAT_AUTH", "OPEN");
}

void ConfigTest::load_edgeValue_isAccepted()
{
    QFETCH(QString, name);
    QFETCH(QString, value);
    const auto result = load({}, {{name, value}});
    QVERIFY2(result.hasValue(), result ? "" : qPrintable(result.error().line));
}

void ConfigTest::load_secretInError_isMasked()
{
    const concierge::app::Setting secret{"REDIS_URL", "", "", "", "", nullptr, true};
    QCOMPARE(concierge::app::masked(secret, QStringLiteral("hunter2")), QStringLiteral("********"));
    for (const char *name : {"JWT_SECRET", "JWT_PUBLIC_KEY"}) {
        const Config config = good(load({}, {{QLatin1String(name), QStringLiteral("hunter2")}}));
        QVERIFY(!printedConfig(config).contains(QLatin1String("hunter2")));
        QVERIFY(!config.keys.isEmpty());
    }
}

void ConfigTest::load_tokenRules_withoutAKey_areRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    const auto row = [](const char *name, const char *value) {
        QTest::newRow(name) << QString::fromLatin1(name) << QString::fromLatin1(value);
    };
    row("JWT_ISSUER", "shop");
    row("JWT_AUDIENCE", "chat");
    row("JWT_USER_CLAIM", "uid");
    row("JWT_EXPIRY", "required");
    row("CHAT_AUTH", "token");
}

/// Whoever sets them takes the server for closed.
void ConfigTest::load_tokenRules_withoutAKey_areRefused()
{
    QFETCH(QString, name);
    QFETCH(QString, value);
    const auto open = load({}, {{name, value}});
    QVERIFY2(!open, "an open server in place of a closed one");
    QVERIFY2(open.error().line.startsWith(name + u' '), qPrintable(open.error().line));
    for (const char *key : {"JWT_SECRET", "JWT_SECRET_FILE", "JWT_PUBLIC_KEY", "JWT_PUBLIC_KEY_FILE"})
        QVERIFY(load({}, {{name, value}, {QLatin1String(key), QStringLiteral("x")}}));
}

void ConfigTest::load_redisUrl_saysWhatIsWrong_andNothingOfIt_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("wrong");
    const auto row = [](const char *url, const char *wrong) {
        QTest::newRow(url) << QString::fromLatin1(url) << QString::fromLatin1(wrong);
    };
    row("hunter2", "has to begin with redis://");
    row("http://hunter2", "has to begin with redis://");
    row("redis://:hunter2@", "names no host");
    row("redis://:hunter2@h:port", "the port has to be a number");
    row("redis://:hunter2@h/x", "database");
    row("unix://hunter2", "third slash");
}

void ConfigTest::load_redisUrl_saysWhatIsWrong_andNothingOfIt()
{
    QFETCH(QString, url);
    QFETCH(QString, wrong);
    const auto result = load({}, {{QStringLiteral("REDIS_URL"), url}});
    QVERIFY(!result);
    const QString line = result.error().line;
    QVERIFY2(line.startsWith(QLatin1String("REDIS_URL ")) && line.contains(wrong), qPrintable(line));
    QVERIFY2(line.contains(QLatin1String("and takes redis://")), qPrintable(line));
    QVERIFY2(!line.contains(QLatin1String("hunter2")), qPrintable(line));
}

void ConfigTest::load_redis_isTaken()
{
    QVERIFY(!good(load({}, {})).redis.url);
    const Config config = good(load({}, {{QStringLiteral("REDIS_URL"), QStringLiteral("rediss://a:b@h:7/3")},
                                         {QStringLiteral("REDIS_KEY"), QStringLiteral("my:chat")},
                                         {QStringLiteral("REDIS_ADAPTER"), QStringLiteral("Sharded")},
                                         {QStringLiteral("REDIS_REQUIRED"), QStringLiteral("true")},
                                         {QStringLiteral("REDIS_CA"), QStringLiteral("/ca.pem")}}));
    QCOMPARE(config.redis.url->host, QStringLiteral("h"));
    QCOMPARE(config.redis.url->database, 3);
    QCOMPARE(config.redis.key, QByteArray("my:chat"));
    QCOMPARE(config.redis.protocol, concierge::cluster::Protocol::Sharded);
    QVERIFY(config.redis.isRequired);
    QCOMPARE(config.redis.caFile, QStringLiteral("/ca.pem"));
}

void ConfigTest::load_redisSettings_withoutWhatTheyNeed_areRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("url");
    QTest::newRow("required") << QStringLiteral("REDIS_REQUIRED") << QStringLiteral("true") << QString();
    QTest::newRow("a CA without Redis")
        << QStringLiteral("REDIS_CA") << QStringLiteral("/ca.pem") << QString();
    QTest::newRow("a CA without TLS")
        << QStringLiteral("REDIS_CA") << QStringLiteral("/ca.pem") << QStringLiteral("redis://h");
}

void ConfigTest::load_redisSettings_withoutWhatTheyNeed_areRefused()
{
    QFETCH(QString, name);
    QFETCH(QString, value);
    QFETCH(QString, url);
    const auto result = load({}, {{name, value}, {QStringLiteral("REDIS_URL"), url}});
    QVERIFY(!result);
    QVERIFY2(result.error().line.startsWith(name + QLatin1String(" is set, but REDIS_URL is not")),
             qPrintable(result.error().line));
}

void ConfigTest::load_apiUrl_needsAKey()
{
    const QString url = QStringLiteral("https://api.example.com:8443/in?x=1");
    const auto without = load({}, {{QStringLiteral("API_URL"), url}});
    QVERIFY(!without);
    QVERIFY2(without.error().line.startsWith(QLatin1String("API_URL is set, but no key is")),
             qPrintable(without.error().line));
    for (const char *key : {"API_KEY", "API_KEY_FILE"}) {
        const Config config = good(
            load({}, {{QStringLiteral("API_URL"), url}, {QLatin1String(key), QStringLiteral("s3cret")}}));
        QCOMPARE(config.api.url, QUrl(url));
        QVERIFY(!printedConfig(config).contains(QLatin1String("API_KEY            = s3cret")));
    }
}

void ConfigTest::load_tokenRules_areTaken()
{
    const Config config = good(load({}, {{QStringLiteral("JWT_SECRET"), QStringLiteral(" s ")},
                                         {QStringLiteral("JWT_ISSUER"), QStringLiteral("shop, shop-2")},
                                         {QStringLiteral("JWT_AUDIENCE"), QStringLiteral("chat")},
                                         {QStringLiteral("JWT_USER_CLAIM"), QStringLiteral("uid")},
                                         {QStringLiteral("JWT_EXPIRY"), QStringLiteral("required")},
                                         {QStringLiteral("AUTH_COOKIE"), QStringLiteral("none")},
                                         {QStringLiteral("CHAT_AUTH"), QStringLiteral("token")}}));
    QCOMPARE(config.keys.secret, QByteArray(" s ")); // to the byte
    QCOMPARE(config.tokens.issuers, (QByteArrayList{"shop", "shop-2"}));
    QCOMPARE(config.tokens.audiences, QByteArrayList{"chat"});
    QCOMPARE(config.tokens.userClaim, QByteArray("uid"));
    QVERIFY(config.tokens.mustExpire);
    QVERIFY(config.authCookie.isEmpty());
    QVERIFY(config.chatsByToken);
    QVERIFY(good(load({}, {})).keys.isEmpty());
    QCOMPARE(good(load({}, {})).authCookie, QByteArray("token"));
}

void ConfigTest::load_lineBreakInValue_staysOneLine()
{
    const auto result = load({}, {{QStringLiteral("PORT"), QStringLiteral("4\n0\x1b[31m%1")}});
    QVERIFY(!result);
    QVERIFY2(result.error().line.contains(QLatin1String("\"4 0 [31m%1\"")), qPrintable(result.error().line));
}

void ConfigTest::load_settingsThatContradict_areRefused_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("line");
    QTest::newRow("one port for both")
        << QStringLiteral("PORT=4001")
        << QStringLiteral("HEALTH_PORT is 4001, the same as PORT: each needs a port of its own.");
    QTest::newRow("same port, same address")
        << QStringLiteral("PORT=4001\nBIND=127.0.0.1")
        << QStringLiteral("HEALTH_PORT is 4001, the same as PORT: each needs a port of its own.");
    QTest::newRow("same port, other address") << QStringLiteral("PORT=4001\nBIND=10.0.0.1") << QString();
    QTest::newRow("both any free port") << QStringLiteral("PORT=0\nHEALTH_PORT=0") << QString();
    QTest::newRow("outbox below payload")
        << QStringLiteral("MAX_PAYLOAD=5MB")
        << QStringLiteral("OUTBOX_MAX_BYTES is 4194304, less than MAX_PAYLOAD (5000000): the largest message "
                          "would never fit.");
    QTest::newRow("outbox as large as payload")
        << QStringLiteral("MAX_PAYLOAD=5MB\nOUTBOX_MAX_BYTES=5MB") << QString();
}

void ConfigTest::load_settingsThatContradict_areRefused()
{
    QFETCH(QString, file);
    QFETCH(QString, line);
    const auto result = load({}, {}, file.toUtf8());
    QCOMPARE(result ? QString() : result.error().line, line);
}

void ConfigTest::load_durationsAndSizes_takeUnits()
{
    const Config config = good(load({}, {},
                                    "PING_INTERVAL=300\nPING_TIMEOUT=500ms\nUPGRADE_TIMEOUT=2s\n"
                                    "CONNECT_TIMEOUT=1m\nIDLE_AFTER=2H\nINBOX_TTL=3d\nMAX_PAYLOAD=2000\n"
                                    "OUTBOX_MAX_BYTES=300kb\nPRESENCE_BUDGET=2GB\n"));
    QCOMPARE(config.pingInterval.count(), 300);
    QCOMPARE(config.pingTimeout.count(), 500);
    QCOMPARE(config.upgradeTimeout.count(), 2'000);
    QCOMPARE(config.connectTimeout.count(), 60'000);
    QCOMPARE(config.idleAfter.count(), 7'200'000);
    QCOMPARE(config.inboxTtl.count(), 259'200'000);
    QCOMPARE(config.maxPayload, qint64(2'000));
    QCOMPARE(config.outboxMaxBytes, qint64(300'000));
    QCOMPARE(config.presenceBudget, qint64(2'000'000'000));
}

void ConfigTest::load_clientUrl_isNormalised_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("origins"); // separated by blanks
    QTest::addColumn<bool>("any");
    const auto row = [](const char *name, const char *text, const char *origins, bool any = false) {
        QTest::newRow(name) << QString::fromUtf8(text) << QByteArray(origins) << any;
    };
    row("one", "http://localhost:3000", "http://localhost:3000");
    row("trailing slash", "https://app.example.com/", "https://app.example.com");
    row("upper case", "HTTPS://App.Example.COM:8443", "https://app.example.com:8443");
    row("list with blanks", " http://a , https://b:1 ", "http://a https://b:1");
    row("trailing comma", "http://a,", "http://a");
    row("twice", "http://a,http://A/", "http://a");
    row("http's own port", "http://a:80", "http://a");
    row("https's own port", "https://a:443", "https://a");
    row("the other's port", "http://a:443", "http://a:443");
    row("IPv4", "http://192.168.1.5:5173", "http://192.168.1.5:5173");
    row("IPv6", "http://[::1]:3000", "http://[::1]:3000");
    row("umlaut",
        "http://b\xC3\xBC"
        "cher.example",
        "http://xn--bcher-kva.example");
    row("mobile shell", "capacitor://localhost", "capacitor://localhost");
    row("any", "*", "", true);
    row("any among others", "http://a,*", "http://a", true);
    row("none", "none", "");
}

void ConfigTest::load_clientUrl_isNormalised()
{
    QFETCH(QString, text);
    QFETCH(QByteArray, origins);
    QFETCH(bool, any);
    const Config config = good(load({QStringLiteral("--client-url"), text}));
    QCOMPARE(config.cors.origins, split(origins));
    QCOMPARE(config.cors.anyOrigin, any);
}

void ConfigTest::load_productionWithoutClientUrl_allowsNoOtherOrigin()
{
    const QByteArray production = "NODE_ENV=production\n";
    QVERIFY(good(load({}, {}, production)).cors.origins.isEmpty());
    QVERIFY(printedConfig(good(load({}, {}, production)))
                .contains(QLatin1String("CLIENT_URL         = none  (default)")));
    QCOMPARE(good(load({}, {}, production + "CLIENT_URL=http://localhost:3000")).cors.origins,
             QList<QByteArray>{"http://localhost:3000"});
    QCOMPARE(good(load({}, {}, "NODE_ENV=test")).cors.origins, QList<QByteArray>{"http://localhost:3000"});
}

void ConfigTest::load_bindAddress_isRead_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("all") << QStringLiteral("*") << QHostAddress(QHostAddress::Any);
    QTest::newRow("both families, as in Node") << QStringLiteral("::") << QHostAddress(QHostAddress::Any);
    QTest::newRow("IPv4 only") << QStringLiteral("0.0.0.0") << QHostAddress(QHostAddress::AnyIPv4);
    QTest::newRow("loopback") << QStringLiteral("localhost") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("IPv6 loopback") << QStringLiteral("::1") << QHostAddress(QHostAddress::LocalHostIPv6);
}

void ConfigTest::load_bindAddress_isRead()
{
    QFETCH(QString, text);
    QFETCH(QHostAddress, address);
    const Config config = good(load({QStringLiteral("--bind"), text, QStringLiteral("--health-bind"), text}));
    QCOMPARE(config.bind, address);
    QCOMPARE(config.healthBind, address);
}

void ConfigTest::load_workersAuto_isANumber()
{
    const int cores = QThread::idealThreadCount();
    const int expected = cores < 4 ? 1 : std::min(cores - 2, 64);
    QCOMPARE(good(load({QStringLiteral("--workers=auto")})).workers, expected);
    QCOMPARE(good(load({QStringLiteral("--workers=4")})).workers, 4);
}

void ConfigTest::load_unknownNamesInFile_areReportedNotRefused()
{
    const Config config = good(load({}, {}, "DATABASE_URL=x\nPORT=5000\nAPI_TOKEN=y\n"));
    QCOMPARE(config.port, quint16(5000));
    QCOMPARE(config.unknownNames, (QStringList{QStringLiteral("API_TOKEN"), QStringLiteral("DATABASE_URL")}));
}

void ConfigTest::load_badSettingWithHelp_stillHelps()
{
    const auto result = load({QStringLiteral("--help")}, {{QStringLiteral("PORT"), QStringLiteral("x")}});
    QVERIFY(result);
    QCOMPARE(result->action, Action::Help);
    QVERIFY(!load({QStringLiteral("--check-config")}, {{QStringLiteral("PORT"), QStringLiteral("x")}}));
}

void ConfigTest::load_backupAndRestore_haveAFileAndTheSettings()
{
    const QString file = QStringLiteral("b.db");
    for (const auto &[word, action] : {std::pair(QStringLiteral("backup"), Action::Backup),
                                       std::pair(QStringLiteral("restore"), Action::Restore)}) {
        const QString flag = QStringLiteral("--data-dir");
        for (const QStringList &flags :
             {QStringList{word, file, flag, QStringLiteral("x")}, {word, flag, QStringLiteral("x"), file}}) {
            const auto result = load(flags);
            QVERIFY2(result.hasValue(), result ? "" : qPrintable(result.error().line));
            QCOMPARE(result->action, action);
            QCOMPARE(result->file, file);
            QCOMPARE(result->config.dataDir, QStringLiteral("x"));
        }
        QCOMPARE(load({word, QStringLiteral("--help")})->action, Action::Help);
        QVERIFY2(helpText().contains(QStringLiteral("concierge ") + word + QStringLiteral(" FILE")),
                 qPrintable(word));
    }
}

void ConfigTest::load_status_hasItsFlagsAndTheSettings()
{
    const QString word = QStringLiteral("status");
    const QString json = QStringLiteral("--json");
    const auto plain = load({word, QStringLiteral("--monitor-socket=x")});
    QVERIFY(plain.hasValue());
    QCOMPARE(plain->action, Action::Status);
    QCOMPARE(plain->config.monitorSocket, QStringLiteral("x"));
    QVERIFY(!plain->isJson && !plain->isWatching);
    const auto both = load({word, json, QStringLiteral("--watch")});
    QVERIFY(both->isJson && both->isWatching);
    QCOMPARE(load({word, QStringLiteral("--help")})->action, Action::Help);
    QVERIFY(helpText().contains(QStringLiteral("concierge status [--json] [--watch]")));
    QVERIFY(!load({word, QStringLiteral("file")})); // it takes none
    QVERIFY(!load({json}));                         // a server has no such flag
}

void ConfigTest::load_monitorSocket_isANameOrAPath_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isGood");
    QTest::addColumn<QString>("socket");
    const auto row = [](const char *text, bool isGood, const char *socket) {
        QTest::newRow(text) << QString::fromUtf8(text) << isGood << QString::fromUtf8(socket);
    };
    row("concierge-monitor", true, "concierge-monitor");
    row("/run/concierge/monitor.sock", true, "/run/concierge/monitor.sock");
    row("\\\\.\\pipe\\concierge", true, "\\\\.\\pipe\\concierge");
    row("none", true, "");
    row("NONE", true, "");
    row("run/monitor.sock", false, ""); // relative to what?
    row(" ", false, "");
    QTest::newRow("longer than a socket's address") << (u'/' + QString(100, u'x')) << false << QString();
}

void ConfigTest::load_monitorSocket_isANameOrAPath()
{
    QFETCH(QString, text);
    QFETCH(bool, isGood);
    QFETCH(QString, socket);
    const auto result = load({QStringLiteral("--monitor-socket"), text});
    QCOMPARE(result.hasValue(), isGood);
    if (isGood)
        QCOMPARE(result->config.monitorSocket, socket);
    else
        QVERIFY2(result.error().line.startsWith(
                     text.size() > 100 ? QStringLiteral("MONITOR_SOCKET is longer than 100 bytes")
                                       : QStringLiteral("MONITOR_SOCKET is no name and no absolute path")),
                 qPrintable(result.error().line));
}

void ConfigTest::load_alertLimits_areTaken_andZeroIsOff()
{
    const monitoring::AlertLimits limits =
        good(load({QStringLiteral("--alert-inbox-age=3d"), QStringLiteral("--alert-disk-free=500MB"),
                   QStringLiteral("--alert-delivery-p95=0"), QStringLiteral("--alert-refused-per-minute=7"),
                   QStringLiteral("--alert-loop-lag=2s"), QStringLiteral("--alert-backup-age=0"),
                   QStringLiteral("--alert-inbox-growth=0")}))
            .alerts;
    QCOMPARE(limits.inboxAge.count(), 3LL * 86'400'000);
    QCOMPARE(limits.diskFree, qint64(500'000'000));
    QCOMPARE(limits.deliveryP95.count(), 0);
    QCOMPARE(limits.refusedPerMinute, qint64(7));
    QCOMPARE(limits.loopLag.count(), 2'000);
    QCOMPARE(limits.backupAge.count(), 0);
    QCOMPARE(limits.inboxGrowth, qint64(0));
    for (const char *flag :
         {"--alert-inbox-age=-1", "--alert-disk-free=much", "--alert-refused-per-minute=1.5"})
        QVERIFY2(!load({QString::fromLatin1(flag)}), flag);
}

void ConfigTest::shownSettings_areAll_withSecretsMasked()
{
    const Config config =
        good(load({QStringLiteral("--port=5000")}, {}, "REDIS_URL=redis://:hunter2@localhost\n"));
    const QList<feed::Setting> shown = shownSettings(config);
    QCOMPARE(shown.size(), static_cast<qsizetype>(settings().size()));
    QVERIFY(shown.contains({QStringLiteral("PORT"), QStringLiteral("5000"), QStringLiteral("flag")}));
    QVERIFY(
        shown.contains({QStringLiteral("REDIS_URL"), QStringLiteral("********"), QStringLiteral(".env")}));
}

void ConfigTest::print_config_showsSourceAndMasksSecrets()
{
    const Config config = good(load({QStringLiteral("--port=5000")}, {},
                                    "REDIS_URL=redis://:hunter2@localhost\nSOCKET_PATH=/chat\n"
                                    "LOG_LEVEL=warn\n"));
    const QString text = printedConfig(config);
    QCOMPARE(text.count(u'\n'), static_cast<qsizetype>(settings().size()));
    QVERIFY(text.contains(QLatin1String("PORT               = 5000  (flag)\n")));
    QVERIFY(text.contains(QLatin1String("LOG_LEVEL          = warn  (.env)\n")));
    QVERIFY(text.contains(QLatin1String("REDIS_URL          = ********  (.env)\n")));
    QVERIFY(!text.contains(QLatin1String("hunter2")));
}

void ConfigTest::load_whichFile_isThatOfTheFlagThenDotEnvThenTheInstalledOne()
{
    const QTemporaryDir folder;
    const ConfigFiles files{folder.filePath(QStringLiteral(".env")),
                            folder.filePath(QStringLiteral("concierge.conf"))};
    const QString named = folder.filePath(QStringLiteral("my own.conf"));
    const auto write = [](const QString &path, const QByteArray &text) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    const auto port = [&files](const QStringList &flags) {
        return good(loadConfig(flags, {}, files)).values.value(QStringLiteral("PORT"));
    };
    QCOMPARE(port({}).origin, QStringLiteral("default"));
    write(files.installed, "PORT=5001\nNOT_OURS=1\n");
    QCOMPARE(port({}).text, QStringLiteral("5001"));
    QCOMPARE(port({}).origin, QStringLiteral("concierge.conf"));
    QCOMPARE(good(loadConfig({}, {}, files)).unknownNames, QStringList{QStringLiteral("NOT_OURS")});
    QCOMPARE(good(loadConfig({}, {}, files)).file, files.installed);
    write(files.dotEnv, "LOG_LEVEL=warn\n");
    QCOMPARE(port({}).origin, QStringLiteral("default")); // the files are not mixed
    write(named, "PORT=5003\n");
    for (const QStringList &flags :
         {QStringList{QStringLiteral("--config"), named}, QStringList{QStringLiteral("--config=") + named},
          QStringList{QStringLiteral("status"), QStringLiteral("--config"), named},
          QStringList{QStringLiteral("backup"), QStringLiteral("--config"), named,
                      QStringLiteral("monday.db")}}) {
        const auto value = port(flags);
        QCOMPARE(value.text, QStringLiteral("5003"));
        QCOMPARE(value.origin, QStringLiteral("my own.conf"));
    }
    QCOMPARE(port({QStringLiteral("--config"), named, QStringLiteral("--port=5004")}).text,
             QStringLiteral("5004"));
}

void ConfigTest::load_configFlag_ofWhatCannotBeRead_saysSo_data()
{
    QTest::addColumn<QStringList>("flags");
    QTest::addColumn<QString>("word");
    QTest::newRow("missing") << QStringList{QStringLiteral("--config"), QStringLiteral("/no/such.conf")}
                             << QStringLiteral("/no/such.conf");
    QTest::newRow("a folder") << QStringList{QStringLiteral("--config=/")} << QStringLiteral("cannot read /");
    QTest::newRow("no name") << QStringList{QStringLiteral("--config")}
                             << QStringLiteral("the name of a file");
    QTest::newRow("an empty name") << QStringList{QStringLiteral("--config=")}
                                   << QStringLiteral("the name of a file");
}

void ConfigTest::load_configFlag_ofWhatCannotBeRead_saysSo()
{
    QFETCH(QStringList, flags);
    QFETCH(QString, word);
    const auto result = load(flags);
    QVERIFY(!result);
    QVERIFY2(result.error().line.contains(word), qPrintable(result.error().line));
}

/// A folder in its place is what no user, root included, can read as a file.
void ConfigTest::load_installedFile_thatMayNotBeRead_leavesItsSocketToStatusAlone()
{
    const QTemporaryDir folder;
    const ConfigFiles files{folder.filePath(QStringLiteral(".env")), folder.path()};
    const QString name = QStringLiteral("MONITOR_SOCKET");
    QCOMPARE(good(loadConfig({QStringLiteral("status")}, {}, files)).monitorSocket,
             installedLayout().monitorSocket);
    QCOMPARE(good(loadConfig({}, {}, files)).values.value(name).origin, QStringLiteral("default"));
    const auto printed = loadConfig({QStringLiteral("--print-config")}, {}, files);
    QVERIFY(printed);
    QCOMPARE(printed->unread, folder.path());
}

void ConfigTest::load_logFile_hasAPathSizeAndNumber()
{
    QVERIFY(good(load({})).logFile.isEmpty());
    const Config config =
        good(load({QStringLiteral("--log-file=/tmp/a.log"), QStringLiteral("--log-file-bytes=20KB"),
                   QStringLiteral("--log-file-count=2")}));
    QCOMPARE(config.logFile, QStringLiteral("/tmp/a.log"));
    QCOMPARE(config.logFileBytes, qint64(20'000));
    QCOMPARE(config.logFileCount, 2);
    for (const char *flag : {"--log-file= ", "--log-file-bytes=9KB", "--log-file-count=0"})
        QVERIFY2(!load({QString::fromLatin1(flag)}), flag);
}

QTEST_GUILESS_MAIN(ConfigTest)
#include "tst_config.moc"
