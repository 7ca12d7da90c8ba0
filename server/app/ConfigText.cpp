#include "app/Config.h"

#include "app/ConfigTable.h"
#include "app/InstalledLayout.h"

namespace concierge::app {

namespace {

/// Every setting with its comments; those with a value are set, the rest is commented out.
QString settingsFile(const QHash<QString, QString> &values)
{
    QString text;
    QLatin1String topic;
    for (const Setting &setting : settings()) {
        if (topic != QLatin1String(setting.topic)) {
            topic = QLatin1String(setting.topic);
            text += QStringLiteral("\n## %1\n").arg(topic);
        }
        const QString value = values.value(QLatin1String(setting.name));
        text += QStringLiteral("\n# %1\n# Takes %2.\n")
                    .arg(QLatin1String(setting.help), QLatin1String(setting.takes)) +
                (value.isEmpty() ? QStringLiteral("#") : QString()) + QLatin1String(setting.name) + u'=' +
                (value.isEmpty() ? QLatin1String(setting.defaultText) : value) + u'\n';
    }
    return text;
}

} // namespace

QString helpText()
{
    QString text =
        QStringLiteral(
            "Usage: concierge [flags]\n"
            "       concierge backup FILE [flags]\n"
            "       concierge restore FILE [flags]\n"
            "       concierge status [--json] [--watch] [flags]\n\n"
            "Real-time messaging server that speaks Socket.IO.\n\n"
            "A flag beats the environment variable of the same name, which beats the configuration "
            "file: that\nof --config, else .env in the working directory, else the installed server's, "
            "%1.\nDurations take ms, s, m, h or d (plain numbers are ms); sizes take KB, MB or "
            "GB.\n\n"
            "  backup FILE        writes what is in DATA_DIR to the new file FILE, also while a "
            "server runs\n"
            "  restore FILE       puts such a file in the place of what is in DATA_DIR, which is "
            "kept under\n"
            "                     another name; no server may run on it\n"
            "  status             shows how the server on MONITOR_SOCKET fares; exit code 0: it is "
            "healthy,\n"
            "                     1: it is not, or is stopping, 2: it is not running; --json: as "
            "one JSON\n"
            "                     object; --watch: again each second\n"
            "  --config FILE      reads the settings in FILE, and in no other file\n"
            "  --help             this text\n"
            "  --version          the version\n"
            "  --print-config     every setting, its value and where it came from\n"
            "  --check-config     exit code 0 when the configuration is good, else 2\n"
            "  --print-env-example, --print-settings-table\n"
            "                     the settings as a .env file, and as a Markdown table\n"
            "  --print-installed-config\n"
            "                     the settings as the configuration file of an installed server\n")
            .arg(installedLayout().configFile);
    QLatin1String topic;
    for (const Setting &setting : settings()) {
        if (topic != QLatin1String(setting.topic)) {
            topic = QLatin1String(setting.topic);
            text += QStringLiteral("\n%1\n").arg(topic);
        }
        text += QStringLiteral("  %1 %2\n      %5: takes %3; default %4\n")
                    .arg(flagOf(setting), -20)
                    .arg(QLatin1String(setting.help), QLatin1String(setting.takes),
                         *setting.defaultText ? QLatin1String(setting.defaultText) : QLatin1String("none"),
                         QLatin1String(setting.name));
    }
    return text;
}

QString printedConfig(const Config &config)
{
    QString text;
    for (const Setting &setting : settings()) {
        const Config::Value value = config.values.value(QLatin1String(setting.name));
        text += QString(QLatin1String(setting.name)).leftJustified(18) + QStringLiteral(" = ") +
                masked(setting, value.text) + QStringLiteral("  (") + value.origin + QStringLiteral(")\n");
    }
    return text;
}

QList<feed::Setting> shownSettings(const Config &config)
{
    QList<feed::Setting> shown;
    for (const Setting &setting : settings()) {
        const QString name = QLatin1String(setting.name);
        const Config::Value value = config.values.value(name);
        shown.append({name, masked(setting, value.text), value.origin});
    }
    return shown;
}

QString envExample()
{
    return QStringLiteral(
               "# Settings of Concierge, with their defaults. Copy to .env in the working directory\n"
               "# and remove the # of what you change. Made by: concierge --print-env-example\n") +
           settingsFile({});
}

QString installedConfig()
{
    const InstalledLayout &layout = installedLayout();
    QHash<QString, QString> values{{QStringLiteral("NODE_ENV"), QStringLiteral("production")},
                                   {QStringLiteral("DATA_DIR"), layout.dataDir},
                                   {QStringLiteral("LOG_FILE"), layout.logFile},
                                   {QStringLiteral("MONITOR_SOCKET"), layout.monitorSocket}};
    return QStringLiteral(
               "# Settings of the Concierge server of this computer. A line that begins with # is a "
               "comment:\n"
               "# to change a setting, remove its # and write the new value. Then start the server anew.\n"
               "#\n"
               "# What nearly everybody sets is CLIENT_URL: the address of the web site whose visitors "
               "chat.\n") +
           settingsFile(values);
}

QString settingsTable()
{
    QString text =
        QStringLiteral("| setting | default | takes | what it does |\n| --- | --- | --- | --- |\n");
    for (const Setting &setting : settings()) {
        const QString shown =
            *setting.defaultText ? QStringLiteral("`%1`").arg(QLatin1String(setting.defaultText)) : QString();
        text += QStringLiteral("| `%1` | %2 | %3 | %4 |\n")
                    .arg(QLatin1String(setting.name), shown, QLatin1String(setting.takes),
                         QLatin1String(setting.help));
    }
    return text;
}

} // namespace concierge::app
