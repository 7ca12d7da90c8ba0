#pragma once

#include "Page.h"

#include <QAbstractTableModel>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableView;
class QVBoxLayout;

namespace concierge::monitor {

class EmptyState;

class SettingsModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    using QAbstractTableModel::QAbstractTableModel;
    void setSettings(const QList<feed::Setting> &settings);
    void retranslate();
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<feed::Setting> m_settings;
};

/// The server as a whole: what it is, start and stop, backup, what everybody is told, its settings.
class ServicePage final : public Page
{
    Q_OBJECT

public:
    explicit ServicePage(QWidget *parent = nullptr);
    void setSession(ServerSession *session) override;
    void startServer();
    void stopServer(bool isConfirmed);
    void backupTo(const QString &path);

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    enum Fact { State, Since, Version, Clients, Health, Data, Disk, Backup, Certificate, Process, factCount };

    QWidget *makeServerCard();
    QWidget *makeBackupCard();
    QWidget *makeTalkCard();
    QWidget *makeSettings();
    QWidget *makeCard(QLabel *&title, QVBoxLayout *&layout);
    void retranslate();
    void render();
    void renderFacts();
    void showLogLevel();
    void setFact(Fact fact, const QString &text);
    void askBackup();
    void askRestore();
    void saveBundle();
    void notifyAll();
    QString howToRestore() const;
    void setLogLevel(int level);
    void command(QLatin1String type, const QJsonObject &fields,
                 std::function<void(const QJsonObject &answer)> done);

    QLabel *m_serverTitle;
    QLabel *m_backupTitle;
    QLabel *m_talkTitle;
    QLabel *m_settingsTitle;
    QLabel *m_factNames[factCount];
    QLabel *m_facts[factCount];
    QLabel *m_manner;
    QPushButton *m_start;
    QPushButton *m_stop;
    QPushButton *m_backup;
    QPushButton *m_restore;
    QPushButton *m_bundle;
    QLabel *m_backupNote;
    QLineEdit *m_text;
    QPushButton *m_send;
    QLabel *m_levelName;
    QComboBox *m_level;
    QTableView *m_table;
    EmptyState *m_noSettings;
    SettingsModel m_settings;
};

} // namespace concierge::monitor
