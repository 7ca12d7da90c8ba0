#include "app/Config.h"

#include "app/ConfigTable.h"

#include <algorithm>

namespace concierge::app {

namespace {

QString masked(const Setting &setting, const QString &text)
{
    return setting.isSecret && !text.isEmpty() ? QStringLiteral("********") : text;
}

/// As much of what a variable holds as fits into one line.
QString shown(const Setting &setting, const QString &text)
{
    constexpr qsizetype most = 100;
    QString line = masked(setting, text);
    if (line.size() > most)
        line = line.first(most) + QChar(0x2026);
    for (QChar &c : line) {
        if (c.category() == QChar::Other_Control)
            c = u' ';
    }
    return line;
}

ConfigError errorOf(const Setting &setting, const Config::Value &value, const QString &why)
{
    // Not arg(a, b, c): what a variable holds may contain a %1 of its own.
    return {QLatin1String(setting.name) + u' ' + why + QStringLiteral(": it holds \"") +
            shown(setting, value.text) + QStringLiteral("\" (from ") + value.origin +
            QStringLiteral("), and takes ") + QLatin1String(setting.takes) + u'.'};
}

/// What no setting can see alone.
std::optional<ConfigError> checkTogether(const Config &config)
{
    const auto isAny = [](const QHostAddress &address) {
        return address == QHostAddress(QHostAddress::Any) || address == QHostAddress(QHostAddress::AnyIPv4);
    };
    const bool sameAddress =
        isAny(config.bind) || isAny(config.healthBind) || config.bind == config.healthBind;
    if (config.port != 0 && config.port == config.healthPort && sameAddress)
        return ConfigError{
            QStringLiteral("HEALTH_PORT is %1, the same as PORT: each needs a port of its own.")
                .arg(config.healthPort)};
    if (config.outboxMaxBytes < config.maxPayload)
        return ConfigError{
            QStringLiteral("OUTBOX_MAX_BYTES is %1, less than MAX_PAYLOAD (%2): the largest message would "
                           "never fit.")
                .arg(config.outboxMaxBytes)
                .arg(config.maxPayload)};
    return std::nullopt;
}

const Setting *settingOfFlag(const QString &flag)
{
    for (const Setting &setting : settings()) {
        if (flagOf(setting) == flag)
            return &setting;
    }
    return nullptr;
}

std::optional<Action> actionOfFlag(const QString &flag)
{
    static const QHash<QString, Action> actions{
        {QStringLiteral("--help"), Action::Help},
        {QStringLiteral("-h"), Action::Help},
        {QStringLiteral("--version"), Action::Version},
        {QStringLiteral("--print-config"), Action::PrintConfig},
        {QStringLiteral("--check-config"), Action::CheckConfig},
        {QStringLiteral("--print-env-example"), Action::PrintEnvExample},
        {QStringLiteral("--print-settings-table"), Action::PrintSettingsTable},
    };
    const auto found = actions.constFind(flag);
    return found == actions.constEnd() ? std::nullopt : std::optional(*found);
}

std::optional<Action> actionOfCommand(const QString &word)
{
    if (word == QLatin1String("backup"))
        return Action::Backup;
    if (word == QLatin1String("status"))
        return Action::Status;
    return word == QLatin1String("restore") ? std::optional(Action::Restore) : std::nullopt;
}

bool takesFile(Action action)
{
    return action == Action::Backup || action == Action::Restore;
}

struct Flags
{
    Action action = Action::Run;
    QString file;                   ///< of Backup and Restore
    bool isJson = false;            ///< of Status
    bool isWatching = false;        ///< of Status
    QHash<QString, QString> values; ///< by setting name
};

bool readStatusFlag(Flags &flags, const QString &argument)
{
    const bool isJson = argument == QLatin1String("--json");
    const bool isWatching = argument == QLatin1String("--watch");
    flags.isJson = flags.isJson || isJson;
    flags.isWatching = flags.isWatching || isWatching;
    return isJson || isWatching;
}

Result<Flags, ConfigError> readFlags(const QStringList &arguments)
{
    Flags flags;
    const auto command = arguments.isEmpty() ? std::nullopt : actionOfCommand(arguments.front());
    flags.action = command.value_or(Action::Run);
    for (qsizetype i = command ? 1 : 0; i < arguments.size(); ++i) {
        const QString &argument = arguments[i];
        if (command && takesFile(*command) && flags.file.isEmpty() &&
            !argument.startsWith(QLatin1String("--"))) {
            flags.file = argument;
            continue;
        }
        if (command == Action::Status && readStatusFlag(flags, argument))
            continue;
        if (const auto action = actionOfFlag(argument)) {
            flags.action = *action;
            continue;
        }
        const qsizetype equals = argument.indexOf(u'=');
        const QString name = equals < 0 ? argument : argument.first(equals);
        const Setting *setting = settingOfFlag(name);
        if (!setting)
            return ConfigError{QStringLiteral("unknown flag %1; --help lists the flags").arg(name)};
        if (equals < 0 && i + 1 == arguments.size())
            return ConfigError{
                QStringLiteral("%1 needs a value: it takes %2").arg(name, QLatin1String(setting->takes))};
        flags.values.insert(QLatin1String(setting->name),
                            equals < 0 ? arguments[++i] : argument.sliced(equals + 1));
    }
    if (flags.action == command && takesFile(*command) && flags.file.isEmpty())
        return ConfigError{
            QStringLiteral("%1 needs the name of a file: concierge %1 FILE").arg(arguments[0])};
    return flags;
}

Config::Value valueOf(const Setting &setting, const Flags &flags, const Environment &environment,
                      const Environment &file)
{
    const QString name = QLatin1String(setting.name);
    if (const auto flag = flags.values.constFind(name); flag != flags.values.constEnd())
        return {*flag, QStringLiteral("flag")};
    // An empty variable is as good as none: shells and compose files leave such behind.
    if (const QString text = environment.value(name); !text.isEmpty())
        return {text, QStringLiteral("environment")};
    if (const QString text = file.value(name); !text.isEmpty())
        return {text, QStringLiteral(".env")};
    return {QLatin1String(setting.defaultText), QStringLiteral("default")};
}

/// The seed's CLIENT_URL is a developer's machine; in production no page of that origin has any business
/// here.
void applyProductionDefaults(Config &config)
{
    Config::Value &value = config.values[QStringLiteral("CLIENT_URL")];
    if (config.environment != NodeEnvironment::Production || value.origin != QLatin1String("default"))
        return;
    config.cors = {};
    value.text = QStringLiteral("none");
}

QStringList unknownNames(const Environment &file)
{
    QStringList names;
    for (auto entry = file.cbegin(); entry != file.cend(); ++entry) {
        const auto isThis = [&entry](const Setting &setting) {
            return entry.key() == QLatin1String(setting.name);
        };
        if (std::none_of(settings().begin(), settings().end(), isThis))
            names.append(entry.key());
    }
    names.sort();
    return names;
}

} // namespace

Result<Invocation, ConfigError> loadConfig(const QStringList &arguments, const Environment &environment,
                                           const QString &dotEnvPath)
{
    const auto flags = readFlags(arguments);
    if (!flags)
        return flags.error();
    Invocation invocation;
    invocation.action = flags->action;
    invocation.file = flags->file;
    invocation.isJson = flags->isJson;
    invocation.isWatching = flags->isWatching;
    const bool needsNoConfig = flags->action == Action::Help || flags->action == Action::Version ||
                               flags->action == Action::PrintEnvExample ||
                               flags->action == Action::PrintSettingsTable;
    if (needsNoConfig)
        return invocation;
    const auto file = readDotEnv(dotEnvPath);
    if (!file)
        return ConfigError{file.error().line};
    for (const Setting &setting : settings()) {
        const Config::Value value = valueOf(setting, *flags, environment, *file);
        if (const auto why = setting.apply(invocation.config, value.text))
            return errorOf(setting, value, *why);
        invocation.config.values.insert(QLatin1String(setting.name), value);
    }
    applyProductionDefaults(invocation.config);
    if (const auto error = checkTogether(invocation.config))
        return *error;
    invocation.config.unknownNames = unknownNames(*file);
    return invocation;
}

QString helpText()
{
    QString text = QStringLiteral(
        "Usage: concierge [flags]\n"
        "       concierge backup FILE [flags]\n"
        "       concierge restore FILE [flags]\n"
        "       concierge status [--json] [--watch] [flags]\n\n"
        "Real-time messaging server that speaks Socket.IO.\n\n"
        "A flag beats the environment variable of the same name, which beats a .env file in "
        "the working\ndirectory. Durations take ms, s, m, h or d (plain numbers are ms); "
        "sizes take KB, MB or GB.\n\n"
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
        "  --help             this text\n"
        "  --version          the version\n"
        "  --print-config     every setting, its value and where it came from\n"
        "  --check-config     exit code 0 when the configuration is good, else 2\n"
        "  --print-env-example, --print-settings-table\n"
        "                     the settings as a .env file, and as a Markdown table\n");
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
    QString text =
        QStringLiteral("# Settings of Concierge, with their defaults. Copy to .env in the working directory\n"
                       "# and remove the # of what you change. Made by: concierge --print-env-example\n");
    QLatin1String topic;
    for (const Setting &setting : settings()) {
        if (topic != QLatin1String(setting.topic)) {
            topic = QLatin1String(setting.topic);
            text += QStringLiteral("\n## %1\n").arg(topic);
        }
        text += QStringLiteral("\n# %1\n# Takes %2.\n#%3=%4\n")
                    .arg(QLatin1String(setting.help), QLatin1String(setting.takes),
                         QLatin1String(setting.name), QLatin1String(setting.defaultText));
    }
    return text;
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
