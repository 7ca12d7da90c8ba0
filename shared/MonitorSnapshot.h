#pragma once

#include "shared/JsonFields.h"
#include "shared/Result.h"

#include <QJsonObject>
#include <QList>
#include <QMap>
#include <QString>

#include <optional>

/// The figures of a running server, as they cross the monitor's feed. Plain values; every count is since the
/// server's start unless it says otherwise; times of day are milliseconds since 1970-01-01T00:00:00Z. A field
/// is added by one member and one line of describe(); one that changes its meaning gets another name.
namespace concierge {

#define CONCIERGE_DESCRIBE                                                                                   \
    template <class Self, class Visit>                                                                       \
    static void describe(Self &self, Visit &&visit)

struct ConnectionFigures
{
    qint64 now = 0;                ///< Engine.IO sessions
    qint64 peak = 0;               ///< highest `now`
    qint64 peakAt = 0;             ///< time of day
    qint64 peakToday = 0;          ///< highest `now` since midnight, local time
    qint64 total = 0;              ///< handshakes
    qint64 webSocket = 0;          ///< of `now`
    qint64 polling = 0;            ///< of `now`
    qint64 recovered = 0;          ///< sockets that got their session back after a gap
    QMap<QString, qint64> refused; ///< by reason: "origin", "draining", "bad_request", …
    /// Why no new connection is taken now: "descriptors", "memory", "max_connections"; empty: they are.
    QString blocked;

    CONCIERGE_DESCRIBE
    {
        visit("now", self.now);
        visit("peak", self.peak);
        visit("peakAt", self.peakAt);
        visit("peakToday", self.peakToday);
        visit("total", self.total);
        visit("webSocket", self.webSocket);
        visit("polling", self.polling);
        visit("recovered", self.recovered);
        visit("refused", self.refused);
        visit("blocked", self.blocked);
    }
    friend bool operator==(const ConnectionFigures &, const ConnectionFigures &) = default;
};

struct UserFigures
{
    qint64 online = 0; ///< users with a live socket, the idle ones too
    qint64 idle = 0;

    CONCIERGE_DESCRIBE
    {
        visit("online", self.online);
        visit("idle", self.idle);
    }
    friend bool operator==(const UserFigures &, const UserFigures &) = default;
};

struct MessageFigures
{
    qint64 received = 0;  ///< `sendMessage` taken
    qint64 delivered = 0; ///< `getMessage` written, one a receiving user
    qint64 stored = 0;    ///< written to the inbox, one a receiving user
    qint64 read = 0;      ///< by `messageRead`
    qint64 expired = 0;
    qint64 duplicates = 0;          ///< recognised by their messageId
    QMap<QString, qint64> rejected; ///< events answered with an error, by its code

    CONCIERGE_DESCRIBE
    {
        visit("received", self.received);
        visit("delivered", self.delivered);
        visit("stored", self.stored);
        visit("read", self.read);
        visit("expired", self.expired);
        visit("duplicates", self.duplicates);
        visit("rejected", self.rejected);
    }
    friend bool operator==(const MessageFigures &, const MessageFigures &) = default;
};

/// What waits for users who are offline, now.
struct WaitingFigures
{
    qint64 messages = 0;
    qint64 users = 0;
    std::optional<qint64> oldestMs; ///< age of the oldest message; nothing waits: none

    CONCIERGE_DESCRIBE
    {
        visit("messages", self.messages);
        visit("users", self.users);
        visit("oldestMs", self.oldestMs);
    }
    friend bool operator==(const WaitingFigures &, const WaitingFigures &) = default;
};

/// Of the last ten seconds; none of them where nothing happened in these.
struct LatencyFigures
{
    qint64 count = 0;
    std::optional<double> p50Ms;
    std::optional<double> p95Ms;
    std::optional<double> p99Ms;
    std::optional<double> maxMs;

