// What a ServicePage consists of.
#include "EmptyState.h"
#include "Files.h"
#include "ServicePage.h"
#include "Theme.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QTableView>

namespace concierge::monitor {

ServicePage::ServicePage(QWidget *parent)
    : Page(parent)
{
    auto *left = new QWidget;
    left->setObjectName(QStringLiteral("page"));
    auto *cards = new QVBoxLayout(left);
    cards->setContentsMargins(0, 0, 0, 0);
    cards->setSpacing(grid(1.5));
    cards->addWidget(makeServerCard());
    cards->addWidget(makeBackupCard());
    cards->addWidget(makeTalkCard());
    cards->addStretch(1);
    auto *scroll = new QScrollArea(this);
    scroll->setWidget(left);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, grid(1.5), 0, 0);
    layout->setSpacing(grid(1.5));
    layout->addWidget(scroll, 1);
    layout->addWidget(makeSettings(), 1);
    retranslate();
}

QWidget *ServicePage::makeCard(QLabel *&title, QVBoxLayout *&layout)
{
    auto *card = new QFrame(this);
    card->setObjectName(QStringLiteral("card"));
    layout = new QVBoxLayout(card);
    layout->setContentsMargins(grid(2), grid(1.5), grid(2), grid(2));
    layout->setSpacing(grid(1));
    title = new QLabel(card);
    title->setFont(scaledFont(1.1, QFont::DemiBold));
    layout->addWidget(title);
    return card;
}

QWidget *ServicePage::makeServerCard()
{
    QVBoxLayout *layout = nullptr;
    QWidget *card = makeCard(m_serverTitle, layout);
    auto *facts = new QGridLayout;
    facts->setHorizontalSpacing(grid(2));
    facts->setVerticalSpacing(grid(0.5));
    facts->setColumnStretch(1, 1);
    for (int fact = 0; fact < factCount; ++fact) {
        m_factNames[fact] = new QLabel(card);
        m_factNames[fact]->setProperty("tone", QStringLiteral("muted"));
        m_facts[fact] = new QLabel(card);
        m_facts[fact]->setWordWrap(true);
        m_facts[fact]->setTextInteractionFlags(Qt::TextSelectableByMouse);
        facts->addWidget(m_factNames[fact], fact, 0, Qt::AlignTop);
        facts->addWidget(m_facts[fact], fact, 1);
    }
    layout->addLayout(facts);
    m_manner = new QLabel(card);
    m_manner->setObjectName(QStringLiteral("manner"));
    m_manner->setProperty("tone", QStringLiteral("muted"));
    m_manner->setWordWrap(true);
    layout->addWidget(m_manner);
    m_start = new QPushButton(card);
    m_start->setObjectName(QStringLiteral("start"));
    m_stop = new QPushButton(card);
    m_stop->setObjectName(QStringLiteral("stop"));
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_start);
    buttons->addWidget(m_stop);
    buttons->addStretch(1);
    layout->addLayout(buttons);
    connect(m_start, &QPushButton::clicked, this, &ServicePage::startServer);
    connect(m_stop, &QPushButton::clicked, this, [this] { stopServer(false); });
    return card;
}

QWidget *ServicePage::makeBackupCard()
{
    QVBoxLayout *layout = nullptr;
    QWidget *card = makeCard(m_backupTitle, layout);
    m_backupNote = new QLabel(card);
    m_backupNote->setObjectName(QStringLiteral("backupNote"));
    m_backupNote->setProperty("tone", QStringLiteral("muted"));
    m_backupNote->setWordWrap(true);
    layout->addWidget(m_backupNote);
    m_backup = new QPushButton(card);
    m_restore = new QPushButton(card);
    m_bundle = new QPushButton(card);
    auto *buttons = new QHBoxLayout;
    for (QPushButton *button : {m_backup, m_restore, m_bundle})
        buttons->addWidget(button);
    buttons->addStretch(1);
    layout->addLayout(buttons);
    connect(m_backup, &QPushButton::clicked, this, &ServicePage::askBackup);
    connect(m_restore, &QPushButton::clicked, this, &ServicePage::askRestore);
    connect(m_bundle, &QPushButton::clicked, this, &ServicePage::saveBundle);
    return card;
}

