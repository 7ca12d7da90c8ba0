#pragma once

#include "auth/ApiKeys.h"
#include "auth/KeySource.h"
#include "cluster/Adapter.h"
#include "monitoring/AlertRules.h"
#include "redis/Url.h"
#include "shared/Clock.h"
#include "shared/DotEnv.h"
#include "shared/Feed.h"
#include "shared/Result.h"
#include "store/Durability.h"
#include "transport/IoWorker.h"

#include <QByteArray>
#include <QHash>
#include <QHostAddress>
#include <QList>
#include <QString>
#include <QStringList>
#include <QUrl>

#include <optional>

namespace concierge::app {

enum class LogLevel : quint8 { Error, Warn, Info, Debug };
enum class LogFormat : quint8 { Text, Json };
enum class NodeEnvironment : quint8 { Development, Production, Test };

/// What one client, one address and all of them may take. 0: no such limit.
struct Limits
{
    qint64 connections = 100'000;
    qint64 connectionsPerAddress = 0;
    int connectionsPerUser = 1'000;
    qint64 connectionRate = 0;    ///< new ones a second and address; the burst is ten seconds' worth
    qint64 eventRate = 1'000;     ///< a second and socket
    qint64 eventBurst = 10'000;   ///< at once
    qint64 byteRate = 10'000'000; ///< a second and socket
    Milliseconds registerTimeout{0};
    int roomsPerUser = 10'000;
    qint64 memoryWatermark = 0; ///< bytes of resident memory
};

/// The platform's own back end.
struct ApiSettings
{
    QUrl url; ///< every message is posted there; empty: none is
    auth::ApiKeySettings keys;
    Milliseconds timeout{10'000};
    qint64 outboxMaxBytes = 2'000'000'000;
    qint64 rate = 200; ///< requests to us a second and address; the burst is ten seconds' worth; 0: any
};

/// The cluster that this server is a node of.
struct RedisSettings
{
    std::optional<redis::Url> url; ///< nothing: it is alone
    QByteArray key = "socket.io";  ///< that the channels' names begin with
    cluster::Protocol protocol = cluster::Protocol::Classic;
    bool isRequired = false;
    QString caFile; ///< empty: the system's authorities
};

/// Everything an operator may set, checked. Where each came from is in `values`.
struct Config
{
    quint16 port = 4000; ///< 0: any free one
    QHostAddress bind{QHostAddress::Any};
    transport::CorsOptions cors;
    QByteArray socketPath = "/socket.io";
    NodeEnvironment environment = NodeEnvironment::Development;
    int workers = 1; ///< resolved: `auto` is a number here
    quint16 healthPort = 4001;
    QHostAddress healthBind{QHostAddress::LocalHost};
    LogLevel logLevel = LogLevel::Info;
    LogFormat logFormat = LogFormat::Text;
    store::Durability durability = store::Durability::Full;
    qsizetype maxTextLength = 1000; ///< UTF-16 code units
    qint64 maxPayload = 1'000'000;
    qint64 outboxMaxBytes = 4'194'304;
    qsizetype mailboxMax = 65'536;
    Limits limits;
    transport::TrustedProxies proxies;
    Milliseconds pingInterval{25'000};
    Milliseconds pingTimeout{20'000};
    Milliseconds upgradeTimeout{10'000};
    Milliseconds connectTimeout{45'000};
    Milliseconds drainTimeout{10'000};
    Milliseconds idleAfter{300'000};
    Milliseconds presenceInterval{250};
    qint64 presenceBudget = 8'000'000; ///< bytes a second
    Milliseconds presenceGrace{3'000};
    int inboxMaxPerUser = 10'000;
    Milliseconds inboxTtl{2'592'000'000};
    Milliseconds proofInterval{250};
    Milliseconds recoveryWindow{120'000};
    qint64 recoveryMaxBytes = 64'000'000;
    Milliseconds dedupeWindow{86'400'000};
    int ledgerMax = 200'000;
    QString dataDir = QStringLiteral("concierge-data");
    QString monitorSocket = QStringLiteral("concierge-monitor"); ///< a name or a path; empty: none
    monitoring::AlertLimits alerts;
    QString logFile; ///< empty: stderr
    qint64 logFileBytes = 10'000'000;
    int logFileCount = 5;            ///< the current one included
    auth::KeySettings keys;          ///< none: open mode
    auth::TokenRules tokens;         ///< what a token must say
    QByteArray authCookie = "token"; ///< empty: none
    bool chatsByToken = false;       ///< CHAT_AUTH=token
    QString tlsCertificate;          ///< a file; empty: no TLS
    QString tlsKey;
    ApiSettings api;
    QString runAs;          ///< RUN_AS: a user, "root", or empty
    bool coreDumps = false; ///< CORE_DUMPS=on
    RedisSettings redis;

    struct Value
    {
        QString text;   ///< as given, or the default
        QString origin; ///< "default", "environment", "flag", or the file's name
    };
    QHash<QString, Value> values; ///< by setting name
    QString file;                 ///< that was read; empty: none
    QStringList unknownNames;     ///< in that file, sorted; other programs share `.env`
};

/// What the command line asks for.
enum class Action : quint8 {
    Run,
    Help,
    Version,
    PrintConfig,
    CheckConfig,
    PrintEnvExample,
    PrintInstalledConfig,
    PrintSettingsTable,
    Backup,
    Restore,
    Status
};

struct ConfigError
{
    QString line; ///< names the variable, what it held and what it takes; never a line break
};

struct Invocation
{
    Action action = Action::Run;
    QString file;            ///< of Backup and Restore
    bool isJson = false;     ///< of Status: --json
    bool isWatching = false; ///< of Status: --watch
    QString unread;          ///< the installed file, where this user may not read it; else empty
    Config config;
};

using Environment = DotEnv; ///< of a process too: values by name

/// Where settings may be kept, when --config names no file.
struct ConfigFiles
{
    QString dotEnv;    ///< `.env` in the working directory
    QString installed; ///< of the installed server, where there is no `.env`; empty: of none
};

/// Flags beat the environment, which beats the file, which beats the defaults. `arguments` without the
/// program's name. Thread: any; touches nothing but the file that is read.
Result<Invocation, ConfigError> loadConfig(const QStringList &arguments, const Environment &environment,
                                           const ConfigFiles &files);

QString helpText();
/// `NAME = value  (origin)` a line; secrets masked.
QString printedConfig(const Config &config);
/// The same for the feed's `hello`.
QList<feed::Setting> shownSettings(const Config &config);
/// resources/env.example and the README's table: both are generated, and a test compares them.
QString envExample();
QString settingsTable();
/// The configuration file of an installed server, as it is before anybody has changed it.
QString installedConfig();

} // namespace concierge::app
