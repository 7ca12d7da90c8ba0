#include "PlainLog.h"

#include "AlertText.h"
#include "Format.h"
#include "RefusedText.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <vector>

namespace concierge::monitor {

namespace {

struct Pattern
{
    QRegularExpression expression;
    const char *text;    ///< takes the captured texts as %1, %2, …, and a counted number as %Ln
    QList<int> numbers;  ///< which captured texts are some
    bool counts = false; ///< the first number, for the plural
};

/// Captured groups that are digits only, from 1.
QList<int> numberGroups(const char *expression)
{
    static const QRegularExpression group(QStringLiteral(R"((?<!\\)\((?!\?)(\\d\+\))?)"));
    QList<int> numbers;
    int index = 0;
    for (auto match = group.globalMatch(QLatin1String(expression)); match.hasNext();) {
        ++index;
        if (match.next().hasCaptured(1))
            numbers.append(index);
    }
    return numbers;
}

const std::vector<Pattern> &patterns()
{
    const auto line = [](const char *expression, const char *text) {
        return Pattern{QRegularExpression(QLatin1String(expression)), text, numberGroups(expression)};
    };
    const auto counted = [](const char *expression, const char *text) {
        return Pattern{QRegularExpression(QLatin1String(expression)), text, numberGroups(expression), true};
    };
    static const std::vector<Pattern> table{
        line("^Socket\\.IO metrics: activeConnections=(\\d+) peakConnections=(\\d+) totalMessages=(\\d+) "
             "onlineUsers=(\\d+)",
             QT_TRANSLATE_NOOP("PlainLog",
                               "Once a minute: connections %1 (at most %2), people online %4, messages "
                               "since the start %3.")),
        counted(
            "^stopping: (\\d+) sessions",
            QT_TRANSLATE_N_NOOP("PlainLog", "The server is stopping; %Ln connection(s) are being closed.")),
        line("^stopped after (\\d+) ms",
             QT_TRANSLATE_NOOP("PlainLog", "The server has stopped, after %1 ms.")),
        counted(
            "^waiting for (\\d+) polling sessions",
            QT_TRANSLATE_N_NOOP("PlainLog", "Waiting for %Ln connection(s) to fetch their last messages.")),
        counted("^DRAIN_TIMEOUT is over: (\\d+) sessions",
                QT_TRANSLATE_N_NOOP("PlainLog",
                                    "%Ln connection(s) did not fetch their last messages in time; these wait "
                                    "until their people come back.")),
        line("^file descriptors are running out",
             QT_TRANSLATE_NOOP("PlainLog",
                               "The limit of open connections is reached: new ones must wait until "
                               "others end.")),
        line("^file descriptors: at most (\\d+)",
             QT_TRANSLATE_NOOP("PlainLog", "This computer lets the server have %1 open connections.")),
        line("^open mode: ",
             QT_TRANSLATE_NOOP("PlainLog", "There is no sign-in: everyone is who they say they are.")),
        line("^OPEN MODE IN PRODUCTION",
             QT_TRANSLATE_NOOP("PlainLog",
                               "There is no sign-in, although this is a production server: let only "
                               "trusted networks reach it.")),
        line("^token mode: (\\d+) keys?",
             QT_TRANSLATE_NOOP("PlainLog",
                               "People sign in with tokens; keys that these may be signed with: %1.")),
        line("^a secret for tokens is shorter",
             QT_TRANSLATE_NOOP(
                 "PlainLog",
                 "The secret for tokens is short enough to be found out by trying: make a longer one.")),
        line("^keys are not renewed, and those there were stay: (.*)",
             QT_TRANSLATE_NOOP("PlainLog",
                               "The new keys for tokens cannot be used (%1). The ones before stay in use.")),
        line("^CLIENT_URL is \\*, and tokens",
             QT_TRANSLATE_NOOP("PlainLog", "Any page that a user opens can connect as that user: name the "
                                           "pages in CLIENT_URL, or set AUTH_COOKIE=none.")),
        line("^JWT_SECRET was given as a flag",
             QT_TRANSLATE_NOOP("PlainLog", "The secret for tokens can be read in the list of processes, "
                                           "because it was given as a flag.")),
        line("^clients present tokens without an expiry",
             QT_TRANSLATE_NOOP("PlainLog", "Clients come with tokens that never expire: who gets hold of one "
                                           "can use it until its key is changed.")),
        line("cannot be written: (.*)\\. What was acknowledged is safe",
             QT_TRANSLATE_NOOP("PlainLog",
                               "Messages cannot be written to the disk (%1). What was acknowledged is "
                               "safe.")),
        line("is written again, after (\\d+) s",
             QT_TRANSLATE_NOOP("PlainLog", "Messages are written to the disk again, after %1 s.")),
        line("\\b0 entries wait for 0 users; opened",
             QT_TRANSLATE_NOOP("PlainLog", "No messages wait for anybody.")),
        line("(\\d+) entries wait for (\\d+) users; opened",
             QT_TRANSLATE_NOOP("PlainLog", "Messages that wait: %1; people they wait for: %2.")),
        line("^CLIENT_URL is not set",
             QT_TRANSLATE_NOOP("PlainLog",
                               "Only pages of http://localhost:3000 may connect, because CLIENT_URL is "
                               "not set.")),
        line("^CHAT_AUTH is open, and users and chats",
             QT_TRANSLATE_NOOP("PlainLog",
                               "Who joins a chat that has the id of a user hears what other servers send "
                               "to that user: give chats ids that no user has, or set "
                               "CHAT_AUTH=token.")),
        line("^in the cluster again, by Redis at (\\S+), after (\\d+) s",
             QT_TRANSLATE_NOOP("PlainLog",
                               "Redis answers again, after %2 s: the servers hear of each other.")),
        line("^in the cluster (\\S+), by Redis at (\\S+)",
             QT_TRANSLATE_NOOP("PlainLog", "This server works together with others, by Redis at %2.")),
        line("^out of the cluster: (.*)\\. Users here go on",
             QT_TRANSLATE_NOOP("PlainLog",
                               "The servers do not hear of each other for now (%1). People here go on "
                               "chatting.")),
        line("^not in the cluster: (.*)\\. The server works alone",
             QT_TRANSLATE_NOOP("PlainLog", "This server works alone until Redis answers (%1).")),
        line("^other servers in the cluster: (\\d+), of them Node's: (\\d+)",
             QT_TRANSLATE_NOOP("PlainLog", "Other servers that this one works together with: %1.")),
        line("^listening on (\\S+)", QT_TRANSLATE_NOOP("PlainLog", "Clients can connect now, to %1.")),
        line("^the end waits for the backup",
             QT_TRANSLATE_NOOP("PlainLog", "The server stops when the backup is made.")),
        line("^the charts' history cannot be written: *(.*)$",
             QT_TRANSLATE_NOOP("PlainLog", "What the charts show cannot be kept on the disk (%1).")),
        line("^the charts' history is written again",
             QT_TRANSLATE_NOOP("PlainLog", "What the charts show is kept on the disk again.")),
        line("^cannot take a connection: *(.*)$",
             QT_TRANSLATE_NOOP("PlainLog", "A connection could not be taken (%1).")),
        line("^cannot move a connection to another worker",
             QT_TRANSLATE_NOOP("PlainLog",
                               "The limit of open connections is reached: new ones must wait until "
                               "others end.")),
        line("^(.*?)(?: \\(uid \\d+\\))?: closed, too_many_monitors",
             QT_TRANSLATE_NOOP("PlainLog", "A monitor of %1 was turned away: too many watch already.")),
        line("^(.*?)(?: \\(uid \\d+\\))?: closed, too_slow",
             QT_TRANSLATE_NOOP("PlainLog", "A monitor of %1 was left, because it did not read.")),
        line("^(.*?)(?: \\(uid \\d+\\))?: closed, (\\w+)",
             QT_TRANSLATE_NOOP("PlainLog", "A monitor of %1 was turned away (%2).")),
        line("^no monitor can connect for now: *(.*)$",
             QT_TRANSLATE_NOOP("PlainLog", "Other monitors cannot connect for now (%1).")),
        line("^monitors can connect again", QT_TRANSLATE_NOOP("PlainLog", "Monitors can connect again.")),
        line("^monitor connected: (.*?)(?: \\(uid \\d+\\))?$",
             QT_TRANSLATE_NOOP("PlainLog", "A monitor of %1 watches the server.")),
        line("^monitor disconnected: (.*?)(?: \\(uid \\d+\\))?$",
             QT_TRANSLATE_NOOP("PlainLog", "A monitor of %1 has gone.")),
        line("^(.*?)(?: \\(uid \\d+\\))?: disconnectClient sid=(\\S+): ok",
             QT_TRANSLATE_NOOP("PlainLog", "%1 has ended the connection %2.")),
        line("^(.*?)(?: \\(uid \\d+\\))?: notifyAll.*: ok",
             QT_TRANSLATE_NOOP("PlainLog", "%1 has sent a message to everyone.")),
        line("^(.*?)(?: \\(uid \\d+\\))?: drain: ok",
             QT_TRANSLATE_NOOP("PlainLog", "%1 has told the server to stop.")),
        line("^(.*?)(?: \\(uid \\d+\\))?: backup path=(.*): ok",
             QT_TRANSLATE_NOOP("PlainLog", "%1 has made a backup: %2")),
        line("^(.*?)(?: \\(uid \\d+\\))?: setLogLevel level=(\\w+): ok",
             QT_TRANSLATE_NOOP("PlainLog", "%1 has set how much is logged to “%2”.")),
        line("^(.*?)(?: \\(uid \\d+\\))?: disconnectClient\\b.*: \\w+, (.*)$",
             QT_TRANSLATE_NOOP("PlainLog", "%1 could not end a connection: %2")),
        line("^(.*?)(?: \\(uid \\d+\\))?: notifyAll\\b.*: \\w+, (.*)$",
             QT_TRANSLATE_NOOP("PlainLog", "%1 could not send a message to everyone: %2")),
        line("^(.*?)(?: \\(uid \\d+\\))?: backup path=.*: \\w+, (.*)$",
             QT_TRANSLATE_NOOP("PlainLog", "%1 could not make a backup: %2")),
    };
    return table;
}

} // namespace

QString plainLevel(const QString &level)
{
    if (level == QLatin1String("error"))
        return QCoreApplication::translate("PlainLog", "Problem");
    if (level == QLatin1String("warn"))
        return QCoreApplication::translate("PlainLog", "Warning");
    if (level == QLatin1String("info"))
        return QCoreApplication::translate("PlainLog", "Information");
    return QCoreApplication::translate("PlainLog", "Detail");
}

bool isReading(const feed::LogRecord &record)
{
    static const QRegularExpression commands(
        QStringLiteral(": (listClients|listWaiting|history|subscribe)\\b"));
    return record.category == QLatin1String("concierge.monitor") && record.message.contains(commands);
}

namespace {

QString plainText(const Pattern &pattern, const QRegularExpressionMatch &match)
{
    const int count = pattern.counts ? match.captured(pattern.numbers.constFirst()).toInt() : -1;
    QString text = QCoreApplication::translate("PlainLog", pattern.text, nullptr, count);
    for (int index = 1; index <= match.lastCapturedIndex(); ++index) {
        const QString captured = match.captured(index);
        text.replace(QStringLiteral("%") + QString::number(index),
                     pattern.numbers.contains(index) ? Format::count(captured.toLongLong()) : captured);
    }
    return text;
}

/// "disk_low: Only 5 GB … Delete …" or "disk_low: it is over."; nothing: an alert that this monitor does not
/// know.
QString plainAlert(const QString &line, const QList<Alert> &known)
{
    const qsizetype colon = line.indexOf(QLatin1String(": "));
    Alert alert;
    alert.code = line.left(colon);
    const QString words = line.mid(colon + 2);
    for (const Alert &other : known) {
        if (other.code == alert.code && !other.text.isEmpty() && words.startsWith(other.text))
            alert.values = other.values;
    }
    const AlertText text = AlertText::of(alert);
    if (colon < 0 || text.title == alert.code)
        return {};
    if (words == QLatin1String("it is over."))
        return QCoreApplication::translate("PlainLog", "It is over: %1").arg(text.title);
    if (text.text.isEmpty()) // without its figures
        return QCoreApplication::translate("PlainLog", "Alert: %1").arg(text.title);
    return QCoreApplication::translate("PlainLog", "Alert: %1. %2").arg(text.title, text.text);
}

/// "refused in the last minute: origin 12, not_found 1"; nothing: it is another line.
QString plainRefusals(const QString &line)
{
    static const QRegularExpression whole(QStringLiteral("^refused in the last minute: (.+)$"));
    static const QRegularExpression part(QStringLiteral("(\\w+) (\\d+)"));
    const auto match = whole.match(line);
    QMap<QString, qint64> refused;
    for (auto each = part.globalMatch(match.captured(1)); each.hasNext();) {
        const auto reason = each.next();
        refused.insert(reason.captured(1), reason.captured(2).toLongLong());
    }
    const QStringList reasons = RefusedText::of(refused).all.split(u'\n', Qt::SkipEmptyParts);
    return reasons.isEmpty() ? QString()
                             : QCoreApplication::translate("PlainLog", "Refused in the last minute: %1.")
                                   .arg(reasons.join(QLatin1String("; ")));
}

} // namespace

QString plainMessage(const feed::LogRecord &record, const QList<Alert> &known)
{
    if (const QString refusals = plainRefusals(record.message); !refusals.isEmpty())
        return refusals;
    if (record.category == QLatin1String("concierge.alert")) {
        const QString text = plainAlert(record.message, known);
        return text.isEmpty() ? record.message : text;
    }
    for (const Pattern &pattern : patterns()) {
        const auto match = pattern.expression.match(record.message);
        if (match.hasMatch())
            return plainText(pattern, match);
    }
    return record.message;
}

} // namespace concierge::monitor
