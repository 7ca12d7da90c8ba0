#include "app/PrometheusText.h"

#include "app/ClusterHealth.h"
#include "app/ProcessStats.h"
#include "chat/ErrorCode.h"

#include <array>
#include <span>

namespace concierge::app {

using metrics::Counter;
using metrics::HistogramSnapshot;

namespace {

struct Figures
{
    const MonitorSnapshot &now;
    const Totals &totals;
    qint64 startTime;

    double count(Counter counter) const { return static_cast<double>(totals.counts[counter]); }
};

/// A metric without labels.
struct Row
{
    const char *name;
    const char *type;
    const char *help;
    double (*value)(const Figures &);
};

constexpr char gauge[] = "gauge";
constexpr char counter[] = "counter";
constexpr char histogram[] = "histogram";

double seconds(qint64 ms)
{
    return static_cast<double>(ms) / 1'000;
}
double number(qint64 value)
{
    return static_cast<double>(value);
}

constexpr std::array rows{
    Row{"concierge_draining", gauge,
        "Whether the server is stopping and lets its sessions end (1) or not (0).",
        [](const Figures &f) { return f.now.state == QLatin1String("draining") ? 1.0 : 0.0; }},
    Row{"concierge_connections_peak", gauge, "Most Engine.IO sessions at a time since the start.",
        [](const Figures &f) { return number(f.now.connections.peak); }},
    Row{"concierge_connections_peak_today", gauge, "Most Engine.IO sessions at a time since midnight.",
        [](const Figures &f) { return number(f.now.connections.peakToday); }},
    Row{"concierge_connections_opened_total", counter, "Engine.IO handshakes.",
        [](const Figures &f) { return f.count(Counter::SessionsOpened); }},
    Row{"concierge_connections_closed_total", counter, "Engine.IO sessions that have ended.",
        [](const Figures &f) { return f.count(Counter::SessionsClosed); }},
    Row{"concierge_connections_upgraded_total", counter, "Sessions that moved from polling to WebSocket.",
        [](const Figures &f) { return f.count(Counter::SessionsUpgraded); }},
    Row{"concierge_connections_slow_total", counter,
        "Sessions that were closed because too much waited for their clients.",
        [](const Figures &f) { return f.count(Counter::SlowConsumers); }},
    Row{"concierge_sockets", gauge, "Socket.IO sockets that are connected.",
        [](const Figures &f) {
            return f.count(Counter::SocketsConnected) - f.count(Counter::SocketsClosed);
        }},
    Row{"concierge_sockets_connected_total", counter, "Socket.IO sockets that were connected.",
        [](const Figures &f) { return f.count(Counter::SocketsConnected); }},
    Row{"concierge_sockets_recovered_total", counter, "Sockets that got their session back after a gap.",
        [](const Figures &f) { return f.count(Counter::SocketsRecovered); }},
    Row{"concierge_sockets_expired_total", counter,
        "Sockets that were ended because their token had expired.",
        [](const Figures &f) { return f.count(Counter::SocketsExpired); }},
    Row{"concierge_tls_handshakes_total", counter, "TLS handshakes that were completed.",
        [](const Figures &f) { return f.count(Counter::TlsHandshakes); }},
    Row{"concierge_tls_reloads_total", counter, "Certificates that were taken while the server ran.",
        [](const Figures &f) { return f.count(Counter::TlsReloads); }},
    Row{"concierge_tls_reload_failures_total", counter,
        "Changed certificate files that were not taken because they were wrong or did not match.",
        [](const Figures &f) { return f.count(Counter::TlsReloadFailures); }},
    Row{"concierge_tcp_connections", gauge, "TCP connections of clients.",
        [](const Figures &f) { return f.count(Counter::TcpAccepted) - f.count(Counter::TcpClosed); }},
    Row{"concierge_tcp_accept_pauses_total", counter,
        "Times that no more connections were taken, for want of file descriptors.",
        [](const Figures &f) { return f.count(Counter::AcceptPauses); }},
    Row{"concierge_accepting_connections", gauge,
        "Whether new connections are taken (1), or not (0): no descriptors, no memory, or MAX_CONNECTIONS.",
        [](const Figures &f) { return f.now.connections.blocked.isEmpty() ? 1.0 : 0.0; }},
    Row{"concierge_read_pauses_total", counter, "Times that a client over BYTE_RATE was read from later.",
        [](const Figures &f) { return f.count(Counter::ReadPauses); }},
    Row{"concierge_http_requests_total", counter,
        "HTTP requests of clients, WebSocket handshakes among them.",
        [](const Figures &f) { return f.count(Counter::HttpRequests); }},
    Row{"concierge_users_online", gauge, "Users with a live socket, the idle ones too.",
        [](const Figures &f) { return number(f.now.users.online); }},
    Row{"concierge_users_idle", gauge, "Users with a live socket who are idle.",
        [](const Figures &f) { return number(f.now.users.idle); }},
    Row{"concierge_messages_received_total", counter, "Messages taken from their senders.",
        [](const Figures &f) { return f.count(Counter::MessagesIn); }},
    Row{"concierge_messages_delivered_total", counter,
        "Messages that their receivers are known to have got, one for each receiving user.",
        [](const Figures &f) { return f.count(Counter::MessagesDelivered); }},
    Row{"concierge_messages_stored_total", counter,
        "Messages written to the inbox, one for each receiving user.",
        [](const Figures &f) { return f.count(Counter::MessagesStored); }},
    Row{"concierge_messages_read_total", counter, "Messages that their receivers said to have read.",
        [](const Figures &f) { return f.count(Counter::MessagesRead); }},
    Row{"concierge_messages_expired_total", counter, "Messages that waited for longer than INBOX_TTL.",
        [](const Figures &f) { return f.count(Counter::MessagesExpired); }},
    Row{"concierge_messages_duplicate_total", counter,
        "Messages recognised by their messageId as sent before.",
        [](const Figures &f) { return f.count(Counter::MessagesDuplicate); }},
    Row{"concierge_mailbox_refused_total", counter,
        "Events answered unavailable because MAILBOX_MAX events waited for the chat.",
        [](const Figures &f) { return f.count(Counter::MailboxRefused); }},
    Row{"concierge_waiting_messages", gauge, "Messages that wait for users.",
        [](const Figures &f) { return number(f.now.waiting.messages); }},
    Row{"concierge_waiting_users", gauge, "Users that something waits for.",
        [](const Figures &f) { return number(f.now.waiting.users); }},
    Row{"concierge_waiting_oldest_seconds", gauge, "Age of the oldest waiting message; 0 where none waits.",
        [](const Figures &f) { return seconds(f.now.waiting.oldestMs.value_or(0)); }},
    Row{"concierge_received_bytes_total", counter,
        "Bytes of HTTP bodies and WebSocket messages from clients.",
        [](const Figures &f) { return f.count(Counter::BytesIn); }},
    Row{"concierge_sent_bytes_total", counter, "Bytes of HTTP bodies and WebSocket messages to clients.",
        [](const Figures &f) { return f.count(Counter::BytesOut); }},
    Row{"concierge_presence_rounds_total", counter, "Times that clients were told who is online.",
        [](const Figures &f) { return f.count(Counter::PresenceRounds); }},
    Row{"concierge_presence_bytes_total", counter, "Bytes that took.",
        [](const Figures &f) { return f.count(Counter::PresenceBytes); }},
    Row{"concierge_store_working", gauge, "Whether the inbox takes what has to wait (1) or not (0).",
        [](const Figures &f) { return f.now.store.isWorking ? 1.0 : 0.0; }},
    Row{"concierge_store_bytes", gauge, "Size of the database's files.",
        [](const Figures &f) { return number(f.now.store.bytes); }},
    Row{"process_cpu_seconds_total", counter, "User and system time of the process.",
        [](const Figures &) { return static_cast<double>(processUsage().cpuTime.count()) / 1'000'000; }},
    Row{"process_resident_memory_bytes", gauge, "Resident set of the process.",
        [](const Figures &) { return number(processUsage().rss); }},
    Row{"process_open_fds", gauge, "Open file descriptors.",
        [](const Figures &f) { return number(f.now.process.descriptors); }},
    Row{"process_max_fds", gauge, "Most file descriptors that may be open; 0 where no limit is known.",
        [](const Figures &f) { return number(f.now.process.descriptorsMax); }},
    Row{"process_start_time_seconds", gauge, "Start of the process since 1970-01-01T00:00:00Z.",
        [](const Figures &f) { return seconds(f.startTime); }},
};

/// `le` of histograms in µs.
constexpr std::array<double, 17> timeLimits{100,    250,    500,    1'000,   2'500,   5'000,
                                            10'000, 25'000, 50'000, 100'000, 250'000, 500'000,
                                            1e6,    2.5e6,  5e6,    10e6,    60e6};
constexpr std::array<double, 8> entryLimits{1, 4, 16, 64, 256, 1'024, 4'096, 16'384};

class Writer
{
public:
    void family(const char *name, const char *type, const char *help)
    {
        m_name = name;
        m_text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        m_text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
    void sample(double value) { line("", {}, {}, value); }
    void sample(const char *label, const QByteArray &labelValue, double value)
    {
        line("", label, labelValue, value);
    }
    /// `unit`: what one of the histogram's own units is of the metric's.
    void buckets(const HistogramSnapshot &values, std::span<const double> limits, double unit)
    {
        for (const double limit : limits)
            line("_bucket", "le", number(limit * unit), static_cast<double>(values.countUpTo(limit)));
        line("_bucket", "le", "+Inf", static_cast<double>(values.count()));
        line("_sum", {}, {}, static_cast<double>(values.sum()) * unit);
        line("_count", {}, {}, static_cast<double>(values.count()));
    }
    QByteArray take() { return std::move(m_text); }

private:
    static QByteArray number(double value) { return QByteArray::number(value, 'g', 15); }
    static QByteArray escaped(QByteArray text)
    {
        return text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    }
    void line(const char *suffix, QByteArrayView label, const QByteArray &labelValue, double value)
    {
        m_text.append(m_name).append(suffix);
        if (!label.isEmpty())
            m_text.append('{').append(label).append("=\"").append(escaped(labelValue)).append("\"}");
        m_text.append(' ').append(number(value)).append('\n');
    }

    QByteArray m_text;
    const char *m_name = "";
};

void writeConnections(Writer &writer, const Figures &figures)
{
    writer.family("concierge_connections", gauge, "Engine.IO sessions by transport.");
    writer.sample("transport", "websocket", number(figures.now.connections.webSocket));
    writer.sample("transport", "polling", number(figures.now.connections.polling));
    writer.family("concierge_connections_refused_total", counter,
                  "Requests of clients that were refused, by reason.");
    const auto &refused = figures.totals.counts.refused;
    for (std::size_t i = 0; i < refused.size(); ++i)
        writer.sample("reason", metrics::toString(static_cast<metrics::Refused>(i)),
                      static_cast<double>(refused[i]));
    writer.family("concierge_events_rejected_total", counter,
                  "Events of clients that were answered with an error, by its code.");
    for (quint8 code = 0; code < chat::errorCodes; ++code)
        writer.sample("code", chat::toString(static_cast<chat::ErrorCode>(code)).toByteArray(),
                      static_cast<double>(figures.totals.counts.rejected[code]));
}

void writeHistograms(Writer &writer, const Totals &totals)
{
    constexpr double microsecond = 1e-6;
    writer.family("concierge_delivery_seconds", histogram,
                  "From reading a message to writing it to a receiver who is online.");
    writer.buckets(totals.delivery, timeLimits, microsecond);
    writer.family("concierge_proof_round_trip_seconds", histogram,
                  "From a ping that asks what a client has read to its answer.");
    writer.buckets(totals.proof, timeLimits, microsecond);
    writer.family("concierge_commit_seconds", histogram, "What a commit of the inbox took.");
    writer.buckets(totals.commit, timeLimits, microsecond);
    writer.family("concierge_commit_entries", histogram, "Changes that one commit of the inbox wrote.");
    writer.buckets(totals.commitWrites, entryLimits, 1);
}

void writeWebhook(Writer &writer, const WebhookFigures &now, const Totals &totals)
{
    const auto single = [&writer](const char *name, const char *type, const char *help, double value) {
        writer.family(name, type, help);
        writer.sample(value);
    };
    single("concierge_webhook_pending", gauge, "Messages that wait to be posted to API_URL.",
           number(now.pending));
    single("concierge_webhook_oldest_seconds", gauge, "Age of the oldest of them; 0 where none waits.",
           seconds(now.oldestMs.value_or(0)));
    single("concierge_webhook_set_aside", gauge, "Messages that API_URL refuses, and that are kept aside.",
           number(now.setAside));
    single("concierge_webhook_outbox_bytes", gauge,
           "Bytes of messages that wait for API_URL, or are set aside.", number(now.bytes));
    single("concierge_webhook_outbox_max_bytes", gauge, "Bytes of them beyond which messages are refused.",
           number(now.maxBytes));
    single("concierge_webhook_posted_total", counter, "Messages that API_URL has taken.", number(now.posted));
    single("concierge_webhook_failed_total", counter,
           "Requests that API_URL did not answer, or with an error.", number(now.failed));
    single("concierge_webhook_failing_seconds", gauge, "For how long API_URL has taken nothing; 0: it takes.",
           seconds(now.failingMs.value_or(0)));
    constexpr double microsecond = 1e-6;
    writer.family("concierge_webhook_request_seconds", histogram,
                  "What a request took that API_URL answered with 2xx.");
    writer.buckets(totals.webhook, timeLimits, microsecond);
}

struct ClusterRow
{
    const char *name;
    const char *help;
    double (*value)(const ClusterHealth::Snapshot &);
};

constexpr std::array clusterRows{
    ClusterRow{"concierge_cluster_received_total", "Messages of other servers, and own ones that came back.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.received); }},
    ClusterRow{"concierge_cluster_own_total", "Of these, own ones that came back.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.own); }},
    ClusterRow{"concierge_cluster_not_for_us_total", "Of these, those for nobody who is connected here.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.notForUs); }},
    ClusterRow{"concierge_cluster_marked_total",
               "Of these, what servers of this kind tell those of other kinds.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.marked); }},
    ClusterRow{"concierge_cluster_malformed_total", "Of these, those that were not understood.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.dropped); }},
    ClusterRow{
        "concierge_cluster_events_total", "Events of other servers for clients here.",
        [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.broadcasts); }},
    ClusterRow{"concierge_cluster_events_dropped_total",
               "What other servers had for clients here, and an io thread that was behind did not take.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.eventsDropped); }},
    ClusterRow{"concierge_cluster_requests_total", "Requests of other servers.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.requests); }},
    ClusterRow{"concierge_cluster_requests_refused_total",
               "Of these, those that too many others were open beside.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.refused); }},
    ClusterRow{"concierge_cluster_requests_expired_total",
               "Of these, those that not all of the answers came for.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.expired); }},
    ClusterRow{"concierge_cluster_published_total", "Messages for other servers, answers among them.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.adapter.published); }},
    ClusterRow{"concierge_cluster_publish_dropped_total", "Of these, those that Redis could not be given.",
               [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.tellsDropped); }},
    ClusterRow{
        "concierge_cluster_subscriptions_refused_total",
        "Rooms of the sharded adapter that are not heard of, for there are too many.",
        [](const ClusterHealth::Snapshot &now) { return static_cast<double>(now.subscriptionsRefused); }},
};

/// Of the connections to Redis.
constexpr std::array redisRows{
    Row{"concierge_redis_connections", gauge, "Connections to Redis.",
        [](const Figures &f) { return f.count(Counter::RedisConnected) - f.count(Counter::RedisLost); }},
    Row{"concierge_redis_connections_lost_total", counter, "Connections to Redis that have ended.",
        [](const Figures &f) { return f.count(Counter::RedisLost); }},
    Row{"concierge_redis_connect_failures_total", counter, "Attempts to connect to Redis that failed.",
        [](const Figures &f) { return f.count(Counter::RedisConnectFailures); }},
    Row{"concierge_redis_commands_total", counter, "Commands that Redis has answered.",
        [](const Figures &f) { return f.count(Counter::RedisCommands); }},
    Row{"concierge_redis_errors_total", counter, "Of these, those that it answered with an error.",
        [](const Figures &f) { return f.count(Counter::RedisErrors); }},
    Row{"concierge_redis_unanswered_total", counter, "Commands whose connection ended before the answer.",
        [](const Figures &f) { return f.count(Counter::RedisUnanswered); }},
    Row{"concierge_redis_protocol_errors_total", counter, "Connections to Redis that spoke nonsense.",
        [](const Figures &f) { return f.count(Counter::RedisProtocolErrors); }},
    Row{"concierge_redis_received_bytes_total", counter, "Bytes that came from Redis.",
        [](const Figures &f) { return f.count(Counter::RedisBytesIn); }},
    Row{"concierge_redis_sent_bytes_total", counter, "Bytes that went to Redis.",
        [](const Figures &f) { return f.count(Counter::RedisBytesOut); }},
};

void writeCluster(Writer &writer, const ClusterHealth::Snapshot &now, const Figures &figures)
{
    const auto single = [&writer](const char *name, const char *type, const char *help, double value) {
        writer.family(name, type, help);
        writer.sample(value);
    };
    single("concierge_cluster_up", gauge, "Whether Redis answers (1) or not (0).", now.isUp ? 1.0 : 0.0);
    single("concierge_cluster_servers", gauge, "Servers in the cluster, this one too.",
           now.isUp ? static_cast<double>(now.others + 1) : 0.0);
    for (const ClusterRow &row : clusterRows)
        single(row.name, counter, row.help, row.value(now));
    for (const Row &row : redisRows)
        single(row.name, row.type, row.help, row.value(figures));
    constexpr double microsecond = 1e-6;
    writer.family("concierge_redis_seconds", histogram, "From sending Redis a command to its answer.");
    writer.buckets(figures.totals.redis, timeLimits, microsecond);
}

void writeThreads(Writer &writer, const MonitorSnapshot &now)
{
    writer.family("concierge_event_loop_lag_seconds", gauge,
                  "How long a new task waits for its turn: the worst of the last second.");
    for (const ThreadFigures &thread : now.threads)
        writer.sample("thread", thread.name.toUtf8(), thread.lagMs / 1'000);
    writer.family("concierge_mailbox_items", gauge, "What waits in the thread's mailbox.");
    for (const ThreadFigures &thread : now.threads)
        writer.sample("thread", thread.name.toUtf8(), number(thread.waiting));
}

} // namespace

QByteArray prometheusText(const Telemetry &telemetry)
{
    const MonitorSnapshot now = telemetry.current();
    const Totals totals = telemetry.totals();
    const Figures figures{now, totals, telemetry.startTime()};
    Writer writer;
    writer.family("concierge_build_info", gauge, "The version that runs.");
    writer.sample("version", now.version.toUtf8(), 1);
    writeConnections(writer, figures);
    for (const Row &row : rows) {
        writer.family(row.name, row.type, row.help);
        writer.sample(row.value(figures));
    }
    writeHistograms(writer, totals);
    if (now.webhook.isOn)
        writeWebhook(writer, now.webhook, totals);
    if (const ClusterHealth *cluster = telemetry.cluster())
        writeCluster(writer, cluster->snapshot(), figures);
    writeThreads(writer, now);
    if (now.store.diskTotal > 0) { // the system tells
        writer.family("concierge_disk_free_bytes", gauge,
                      "What is free for the server on the disk of DATA_DIR.");
        writer.sample(number(now.store.diskFree));
        writer.family("concierge_disk_size_bytes", gauge, "Size of the disk of DATA_DIR.");
        writer.sample(number(now.store.diskTotal));
    }
    if (now.tls.expires) {
        writer.family("concierge_tls_certificate_expiry_timestamp_seconds", gauge,
                      "When the certificate in use ends, since 1970-01-01T00:00:00Z.");
        writer.sample(seconds(*now.tls.expires));
    }
    if (now.store.lastBackup) {
        writer.family("concierge_last_backup_timestamp_seconds", gauge,
                      "When the latest backup was made, since 1970-01-01T00:00:00Z.");
        writer.sample(seconds(*now.store.lastBackup));
    }
    return writer.take();
}

} // namespace concierge::app
