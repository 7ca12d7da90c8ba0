#pragma once

#include "Preferences.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace concierge::monitor {

class PreferencesDialog final : public QDialog
{
    Q_OBJECT

public:
    PreferencesDialog(const Preferences &preferences, bool hasTray, QWidget *parent);
    Preferences preferences() const;

private:
    QComboBox *m_theme;
    QComboBox *m_language;
    QCheckBox *m_notifies;
    QCheckBox *m_startsMinimised;
    QCheckBox *m_staysInTray;
};

/// Which servers are watched: their names, and their sockets.
class ServersDialog final : public QDialog
{
    Q_OBJECT

public:
    ServersDialog(const QList<ServerEntry> &servers, QWidget *parent);
    const QList<ServerEntry> &servers() const noexcept { return m_servers; }

private:
    void show(int index);
    void edited();
    void add();
    void remove();

    QList<ServerEntry> m_servers;
    QListWidget *m_list;
    QLineEdit *m_name;
    QLineEdit *m_socket;
    QPushButton *m_remove;
};

} // namespace concierge::monitor
