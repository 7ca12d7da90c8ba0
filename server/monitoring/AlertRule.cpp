#include "monitoring/AlertRule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace concierge::monitoring {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Verdict = Finding::Verdict;

namespace {

const QString &warning()
{
    static const QString word = QStringLiteral("warning");
    return word;
}

/// Loud from `limit` on, quiet below `end`.
Verdict above(double value, double limit, double end)
{
    if (value >= limit)
        return Verdict::Loud;
    return value < end ? Verdict::Quiet : Verdict::Between;
}

Alert alertOf(const char *code, const QString &severity, const QString &text, const char *advice,
              const QMap<QString, double> &values)
{
    return {QLatin1String(code), severity, 0, text, QLatin1String(advice), values};
}

/// A figure that only grows, or a state, as it was up to `span` ago.
template <class Value>
class Window
{
public:
    explicit Window(Milliseconds span, Milliseconds step)
        : m_span(span.count())
        , m_step(step.count())
    {}

    /// The window's beginning: when, and the value then. The first value that came, while the window is not
    /// full.
    const std::pair<qint64, Value> &add(qint64 uptimeMs, const Value &value)
    {
        while (m_past.size() > 1 && uptimeMs - m_past[1].first >= m_span)
            m_past.pop_front();
        if (m_past.empty() || uptimeMs - m_past.back().first >= m_step)
            m_past.emplace_back(uptimeMs, value);
        return m_past.front();
    }

private:
    const qint64 m_span;
    const qint64 m_step;
    std::deque<std::pair<qint64, Value>> m_past; // at most m_span / m_step and one
};

/// Refusals that a limit of the settings is the cause of.
const QStringList &limitReasons()
{
    static const QStringList reasons{QStringLiteral("max_connections"), QStringLiteral("address_connections"),
                                     QStringLiteral("address_rate"),    QStringLiteral("user_connections"),
                                     QStringLiteral("memory"),          QStringLiteral("connect_timeout"),
                                     QStringLiteral("register_timeout")};
    return reasons;
}

class StoreFailing final : public AlertRule
{
public:
    StoreFailing()
        : AlertRule(seconds(0), seconds(5))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const QString why = snapshot.store.problem.isEmpty() ? QStringLiteral("the disk takes nothing")
                                                             : snapshot.store.problem;
        return {snapshot.store.isWorking ? Verdict::Quiet : Verdict::Loud,
                alertOf("store_failing", QStringLiteral("critical"),
                        QStringLiteral("Messages for people who are offline cannot be kept: %1.").arg(why),
                        "Free some space or repair the disk, and the server goes on by itself; where its "
                        "files are gone, stop it and restore a backup.",
                        {})};
    }
};

class RedisDown final : public AlertRule
{
public:
    RedisDown()
        : AlertRule(seconds(5), seconds(5))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        return {snapshot.redis == QLatin1String("down") ? Verdict::Loud : Verdict::Quiet,
                alertOf("redis_down", QStringLiteral("critical"),
                        QStringLiteral("Redis does not answer, so servers do not hear of each other."),
                        "Start Redis, or look whether REDIS_URL is right.", {})};
    }
};

class DiskLow final : public AlertRule
{
public:
    explicit DiskLow(qint64 limit)
        : AlertRule(seconds(5), seconds(5))
        , m_limit(limit)
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const StoreFigures &store = snapshot.store;
        Verdict verdict = Verdict::Quiet; // also where the system does not tell
        if (store.diskTotal > 0 && store.diskFree < m_limit)
            verdict = Verdict::Loud;
        else if (store.diskTotal > 0 && store.diskFree < m_limit + m_limit / 10)
            verdict = Verdict::Between;
        return {verdict,
                alertOf("disk_low", warning(),
                        QStringLiteral("Only %1 of %2 are free on the disk of %3.")
                            .arg(bytesText(store.diskFree), bytesText(store.diskTotal), store.folder),
                        "Delete what is not needed there, or move DATA_DIR to a larger disk.",
                        {{QStringLiteral("freeBytes"), static_cast<double>(store.diskFree)},
                         {QStringLiteral("totalBytes"), static_cast<double>(store.diskTotal)}})};
    }

private:
    const qint64 m_limit;
};

class DeliverySlow final : public AlertRule
{
public:
    explicit DeliverySlow(Milliseconds limit)
        : AlertRule(seconds(10), seconds(30))
        , m_limit(static_cast<double>(limit.count()))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const double p95 = snapshot.delivery.p95Ms.value_or(0);
        return {above(p95, m_limit, 0.8 * m_limit),
                alertOf("delivery_slow", warning(),
                        QStringLiteral("One message in twenty takes %1 or more to be delivered.")
                            .arg(spanText(Milliseconds(static_cast<qint64>(p95)))),
                        "Look at the processor and the disk of this machine, and at what else runs on it.",
                        {{QStringLiteral("p95Ms"), p95}})};
    }

