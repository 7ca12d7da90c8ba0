#include "PlainLog.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <vector>

namespace concierge::monitor {

namespace {

struct Pattern
{
    QRegularExpression expression;
    const char *text; ///< takes the captured texts as %1, %2, …
};

const std::vector<Pattern> &patterns()
{
    const auto line = [](const char *expression, const char *text) {
        return Pattern{QRegularExpression(QLatin1String(expression)), text};
    };
    static const std::vector<Pattern> table{
        line("^Socket\\.IO metrics: activeConnections=(\\d+) peakConnections=(\\d+) totalMessages=(\\d+) "
             "onlineUsers=(\\d+)",
             QT_TRANSLATE_NOOP("PlainLog", "Once a minute: %1 connections (at most %2), %4 people online, %3 "
                                           "messages since the start.")),
        line("^stopping: (\\d+) sessions",
             QT_TRANSLATE_NOOP("PlainLog", "The server is stopping; %1 connections are being closed.")),
        line("^stopped after (\\d+) ms",
             QT_TRANSLATE_NOOP("PlainLog", "The server has stopped, after %1 ms.")),
        line("^waiting for (\\d+) polling sessions",
             QT_TRANSLATE_NOOP("PlainLog", "Waiting for %1 connections to fetch their last messages.")),
        line("^DRAIN_TIMEOUT is over: (\\d+) sessions",
             QT_TRANSLATE_NOOP("PlainLog",
                               "%1 connections did not fetch their last messages in time; these wait "
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
        line("cannot be written: (.*)\\. What was acknowledged is safe",
             QT_TRANSLATE_NOOP("PlainLog",
                               "Messages cannot be written to the disk (%1). What was acknowledged is "
                               "safe.")),
        line("is written again, after (\\d+) s",
             QT_TRANSLATE_NOOP("PlainLog", "Messages are written to the disk again, after %1 s.")),
        line("(\\d+) entries wait for (\\d+) users; opened",
             QT_TRANSLATE_NOOP("PlainLog", "%1 messages wait for %2 people.")),
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

QString plainMessage(const feed::LogRecord &record)
{
    for (const Pattern &pattern : patterns()) {
        const auto match = pattern.expression.match(record.message);
        if (!match.hasMatch())
            continue;
        QString text = QCoreApplication::translate("PlainLog", pattern.text);
        for (int index = 1; index <= match.lastCapturedIndex(); ++index)
            text.replace(QStringLiteral("%") + QString::number(index), match.captured(index));
        return text;
    }
    return record.message;
}

} // namespace concierge::monitor
