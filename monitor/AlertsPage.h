#pragma once

#include "Page.h"

#include <QFrame>

class QLabel;
class QPushButton;
class QScrollArea;
class QStackedWidget;
class QVBoxLayout;

namespace concierge::monitor {

class EmptyState;

/// One alert: what it is, since when, what to do.
class AlertCard : public QFrame
{
    Q_OBJECT

public:
    explicit AlertCard(QWidget *parent = nullptr);
    void show(const AlertEntry &entry, qint64 now);
    QPushButton &button() { return *m_acknowledge; }

Q_SIGNALS:
    void acknowledged(const concierge::Alert &alert);

private:
    AlertEntry m_entry;
    QLabel *m_glyph;
    QLabel *m_title;
    QLabel *m_when;
    QLabel *m_text;
    QLabel *m_advice;
    QPushButton *m_acknowledge;
};

/// What is wrong, since when, and what to do; and what was.
class AlertsPage final : public Page
{
    Q_OBJECT

public:
    static constexpr int maxShown = 50;

    explicit AlertsPage(QWidget *parent = nullptr);
    void setSession(ServerSession *session) override;
    QList<AlertCard *> cards() const { return m_cards; }

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void render();

    QStackedWidget *m_stack;
    QScrollArea *m_scroll;
    EmptyState *m_empty;
    QVBoxLayout *m_list;
    QList<AlertCard *> m_cards;
};

} // namespace concierge::monitor