    CONCIERGE_DESCRIBE
    {
        visit("count", self.count);
        visit("p50Ms", self.p50Ms);
        visit("p95Ms", self.p95Ms);
        visit("p99Ms", self.p99Ms);
        visit("maxMs", self.maxMs);
    }
    friend bool operator==(const LatencyFigures &, const LatencyFigures &) = default;
};

/// A second, averaged over the time since the snapshot before, at least one second.
struct RateFigures
{
    double received = 0;  ///< messages
    double delivered = 0; ///< messages
    double read = 0;      ///< messages
    double refused = 0;   ///< connections
    double bytesIn = 0;
    double bytesOut = 0;

    CONCIERGE_DESCRIBE
    {
        visit("received", self.received);
        visit("delivered", self.delivered);
        visit("read", self.read);
        visit("refused", self.refused);
        visit("bytesIn", self.bytesIn);
        visit("bytesOut", self.bytesOut);
    }
    friend bool operator==(const RateFigures &, const RateFigures &) = default;
};

struct ThreadFigures
{
    QString name;       ///< "main", "io-0", "chat", "store"
    double lagMs = 0;   ///< how long a new task waits for its turn: the worst of the last second
    qint64 waiting = 0; ///< what waits in its mailbox

    CONCIERGE_DESCRIBE
    {
        visit("name", self.name);
        visit("lagMs", self.lagMs);
        visit("waiting", self.waiting);
    }
    friend bool operator==(const ThreadFigures &, const ThreadFigures &) = default;
};

struct StoreFigures
{
    QString folder;
    bool isWorking = true;
    QString problem;                  ///< one line, where it is not working
    qint64 bytes = 0;                 ///< the database's files
    qint64 diskFree = 0;              ///< of the folder's disk, bytes that the server may take
    qint64 diskTotal = 0;             ///< bytes
    std::optional<qint64> lastBackup; ///< time of day
    double batch = 0;                 ///< entries a commit, of the last ten seconds

    CONCIERGE_DESCRIBE
    {
        visit("folder", self.folder);
        visit("isWorking", self.isWorking);
        visit("problem", self.problem);
        visit("bytes", self.bytes);
        visit("diskFree", self.diskFree);
        visit("diskTotal", self.diskTotal);
        visit("lastBackup", self.lastBackup);
        visit("batch", self.batch);
    }
    friend bool operator==(const StoreFigures &, const StoreFigures &) = default;
};

struct PresenceFigures
{
    qint64 rounds = 0;
    qint64 bytes = 0;

    CONCIERGE_DESCRIBE
    {
        visit("rounds", self.rounds);
        visit("bytes", self.bytes);
    }
    friend bool operator==(const PresenceFigures &, const PresenceFigures &) = default;
};

/// Of a server with a certificate of its own.
struct TlsFigures
{
    std::optional<qint64> expires; ///< time of day when the certificate ends; none: no TLS
    qint64 handshakes = 0;         ///< that were completed; those that failed are in `refused`, as "tls_…"
    qint64 reloads = 0;            ///< certificates that were taken while the server ran
    qint64 reloadFailures = 0;     ///< changed files that were not

    CONCIERGE_DESCRIBE
    {
        visit("expires", self.expires);
        visit("handshakes", self.handshakes);
        visit("reloads", self.reloads);
        visit("reloadFailures", self.reloadFailures);
    }
    friend bool operator==(const TlsFigures &, const TlsFigures &) = default;
};

/// Of API_URL, the platform's own back end.
struct WebhookFigures
{
    bool isOn = false;
    qint64 pending = 0;              ///< messages that wait to be posted
    std::optional<qint64> oldestMs;  ///< age of the oldest of them; nothing waits: none
    qint64 setAside = 0;             ///< messages that the back end refuses, now
    qint64 bytes = 0;                ///< of both, on disk
    qint64 maxBytes = 0;             ///< beyond, messages are refused
    qint64 posted = 0;               ///< messages that the back end has taken
    qint64 failed = 0;               ///< requests that it has not
    std::optional<qint64> failingMs; ///< for how long it has taken nothing; none: it takes
    QString problem;                 ///< one line, where it fails

