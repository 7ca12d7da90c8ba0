#include "Preferences.h"

#include <QCoreApplication>
#include <QSettings>

namespace concierge::monitor {

namespace {
constexpr QLatin1String themeNames[] = {QLatin1String("system"), QLatin1String("light"),
                                        QLatin1String("dark")};
} // namespace

Preferences Preferences::load()
{
    const QSettings settings;
    Preferences loaded;
    const QString theme = settings.value(QStringLiteral("theme")).toString();
    for (int index = 0; index < 3; ++index) {
        if (theme == themeNames[index])
            loaded.theme = ThemeChoice(index);
    }
    loaded.language = settings.value(QStringLiteral("language")).toString();
    loaded.notifies = settings.value(QStringLiteral("notifies"), loaded.notifies).toBool();
    loaded.startsMinimised =
        settings.value(QStringLiteral("startsMinimised"), loaded.startsMinimised).toBool();
    loaded.staysInTray = settings.value(QStringLiteral("staysInTray"), loaded.staysInTray).toBool();
    return loaded;
}

void Preferences::save() const
{
    QSettings settings;
    settings.setValue(QStringLiteral("theme"), themeNames[int(theme)]);
    settings.setValue(QStringLiteral("language"), language);
    settings.setValue(QStringLiteral("notifies"), notifies);
    settings.setValue(QStringLiteral("startsMinimised"), startsMinimised);
    settings.setValue(QStringLiteral("staysInTray"), staysInTray);
}

QList<ServerEntry> loadServers()
{
    QSettings settings;
    QList<ServerEntry> servers;
    const int count = settings.beginReadArray(QStringLiteral("servers"));
    for (int index = 0; index < count; ++index) {
        settings.setArrayIndex(index);
        servers.append({settings.value(QStringLiteral("name")).toString(),
                        settings.value(QStringLiteral("socket")).toString()});
    }
    settings.endArray();
    if (servers.isEmpty())
        servers.append({QCoreApplication::translate("Servers", "This computer"), QString()});
    return servers;
}

void saveServers(const QList<ServerEntry> &servers)
{
    QSettings settings;
    settings.remove(QStringLiteral("servers"));
    settings.beginWriteArray(QStringLiteral("servers"), int(servers.size()));
    for (int index = 0; index < servers.size(); ++index) {
        settings.setArrayIndex(index);
        settings.setValue(QStringLiteral("name"), servers[index].name);
        settings.setValue(QStringLiteral("socket"), servers[index].socket);
    }
    settings.endArray();
}

} // namespace concierge::monitor
