#include "Language.h"
#include "LocalServer.h"
#include "MainWindow.h"

#include <QApplication>
#include <QCommandLineParser>

#include <cstdio>
#include <cstring>

using namespace concierge::monitor;

int main(int argc, char **argv)
{
    // Without a display, too.
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--version") == 0 || std::strcmp(argv[i], "-v") == 0) {
            std::puts("Concierge Monitor " CONCIERGE_VERSION);
            return 0;
        }
    }
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("Concierge"));
    QApplication::setApplicationName(QStringLiteral("Concierge Monitor"));
    QApplication::setApplicationVersion(QStringLiteral(CONCIERGE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("concierge-monitor"));

    // What a terminal shows is in the language of the window.
    const Preferences preferences = Preferences::load();
    applyLanguage(preferences.language);
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QCoreApplication::translate("CommandLine", "Watches Concierge servers."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption socket(
        QStringLiteral("socket"),
        QCoreApplication::translate("CommandLine", "Watch the server with this local socket, only."),
        QCoreApplication::translate("CommandLine", "name or path"));
    parser.addOption(socket);
    const QCommandLineOption minimised(
        QStringLiteral("minimised"),
        QCoreApplication::translate("CommandLine", "Start without showing the window."));
    parser.addOption(minimised);
    parser.process(application);

    MainWindow window(std::make_unique<LocalServer>(ServiceControl::create()));
    if (parser.isSet(socket))
        window.setServers({{parser.value(socket), parser.value(socket)}});
    if (preferences.startsMinimised || parser.isSet(minimised))
        window.showMinimized();
    else
        window.show();
    return QApplication::exec();
}
