#include "SupportBundle.h"

#include "AlertText.h"
#include "Csv.h"

#include <QJsonDocument>
#include <QLocale>
#include <QRegularExpression>
#include <QSysInfo>

namespace concierge::monitor {

namespace {

QByteArray title(const char *name)
{
    return QByteArray("\n== ") + name + " ==\n\n";
}

QByteArray settings(const feed::Hello &hello)
{
    QByteArray text;
    for (const feed::Setting &setting : hello.settings) {
        const QString value = isSecretName(setting.name)
                                  ? (setting.value.isEmpty() ? QString() : QStringLiteral("(removed)"))
                                  : withoutSecrets(setting.value);
        text += QStringLiteral("%1=%2  (%3)\n").arg(setting.name, value, setting.origin).toUtf8();
    }
    return text;
}

/// What the monitor found itself has no words of the server.
QString textOf(const Alert &alert)
{
    return alert.text.isEmpty() ? AlertText::of(alert).text : alert.text;
}

QByteArray alerts(const AlertBook &book)
{
    QByteArray text;
    for (const AlertEntry &entry : book.entries())
        text += QStringLiteral("%1 %2 %3%4: %5\n")
                    .arg(Csv::time(entry.alert.since), entry.alert.severity, entry.alert.code,
                         entry.isActive ? QString() : QStringLiteral(" (over)"),
                         withoutSecrets(textOf(entry.alert)))
                    .toUtf8();
    return text.isEmpty() ? QByteArray("none\n") : text;
}

QByteArray log(const LogModel &log)
{
    QByteArray text;
    for (const feed::LogRecord &record : log.records())
        text +=
            QStringLiteral("%1 %2 %3 %4\n")
                .arg(Csv::time(record.time), record.level, record.category, withoutSecrets(record.message))
                .toUtf8();
    return text.isEmpty() ? QByteArray("none came while this monitor ran\n") : text;
}

} // namespace

bool isSecretName(const QString &setting)
{
    static const QRegularExpression words(
        QStringLiteral("SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE|CREDENTIAL|_KEY$|^KEY$"),
        QRegularExpression::CaseInsensitiveOption);
    return words.match(setting).hasMatch();
}

QString withoutSecrets(const QString &text)
{
    static const std::pair<QRegularExpression, QString> rules[] = {
        // user:password@ of a URL
        {QRegularExpression(QStringLiteral("://[^/@\\s]*@")), QStringLiteral("://(removed)@")},
        // JSON Web Tokens
        {QRegularExpression(QStringLiteral("\\beyJ[\\w-]+\\.[\\w-]+\\.[\\w-]*")),
         QStringLiteral("(removed)")},
        {QRegularExpression(
             QStringLiteral("\\b(secret|password|token|authorization)(\\s*[=:]\\s*)(Bearer\\s+)?\\S+"),
             QRegularExpression::CaseInsensitiveOption),
         QStringLiteral("\\1\\2(removed)")},
        // addresses, but this computer's own and the one that stands for all
        {QRegularExpression(QStringLiteral("\\b(?!127\\.|0\\.0\\.0\\.0)\\d{1,3}(\\.\\d{1,3}){3}\\b")),
         QStringLiteral("(address)")},
        {QRegularExpression(QStringLiteral("(?<![\\w:.-])[0-9a-f]{1,4}(:[0-9a-f]{0,4}){3,7}(?![\\w:])"),
                            QRegularExpression::CaseInsensitiveOption),
         QStringLiteral("(address)")},
    };
    QString clean = text;
    for (const auto &[expression, replacement] : rules)
        clean.replace(expression, replacement);
    return clean;
}

QByteArray supportBundle(ServerSession &session)
{
    const FeedClient &feed = session.feed();
    QByteArray text = "Concierge support bundle\n";
    text += "made " + Csv::time(session.now()).toUtf8() + "\n";
    text += title("Monitor");
    text += "version " CONCIERGE_VERSION ", Qt " + QByteArray(qVersion()) + ", " +
            QSysInfo::prettyProductName().toUtf8() + ", " + QSysInfo::currentCpuArchitecture().toUtf8() +
            ", " + QLocale().name().toUtf8() + "\n";
    text += "socket " + feed.socketName().toUtf8() + "\n";
    text += "state: " + session.situation().text.toUtf8() + "\n";
    if (feed.hello()) {
        const feed::Hello &hello = *feed.hello();
        text += title("Server");
        text += QStringLiteral(
                    "version %1, protocol %2, pid %3, started %4\nclients at %5, health at %6\ndata in %7\n")
                    .arg(hello.version)
                    .arg(hello.protocol)
                    .arg(hello.pid)
                    .arg(Csv::time(hello.startTime), hello.url, hello.health, hello.dataDir)
                    .toUtf8();
        text += title("Settings") + settings(hello);
    }
    if (feed.snapshot())
        text += title("Figures") + QJsonDocument(fields::toJson(*feed.snapshot())).toJson();
    text += title("Alerts") + alerts(session.alerts());
    text += title("Log") + log(session.log());
    return text;
}

} // namespace concierge::monitor