    CONCIERGE_DESCRIBE
    {
        visit("isOn", self.isOn);
        visit("pending", self.pending);
        visit("oldestMs", self.oldestMs);
        visit("setAside", self.setAside);
        visit("bytes", self.bytes);
        visit("maxBytes", self.maxBytes);
        visit("posted", self.posted);
        visit("failed", self.failed);
        visit("failingMs", self.failingMs);
        visit("problem", self.problem);
    }
    friend bool operator==(const WebhookFigures &, const WebhookFigures &) = default;
};

struct ProcessFigures
{
    double cpuPercent = 0; ///< of one core, since the snapshot before
    qint64 rssBytes = 0;
    qint64 descriptors = 0;    ///< open; 0 where the platform does not tell
    qint64 descriptorsMax = 0; ///< 0: no limit is known

    CONCIERGE_DESCRIBE
    {
        visit("cpuPercent", self.cpuPercent);
        visit("rssBytes", self.rssBytes);
        visit("descriptors", self.descriptors);
        visit("descriptorsMax", self.descriptorsMax);
    }
    friend bool operator==(const ProcessFigures &, const ProcessFigures &) = default;
};

/// Something the operator should know of. Source: MONITOR.md, "The monitor", alerts.
struct Alert
{
    /// "inbox_growing", "inbox_old", "disk_low", "store_failing", "delivery_slow", "refused_burst",
    /// "loop_lag", "redis_down", "backup_old", "certificate_ending", "not_accepting", "limit_reached",
    /// "api_failing", "api_outbox_full", "api_refused"; a monitor adds "server_unreachable".
    QString code;
    QString severity;             ///< "notice": the server is healthy all the same; "warning"; "critical"
    qint64 since = 0;             ///< time of day
    QString text;                 ///< one English sentence with the figures
    QString advice;               ///< one English sentence: what to do
    QMap<QString, double> values; ///< the sentence's figures, by name; of refused_burst and limit_reached
                                  ///< also "refused.<reason>"

    CONCIERGE_DESCRIBE
    {
        visit("code", self.code);
        visit("severity", self.severity);
        visit("since", self.since);
        visit("text", self.text);
        visit("advice", self.advice);
        visit("values", self.values);
    }
    friend bool operator==(const Alert &, const Alert &) = default;
};

struct MonitorSnapshot
{
    static constexpr int currentFormat = 3;

    int format = currentFormat; ///< raised when a field is added
    qint64 time = 0;            ///< time of day when it was taken
    qint64 uptimeMs = 0;
    QString version;
    QString state = QStringLiteral("running"); ///< or "draining"
    ConnectionFigures connections;
    UserFigures users;
    MessageFigures messages;
    WaitingFigures waiting;
    RateFigures rates;
    qint64 bytesIn = 0; ///< payload of HTTP bodies and WebSocket messages
    qint64 bytesOut = 0;
    LatencyFigures delivery; ///< from reading a message to writing it to its receiver who is online
    LatencyFigures proof;    ///< round trip of the pings that prove
    LatencyFigures commit;   ///< of the inbox's commits
    PresenceFigures presence;
    StoreFigures store;
    QString redis = QStringLiteral("off"); ///< "off", "up" or "down"
    TlsFigures tls;
    WebhookFigures webhook;
    QList<ThreadFigures> threads;
    ProcessFigures process;
    QList<Alert> alerts; ///< those that last

    /// No alert but notices, and not draining.
    bool isHealthy() const;

    CONCIERGE_DESCRIBE
    {
        visit("format", self.format);
        visit("time", self.time);
        visit("uptimeMs", self.uptimeMs);
        visit("version", self.version);
        visit("state", self.state);
        visit("connections", self.connections);
        visit("users", self.users);
        visit("messages", self.messages);
        visit("waiting", self.waiting);
        visit("rates", self.rates);
        visit("bytesIn", self.bytesIn);
        visit("bytesOut", self.bytesOut);
        visit("delivery", self.delivery);
        visit("proof", self.proof);
        visit("commit", self.commit);
        visit("presence", self.presence);
        visit("store", self.store);
        visit("redis", self.redis);
        visit("tls", self.tls);
        visit("webhook", self.webhook);
        visit("threads", self.threads);
        visit("process", self.process);
        visit("alerts", self.alerts);
    }
    friend bool operator==(const MonitorSnapshot &, const MonitorSnapshot &) = default;
};

} // namespace concierge
