#pragma once

#include "Situation.h"

#include <QMenu>
#include <QObject>
#include <QSystemTrayIcon>

namespace concierge::monitor {

/// The icon in the desktop's tray, where there is one: the worst state of all servers, and what is new of
/// them.
class Tray : public QObject
{
    Q_OBJECT

public:
    explicit Tray(QObject *parent = nullptr);

    static bool isThere() { return QSystemTrayIcon::isSystemTrayAvailable(); }
    void show(Tone worst, const QString &text);
    void notify(Tone tone, const QString &title, const QString &text);
    void retranslate();

Q_SIGNALS:
    void openRequested();
    void quitRequested();

private:
    QSystemTrayIcon m_icon;
    QMenu m_menu;
    QAction *m_state;
    QAction *m_open;
    QAction *m_quit;
    std::optional<Tone> m_tone;
};

} // namespace concierge::monitor
