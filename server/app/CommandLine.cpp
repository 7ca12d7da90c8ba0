#include "app/CommandLine.h"

#include "app/Logging.h"
#include "app/StatusCommand.h"
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
    if (result)
        print(stdout, result->line + u'\n');
    else
        print(stderr, QStringLiteral("concierge: ") + result.error().line + u'\n');
    return ExitCode{result ? 0 : 1};
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
    case Action::PrintSettingsTable:
        return settingsTable();
    }
    return {};
}

void logNotes(const Config &config)
{
    for (const QString &name : config.unknownNames)
        qCDebug(lcConfig).noquote() << ".env has" << name << "which is no setting of this program";
    const bool isLocal = config.environment != NodeEnvironment::Production &&
                         config.values.value(QStringLiteral("CLIENT_URL")).origin == QLatin1String("default");
    if (isLocal)
        qCInfo(lcConfig) << "CLIENT_URL is not set: pages of http://localhost:3000 may connect, others not";
}

} // namespace

Result<Config, ExitCode> commandLine(const QStringList &arguments)
{
    auto invocation = loadConfig(arguments, processEnvironment(), QStringLiteral(".env"));
    if (!invocation) {
        print(stderr, QStringLiteral("concierge: ") + invocation.error().line + u'\n');
        return ExitCode{2};
    }
    if (invocation->action == Action::Backup || invocation->action == Action::Restore)
        return keep(*invocation);
    if (invocation->action == Action::Status)
        return showStatus(*invocation);
    if (invocation->action != Action::Run) {
        print(stdout, answerTo(invocation->action, invocation->config));
        return ExitCode{0};
    }
    installLogging(invocation->config.logLevel, invocation->config.logFormat);
    logNotes(invocation->config);
    return std::move(invocation->config);
}

} // namespace concierge::app
