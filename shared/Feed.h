#pragma once

#include "shared/MonitorSnapshot.h"

#include <QByteArray>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

/// The monitor's feed: what server and monitor say to each other over the local socket. UTF-8 JSON, one
/// object a line, each with a `type`. Source: MONITOR.md, "The feed: local socket".
///
/// Server to monitor:
///     hello     once, first: Hello
///     snapshot  MonitorSnapshot; each second, from the start on
///     alert     AlertChange; from the start on
///     log       LogRecord; to those that subscribed to it
///     reply     {id, ok: true, …} with the fields of the answer, or {id, ok: false, error: {code, message}}
///     error     {error: {code, message}}: the last line, then the connection is closed
///
/// Monitor to server, each with an `id` (a number or a string) that its reply repeats, and the fields of:
///     subscribe         Subscribe              → {topics, intervalMs}: what is sent from now on
///     listClients       ListRequest            → ClientPage
///     listWaiting       ListRequest            → WaitingPage
///     history           {range}                → History
///     disconnectClient  {sid}                  → {}
///     notifyAll         {text}                 → {clients}: how many were told
///     setLogLevel       {level}                → {level}
///     drain             {}                     → {}
///     backup            {path}                 → {path, bytes}
///
/// Error codes of replies: "bad_request" (a field is missing or of another type), "unknown_type",
/// "not_found", "busy", "failed". Of errors: "bad_line" (no JSON object), "line_too_long",
/// "too_many_monitors", "too_slow".
namespace concierge::feed {

inline constexpr int protocol = 1;
inline constexpr int maxMonitors = 16;
inline constexpr qsizetype maxLine = 64 * 1024;             ///< bytes that a monitor may send in a line
inline constexpr qsizetype maxAnswerLine = 8 * 1024 * 1024; ///< bytes of a line that a server sends
inline constexpr int maxRows = 500;                         ///< of a page
inline constexpr int minIntervalMs = 250;
inline constexpr int maxIntervalMs = 60'000;

/// Of the names of refused_burst's figures, one for each reason: "refused.origin", …
inline QString refusedPrefix()
{
    return QStringLiteral("refused.");
}

struct Setting
{
    QString name;
    QString value;  ///< secrets are masked
    QString origin; ///< "default", "environment", ".env", "flag"

    CONCIERGE_DESCRIBE
    {
        visit("name", self.name);
        visit("value", self.value);
        visit("origin", self.origin);
    }
    friend bool operator==(const Setting &, const Setting &) = default;
};

struct Hello
{
    int protocol = feed::protocol;
    QString version;
    qint64 pid = 0;
    qint64 startTime = 0; ///< time of day
    QString url;          ///< where clients connect
    QString health;       ///< the health port's address
    QString dataDir;      ///< absolute
    QString logLevel;
    /// There are maxMonitors already: one snapshot follows, the error "too_many_monitors", and the end. Who
    /// only wants to know how the server is has it with that.
    bool isFull = false;
    QList<Setting> settings;

    CONCIERGE_DESCRIBE
    {
        visit("protocol", self.protocol);
        visit("version", self.version);
        visit("pid", self.pid);
        visit("startTime", self.startTime);
        visit("url", self.url);
        visit("health", self.health);
        visit("dataDir", self.dataDir);
        visit("logLevel", self.logLevel);
        visit("isFull", self.isFull);
        visit("settings", self.settings);
    }
    friend bool operator==(const Hello &, const Hello &) = default;
};

struct LogRecord
{
    qint64 time = 0; ///< time of day
    QString level;   ///< "error", "warn", "info" or "debug"
    QString category;
    QString message;
    qint64 skipped = 0; ///< lines before it that were left out, because there were too many

    CONCIERGE_DESCRIBE
    {
        visit("time", self.time);
        visit("level", self.level);
        visit("category", self.category);
        visit("message", self.message);
        visit("skipped", self.skipped);
    }
    friend bool operator==(const LogRecord &, const LogRecord &) = default;
};

struct AlertChange
{
    bool isActive = false; ///< false: it is over
    Alert alert;

    CONCIERGE_DESCRIBE
    {
        visit("isActive", self.isActive);
        visit("alert", self.alert);
    }
    friend bool operator==(const AlertChange &, const AlertChange &) = default;
};

struct Subscribe
{
    QList<QString> topics{QStringLiteral("snapshot"), QStringLiteral("alert")}; ///< and "log"
    int intervalMs = 1'000;                                                     ///< between snapshots

    CONCIERGE_DESCRIBE
    {
        visit("topics", self.topics);
        visit("intervalMs", self.intervalMs);
    }
    friend bool operator==(const Subscribe &, const Subscribe &) = default;
};

struct ListRequest
{
    qint64 offset = 0;
    qint64 limit = 100; ///< at most maxRows
    QString sort;       ///< a column's name; "-" before it: descending; empty: "user"
    QString filter;     ///< only rows that have it in a text column, in any case

