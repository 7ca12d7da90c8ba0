#pragma once

#include <QList>
#include <QString>

namespace concierge::monitor {

enum class ThemeChoice { System, Light, Dark };

/// What the person chose; kept in QSettings.
struct Preferences
{
    ThemeChoice theme = ThemeChoice::System;
    QString language; ///< "en", "de"; empty: the system's
    bool notifies = true;
    bool startsMinimised = false;
    bool staysInTray = true; ///< closing the window leaves the tray icon, where there is a tray

    static Preferences load();
    void save() const;
    friend bool operator==(const Preferences &, const Preferences &) = default;
};

/// A server that is watched.
struct ServerEntry
{
    QString name;   ///< as the person calls it
    QString socket; ///< name or path of the local socket; empty: this computer's own

    friend bool operator==(const ServerEntry &, const ServerEntry &) = default;
};

/// Never empty: where none is kept, this computer's own server.
QList<ServerEntry> loadServers();
void saveServers(const QList<ServerEntry> &servers);

} // namespace concierge::monitor
