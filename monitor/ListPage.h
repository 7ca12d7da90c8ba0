#pragma once

#include "Page.h"
#include "PagedModel.h"

#include <QTimer>

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace concierge::monitor {

class CsvExport;
class EmptyState;

/// A table that the server keeps, with a filter, sorting and export. Fetches while it is seen: what is in
/// view, every refreshMs.
class ListPage : public Page
{
    Q_OBJECT

public:
    static constexpr int refreshMs = 5'000;

    ListPage(const TableKind &kind, QWidget *parent = nullptr);

    void setSession(ServerSession *session) override;
    PagedModel &model() { return m_model; }
    const PagedModel &model() const { return m_model; }
    QTableView &table() { return *m_table; }
    QLineEdit &filter() { return *m_filter; }
    /// Fetches all rows that pass the filter, page by page, into this file.
    void exportTo(const QString &path);
    void refresh();
    /// Keeps widths, order and sorting of the columns for the next start.
    void saveColumns() const;

Q_SIGNALS:
    void exported(const QString &path);

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

    virtual void retranslate();
    virtual void selectionChanged() {}
    /// Where the table is empty, filter and all.
    virtual void showEmpty(EmptyState &state) = 0;
    virtual QString summary() const = 0;
    void addTool(QWidget *widget);
    QList<int> selectedRows() const;
    /// Ids of what is selected, as it was seen when it was.
    QStringList selectedIds() const { return m_selected; }

private:
    void makeTable();
    void look();
    void render();
    void askExport();
    void keepSelection();
    void fitColumns();
    QString settingsKey(const char *name) const;

    PagedModel m_model;
    QLineEdit *m_filter;
    QLabel *m_summary;
    QHBoxLayout *m_tools;
    QPushButton *m_export;
    QStackedWidget *m_stack;
    QTableView *m_table;
    EmptyState *m_empty;
    QTimer m_refresh;
    QTimer m_typing;
    QPointer<CsvExport> m_running;
    QStringList m_selected;
    bool m_isRestoring = false;
    bool m_isFitting = false;
    bool m_isArranged = false; // by the person
};

class PeoplePage final : public ListPage
{
    Q_OBJECT

public:
    explicit PeoplePage(QWidget *parent = nullptr);
    void disconnectSelected(bool isConfirmed);

protected:
    void retranslate() override;
    void selectionChanged() override;
    void showEmpty(EmptyState &state) override;
    QString summary() const override;

private:
    void send(const QStringList &sids);

    QPushButton *m_disconnect;
};

class WaitingPage final : public ListPage
{
    Q_OBJECT

public:
    explicit WaitingPage(QWidget *parent = nullptr);

protected:
    void showEmpty(EmptyState &state) override;
    QString summary() const override;
};

} // namespace concierge::monitor