private:
    const double m_limit;
};

class LoopLag final : public AlertRule
{
public:
    explicit LoopLag(Milliseconds limit)
        : AlertRule(seconds(2), seconds(30))
        , m_limit(static_cast<double>(limit.count()))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const auto &threads = snapshot.threads;
        const auto worst = std::max_element(
            threads.begin(), threads.end(),
            [](const ThreadFigures &a, const ThreadFigures &b) { return a.lagMs < b.lagMs; });
        const double lag = worst == threads.end() ? 0 : worst->lagMs;
        const QString name = worst == threads.end() ? QString() : worst->name;
        return {above(lag, m_limit, 0.5 * m_limit),
                alertOf("loop_lag", warning(),
                        QStringLiteral("The server is behind with its work: the thread %1 by %2.")
                            .arg(name, spanText(Milliseconds(static_cast<qint64>(lag)))),
                        "Look at what else uses this machine's processor, or give it more cores.",
                        {{QStringLiteral("lagMs"), lag}})};
    }

private:
    const double m_limit;
};

/// Nobody new can come in.
class NotAccepting final : public AlertRule
{
public:
    NotAccepting()
        : AlertRule(seconds(2), seconds(10))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const QString &why = snapshot.connections.blocked;
        if (!why.isEmpty())
            m_why = why; // which the end of the alert is told with
        return {why.isEmpty() ? Verdict::Quiet : Verdict::Loud,
                alertOf("not_accepting", QStringLiteral("critical"),
                        QStringLiteral("Nobody new can connect: %1.").arg(QLatin1String(causeOf(m_why).text)),
                        causeOf(m_why).advice, {{m_why, 1}})};
    }

private:
    struct Cause
    {
        const char *text;
        const char *advice;
    };
    static Cause causeOf(const QString &why)
    {
        if (why == QLatin1String("descriptors"))
            return {"file descriptors have run out",
                    "Raise their limit (LimitNOFILE= in the systemd unit, --ulimit nofile= with Docker, "
                    "ulimit -n), "
                    "and look under People whether one address holds very many."};
        if (why == QLatin1String("memory"))
            return {"memory is over MEMORY_WATERMARK", "Look what takes it: very many clients, or slow ones "
                                                       "that much waits for; give the machine more, "
                                                       "or raise MEMORY_WATERMARK."};
        return {"there are as many connections as MAX_CONNECTIONS allows",
                "Raise MAX_CONNECTIONS if this machine bears more, or look under People who has so many."};
    }

    QString m_why;
};

/// What was refused within the last minute, of counts that only grow.
class RefusedInAMinute
{
public:
    using Reasons = QMap<QString, qint64>; ///< how often, by reason

    struct Burst
    {
        double all = 0;
        QMap<QString, double> values; ///< an alert's
        QString reasons;              ///< "origin 12, timeout 3"
    };

    RefusedInAMinute()
    {
        (void)m_window.add(0, {}); // nothing had been refused when the server started
    }
    Burst add(qint64 uptimeMs, const Reasons &now)
    {
        const Reasons before = m_window.add(uptimeMs, now).second;
        Burst burst;
        QStringList reasons;
        for (const auto &[reason, count] : now.asKeyValueRange()) {
            const auto more = static_cast<double>(count - before.value(reason));
            if (more <= 0)
                continue;
            burst.all += more;
            burst.values.insert(feed::refusedPrefix() + reason, more);
            reasons.append(QStringLiteral("%1 %2").arg(reason).arg(more, 0, 'f', 0));
        }
        burst.values.insert(QStringLiteral("perMinute"), burst.all);
        burst.reasons = reasons.join(QLatin1String(", "));
        return burst;
    }

private:
    Window<Reasons> m_window{minutes(1), seconds(1)};
};

/// A limit of the settings refuses again and again: an attack, or the limit is too low.
class LimitReached final : public AlertRule
{
public:
    explicit LimitReached(qint64 limit)
        : AlertRule(seconds(0), seconds(60))
        , m_limit(static_cast<double>(limit))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const auto burst = m_refused.add(snapshot.uptimeMs, refusals(snapshot));
        return {
            above(burst.all, m_limit, 0.5 * m_limit),
            alertOf("limit_reached", warning(),
                    QStringLiteral("Limits have refused %1 connections and events within a minute (%2).")
                        .arg(burst.all, 0, 'f', 0)
                        .arg(burst.reasons),
                    "Look under People who that is; if they are your own, raise the limit: MAX_CONNECTIONS, "
                    "MAX_CONNECTIONS_PER_ADDRESS, CONNECTION_RATE, MAX_CONNECTIONS_PER_USER, EVENT_RATE; "
                    "behind a proxy, set TRUST_PROXY.",
                    burst.values)};
    }

