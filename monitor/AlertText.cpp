#include "AlertText.h"

#include "Format.h"
#include "RefusedText.h"

#include <QCoreApplication>

#include <algorithm>
#include <vector>

namespace concierge::monitor {

namespace {

enum class Figure { Count, Milliseconds, Duration, Bytes, Flag };

struct Value
{
    const char *name;
    Figure figure;
};

/// `text` takes the figures, but flags, in their order as %1, %2, …; where one of them is missing, the next
/// row of the same code may have them all; otherwise the server's words stand.
struct Row
{
    const char *code;
    const char *title;
    const char *text;
    const char *advice;
    std::vector<Value> values;
};

const std::vector<Row> &rows()
{
    static const std::vector<Row> table{
        {"server_unreachable",
         QT_TRANSLATE_NOOP("AlertText", "Server not reachable"),
         QT_TRANSLATE_NOOP("AlertText", "The server does not answer."),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "If this lasts, end it where it runs, and start it again. Its log says what it did last."),
         {{"isFrozen", Figure::Flag}}},
        {"server_unreachable",
         QT_TRANSLATE_NOOP("AlertText", "Server not reachable"),
         QT_TRANSLATE_NOOP("AlertText", "The server is there, but this monitor cannot watch it."),
         QT_TRANSLATE_NOOP("AlertText", "The line above the pages says why."),
         {{"isClosed", Figure::Flag}}},
        {"server_unreachable",
         QT_TRANSLATE_NOOP("AlertText", "Server not reachable"),
         QT_TRANSLATE_NOOP("AlertText", "The server cannot be reached."),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "Start it where it runs; this monitor cannot. If it does not start, its log says why."),
         {{"isElsewhere", Figure::Flag}}},
        {"server_unreachable",
         QT_TRANSLATE_NOOP("AlertText", "Server not reachable"),
         QT_TRANSLATE_NOOP("AlertText", "The server cannot be reached."),
         QT_TRANSLATE_NOOP("AlertText", "Start it under Service; if it does not start, its log says why."),
         {}},
        {"store_failing",
         QT_TRANSLATE_NOOP("AlertText", "Disk takes nothing"),
         QT_TRANSLATE_NOOP("AlertText",
                           "Messages for people who are offline cannot be kept: the disk takes nothing."),
         QT_TRANSLATE_NOOP("AlertText",
                           "Free some space or repair the disk, and the server goes on by itself; where its "
                           "files are gone, stop it and restore a backup."),
         {}},
        {"certificate_ending",
         QT_TRANSLATE_NOOP("AlertText", "Certificate ends soon"),
         QT_TRANSLATE_NOOP("AlertText", "The server's certificate ends in %1."),
         QT_TRANSLATE_NOOP("AlertText",
                           "Renew it, and put the new files in the place of TLS_CERT and TLS_KEY: the server "
                           "takes them within a minute. With certbot, look why it did not renew by itself."),
         {{"leftMs", Figure::Duration}}},
        {"certificate_ending",
         QT_TRANSLATE_NOOP("AlertText", "Certificate has ended"),
         QT_TRANSLATE_NOOP("AlertText", "The server's certificate ended %1 ago: browsers refuse to connect."),
         QT_TRANSLATE_NOOP("AlertText",
                           "Renew it, and put the new files in the place of TLS_CERT and TLS_KEY: the server "
                           "takes them within a minute. With certbot, look why it did not renew by itself."),
         {{"overMs", Figure::Duration}}},
        {"not_accepting",
         QT_TRANSLATE_NOOP("AlertText", "Nobody new can connect"),
         QT_TRANSLATE_NOOP("AlertText", "Nobody new can connect: file descriptors have run out."),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "Each connection needs one. Raise their limit (LimitNOFILE in the systemd unit, "
             "--ulimit nofile with Docker, ulimit -n), and look under People whether one address "
             "holds very many."),
         {{"descriptors", Figure::Flag}}},
        {"not_accepting",
         QT_TRANSLATE_NOOP("AlertText", "Nobody new can connect"),
         QT_TRANSLATE_NOOP("AlertText", "Nobody new can connect: memory is over MEMORY_WATERMARK."),
         QT_TRANSLATE_NOOP(
             "AlertText", "Those who are connected go on. Look what takes the memory: very many clients, or "
                          "slow ones that much waits for; give the machine more, or raise MEMORY_WATERMARK."),
         {{"memory", Figure::Flag}}},
        {"not_accepting",
         QT_TRANSLATE_NOOP("AlertText", "Nobody new can connect"),
         QT_TRANSLATE_NOOP(
             "AlertText", "Nobody new can connect: there are as many connections as MAX_CONNECTIONS allows."),
         QT_TRANSLATE_NOOP("AlertText",
                           "Raise MAX_CONNECTIONS if the machine bears more, or look under People who has so "
                           "many."),
         {{"max_connections", Figure::Flag}}},
        {"redis_down",
         QT_TRANSLATE_NOOP("AlertText", "Redis does not answer"),
         QT_TRANSLATE_NOOP("AlertText", "Redis does not answer, so servers do not hear of each other."),
         QT_TRANSLATE_NOOP("AlertText", "Start Redis, or look whether REDIS_URL is right."),
         {}},
        {"api_failing",
         QT_TRANSLATE_NOOP("AlertText", "Platform does not take messages"),
         QT_TRANSLATE_NOOP("AlertText",
                           "The platform's own server has taken no messages for %1; %2 wait for it here."),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "Look whether that server runs. People chat on meanwhile, nothing is lost, and it goes on "
             "by itself. The log says what that server answers."),
         {{"failingMs", Figure::Duration}, {"pending", Figure::Count}}},
        {"api_outbox_full",
         QT_TRANSLATE_NOOP("AlertText", "No room for the platform's messages"),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "No message can be sent: so many wait for the platform's own server that there is no room "
             "for more (%1 of %2)."),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "Get that server to work again, or raise API_OUTBOX_MAX_BYTES if the disk has room."),
         {{"bytes", Figure::Bytes}, {"maxBytes", Figure::Bytes}, {"isFull", Figure::Flag}}},
        {"api_outbox_full",
         QT_TRANSLATE_NOOP("AlertText", "Room for the platform's messages runs out"),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "Messages that wait for the platform's own server take %1 of %2; when that is full, no "
             "message can be sent."),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "Get that server to work again, or raise API_OUTBOX_MAX_BYTES if the disk has room."),
         {{"bytes", Figure::Bytes}, {"maxBytes", Figure::Bytes}}},
        {"api_refused",
         QT_TRANSLATE_NOOP("AlertText", "Platform refuses messages"),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "Messages that the platform's own server refuses are kept aside: %1. The others go on."),
         QT_TRANSLATE_NOOP(
             "AlertText",
             "Tell who looks after that server. When it is mended, they can have the messages sent "
             "again: POST /api/outbox/retry."),
         {{"setAside", Figure::Count}}},
        {"disk_low",
         QT_TRANSLATE_NOOP("AlertText", "Disk nearly full"),
         QT_TRANSLATE_NOOP("AlertText", "Only %1 of %2 are free on the server's disk."),
         QT_TRANSLATE_NOOP("AlertText",
                           "Delete what is not needed there, or move DATA_DIR to a larger disk."),
         {{"freeBytes", Figure::Bytes}, {"totalBytes", Figure::Bytes}}},
        {"delivery_slow",
         QT_TRANSLATE_NOOP("AlertText", "Slow delivery"),
         QT_TRANSLATE_NOOP("AlertText", "One message in twenty takes %1 or more to be delivered."),
         QT_TRANSLATE_NOOP("AlertText",
                           "Look at the processor and the disk of the server's computer, and at what "
                           "else runs on it."),
         {{"p95Ms", Figure::Milliseconds}}},
        {"loop_lag",
         QT_TRANSLATE_NOOP("AlertText", "Server is behind"),
         QT_TRANSLATE_NOOP("AlertText", "The server is behind with its work, by %1."),
         QT_TRANSLATE_NOOP("AlertText",
                           "Look at what else uses the computer's processor, or give it more cores."),
         {{"lagMs", Figure::Milliseconds}}},
        {"refused_burst",
         QT_TRANSLATE_NOOP("AlertText", "Many refused connections"),
         QT_TRANSLATE_NOOP("AlertText", "%1 connections were refused within a minute."),
         QT_TRANSLATE_NOOP("AlertText", "The log says each minute what was refused, and why."),
         {{"perMinute", Figure::Count}}},
        {"limit_reached",
         QT_TRANSLATE_NOOP("AlertText", "A limit refuses"),
         QT_TRANSLATE_NOOP("AlertText", "Limits have refused %1 connections and events within a minute."),
         QT_TRANSLATE_NOOP("AlertText",
                           "Look under People who that is; if they are your own, raise the limit under "
                           "Service, Settings."),
         {{"perMinute", Figure::Count}}},
        {"inbox_growing",
         QT_TRANSLATE_NOOP("AlertText", "Waiting messages grow"),
         QT_TRANSLATE_NOOP("AlertText", "%1 messages wait for people who are offline, %2 more than %3 ago."),
         QT_TRANSLATE_NOOP("AlertText",
                           "See under Waiting for whom; somebody sends to people who do not come, or "
                           "clients cannot connect."),
         {{"messages", Figure::Count}, {"more", Figure::Count}, {"spanMs", Figure::Duration}}},
        {"inbox_old",
         QT_TRANSLATE_NOOP("AlertText", "Messages wait for long"),
         QT_TRANSLATE_NOOP("AlertText",
                           "A message has waited for %1 for somebody who is offline; %2 wait in all."),
         QT_TRANSLATE_NOOP("AlertText",
                           "See under Waiting for whom; after INBOX_TTL it is dropped, and its sender "
                           "told."),
         {{"oldestMs", Figure::Duration}, {"messages", Figure::Count}}},
        {"backup_old",
         QT_TRANSLATE_NOOP("AlertText", "No recent backup"),
         QT_TRANSLATE_NOOP("AlertText", "The last backup is %1 old."),
         QT_TRANSLATE_NOOP("AlertText", "Make one under Service, best every night."),
         {{"ageMs", Figure::Duration}}},
        {"backup_old",
         QT_TRANSLATE_NOOP("AlertText", "No backup"),
         QT_TRANSLATE_NOOP("AlertText", "There is no backup, and the server has kept messages for %1."),
         QT_TRANSLATE_NOOP("AlertText", "Make one under Service, best every night."),
         {{"keptMs", Figure::Duration}}},
    };
    return table;
}

