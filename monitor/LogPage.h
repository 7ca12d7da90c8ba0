#pragma once

#include "Page.h"

#include <QSortFilterProxyModel>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace concierge::monitor {

class EmptyState;

class LogFilter final : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setLevel(int level); ///< LogModel::severity(): only lines as severe as that
    void setSearch(const QString &search);

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    int m_level = 2;
    QString m_search;
};

class LogPage final : public Page
{
    Q_OBJECT

public:
    explicit LogPage(QWidget *parent = nullptr);
    void setSession(ServerSession *session) override;
    QTableView &table() { return *m_table; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void makeTable();
    void retranslate();
    void render();
    void setView(int view);
    void copy();
    void save();

    LogFilter m_rows;
    QLineEdit *m_search;
    QComboBox *m_view;
    QComboBox *m_level;
    QPushButton *m_pause;
    QPushButton *m_save;
    QLabel *m_pending;
    QStackedWidget *m_stack;
    QTableView *m_table;
    EmptyState *m_empty;
};

} // namespace concierge::monitor