private:
    using Reasons = RefusedInAMinute::Reasons;

    static Reasons refusals(const MonitorSnapshot &snapshot)
    {
        Reasons found;
        for (const QString &reason : limitReasons()) {
            if (const qint64 count = snapshot.connections.refused.value(reason); count > 0)
                found.insert(reason, count);
        }
        const QString limited = QStringLiteral("rate_limited");
        const QString crowded = QStringLiteral("user_connections"); // which are answered rate_limited too
        if (const qint64 count = snapshot.messages.rejected.value(limited) - found.value(crowded); count > 0)
            found.insert(QStringLiteral("event_rate"), count);
        return found;
    }

    const double m_limit;
    RefusedInAMinute m_refused;
};

class RefusedBurst final : public AlertRule
{
public:
    explicit RefusedBurst(qint64 limit)
        : AlertRule(seconds(0), seconds(60))
        , m_limit(static_cast<double>(limit))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        Reasons refused = snapshot.connections.refused;
        for (const QString &reason : limitReasons()) // of those LimitReached tells
            refused.remove(reason);
        const auto burst = m_refused.add(snapshot.uptimeMs, refused);
        return {
            above(burst.all, m_limit, 0.5 * m_limit),
            alertOf("refused_burst", warning(),
                    QStringLiteral("%1 connections were refused within a minute (%2).")
                        .arg(burst.all, 0, 'f', 0)
                        .arg(burst.reasons),
                    "For \"origin\" and \"foreign_origin\", look whether CLIENT_URL names the front end's "
                    "address; for "
                    "\"unsupported_protocol\", at how old the clients are; for others, at who sends that.",
                    burst.values)};
    }

private:
    using Reasons = RefusedInAMinute::Reasons;

    const double m_limit;
    RefusedInAMinute m_refused;
};

class InboxGrowing final : public AlertRule
{
public:
    explicit InboxGrowing(qint64 limit)
        : AlertRule(seconds(10), seconds(60))
        , m_limit(static_cast<double>(limit))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const auto [since, before] = m_window.add(snapshot.uptimeMs, snapshot.waiting.messages);
        const auto growth = static_cast<double>(snapshot.waiting.messages - before);
        const qint64 span = snapshot.uptimeMs - since;
        return {above(growth, m_limit, 0.5 * m_limit),
                alertOf("inbox_growing", warning(),
                        QStringLiteral("%1 messages wait for people who are offline, %2 more than %3 ago.")
                            .arg(snapshot.waiting.messages)
                            .arg(growth, 0, 'f', 0)
                            .arg(spanText(Milliseconds(span))),
                        "See under Waiting for whom; somebody sends to people who do not come, or clients "
                        "cannot connect.",
                        {{QStringLiteral("messages"), static_cast<double>(snapshot.waiting.messages)},
                         {QStringLiteral("more"), growth},
                         {QStringLiteral("spanMs"), static_cast<double>(span)}})};
    }

private:
    const double m_limit;
    Window<qint64> m_window{minutes(10), seconds(10)};
};

class InboxOld final : public AlertRule
{
public:
    explicit InboxOld(Milliseconds limit)
        : AlertRule(seconds(5), seconds(5))
        , m_limit(limit.count())
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const qint64 oldest = snapshot.waiting.oldestMs.value_or(0);
        return {oldest >= m_limit ? Verdict::Loud : Verdict::Quiet,
                alertOf("inbox_old", warning(),
                        QStringLiteral("A message has waited for %1 for somebody who is offline; %2 wait in "
                                       "all.")
                            .arg(spanText(Milliseconds(oldest)))
                            .arg(snapshot.waiting.messages),
                        "See under Waiting for whom; after INBOX_TTL it is dropped, and its sender told.",
                        {{QStringLiteral("oldestMs"), static_cast<double>(oldest)},
                         {QStringLiteral("messages"), static_cast<double>(snapshot.waiting.messages)}})};
    }

private:
    const qint64 m_limit;
};

