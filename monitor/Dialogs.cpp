#include "Dialogs.h"

#include "Language.h"
#include "OwnSocket.h"
#include "Theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>

namespace concierge::monitor {

namespace {

/// OK and Cancel, at the right.
QHBoxLayout *buttonRow(QDialog *dialog, const QString &ok, const QString &cancel)
{
    auto *row = new QHBoxLayout;
    auto *accept = new QPushButton(ok, dialog);
    auto *reject = new QPushButton(cancel, dialog);
    accept->setDefault(true);
    reject->setAutoDefault(false);
    accept->setAccessibleName(ok);
    reject->setAccessibleName(cancel);
    row->addStretch(1);
    row->addWidget(reject);
    row->addWidget(accept);
    QObject::connect(accept, &QPushButton::clicked, dialog, &QDialog::accept);
    QObject::connect(reject, &QPushButton::clicked, dialog, &QDialog::reject);
    return row;
}

} // namespace

PreferencesDialog::PreferencesDialog(const Preferences &preferences, bool hasTray, QWidget *parent)
    : QDialog(parent)
    , m_theme(new QComboBox(this))
    , m_language(new QComboBox(this))
    , m_notifies(new QCheckBox(tr("Tell me when something goes wrong"), this))
    , m_startsMinimised(new QCheckBox(tr("Start with the window minimised"), this))
    , m_staysInTray(new QCheckBox(tr("Keep watching when the window is closed"), this))
{
    setWindowTitle(tr("Preferences"));
    m_theme->addItems({tr("As the system"), tr("Light"), tr("Dark")});
    m_theme->setCurrentIndex(int(preferences.theme));
    m_theme->setAccessibleName(tr("Colours"));
    m_language->addItem(tr("As the system"), QString());
    for (const QString &language : languages())
        m_language->addItem(languageName(language), language);
    m_language->setCurrentIndex(std::max(0, m_language->findData(preferences.language)));
    m_language->setAccessibleName(tr("Language"));
    m_notifies->setChecked(preferences.notifies);
    m_startsMinimised->setChecked(preferences.startsMinimised);
    m_staysInTray->setChecked(preferences.staysInTray);
    m_notifies->setEnabled(hasTray);
    m_staysInTray->setEnabled(hasTray);
    for (QCheckBox *box : {m_notifies, m_startsMinimised, m_staysInTray})
        box->setAccessibleName(box->text());
    auto *form = new QFormLayout;
    form->setHorizontalSpacing(grid(2));
    form->setVerticalSpacing(grid(1.5));
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->addRow(tr("Colours"), m_theme);
    form->addRow(tr("Language"), m_language);
    form->addRow(m_notifies);
    form->addRow(m_staysInTray);
    if (!hasTray) {
        auto *note = new QLabel(tr("This desktop has no tray for notifications."), this);
        note->setProperty("tone", QStringLiteral("muted"));
        form->addRow(note);
    }
    form->addRow(m_startsMinimised);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(grid(3), grid(3), grid(3), grid(2));
    layout->setSpacing(grid(3));
    layout->addLayout(form);
    layout->addLayout(buttonRow(this, tr("Save"), tr("Cancel")));
}

Preferences PreferencesDialog::preferences() const
{
    Preferences chosen;
    chosen.theme = ThemeChoice(m_theme->currentIndex());
    chosen.language = m_language->currentData().toString();
    chosen.notifies = m_notifies->isChecked();
    chosen.startsMinimised = m_startsMinimised->isChecked();
    chosen.staysInTray = m_staysInTray->isChecked();
    return chosen;
}

ServersDialog::ServersDialog(const QList<ServerEntry> &servers, QWidget *parent)
    : QDialog(parent)
    , m_servers(servers)
    , m_list(new QListWidget(this))
    , m_name(new QLineEdit(this))
    , m_socket(new QLineEdit(this))
    , m_remove(new QPushButton(tr("Remove"), this))
{
    setWindowTitle(tr("Servers"));
    for (const ServerEntry &server : servers)
        m_list->addItem(server.name);
    m_list->setAccessibleName(tr("Servers that are watched"));
    m_name->setAccessibleName(tr("Name"));
    m_socket->setAccessibleName(tr("Local socket"));
    m_socket->setPlaceholderText(tr("This computer's own (%1)").arg(OwnSocket::find().name));
    m_remove->setAccessibleName(tr("Remove this server from the list"));
    auto *addButton = new QPushButton(tr("Add"), this);
    addButton->setAccessibleName(tr("Add a server to the list"));
    for (QPushButton *button : {addButton, m_remove})
        button->setAutoDefault(false);
    auto *note =
        new QLabel(tr("A server on another computer is watched over SSH: forward its socket to a file here, "
                      "and name that file. The manual says how."),
                   this);
    note->setWordWrap(true);
    note->setProperty("tone", QStringLiteral("muted"));
    auto *form = new QFormLayout;
    form->setHorizontalSpacing(grid(2));
    form->setVerticalSpacing(grid(1.5));
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->addRow(tr("Name"), m_name);
    form->addRow(tr("Local socket"), m_socket);
    form->addRow(note);
    auto *listButtons = new QHBoxLayout;
    listButtons->setSpacing(grid(1));
    listButtons->addWidget(addButton);
    listButtons->addWidget(m_remove);
    auto *left = new QVBoxLayout;
    left->addWidget(m_list, 1);
    left->addLayout(listButtons);
    auto *halves = new QHBoxLayout;
    halves->setSpacing(grid(3));
    halves->addLayout(left, 2);
    halves->addLayout(form, 3);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(grid(3), grid(3), grid(3), grid(2));
    layout->setSpacing(grid(3));
    layout->addLayout(halves, 1);
    layout->addLayout(buttonRow(this, tr("Save"), tr("Cancel")));
    resize(grid(90), grid(44));
    connect(m_list, &QListWidget::currentRowChanged, this, &ServersDialog::show);
    connect(m_name, &QLineEdit::textEdited, this, &ServersDialog::edited);
    connect(m_socket, &QLineEdit::textEdited, this, &ServersDialog::edited);
    connect(addButton, &QPushButton::clicked, this, &ServersDialog::add);
    connect(m_remove, &QPushButton::clicked, this, &ServersDialog::remove);
    setTabOrder(m_list, addButton);
    setTabOrder(addButton, m_remove);
    setTabOrder(m_remove, m_name);
    setTabOrder(m_name, m_socket);
    m_list->setCurrentRow(0);
}

void ServersDialog::show(int index)
{
    m_remove->setEnabled(m_servers.size() > 1);
    if (index < 0)
        return;
    m_name->setText(m_servers[index].name);
    m_socket->setText(m_servers[index].socket);
}

void ServersDialog::edited()
{
    const int index = m_list->currentRow();
    if (index < 0)
        return;
    m_servers[index] = {m_name->text().trimmed(), m_socket->text().trimmed()};
    if (m_servers[index].name.isEmpty())
        m_servers[index].name =
            m_socket->text().isEmpty() ? OwnSocket::find().name : m_socket->text().trimmed();
    m_list->item(index)->setText(m_servers[index].name);
}

void ServersDialog::add()
{
    m_servers.append({tr("New server"), QString()});
    m_list->addItem(m_servers.constLast().name);
    m_list->setCurrentRow(m_list->count() - 1);
    m_name->setFocus();
    m_name->selectAll();
}

void ServersDialog::remove()
{
    const int index = m_list->currentRow();
    if (index < 0 || m_servers.size() < 2)
        return;
    {
        // The list chooses another one while it still has what goes: its rows are not those of m_servers.
        const QSignalBlocker blocker(m_list);
        delete m_list->takeItem(index);
        m_servers.removeAt(index);
    }
    show(m_list->currentRow());
}

} // namespace concierge::monitor
