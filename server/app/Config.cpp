#include "app/Config.h"

#include "app/ConfigTable.h"
#include "app/InstalledLayout.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>

namespace concierge::app {

namespace {

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

/// Who sets what tokens must say believes to be safe: without a key nobody would look at them.
std::optional<ConfigError> checkTokens(const Config &config)
{
    if (!config.keys.isEmpty())
        return std::nullopt;
    const char *given = !config.tokens.issuers.isEmpty()     ? "JWT_ISSUER"
                        : !config.tokens.audiences.isEmpty() ? "JWT_AUDIENCE"
                        : !config.tokens.userClaim.isEmpty() ? "JWT_USER_CLAIM"
                        : config.tokens.mustExpire           ? "JWT_EXPIRY"
                        : config.chatsByToken                ? "CHAT_AUTH"
                                                             : nullptr;
    if (!given)
        return std::nullopt;
    return ConfigError{
        QStringLiteral("%1 is set, but no key is, so nobody would have to sign in: set JWT_SECRET, "
                       "JWT_SECRET_FILE, JWT_PUBLIC_KEY or JWT_PUBLIC_KEY_FILE, or remove %1.")
            .arg(QLatin1String(given))};
}

std::optional<ConfigError> checkApi(const Config &config)
{
    if (config.api.url.isEmpty() || !config.api.keys.isEmpty())
        return std::nullopt;
    return ConfigError{
        QStringLiteral("API_URL is set, but no key is, so your back end could not tell who posts to "
                       "it: set API_KEY or API_KEY_FILE, or remove API_URL.")};
}

/// Who sets these means a Redis to be there.
std::optional<ConfigError> checkRedis(const Config &config)
{
    const RedisSettings &redis = config.redis;
    const auto needs = [](const char *name, const char *what) {
        return ConfigError{QStringLiteral("%1 is set, but %2: set REDIS_URL, or remove %1.")
                               .arg(QLatin1String(name), QLatin1String(what))};
    };
    if (redis.isRequired && !redis.url)
        return needs("REDIS_REQUIRED", "REDIS_URL is not, so there is no Redis to wait for");
    if (!redis.caFile.isEmpty() && (!redis.url || redis.url->transport != redis::Url::Transport::Tls))
        return needs("REDIS_CA", "REDIS_URL is not rediss://, so nothing would be checked with it");
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
        {QStringLiteral("--print-installed-config"), Action::PrintInstalledConfig},
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
    std::optional<QString> config;  ///< --config
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

/// The value of the flag at `i`, in the same argument or in the next, which `i` then stands on.
std::optional<QString> valueOfFlag(const QStringList &arguments, qsizetype &i)
{
    if (const qsizetype equals = arguments[i].indexOf(u'='); equals >= 0)
        return arguments[i].sliced(equals + 1);
    return i + 1 < arguments.size() ? std::optional(arguments[++i]) : std::nullopt;
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
        const QString name = argument.section(u'=', 0, 0);
        const bool isConfig = name == QLatin1String("--config");
        const Setting *setting = isConfig ? nullptr : settingOfFlag(name);
        if (!setting && !isConfig)
            return ConfigError{QStringLiteral("unknown flag %1; --help lists the flags").arg(name)};
        const auto value = valueOfFlag(arguments, i);
        if (!value || (isConfig && value->isEmpty()))
            return ConfigError{QStringLiteral("%1 needs a value: it takes %2")
                                   .arg(name, setting ? QLatin1String(setting->takes)
                                                      : QLatin1String("the name of a file"))};
        if (isConfig)
            flags.config = value;
        else
            flags.values.insert(QLatin1String(setting->name), *value);
    }
    if (flags.action == command && takesFile(*command) && flags.file.isEmpty())
        return ConfigError{
            QStringLiteral("%1 needs the name of a file: concierge %1 FILE").arg(arguments[0])};
    return flags;
}

/// A file of settings that was read, or none.
struct SettingsFile
{
    QString path; ///< as the operator named it; empty: there is none
    Environment values;
    QString unread; ///< the installed one, which this user may not read
};

Result<SettingsFile, ConfigError> readSettings(const QString &path)
{
    auto values = readDotEnv(path);
    if (!values)
        return ConfigError{values.error().line};
    return SettingsFile{path, std::move(values).value(), {}};
}

/// The file of --config, else `.env`, else the installed one. The last is not for everybody's eyes: who may
/// not read it goes without.
Result<SettingsFile, ConfigError> findSettings(const Flags &flags, const ConfigFiles &files)
{
    const auto exists = [](const QString &path) { // a link that leads nowhere is a mistake, not a wish
        return QFileInfo::exists(path) || QFileInfo(path).isSymLink();
    };
    if (flags.config) {
        if (!QFileInfo::exists(*flags.config))
            return ConfigError{QStringLiteral("--config: there is no file ") + *flags.config};
        return readSettings(*flags.config);
    }
    if (exists(files.dotEnv))
        return readSettings(files.dotEnv);
    const bool isReadable = QFile(files.installed).open(QIODevice::ReadOnly);
    if (isReadable)
        return readSettings(files.installed);
    if (!exists(files.installed))
        return SettingsFile();
    // Its server has its socket at the usual place; that it may not be used is for the socket to say.
    if (flags.action == Action::Status)
        return SettingsFile{
            files.installed, {{QStringLiteral("MONITOR_SOCKET"), installedLayout().monitorSocket}}, {}};
    return SettingsFile{{}, {}, files.installed};
}

Config::Value valueOf(const Setting &setting, const Flags &flags, const Environment &environment,
                      const SettingsFile &file)
{
    const QString name = QLatin1String(setting.name);
    if (const auto flag = flags.values.constFind(name); flag != flags.values.constEnd())
        return {*flag, QStringLiteral("flag")};
    // An empty variable is as good as none: shells and compose files leave such behind.
    if (const QString text = environment.value(name); !text.isEmpty())
        return {text, QStringLiteral("environment")};
    if (const QString text = file.values.value(name); !text.isEmpty())
        return {text, QFileInfo(file.path).fileName()};
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
                                           const ConfigFiles &files)
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
                               flags->action == Action::PrintInstalledConfig ||
                               flags->action == Action::PrintSettingsTable;
    if (needsNoConfig)
        return invocation;
    const auto file = findSettings(*flags, files);
    if (!file)
        return file.error();
    for (const Setting &setting : settings()) {
        const Config::Value value = valueOf(setting, *flags, environment, *file);
        if (const auto why = setting.apply(invocation.config, value.text))
            return errorOf(setting, value, *why);
        invocation.config.values.insert(QLatin1String(setting.name), value);
    }
    applyProductionDefaults(invocation.config);
    for (const auto check : {checkTogether, checkTokens, checkApi, checkRedis}) {
        if (const auto error = check(invocation.config))
            return *error;
    }
    invocation.unread = file->unread;
    invocation.config.file = file->path;
    invocation.config.unknownNames = unknownNames(file->values);
    return invocation;
}

} // namespace concierge::app