QWidget *ServicePage::makeTalkCard()
{
    QVBoxLayout *layout = nullptr;
    QWidget *card = makeCard(m_talkTitle, layout);
    m_text = new QLineEdit(card);
    m_send = new QPushButton(card);
    auto *row = new QHBoxLayout;
    row->addWidget(m_text, 1);
    row->addWidget(m_send);
    layout->addLayout(row);
    m_levelName = new QLabel(card);
    m_levelName->setProperty("tone", QStringLiteral("muted"));
    m_level = new QComboBox(card);
    m_level->addItems({QString(), QString(), QString(), QString()});
    m_level->setCurrentIndex(2);
    auto *levelRow = new QHBoxLayout;
    levelRow->addWidget(m_levelName);
    levelRow->addWidget(m_level);
    levelRow->addStretch(1);
    layout->addLayout(levelRow);
    connect(m_text, &QLineEdit::textChanged, this, &ServicePage::render);
    connect(m_text, &QLineEdit::returnPressed, this, &ServicePage::notifyAll);
    connect(m_send, &QPushButton::clicked, this, &ServicePage::notifyAll);
    connect(m_level, &QComboBox::activated, this, &ServicePage::setLogLevel);
    return card;
}

QWidget *ServicePage::makeSettings()
{
    QVBoxLayout *layout = nullptr;
    QWidget *card = makeCard(m_settingsTitle, layout);
    m_table = new QTableView(card);
    m_table->setModel(&m_settings);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(grid(3.5));
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    m_table->horizontalHeader()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
    layout->addWidget(m_table, 1);
    m_noSettings = new EmptyState(card);
    layout->addWidget(m_noSettings, 1);
    return card;
}

void ServicePage::retranslate()
{
    m_serverTitle->setText(tr("Server"));
    m_backupTitle->setText(tr("Backup and help"));
    m_talkTitle->setText(tr("Tell everyone"));
    m_settingsTitle->setText(tr("Settings (changed where the server is started)"));
    const QString names[factCount] = {
        tr("State"),        tr("Running since"), tr("Version"), tr("Clients connect to"),
        tr("Health check"), tr("Data folder"),   tr("Disk"),    tr("Last backup"),
        tr("Certificate"),  tr("It takes")};
    for (int fact = 0; fact < factCount; ++fact)
        m_factNames[fact]->setText(names[fact]);
    m_start->setAccessibleName(tr("Start the server"));
    m_stop->setAccessibleName(tr("Stop the server"));
    m_backup->setText(tr("Back up…"));
    m_backup->setAccessibleName(tr("Make a backup"));
    m_restore->setText(tr("Restore…"));
    m_restore->setAccessibleName(tr("Restore a backup"));
    m_bundle->setText(tr("Support bundle…"));
    m_bundle->setAccessibleName(tr("Save a support bundle"));
    m_bundle->setToolTip(tr("Versions, figures, settings and log in one text, without secrets"));
    m_text->setPlaceholderText(tr("For example: the server restarts at 22:00"));
    m_text->setAccessibleName(tr("What to tell everyone"));
    m_send->setText(tr("Send…"));
    m_send->setAccessibleName(tr("Send it to everyone"));
    m_levelName->setText(tr("The server logs"));
    const QString levels[] = {tr("problems only"), tr("warnings and problems"), tr("the usual"),
                              tr("every detail")};
    for (int level = 0; level < 4; ++level)
        m_level->setItemText(level, levels[level]);
    m_level->setAccessibleName(tr("How much the server logs"));
    m_table->setAccessibleName(tr("Settings of the server"));
    m_settings.retranslate();
    render();
}

} // namespace concierge::monitor
