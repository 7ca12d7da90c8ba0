#include "MainWindow.h"

#include "AlertText.h"
#include "AlertsPage.h"
#include "Banner.h"
#include "Dialogs.h"
#include "Language.h"
#include "ListPage.h"
#include "LogPage.h"
#include "OverviewPage.h"
#include "ServerList.h"
#include "ServicePage.h"
#include "Theme.h"
#include "Tray.h"
#include "Visible.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFrame>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTabWidget>
#include <QWindow>

namespace concierge::monitor {

void MainWindow::setServers(const QList<ServerEntry> &servers)
{
    const QString selected = current() ? current()->entry().socket : QString();
    std::vector<std::unique_ptr<ServerSession>> sessions;
    std::vector<ServerSession *> fresh;
    int next = 0;
    for (const ServerEntry &entry : servers) {
        // Who is watched already goes on, with what is known of him.
        const auto kept = std::find_if(m_sessions.begin(), m_sessions.end(), [&entry](const auto &session) {
            return session && session->entry().socket == entry.socket;
        });
        if (entry.socket == selected)
            next = int(sessions.size());
        if (kept != m_sessions.end()) {
            sessions.push_back(std::move(*kept));
            sessions.back()->rename(entry.name);
        } else {
            sessions.push_back(std::make_unique<ServerSession>(entry, *m_local, m_times));
            fresh.push_back(sessions.back().get());
        }
    }
    select(-1); // no page shows one that goes
    m_sessions = std::move(sessions);
    renderServers();
    select(next);
    // Once all are in their places: who is not there says so before start() returns.
    for (ServerSession *session : fresh)
        watch(*session);
}

void MainWindow::watch(ServerSession &session)
{
    connect(&session, &ServerSession::situationChanged, this, &MainWindow::render);
    connect(&session, &ServerSession::alertsChanged, this, &MainWindow::render);
    connect(&session, &ServerSession::alertRaised, this, [this, &session](const Alert &alert) {
        if (m_tray && m_preferences.notifies && toneOf(alert) != Tone::Notice) {
            const AlertText text = AlertText::of(alert);
            m_tray->notify(toneOf(alert), session.entry().name + QStringLiteral(": ") + text.title,
                           text.text);
        }
    });
    session.start();
}

ServerSession *MainWindow::current() const
{
    const int index = m_servers->currentIndex();
    return index >= 0 && index < int(m_sessions.size()) ? m_sessions[size_t(index)].get() : nullptr;
}

void MainWindow::select(int server)
{
    {
        const QSignalBlocker blocker(m_servers);
        m_servers->setCurrentIndex(server);
    }
    ServerSession *session = server < 0 ? nullptr : current();
    for (Page *page :
         std::initializer_list<Page *>{m_overview, m_people, m_waiting, m_alerts, m_log, m_service})
        page->setSession(session);
    if (!session)
        return;
    m_strip->hide(); // it was about another server
    QSettings().setValue(QStringLiteral("selected"), session->entry().socket);
    render();
}

void MainWindow::setPreferences(const Preferences &preferences)
{
    m_preferences = preferences;
    Theme::apply(preferences.theme);
    applyLanguage(preferences.language);
    // What is painted with the theme's colours is made anew, as after a change of language.
    QEvent event(QEvent::LanguageChange);
    QApplication::sendEvent(this, &event);
}

void MainWindow::showTab(Tab tab)
{
    m_tabs->setCurrentIndex(tab);
}

QString MainWindow::message() const
{
    return m_strip->isHidden() ? QString() : m_message->text();
}

void MainWindow::tell(const QString &text, bool isFailure)
{
    QPalette ink = palette();
    ink.setColor(QPalette::WindowText,
                 isFailure ? Theme::current().tone(Tone::Critical).ink : Theme::current().text);
    m_message->setPalette(ink);
    m_message->setText(text);
    m_isAboutReaching = false;
    placeStrip();
    m_strip->show();
    // What failed stays until something else is told.
    m_messageEnd.stop();
    if (!isFailure)
        m_messageEnd.start();
}

void MainWindow::renderServers()
{
    QList<ServerState> states;
    for (const auto &session : m_sessions)
        states.append({session->entry().name, session->situation()});
    m_servers->show(states);
    m_others->show(states, m_servers->currentIndex());
    if (const ServerSession *session = current())
        m_servers->setToolTip(
            wrapped(tr("Server that is shown") + QStringLiteral(": ") + session->entry().name));
}

void MainWindow::render()
{
    renderServers();
    ServerSession *session = current();
    if (!session)
        return;
    const Situation situation = session->situation();
    if (m_isAboutReaching && session->feed().isConnected())
        m_strip->hide();
    m_banner->show(situation, session->isLocal() && m_local->canStart());
    const int alerts = session->alerts().activeCount();
    const QString title = alerts > 0 ? tr("Alerts (%1)").arg(alerts) : tr("Alerts");
    if (m_tabs->tabText(Alerts) != title)
        m_tabs->setTabText(Alerts, title);
    if (!m_tray)
        return;
    const auto worst =
        std::max_element(m_sessions.begin(), m_sessions.end(), [](const auto &one, const auto &two) {
            return int(one->situation().tone) < int(two->situation().tone);
        });
    m_tray->show((*worst)->situation().tone,
                 (*worst)->entry().name + QStringLiteral(": ") + (*worst)->situation().text);
}

void MainWindow::editServers()
{
    QList<ServerEntry> servers;
    for (const auto &session : m_sessions)
        servers.append(session->entry());
    ServersDialog dialog(servers, this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    saveServers(dialog.servers());
    setServers(dialog.servers());
}

void MainWindow::editPreferences()
{
    PreferencesDialog dialog(m_preferences, m_tray != nullptr, this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    dialog.preferences().save();
    setPreferences(dialog.preferences());
}

void MainWindow::changeEvent(QEvent *event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retranslate();
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    placeStrip();
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    connect(windowHandle(), &QWindow::screenChanged, this, &MainWindow::fitScreen, Qt::UniqueConnection);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    QSettings settings;
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/tab"), m_tabs->currentIndex());
    settings.setValue(QStringLiteral("window/range"), m_overview->range());
    m_people->saveColumns();
    m_waiting->saveColumns();
    if (m_tray && m_preferences.staysInTray && !m_isQuitting) {
        hide();
        event->ignore();
        return;
    }
    event->accept();
    QApplication::quit();
}

void MainWindow::quit()
{
    m_isQuitting = true;
    close();
}

void MainWindow::bringUp()
{
    showNormal();
    raise();
    activateWindow();
}

} // namespace concierge::monitor
