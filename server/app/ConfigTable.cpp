#include "app/ConfigTable.h"

#include "app/ConfigSetters.h"

#include <algorithm>

namespace concierge::app {

using namespace setters;

namespace {

constexpr qint64 second = 1'000;
constexpr qint64 day = 86'400'000;

const Setting rows[] = {
    {"PORT", "4000", "0 to 65535; 0 picks a free port", "Port for HTTP and WebSocket clients.", "Network",
     setNumber<&Config::port, 0, 65'535>},
    {"BIND", "*", "an IP address, localhost, or * for all", "Address to listen on.", "Network",
     setAddress<&Config::bind>},
    {"CLIENT_URL", "http://localhost:3000",
     "origins like https://app.example.com, comma-separated; * for any; none for the server's own only",
     "Origins of the pages that may connect (CORS with credentials). With NODE_ENV=production the default is "
     "none.",
     "Network", setClientUrl},
    {"SOCKET_PATH", "/socket.io", "a path like /socket.io", "Path of the Socket.IO endpoint.", "Network",
     setSocketPath},
    {"TLS_CERT", "", "a path; a relative one begins at the working directory",
     "PEM file of the server's certificate, then those that vouch for it. Set with TLS_KEY: the port speaks "
     "https and wss, and nothing else.",
     "Network", setFileName<&Config::tlsCertificate>},
    {"TLS_KEY", "", "a path; a relative one begins at the working directory",
     "PEM file of the certificate's private key, not encrypted. Both files are read again when they change.",
     "Network", setFileName<&Config::tlsKey>},
    {"HEALTH_PORT", "4001", "0 to 65535; 0 picks a free port", "Port of /health, /ready and /metrics.",
     "Network", setNumber<&Config::healthPort, 0, 65'535>},
    {"HEALTH_BIND", "127.0.0.1", "an IP address, localhost, or * for all",
     "Address of /health, /ready and /metrics.", "Network", setAddress<&Config::healthBind>},
    {"NODE_ENV", "development", "development, production or test",
     "Kind of installation; production warns louder.", "Process",
     setEnum<NodeEnvironment, &Config::environment, environmentNames>},
    {"WORKERS", "auto", "auto, or 1 to 64",
     "Io threads. auto: 1 below four cores, else cores - 2. With 1, everything runs on one thread.",
     "Process", setWorkers},
    {"RUN_AS", "", "a user of this system, or root; on Windows nothing",
     "Who the server becomes where root starts it. Empty: whom DATA_DIR belongs to, or the folder that it is "
     "made in. If that is root, or root is set, root it stays.",
     "Process", setRunAs},
    {"CORE_DUMPS", "off", "off or on",
     "on: when the server crashes, the system may keep an image of its memory, to look for the fault in. It "
     "holds messages and secrets.",
     "Process", setCoreDumps},
    {"LOG_LEVEL", "info", "error, warn, info or debug", "Least severity that is logged.", "Process",
     setEnum<LogLevel, &Config::logLevel, levelNames>},
    {"LOG_FORMAT", "text", "text or json", "One line per event, either way.", "Process",
     setEnum<LogFormat, &Config::logFormat, formatNames>},
    {"LOG_FILE", "", "a path; a relative one begins at the working directory",
     "File that the log is written to, in place of stderr.", "Process", setLogFile},
    {"LOG_FILE_BYTES", "10MB", "10KB to 10GB",
     "Size at which the log file is renamed to one that ends in .1, and a new one begun.", "Process",
     setBytes<&Config::logFileBytes, 10'000, 10'000'000'000>},
    {"LOG_FILE_COUNT", "5", "1 to 1000", "Log files that are kept: the current one, and .1, .2 and so on.",
     "Process", setNumber<&Config::logFileCount, 1, 1'000>},
    {"DRAIN_TIMEOUT", "10s", "0 to 10m", "Longest a stop may take to let sessions end.", "Process",
     setDuration<&Config::drainTimeout, 0, 600 * second>},
    {"MAILBOX_MAX", "65536", "64 to 16777216",
     "Events that may wait for the chat; above, they are answered `unavailable`.", "Process",
     setNumber<&Config::mailboxMax, 64, 16'777'216>},
    {"PING_INTERVAL", "25s", "100ms to 10m", "Time between heartbeats.", "Protocol",
     setDuration<&Config::pingInterval, 100, 600 * second>},
    {"PING_TIMEOUT", "20s", "100ms to 10m", "Time for a heartbeat's answer.", "Protocol",
     setDuration<&Config::pingTimeout, 100, 600 * second>},
    {"UPGRADE_TIMEOUT", "10s", "100ms to 10m", "Time for an upgrade to WebSocket to complete.", "Protocol",
     setDuration<&Config::upgradeTimeout, 100, 600 * second>},
    {"CONNECT_TIMEOUT", "45s", "100ms to 10m", "Time for a session to join a namespace.", "Protocol",
     setDuration<&Config::connectTimeout, 100, 600 * second>},
    {"MAX_PAYLOAD", "1000000", "1000 to 100MB", "Largest HTTP body and WebSocket message, in bytes.",
     "Protocol", setBytes<&Config::maxPayload, 1'000, 100'000'000>},
    {"OUTBOX_MAX_BYTES", "4194304", "100KB to 1GB, and at least MAX_PAYLOAD",
     "Bytes that may wait for one slow client before it is closed.", "Protocol",
     setBytes<&Config::outboxMaxBytes, 100'000, 1'000'000'000>},
    {"JWT_SECRET", "", "a secret of 32 bytes or more, or a JWK Set",
     "Token mode: clients sign in with a JSON Web Token, signed with this (HS256, HS384, HS512). Without it "
     "and "
     "the next three, anybody may be any user.",
     "Sign-in", setKey<&auth::KeySettings::secret>, true},
    {"JWT_SECRET_FILE", "", "a path",
     "The same in a file, as it is or as a JWK Set: several secrets, each with its kid. Read anew when it "
     "changes.",
     "Sign-in", setKeyFile<&auth::KeySettings::secretFile>},
    {"JWT_PUBLIC_KEY", "", "PEM, or a JWK Set",
     "Token mode with public keys (RS, PS, ES, EdDSA): who signs the tokens shares no secret with this "
     "server.",
     "Sign-in", setKey<&auth::KeySettings::publicKey>, true},
    {"JWT_PUBLIC_KEY_FILE", "", "a path",
     "The same in a file: PEM, one key or several, or a JWK Set. Read anew when it changes.", "Sign-in",
     setKeyFile<&auth::KeySettings::publicKeyFile>},
    {"JWT_ISSUER", "", "text; several comma-separated", "Who must have issued a token (iss). Empty: anybody.",
     "Sign-in", setTokenList<&auth::TokenRules::issuers>},
    {"JWT_AUDIENCE", "", "text; several comma-separated", "Whom a token must be for (aud). Empty: anybody.",
     "Sign-in", setTokenList<&auth::TokenRules::audiences>},
    {"JWT_USER_CLAIM", "", "the name of a claim",
     "What in a token is the user's id. Empty: the first there is of id, sub and userId.", "Sign-in",
     setUserClaim},
    {"JWT_EXPIRY", "optional", "optional or required",
     "required: a token without an expiry (exp) is refused. One that has an expiry is never good beyond it.",
     "Sign-in", setExpiry},
    {"AUTH_COOKIE", "token", "the name of a cookie, or none",
     "Cookie that may carry the token, where the client gives none itself.", "Sign-in", setCookie},
    {"CHAT_AUTH", "open", "open or token",
     "token: `joinChat` takes only the chats that the token's claim `chats`, an array of ids, names.",
     "Sign-in", setChatAuth},
    {"TRUST_PROXY", "",
     "addresses and networks like 10.0.0.0/8, and loopback, comma-separated; nothing for none",
     "Proxies in front of the server. From them, and nobody else, X-Forwarded-For says who the client is: "
     "its "
     "rightmost address that is no such proxy.",
     "Limits", setTrustProxy},
    {"MAX_CONNECTIONS", "100000", "0 to 10000000; 0 is any number",
     "Connections in total; more are answered 503. File descriptors are the other limit.", "Limits",
     setLimit<&Limits::connections, 10'000'000>},
    {"MAX_CONNECTIONS_PER_ADDRESS", "0", "0 to 10000000; 0 is any number",
     "Connections of one address (of IPv6, one network of 64 bits); more are answered 429. Behind a proxy, "
     "set "
     "TRUST_PROXY first.",
     "Limits", setLimit<&Limits::connectionsPerAddress, 10'000'000>},
    {"CONNECTION_RATE", "0", "0 to 100000; 0 is any number",
     "New connections a second of one address, and ten times that at once; more are answered 429. Behind a "
     "proxy, set TRUST_PROXY first.",
     "Limits", setLimit<&Limits::connectionRate, 100'000>},
    {"MAX_CONNECTIONS_PER_USER", "1000", "0 to 1000000; 0 is any number",
     "Connections that may be registered for one user; a further newUser is answered `rate_limited`.",
     "Limits", setLimit<&Limits::connectionsPerUser, 1'000'000>},
    {"EVENT_RATE", "1000", "0 to 1000000; 0 is any number",
     "Events a second of one connection; more are answered `rate_limited`. newUser as somebody else "
     "counts as 100, CONNECT again as 500.",
     "Limits", setLimit<&Limits::eventRate, 1'000'000>},
    {"EVENT_BURST", "10000", "1 to 10000000",
     "Events that one connection may send at once, beyond EVENT_RATE.", "Limits",
     setLimit<&Limits::eventBurst, 10'000'000, 1>},
    {"BYTE_RATE", "10MB", "0, or 100KB to 100MB; 0 is any number",
     "Bytes a second of one connection, and at once two seconds' worth, or twice MAX_PAYLOAD where that is "
     "more. Who sends more is read from more "
     "slowly; "
     "nothing is lost.",
     "Limits", setLimitBytes<&Limits::byteRate, 100'000, 100'000'000>},
    {"REGISTER_TIMEOUT", "0", "0, or 100ms to 24h; 0 is never",
     "Time for a connection to say newUser; then it is closed. For front ends whose clients all do.",
     "Limits", setRegisterTimeout},
    {"MAX_ROOMS_PER_USER", "10000", "0 to 10000000; 0 is any number",
     "Chats that one user may be a member of; a further joinChat is answered `forbidden`.", "Limits",
     setLimit<&Limits::roomsPerUser, 10'000'000>},
    {"MEMORY_WATERMARK", "0", "0, or 1MB to 10TB; 0 is none",
     "Resident memory of the server above which new connections are answered 503, until it is 10 % below; "
     "those "
     "there are go on.",
     "Limits", setLimitBytes<&Limits::memoryWatermark, 1'000'000, 10'000'000'000'000>},
    {"MAX_TEXT_LENGTH", "1000", "1 to 100000", "Longest message text in UTF-16 units; longer ones are cut.",
     "Chat", setNumber<&Config::maxTextLength, 1, 100'000>},
    {"IDLE_AFTER", "5m", "0 to 7d; 0 is never", "Quiet time after which a user counts as idle.", "Chat",
     setDuration<&Config::idleAfter, 0, 7 * day>},
    {"PRESENCE_INTERVAL", "250ms", "10ms to 1m", "Least time between two rounds of presence.", "Chat",
     setDuration<&Config::presenceInterval, 10, 60 * second>},
    {"PRESENCE_BUDGET", "8MB", "1KB to 10GB", "Bytes a second that presence may take of the wire.", "Chat",
     setBytes<&Config::presenceBudget, 1'000, 10'000'000'000>},
    {"PRESENCE_GRACE", "3s", "0 to 10m", "A user who is back within this time never shows as offline.",
     "Chat", setDuration<&Config::presenceGrace, 0, 600 * second>},
    {"INBOX_MAX_PER_USER", "10000", "1 to 10000000", "Messages that may wait for one user.", "Chat",
     setNumber<&Config::inboxMaxPerUser, 1, 10'000'000>},
    {"INBOX_TTL", "30d", "1s to 3650d", "How long a message waits.", "Chat",
     setDuration<&Config::inboxTtl, second, 3650 * day>},
    {"DATA_DIR", "concierge-data", "a path; a relative one begins at the working directory",
     "Folder of the database of what waits; made where it is missing. One server at a time.", "Delivery",
     setDataDir},
    {"DURABILITY", "full", "full or relaxed",
     "full: what is acknowledged survives a power failure. relaxed: it survives the end of the process, "
     "however that "
     "comes, but a power failure or a crash of the system may take the last of it.",
     "Delivery", setEnum<store::Durability, &Config::durability, durabilityNames>},
    {"PROOF_INTERVAL", "250ms", "50ms to 10s",
     "Least time between two pings that ask a client what it has read. A message that is not proven within "
     "twice that is written to the inbox.",
     "Delivery", setDuration<&Config::proofInterval, 50, 10 * second>},
    {"RECOVERY_WINDOW", "2m", "0 to 1h; 0 turns recovery off",
     "How long a client whose connection was lost may come back for its socket and what it missed.",
     "Delivery", setDuration<&Config::recoveryWindow, 0, 3'600 * second>},
    {"RECOVERY_MAX_BYTES", "64MB", "0 to 100GB",
     "Memory for clients whose connection was lost, all together; over it, the longest lost have the inbox.",
     "Delivery", setBytes<&Config::recoveryMaxBytes, 0, 100'000'000'000>},
    {"DEDUPE_WINDOW", "24h", "0 to 30d; 0 takes every message for a new one",
     "How long a message that is sent again with its messageId is known for one.", "Delivery",
     setDuration<&Config::dedupeWindow, 0, 30 * day>},
    {"LEDGER_MAX", "200000", "1000 to 100000000",
     "Messages whose ids are remembered, for DEDUPE_WINDOW and for read receipts.", "Delivery",
     setNumber<&Config::ledgerMax, 1'000, 100'000'000>},
    {"MONITOR_SOCKET", "concierge-monitor",
     "a name, the absolute path of a socket file (on Windows a pipe's), or none",
     "Local socket that monitors and `concierge status` connect to. A path that is set is open to the file's "
     "group too, all else to the server's user alone.",
     "Monitoring", setMonitorSocket},
    {"ALERT_INBOX_GROWTH", "1000", "0 to 1000000000; 0 turns it off",
     "Alert `inbox_growing`: so many more messages wait than ten minutes ago.", "Monitoring",
     setAlertNumber<&monitoring::AlertLimits::inboxGrowth, 1'000'000'000>},
    {"ALERT_INBOX_AGE", "7d", "0 to 3650d; 0 turns it off",
     "Alert `inbox_old`: a message has waited for so long.", "Monitoring",
     setAlertSpan<&monitoring::AlertLimits::inboxAge, 3650 * day>},
    {"ALERT_DISK_FREE", "1GB", "0 or more; 0 turns it off",
     "Alert `disk_low`: less than this is free on the disk of DATA_DIR.", "Monitoring", setAlertDisk},
    {"ALERT_DELIVERY_P95", "1s", "0 to 1h; 0 turns it off",
     "Alert `delivery_slow`: one message in twenty takes so long from its sender to its receiver.",
     "Monitoring", setAlertSpan<&monitoring::AlertLimits::deliveryP95, 3'600 * second>},
    {"ALERT_REFUSED_PER_MINUTE", "300", "0 to 1000000000; 0 turns it off",
     "Alert `refused_burst`: so many connections were refused within a minute.", "Monitoring",
     setAlertNumber<&monitoring::AlertLimits::refusedPerMinute, 1'000'000'000>},
    {"ALERT_LIMITED_PER_MINUTE", "30", "0 to 1000000000; 0 turns it off",
     "Alert `limit_reached`: limits refused so many connections and events within a minute.", "Monitoring",
     setAlertNumber<&monitoring::AlertLimits::limitedPerMinute, 1'000'000'000>},
    {"ALERT_LOOP_LAG", "500ms", "0 to 1h; 0 turns it off",
     "Alert `loop_lag`: a thread's next task waits for so long.", "Monitoring",
     setAlertSpan<&monitoring::AlertLimits::loopLag, 3'600 * second>},
    {"ALERT_BACKUP_AGE", "7d", "0 to 3650d; 0 turns it off",
     "Notice `backup_old`: the last backup is so old, or there is none and the server has run for so long.",
     "Monitoring", setAlertSpan<&monitoring::AlertLimits::backupAge, 3650 * day>},
    {"API_URL", "", "an http or https address",
     "Your own back end: every message that is accepted is posted there, from an outbox on disk until it "
     "answers "
     "2xx. Needs API_KEY or API_KEY_FILE.",
     "Your own back end", setApiUrl},
    {"API_KEY", "", "16 to 512 characters without spaces",
     "Secret that your back end and this server share: signs what is posted to API_URL, and opens /api on "
     "HEALTH_PORT. Without it and the next one, there is no /api.",
     "Your own back end", setApiKey, true},
    {"API_KEY_FILE", "", "a path",
     "The same in a file, one key a line; all of them are good. Read anew when it changes.",
     "Your own back end", setApiKeyFile},
    {"API_TIMEOUT", "10s", "100ms to 5m", "Time for API_URL to answer; then it is asked again later.",
     "Your own back end", setApiTimeout},
    {"API_OUTBOX_MAX_BYTES", "2GB", "100KB to 10TB",
     "Bytes of messages that may wait on disk for API_URL; beyond, new messages are answered `unavailable`.",
     "Your own back end", setApiOutbox},
    {"API_RATE", "200", "0 to 100000; 0 is any number",
     "Requests a second that one address may make to /api, and ten times that at once; more are answered "
     "429.",
     "Your own back end", setApiRate},
    {"REDIS_URL", "", "redis://, rediss:// (TLS) or unix://, then user:password@host:port/database",
     "Redis (or Valkey) that makes this server a node of a Socket.IO cluster, beside Node servers with "
     "@socket.io/redis-adapter. Empty: it works alone.",
     "Cluster", setRedisUrl, true},
    {"REDIS_KEY", "socket.io", "1 to 100 characters, no spaces and none of * ? [ ] \\ #",
     "What the names of the cluster's channels in Redis begin with: the option `key` of the Node servers, or "
     "`channelPrefix`.",
     "Cluster", setRedisKey},
    {"REDIS_ADAPTER", "classic", "classic or sharded",
     "The kind of adapter that the Node servers have: createAdapter() or createShardedAdapter(). sharded "
     "needs "
     "Redis 7.",
     "Cluster", setRedisAdapter},
    {"REDIS_REQUIRED", "false", "false or true",
     "true: the server does not start when Redis does not answer, and /ready says 503 while it does not. "
     "false: "
     "it serves its own users, and goes on trying.",
     "Cluster", setRedisRequired},
    {"REDIS_CA", "", "a path; a relative one begins at the working directory",
     "PEM file of the authorities that a rediss:// server's certificate is trusted by. Empty: those of the "
     "system.",
     "Cluster", setRedisCa},
};

} // namespace

std::span<const Setting> settings()
{
    return rows;
}

std::optional<LogLevel> logLevelOf(const QString &name)
{
    Config config;
    if (setEnum<LogLevel, &Config::logLevel, levelNames>(config, name))
        return std::nullopt;
    return config.logLevel;
}

QString masked(const Setting &setting, const QString &text)
{
    return setting.isSecret && !text.isEmpty() ? QStringLiteral("********") : text;
}

QString flagOf(const Setting &setting)
{
    return QStringLiteral("--") + QString::fromLatin1(setting.name).toLower().replace(u'_', u'-');
}

} // namespace concierge::app