/// Ends soon: a warning; has ended: nobody can connect any more.
class CertificateEnding final : public AlertRule
{
public:
    CertificateEnding()
        : AlertRule(seconds(0), seconds(0))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        constexpr qint64 ahead = 21 * qint64(86'400'000);
        if (!snapshot.tls.expires)
            return {Verdict::Quiet, {}};
        const qint64 left = *snapshot.tls.expires - snapshot.time;
        const bool isOver = left <= 0;
        const auto ms = static_cast<double>(isOver ? -left : left);
        const QString span = spanText(Milliseconds(isOver ? -left : left));
        return {left <= ahead ? Verdict::Loud : Verdict::Quiet,
                alertOf("certificate_ending", isOver ? QStringLiteral("critical") : warning(),
                        isOver
                            ? QStringLiteral("The certificate of TLS_CERT ended %1 ago: browsers refuse to "
                                             "connect.")
                                  .arg(span)
                            : QStringLiteral("The certificate of TLS_CERT ends in %1.").arg(span),
                        "Renew it, and put the new files in the place of TLS_CERT and TLS_KEY: the server "
                        "takes them within a minute. With certbot, look why it did not renew by itself.",
                        {{isOver ? QStringLiteral("overMs") : QStringLiteral("leftMs"), ms}})};
    }
};

class BackupOld final : public AlertRule
{
public:
    explicit BackupOld(Milliseconds limit)
        : AlertRule(seconds(0), seconds(0))
        , m_limit(limit.count())
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64 dataSince) override
    {
        const auto &last = snapshot.store.lastBackup;
        const qint64 age = snapshot.time - last.value_or(dataSince);
        const QString span = spanText(Milliseconds(std::max<qint64>(age, 0)));
        return {
            age >= m_limit ? Verdict::Loud : Verdict::Quiet,
            alertOf("backup_old", QStringLiteral("notice"),
                    last ? QStringLiteral("The last backup is %1 old.").arg(span)
                         : QStringLiteral("There is no backup, and the server has kept messages for %1.")
                               .arg(span),
                    "Run concierge backup FILE, best every night.",
                    {{last ? QStringLiteral("ageMs") : QStringLiteral("keptMs"), static_cast<double>(age)}})};
    }

private:
    const qint64 m_limit;
};

} // namespace

std::vector<std::unique_ptr<AlertRule>> makeAlertRules(const AlertLimits &limits)
{
    std::vector<std::unique_ptr<AlertRule>> rules;
    rules.push_back(std::make_unique<StoreFailing>());
    rules.push_back(std::make_unique<CertificateEnding>());
    rules.push_back(std::make_unique<NotAccepting>());
    rules.push_back(std::make_unique<RedisDown>());
    for (auto &rule : makeWebhookRules())
        rules.push_back(std::move(rule));
    if (limits.diskFree > 0)
        rules.push_back(std::make_unique<DiskLow>(limits.diskFree));
    if (limits.deliveryP95.count() > 0)
        rules.push_back(std::make_unique<DeliverySlow>(limits.deliveryP95));
    if (limits.loopLag.count() > 0)
        rules.push_back(std::make_unique<LoopLag>(limits.loopLag));
    if (limits.refusedPerMinute > 0)
        rules.push_back(std::make_unique<RefusedBurst>(limits.refusedPerMinute));
    if (limits.limitedPerMinute > 0)
        rules.push_back(std::make_unique<LimitReached>(limits.limitedPerMinute));
    if (limits.inboxGrowth > 0)
        rules.push_back(std::make_unique<InboxGrowing>(limits.inboxGrowth));
    if (limits.inboxAge.count() > 0)
        rules.push_back(std::make_unique<InboxOld>(limits.inboxAge));
    if (limits.backupAge.count() > 0)
        rules.push_back(std::make_unique<BackupOld>(limits.backupAge));
    return rules;
}

QString spanText(Milliseconds span)
{
    struct Unit
    {
        double ms;
        double from; // ms
        const char *one;
        const char *many;
    };
    static constexpr std::array<Unit, 4> units{{{86'400'000, 2 * 86'400'000.0, "day", "days"},
                                                {3'600'000, 2 * 3'600'000.0, "hour", "hours"},
                                                {60'000, 2 * 60'000.0, "minute", "minutes"},
                                                {1'000, 1'000.0, "second", "seconds"}}};
    const auto ms = static_cast<double>(span.count());
    for (const Unit &unit : units) {
        if (ms < unit.from)
            continue;
        const double digits = ms / unit.ms < 10 ? 10 : 1; // one behind the point, or none
        const double value = std::round(ms / unit.ms * digits) / digits;
        return QStringLiteral("%1 %2").arg(QString::number(value),
                                           QLatin1String(value == 1 ? unit.one : unit.many));
    }
    return QStringLiteral("%1 ms").arg(span.count());
}

QString bytesText(qint64 bytes)
{
    static constexpr std::array<std::pair<double, const char *>, 4> units{
        {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "KB"}}};
    for (const auto &[factor, name] : units) {
        const double value = static_cast<double>(bytes) / factor;
        if (value >= 1)
            return QStringLiteral("%1 %2").arg(value, 0, 'f', value < 10 ? 1 : 0).arg(QLatin1String(name));
    }
    return QStringLiteral("%1 bytes").arg(bytes);
}

} // namespace concierge::monitoring
