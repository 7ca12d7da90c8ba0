#include "app/CommandLine.h"
#include "app/Privileges.h"
#include "app/Server.h"
#include "app/Service.h"
#include "app/SignalHandler.h"

#include <QCoreApplication>

using namespace concierge::app;

namespace {

int serve(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("concierge"));
    QCoreApplication::setApplicationVersion(QStringLiteral(CONCIERGE_VERSION));
    auto config = commandLine(QCoreApplication::arguments().mid(1));
    hideSecretArguments(argc, argv);
    if (!config)
        return config.error().value;
    // Before the addresses are announced: whoever reads them may stop us at once.
    const SignalHandler signalHandler;
    Server server(std::move(config).value());
    if (const auto error = server.start()) {
        serviceFailed(*error);
        return 1;
    }
    QObject::connect(&signalHandler, &SignalHandler::stopRequested, &server, &Server::drain);
    QObject::connect(&signalHandler, &SignalHandler::reloadRequested, &server, &Server::reload);
    QObject::connect(&server, &Server::drained, &application, &QCoreApplication::quit, Qt::QueuedConnection);
    return QCoreApplication::exec();
}

} // namespace

int main(int argc, char **argv)
{
    return runService(argc, argv, serve);
}
