#pragma once

#include "LocalServer.h"
#include "Preferences.h"
#include "ServerSession.h"

#include <QMainWindow>
#include <QTimer>

#include <memory>
#include <vector>

class QFrame;
class QLabel;
class QPushButton;
class QTabWidget;

namespace concierge::monitor {

class AlertsPage;
class Banner;
class LogPage;
class OtherServers;
class OverviewPage;
class Page;
class PeoplePage;
class ServerList;
class ServicePage;
class Tray;
class WaitingPage;

/// The window: which server, how it is, and its pages. Every server in the list is watched all the time; the
/// pages show one of them.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    enum Tab { Overview, People, Waiting, Alerts, Log, Service, tabCount };

    /// `local`: this computer's server manager.
    explicit MainWindow(std::unique_ptr<LocalServer> local, FeedTimes times = {}, QWidget *parent = nullptr);
    ~MainWindow() override;

    void setServers(const QList<ServerEntry> &servers);
    void select(int server);
    ServerSession *current() const;
    void setPreferences(const Preferences &preferences);
    void showTab(Tab tab);

    Banner &banner() { return *m_banner; }
    OverviewPage &overview() { return *m_overview; }
    PeoplePage &people() { return *m_people; }
    WaitingPage &waiting() { return *m_waiting; }
    AlertsPage &alerts() { return *m_alerts; }
    LogPage &log() { return *m_log; }
    ServicePage &service() { return *m_service; }
    /// What the person was told last, or empty.
    QString message() const;

protected:
    void changeEvent(QEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    QSize roomOnScreen() const;
    void fitScreen();
    QWidget *makeHead();
    void makeStrip();
    void placeStrip();
    void makePages();
    void makeShortcuts();
    void makeTray();
    void watch(ServerSession &session);
    void retranslate();
    void render();
    void renderServers();
    void tell(const QString &text, bool isFailure);
    void editServers();
    void editPreferences();
    void quit();
    void bringUp();

    std::unique_ptr<LocalServer> m_local;
    const FeedTimes m_times;
    std::vector<std::unique_ptr<ServerSession>> m_sessions;
    Preferences m_preferences;
    ServerList *m_servers;
    OtherServers *m_others;
    QPushButton *m_editServers;
    QPushButton *m_settings;
    Banner *m_banner;
    QTabWidget *m_tabs;
    QFrame *m_strip; // with what the person was told; seen while there is something
    QLabel *m_message;
    QPushButton *m_dismiss;
    QTimer m_messageEnd;
    bool m_isAboutReaching = false; // what was told is no longer so when the server is there
    OverviewPage *m_overview;
    PeoplePage *m_people;
    WaitingPage *m_waiting;
    AlertsPage *m_alerts;
    LogPage *m_log;
    ServicePage *m_service;
    Tray *m_tray = nullptr; // where there is none
    bool m_isQuitting = false;
};

} // namespace concierge::monitor
