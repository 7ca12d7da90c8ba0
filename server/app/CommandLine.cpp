#include "app/CommandLine.h"

#include "app/InstalledLayout.h"
#include "app/Logging.h"
#include "app/Privileges.h"
#include "app/Service.h"
#include "app/StatusCommand.h"
#include "app/TlsCertificate.h"
#include "store/Backup.h"
#include "transport/WebSocketGate.h"

#include <QLoggingCategory>
#include <QProcessEnvironment>

#include <cstdio>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcConfig, "concierge.config")

namespace {

Environment processEnvironment()
{
    const auto system = QProcessEnvironment::systemEnvironment();
    Environment environment;
    for (const QString &name : system.keys())
        environment.insert(name, system.value(name));
    return environment;
}

void print(FILE *stream, const QString &text)
{
    std::fputs(text.toUtf8().constData(), stream);
    std::fflush(stream);
}

ExitCode keep(const Invocation &invocation)
{
    const QString &folder = invocation.config.dataDir;
    const auto result = invocation.action == Action::Backup ? store::backUp(folder, invocation.file)
                                                            : store::restore(folder, invocation.file);
    if (invocation.action == Action::Restore)
        giveToOwnerOf(folder);
    if (result)
        print(stdout, result->line + u'\n');
    else
        print(stderr, QStringLiteral("concierge: ") + result.error().line + u'\n');
    return ExitCode{result ? 0 : 1};
}

/// Keys for tokens, certificate: what the start would find out.
std::optional<QString> whatIsWrongWithFilesOf(const Config &config)
{
    if (!config.keys.isEmpty()) {
        if (const auto keys = auth::KeySource(config.keys, config.tokens).load(); !keys)
            return keys.error().text;
    }
    if (config.tlsCertificate.isEmpty() && config.tlsKey.isEmpty())
        return std::nullopt;
    const SystemClock clock;
    metrics::ThreadCounters counters;
    const auto certificate = TlsCertificate::open({config.tlsCertificate, config.tlsKey}, clock, counters);
    return certificate ? std::nullopt : std::optional(certificate.error().line);
}

/// What an action prints that is done with it.
QString answerTo(Action action, const Config &config)
{
    switch (action) {
    case Action::Run:
    case Action::Backup:
    case Action::Restore:
    case Action::Status:
        break;
    case Action::Help:
        return helpText();
    case Action::Version:
        return QStringLiteral("concierge " CONCIERGE_VERSION "%1\n")
            .arg(QLatin1String(transport::WebSocketGate::isBuiltIn() ? "" : " without WebSocket"));
    case Action::PrintConfig:
        return printedConfig(config);
    case Action::CheckConfig:
        return QStringLiteral("The configuration is good.\n");
    case Action::PrintEnvExample:
        return envExample();
    case Action::PrintInstalledConfig:
        return installedConfig();
    case Action::PrintSettingsTable:
        return settingsTable();
    }
    return {};
}

void logNotes(const Config &config)
{
    for (const QString &name : config.unknownNames) {
        // Other programs share the file; but without its key, this one lets everybody in.
        const bool isOurs = name.startsWith(QLatin1String("JWT"), Qt::CaseInsensitive) ||
                            name.startsWith(QLatin1String("TLS_"), Qt::CaseInsensitive);
        const QString line =
            QStringLiteral("%1 has %2 which is no setting of this program").arg(config.file, name);
        if (isOurs)
            qCWarning(lcConfig).noquote() << line;
        else
            qCDebug(lcConfig).noquote() << line;
    }
    if (!config.oddLines.isEmpty())
        qCWarning(lcConfig).noquote()
            << QStringLiteral("%1: neither NAME=value nor a comment, and passed over: line %2")
                   .arg(config.file, config.oddLines.join(QLatin1String(", ")));
    const bool isLocal = config.environment != NodeEnvironment::Production &&
                         config.values.value(QStringLiteral("CLIENT_URL")).origin == QLatin1String("default");
    if (isLocal)
        qCInfo(lcConfig) << "CLIENT_URL is not set: pages of http://localhost:3000 may connect, others not";
}

void logUser(const QString &user)
{
    if (!user.isEmpty())
        qCInfo(lcConfig).noquote() << "was started as root, and is" << user << "now";
}

} // namespace

Result<Config, ExitCode> commandLine(const QStringList &arguments)
{
    QStringList flags = arguments;
    if (!flags.isEmpty() && flags.front() == QLatin1String("service")) {
        if (const auto code = serviceCommand(flags.mid(1)))
            return ExitCode{*code};
        flags = flags.mid(2);
    }
    auto invocation =
        loadConfig(flags, processEnvironment(), {QStringLiteral(".env"), installedLayout().configFile});
    if (!invocation) {
        serviceFailed(invocation.error().line);
        return ExitCode{2};
    }
    if (!invocation->unread.isEmpty() && invocation->action != Action::Run)
        print(stderr, QStringLiteral("concierge: this user may not read %1: without its settings. With sudo "
                                     "it is read; --config names another file.\n")
                          .arg(invocation->unread));
    const Config &config = invocation->config;
    if (invocation->action == Action::Backup || invocation->action == Action::Restore)
        return keep(*invocation);
    if (invocation->action == Action::Status)
        return showStatus(*invocation);
    const bool willServe = invocation->action == Action::Run || invocation->action == Action::CheckConfig;
    if (willServe && !isUser(config.runAs)) {
        serviceFailed(QStringLiteral("RUN_AS: there is no user \"%1\" here; it takes a user of this system, "
                                     "or root; on Windows nothing")
                          .arg(config.runAs));
        return ExitCode{2};
    }
    if (invocation->action == Action::CheckConfig) {
        if (const auto line = whatIsWrongWithFilesOf(config)) {
            serviceFailed(*line);
            return ExitCode{2};
        }
    }
    if (invocation->action != Action::Run) {
        print(stdout, answerTo(invocation->action, config));
        return ExitCode{0};
    }
    // Before the first file is made: what this process makes is to be its user's.
    const auto user = leaveRoot(config.runAs, config.dataDir);
    if (!user) {
        serviceFailed(user.error().line);
        return ExitCode{1};
    }
    setCoreDumps(config.coreDumps);
    installLogging(config.logLevel, config.logFormat);
    if (!config.logFile.isEmpty()) {
        if (const auto error = logToFile(config.logFile, config.logFileBytes, config.logFileCount)) {
            serviceFailed(*error);
            return ExitCode{1};
        }
    }
    logNotes(config);
    logUser(*user);
    return std::move(invocation->config);
}

} // namespace concierge::app
