#include "LocalServer.h"
#include "MainWindow.h"

#include <QApplication>
#include <QCommandLineParser>

using namespace concierge::monitor;

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("Concierge"));
    QApplication::setApplicationName(QStringLiteral("Concierge Monitor"));
    QApplication::setApplicationVersion(QStringLiteral(CONCIERGE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("concierge-monitor"));

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Watches Concierge servers."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption socket(QStringLiteral("socket"),
                                    QStringLiteral("Watch the server with this local socket, only."),
                                    QStringLiteral("name or path"));
    parser.addOption(socket);
    parser.process(application);

    MainWindow window(std::make_unique<LocalServer>(ServiceControl::create()));
    if (parser.isSet(socket))
        window.setServers({{parser.value(socket), parser.value(socket)}});
    if (Preferences::load().startsMinimised)
        window.showMinimized();
    else
        window.show();
    return QApplication::exec();
}