    CONCIERGE_DESCRIBE
    {
        visit("offset", self.offset);
        visit("limit", self.limit);
        visit("sort", self.sort);
        visit("filter", self.filter);
    }
    friend bool operator==(const ListRequest &, const ListRequest &) = default;
};

/// One Socket.IO socket. Sorted by any of its columns, searched by user, sid, address and transport.
struct ClientRow
{
    QString sid;         ///< socket.id, as the client knows it
    QString user;        ///< empty: it has not said who it is
    QString status;      ///< "online", "idle"; empty without a user
    int devices = 0;     ///< sockets of this user
    QString transport;   ///< "websocket" or "polling"
    QString address;     ///< of the peer
    qint64 since = 0;    ///< time of day when it connected
    qint64 lastSeen = 0; ///< time of day when it last sent an event
    qint64 queued = 0;   ///< bytes that wait to be taken by it

    CONCIERGE_DESCRIBE
    {
        visit("sid", self.sid);
        visit("user", self.user);
        visit("status", self.status);
        visit("devices", self.devices);
        visit("transport", self.transport);
        visit("address", self.address);
        visit("since", self.since);
        visit("lastSeen", self.lastSeen);
        visit("queued", self.queued);
    }
    friend bool operator==(const ClientRow &, const ClientRow &) = default;
};

struct ClientPage
{
    qint64 offset = 0;
    qint64 total = 0;   ///< sockets there are
    qint64 matched = 0; ///< of them, those that pass the filter
    qint64 time = 0;    ///< time of day when the table was gathered
    QList<ClientRow> rows;

    CONCIERGE_DESCRIBE
    {
        visit("offset", self.offset);
        visit("total", self.total);
        visit("matched", self.matched);
        visit("time", self.time);
        visit("rows", self.rows);
    }
    friend bool operator==(const ClientPage &, const ClientPage &) = default;
};

/// What waits for one user. Sorted by any of its columns, searched by user.
struct WaitingRow
{
    QString user;
    qint64 messages = 0;
    qint64 bytes = 0;
    qint64 oldest = 0; ///< time of day

    CONCIERGE_DESCRIBE
    {
        visit("user", self.user);
        visit("messages", self.messages);
        visit("bytes", self.bytes);
        visit("oldest", self.oldest);
    }
    friend bool operator==(const WaitingRow &, const WaitingRow &) = default;
};

struct WaitingPage
{
    qint64 offset = 0;
    qint64 total = 0;   ///< users for whom something waits
    qint64 matched = 0; ///< of them, those that pass the filter
    qint64 time = 0;
    QList<WaitingRow> rows;

    CONCIERGE_DESCRIBE
    {
        visit("offset", self.offset);
        visit("total", self.total);
        visit("matched", self.matched);
        visit("time", self.time);
        visit("rows", self.rows);
    }
    friend bool operator==(const WaitingPage &, const WaitingPage &) = default;
};

/// What the charts show. Ranges: "10m" by the second, "1h" and "24h" by the minute, "7d" and "90d" by the
/// hour.
struct Marker
{
    qint64 time = 0;
    QString kind; ///< "start", "stop", "alert"
    QString text; ///< the version that started; the alert's sentence, as it was then
    QString code; ///< the alert's

    CONCIERGE_DESCRIBE
    {
        visit("time", self.time);
        visit("kind", self.kind);
        visit("text", self.text);
        visit("code", self.code);
    }
    friend bool operator==(const Marker &, const Marker &) = default;
};

struct History
{
    QString range;
    qint64 stepMs = 0;
    QList<qint64> time; ///< begin of each step, ascending; steps may be missing
    QMap<QString, QList<std::optional<double>>> series; ///< by historySeries(), each as long as `time`
    QList<Marker> markers;

    CONCIERGE_DESCRIBE
    {
        visit("range", self.range);
        visit("stepMs", self.stepMs);
        visit("time", self.time);
        visit("series", self.series);
        visit("markers", self.markers);
    }
    friend bool operator==(const History &, const History &) = default;
};

/// In the order in which a point keeps them. Of a step of many seconds: the mean of what is a rate (received,
/// delivered, read, refused, bytesIn, bytesOut, all a second) and of cpuPercent, the highest of all others.
const QStringList &historySeries();
const QStringList &historyRanges();

struct ReplyError
{
    QString code;
    QString message;

    CONCIERGE_DESCRIBE
    {
        visit("code", self.code);
        visit("message", self.message);
    }
    friend bool operator==(const ReplyError &, const ReplyError &) = default;
};

/// `{"type": type, …fields}` and a line break.
QByteArray line(QLatin1String type, QJsonObject fields);
QByteArray replyLine(const QJsonValue &id, QJsonObject fields);
QByteArray errorReplyLine(const QJsonValue &id, const ReplyError &error);
QByteArray errorLine(const ReplyError &error);

/// A line as it came, its line break removed. Errors: what is no JSON object, or has no `type`, as one
/// sentence.
struct LineError
{
    QString text;
};
Result<QJsonObject, LineError> parseLine(const QByteArray &line);

/// Cuts a stream into lines. Bounded: once a line is longer than its limit nothing more is kept.
class LineBuffer
{
public:
    explicit LineBuffer(qsizetype limit)
        : m_limit(limit)
    {}

    void append(QByteArrayView bytes);
    /// The next whole line without its line break (LF or CR LF).
    std::optional<QByteArray> next();
    /// The line that is being read is longer than it may be. For good.
    bool isTooLong() const noexcept { return m_isTooLong; }

private:
    const qsizetype m_limit; // bytes
    QByteArray m_bytes;
    qsizetype m_begin = 0;    // of the next line
    qsizetype m_searched = 0; // no line break before it, from m_begin on
    bool m_isTooLong = false;
};

} // namespace concierge::feed