QString format(Figure figure, double value)
{
    switch (figure) {
    case Figure::Count:
        return Format::count(qRound64(value));
    case Figure::Milliseconds:
        return Format::milliseconds(value);
    case Figure::Duration:
        return Format::duration(qRound64(value));
    case Figure::Bytes:
        return Format::bytes(qRound64(value));
    case Figure::Flag:
        break;
    }
    return {};
}

/// Nothing: this monitor does not know such an alert.
const Row *rowOf(const QString &code, const QMap<QString, double> &values)
{
    const Row *first = nullptr;
    for (const Row &row : rows()) {
        if (code != QLatin1String(row.code))
            continue;
        const bool isWhole = std::all_of(row.values.begin(), row.values.end(), [&values](const Value &value) {
            return values.contains(QLatin1String(value.name));
        });
        if (isWhole)
            return &row;
        if (!first)
            first = &row;
    }
    return first;
}

QString sentence(const Row &row, const Alert &alert)
{
    QString text = QCoreApplication::translate("AlertText", row.text);
    for (const Value &value : row.values) {
        const auto found = alert.values.constFind(QLatin1String(value.name));
        if (found == alert.values.constEnd())
            return alert.text;
        if (value.figure != Figure::Flag)
            text = text.arg(format(value.figure, *found));
    }
    return text;
}

