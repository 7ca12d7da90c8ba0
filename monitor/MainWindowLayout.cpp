// What a MainWindow consists of.
#include "AlertsPage.h"
#include "Banner.h"
#include "Glyph.h"
#include "ListPage.h"
#include "LogPage.h"
#include "MainWindow.h"
#include "OverviewPage.h"
#include "ServerList.h"
#include "ServicePage.h"
#include "Theme.h"
#include "Tray.h"

#include <QApplication>
#include <QFrame>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QSettings>
#include <QShortcut>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

namespace concierge::monitor {

namespace {

constexpr QSize smallest(1'024, 640); // that the pages are laid out for

/// The texts in it wrap, but the height that they would like is no reason to scroll.
class WindowLayout final : public QVBoxLayout
{
public:
    using QVBoxLayout::QVBoxLayout;
    bool hasHeightForWidth() const override { return false; }
};

} // namespace

MainWindow::MainWindow(std::unique_ptr<LocalServer> local, FeedTimes times, QWidget *parent)
    : QMainWindow(parent)
    , m_local(std::move(local))
    , m_times(times)
    , m_preferences(Preferences::load())
{
    setPreferences(m_preferences);
    setWindowIcon(programIcon());
    auto *page = new QWidget;
    page->setObjectName(QStringLiteral("page"));
    page->setMinimumSize(smallest);
    auto *layout = new WindowLayout(page);
    layout->setContentsMargins(grid(2), grid(1.5), grid(2), grid(2));
    layout->setSpacing(grid(1.5));
    layout->addWidget(makeHead());
    m_banner = new Banner(page);
    layout->addWidget(m_banner);
    makePages();
    makeStrip();
    layout->addWidget(m_tabs, 1);
    auto *scroll = new QScrollArea(this); // on a screen that is smaller than the page
    scroll->setObjectName(QStringLiteral("windowScroll"));
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(page);
    setCentralWidget(scroll);
    m_messageEnd.setSingleShot(true);
    m_messageEnd.setInterval(8'000);
    connect(&m_messageEnd, &QTimer::timeout, m_strip, &QWidget::hide);
    connect(m_local.get(), &LocalServer::failed, this, [this](const QString &why) {
        tell(why, true);
        m_isAboutReaching = true;
    });
    connect(m_banner, &Banner::actionTriggered, this, [this](BannerAction action) {
        if (action == BannerAction::Start)
            m_service->startServer();
        else
            showTab(action == BannerAction::ShowWaiting ? Waiting : Alerts);
    });
    makeShortcuts();
    makeTray();
    fitScreen();
    const QSettings settings;
    if (!restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray()))
        resize(smallest.expandedTo({grid(150), grid(100)}).boundedTo(roomOnScreen()));
    m_tabs->setCurrentIndex(settings.value(QStringLiteral("window/tab")).toInt());
    const QString range = settings.value(QStringLiteral("window/range")).toString();
    if (feed::historyRanges().contains(range))
        m_overview->setRange(range);
    const QString selected = settings.value(QStringLiteral("selected")).toString();
    retranslate();
    const QList<ServerEntry> servers = loadServers();
    setServers(servers);
    for (int index = 0; index < servers.size(); ++index) {
        if (servers[index].socket == selected)
            select(index);
    }
}

MainWindow::~MainWindow()
{
    select(-1);
}

QSize MainWindow::roomOnScreen() const
{
    return screen()->availableGeometry().size() - QSize(0, grid(4)); // and the window's own title
}

void MainWindow::fitScreen()
{
    setMinimumSize(smallest.boundedTo(roomOnScreen()));
}

QWidget *MainWindow::makeHead()
{
    auto *head = new QWidget(this);
    auto *layout = new QHBoxLayout(head);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(grid(1));
    auto *bell = new QLabel(head);
    bell->setPixmap(programIcon().pixmap(QSize(grid(3.5), grid(3.5)), devicePixelRatioF()));
    auto *name = new QLabel(QStringLiteral("Concierge"), head);
    name->setFont(scaledFont(1.25, QFont::DemiBold));
    m_servers = new ServerList(head);
    m_servers->setMinimumWidth(grid(28));
    m_servers->setMaximumWidth(grid(40)); // whatever the names: what is said of other servers needs room too
    m_editServers = new QPushButton(head);
    m_others = new OtherServers(head);
    m_settings = new QPushButton(head);
    layout->addWidget(bell);
    layout->addWidget(name);
    layout->addSpacing(grid(2));
    layout->addWidget(m_servers);
    layout->addWidget(m_editServers);
    layout->addWidget(m_others, 1);
    layout->addWidget(m_settings);
    connect(m_servers, &QComboBox::currentIndexChanged, this, &MainWindow::select);
    connect(m_others, &OtherServers::chosen, this, &MainWindow::select);
    connect(m_editServers, &QPushButton::clicked, this, &MainWindow::editServers);
    connect(m_settings, &QPushButton::clicked, this, &MainWindow::editPreferences);
    return head;
}

/// Above the page, at its end: what is told neither moves what somebody is about to click, nor is moved.
void MainWindow::makeStrip()
{
    m_strip = new QFrame(this);
    m_strip->setObjectName(QStringLiteral("notice"));
    m_message = new QLabel(m_strip);
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_dismiss = new QPushButton(m_strip);
    m_dismiss->setFlat(true);
    auto *layout = new QHBoxLayout(m_strip);
    layout->setContentsMargins(grid(2), grid(0.5), grid(1), grid(0.5));
    layout->addWidget(m_message, 1);
    layout->addWidget(m_dismiss);
    m_strip->hide();
    connect(m_dismiss, &QPushButton::clicked, m_strip, &QWidget::hide);
}

void MainWindow::placeStrip()
{
    const int margin = grid(2);
    const QRect room = centralWidget()->geometry().adjusted(margin, margin, -margin, -margin);
    const int width = std::min(room.width(), grid(110));
    const int height =
        std::min(room.height(), std::max(m_strip->sizeHint().height(), m_strip->heightForWidth(width)));
    m_strip->setGeometry(room.left() + (room.width() - width) / 2, room.bottom() - height + 1, width, height);
    m_strip->raise();
}

void MainWindow::makePages()
{
    m_tabs = new QTabWidget(this);
    m_tabs->setDocumentMode(true);
    m_overview = new OverviewPage(m_tabs);
    m_people = new PeoplePage(m_tabs);
    m_waiting = new WaitingPage(m_tabs);
    m_alerts = new AlertsPage(m_tabs);
    m_log = new LogPage(m_tabs);
    m_service = new ServicePage(m_tabs);
    for (Page *page :
         std::initializer_list<Page *>{m_overview, m_people, m_waiting, m_alerts, m_log, m_service}) {
        m_tabs->addTab(page, QString());
        connect(page, &Page::told, this, &MainWindow::tell);
    }
}

void MainWindow::makeShortcuts()
{
    for (int tab = 0; tab < tabCount; ++tab) {
        auto *key = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key(Qt::Key_1 + tab)), this);
        connect(key, &QShortcut::activated, this, [this, tab] { showTab(Tab(tab)); });
    }
    auto *find = new QShortcut(QKeySequence::Find, this);
    connect(find, &QShortcut::activated, this, [this] {
        if (auto *search = m_tabs->currentWidget()->findChild<QLineEdit *>(QString()))
            search->setFocus(Qt::ShortcutFocusReason);
    });
    auto *again = new QShortcut(QKeySequence::Refresh, this);
    connect(again, &QShortcut::activated, this, [this] {
        if (ServerSession *session = current())
            session->feed().retryNow();
        if (auto *list = qobject_cast<ListPage *>(m_tabs->currentWidget()))
            list->refresh();
    });
    auto *preferences = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Comma), this);
    connect(preferences, &QShortcut::activated, this, &MainWindow::editPreferences);
    auto *leave = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q), this);
    connect(leave, &QShortcut::activated, this, &MainWindow::quit);
}

