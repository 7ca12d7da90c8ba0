// monitor-picture --socket NAME --out FILE …: the monitor's own window, of a running server, as a PNG.
#include "Dialogs.h"
#include "Language.h"
#include "ListPage.h"
#include "MainWindow.h"
#include "OverviewPage.h"
#include "Theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QSettings>
#include <QTemporaryDir>

#include <cstdio>

using namespace concierge::monitor;

namespace {

struct Options
{
    QString socket;
    QString out;
    QString range;
    int tab = 0;
    QSize size;
    Preferences preferences;
    int seconds = 0; ///< of figures, before the picture
    FeedState state = FeedState::Connected;
    QString dialog;    ///< "preferences" or "servers" instead of the window
    qint64 cursor = 0; ///< ms before now; 0: no crosshair
};

Options parse(const QStringList &arguments)
{
    QCommandLineParser parser;
    const auto add = [&parser](const char *name, const char *standard) {
        parser.addOption({QLatin1String(name), QString(), QStringLiteral("value"), QLatin1String(standard)});
    };
    for (const auto &[name, standard] :
         std::initializer_list<std::pair<const char *, const char *>>{{"socket", ""},
                                                                      {"out", ""},
                                                                      {"range", "10m"},
                                                                      {"tab", "0"},
                                                                      {"size", "1280x800"},
                                                                      {"theme", "light"},
                                                                      {"language", "en"},
                                                                      {"seconds", "3"},
                                                                      {"expect", "connected"},
                                                                      {"cursor", "0"},
                                                                      {"dialog", ""}})
        add(name, standard);
    parser.process(arguments);
    Options options;
    options.socket = parser.value(QStringLiteral("socket"));
    options.out = parser.value(QStringLiteral("out"));
    options.range = parser.value(QStringLiteral("range"));
    options.tab = parser.value(QStringLiteral("tab")).toInt();
    const QStringList size = parser.value(QStringLiteral("size")).split(QLatin1Char('x'));
    options.size = QSize(size.value(0).toInt(), size.value(1).toInt());
    options.preferences.theme = parser.value(QStringLiteral("theme")) == QLatin1String("dark")
                                    ? ThemeChoice::Dark
                                    : ThemeChoice::Light;
    options.preferences.language = parser.value(QStringLiteral("language"));
    options.seconds = parser.value(QStringLiteral("seconds")).toInt();
    options.dialog = parser.value(QStringLiteral("dialog"));
    options.cursor = parser.value(QStringLiteral("cursor")).toLongLong();
    if (parser.value(QStringLiteral("expect")) != QLatin1String("connected"))
        options.state = FeedState::NotRunning;
    return options;
}

/// What is not fetched yet must not be in the picture.
bool isReady(MainWindow &window, const Options &options, int snapshots)
{
    const ServerSession *session = window.current();
    if (!session || snapshots < options.seconds)
        return false;
    if (session->feed().state() != options.state)
        return false;
    if (options.state != FeedState::Connected)
        return true;
    if (options.tab == MainWindow::People)
        return window.people().model().state() == PagedModel::State::Ready;
    if (options.tab == MainWindow::Waiting)
        return window.waiting().model().state() == PagedModel::State::Ready;
    return true;
}

std::unique_ptr<QDialog> makeDialog(const Options &options)
{
    if (options.dialog == QLatin1String("preferences"))
        return std::make_unique<PreferencesDialog>(options.preferences, true, nullptr);
    if (options.dialog == QLatin1String("servers"))
        return std::make_unique<ServersDialog>(
            QList<ServerEntry>{{QStringLiteral("Chat"), QString()},
                               {QStringLiteral("Office"), QStringLiteral("/tmp/office.sock")}},
            nullptr);
    return nullptr;
}

bool take(MainWindow &window, const Options &options)
{
    if (const auto dialog = makeDialog(options)) {
        dialog->show();
        return dialog->grab().save(options.out, "PNG");
    }
    if (options.cursor > 0) {
        for (Chart *chart : window.findChildren<Chart *>())
            chart->setCursorTime(window.current()->now() - options.cursor);
    }
    const QPixmap picture = window.grab();
    std::printf("%s: %dx%d\n", qPrintable(options.out), picture.width(), picture.height());
    return picture.save(options.out, "PNG");
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("Concierge"));
    QApplication::setApplicationName(QStringLiteral("Concierge Monitor"));
    const QTemporaryDir folder; // nothing of this person's own settings
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.path());
    const Options options = parse(QApplication::arguments());
    applyLanguage(options.preferences.language);

    MainWindow window(std::make_unique<LocalServer>(ServiceControl::create()));
    window.setPreferences(options.preferences);
    window.setServers({{QApplication::translate("Servers", "This computer"), options.socket}});
    window.overview().setRange(options.range);
    window.showTab(MainWindow::Tab(options.tab));
    window.resize(options.size);
    window.show();

    int snapshots = 0;
    int looks = 0;
    QObject::connect(&window.current()->feed(), &FeedClient::snapshotReceived, &window, [&] {
        // Whoever wants the picture of a server that has gone ends it now.
        if (++snapshots == options.seconds) {
            std::puts("seen");
            std::fflush(stdout);
        }
    });
    QTimer look;
    look.setInterval(100);
    QObject::connect(&look, &QTimer::timeout, &window, [&] {
        // Ready twice in a row: what the last answer changed is laid out and painted.
        looks = isReady(window, options, snapshots) ? looks + 1 : 0;
        if (looks >= 3)
            QApplication::exit(take(window, options) ? 0 : 1);
    });
    look.start();
    QTimer::singleShot(60'000, &application, [] {
        std::fprintf(stderr, "monitor-picture: the window did not come to what was asked for\n");
        QApplication::exit(1);
    });
    return QApplication::exec();
}