/// Why connections were refused, as far as the server says so.
RefusedText refusedIn(const Alert &alert)
{
    QMap<QString, qint64> reasons;
    for (auto value = alert.values.cbegin(); value != alert.values.cend(); ++value) {
        if (value.key().startsWith(feed::refusedPrefix()))
            reasons.insert(value.key().mid(feed::refusedPrefix().size()), qRound64(value.value()));
    }
    return RefusedText::of(reasons);
}

} // namespace

AlertText AlertText::of(const Alert &alert)
{
    const Row *row = rowOf(alert.code, alert.values);
    if (!row)
        return {alert.code, alert.text, alert.advice};
    QString text = sentence(*row, alert);
    const RefusedText refused = refusedIn(alert);
    if (!refused.most.isEmpty() && text.endsWith(u'.'))
        text = text.chopped(1) + QLatin1String(" (") + refused.most + QLatin1String(").");
    return {QCoreApplication::translate("AlertText", row->title), text,
            refused.advice.isEmpty() ? QCoreApplication::translate("AlertText", row->advice)
                                     : refused.advice};
}

QString AlertText::titleOf(const feed::Marker &marker)
{
    const Row *row = rowOf(marker.code, {});
    return row ? QCoreApplication::translate("AlertText", row->title) : marker.text;
}

Tone toneOf(const Alert &alert)
{
    if (alert.severity == QLatin1String("notice"))
        return Tone::Notice;
    return alert.severity == QLatin1String("critical") ? Tone::Critical : Tone::Warning;
}

QString severityName(const Alert &alert)
{
    switch (toneOf(alert)) {
    case Tone::Critical:
        return QCoreApplication::translate("AlertText", "Problem");
    case Tone::Notice:
        return QCoreApplication::translate("AlertText", "Notice");
    default:
        return QCoreApplication::translate("AlertText", "Warning");
    }
}

bool isWorse(const Alert &one, const Alert &two)
{
    const auto weight = [](const Alert &alert) { return int(toneOf(alert)); };
    return weight(one) != weight(two) ? weight(one) > weight(two) : one.since < two.since;
}

} // namespace concierge::monitor