void MainWindow::makeTray()
{
    if (!Tray::isThere())
        return;
    m_tray = new Tray(this);
    QApplication::setQuitOnLastWindowClosed(false);
    connect(m_tray, &Tray::openRequested, this, &MainWindow::bringUp);
    connect(m_tray, &Tray::quitRequested, this, &MainWindow::quit);
}

void MainWindow::retranslate()
{
    if (!centralWidget())
        return; // the language is chosen before there is anything
    setWindowTitle(tr("Concierge Monitor"));
    m_dismiss->setText(tr("Close"));
    m_dismiss->setAccessibleName(tr("Close this message"));
    m_servers->setAccessibleName(tr("Server that is shown"));
    m_editServers->setText(tr("Servers…"));
    m_editServers->setAccessibleName(tr("Add, rename and remove servers"));
    m_editServers->setToolTip(m_editServers->accessibleName());
    m_settings->setText(tr("Preferences"));
    m_settings->setIcon(glyphIcon(Glyph::Gear, Theme::current().muted));
    m_settings->setAccessibleName(tr("Preferences of this monitor"));
    m_settings->setToolTip(tr("Colours, language, notifications (Ctrl+,)"));
    const QString titles[tabCount] = {tr("Overview"), tr("People"), tr("Waiting"),
                                      tr("Alerts"),   tr("Log"),    tr("Service")};
    for (int tab = 0; tab < tabCount; ++tab) {
        m_tabs->setTabText(tab, titles[tab]);
        m_tabs->setTabToolTip(tab, tr("%1 (Ctrl+%2)").arg(titles[tab]).arg(tab + 1));
    }
    m_tabs->setAccessibleName(tr("Pages"));
    m_tabs->tabBar()->setAccessibleName(tr("Pages"));
    if (m_tray)
        m_tray->retranslate();
    m_banner->retheme();
    render();
}

} // namespace concierge::monitor
