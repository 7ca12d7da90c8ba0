#pragma once

#include "shared/Feed.h"

#include <QAbstractTableModel>
#include <QTimer>

#include <deque>

namespace concierge::monitor {

enum class LogView { Plain, Technical };

/// The last maxRecords lines of a server's log. What comes is shown ten times a second, all at once.
class LogModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    static constexpr int maxRecords = 5'000;
    static constexpr int maxAlerts = 200;
    enum Column { Time, Level, Message, columns };
    enum Role { LevelRole = Qt::UserRole, SearchRole, ExactTimeRole };

    explicit LogModel(QObject *parent = nullptr);

    void append(const feed::LogRecord &record);
    /// Its figures say in plain words what a line about it means. The last maxAlerts are kept.
    void learn(const Alert &alert);
    /// A new connection: the server begins with its last lines again, and those that are here are passed
    /// over.
    void expectRepeats();
    void clear();
    void setView(LogView view);
    /// While it is paused, lines wait (the last maxRecords of them) and are shown when it goes on.
    void setPaused(bool isPaused);
    bool isPaused() const noexcept { return m_isPaused; }
    int pendingCount() const noexcept { return int(m_pending.size()); }

    const std::deque<feed::LogRecord> &records() const noexcept { return m_records; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// 0 error, 1 warn, 2 info, 3 debug
    static int severity(const QString &level);

Q_SIGNALS:
    void pendingChanged();

private:
    void flush();
    bool isRepeat(const feed::LogRecord &record) const;
    QString text(const feed::LogRecord &record, int column) const;
    QString tip(const feed::LogRecord &record) const;

    std::deque<feed::LogRecord> m_records;
    std::deque<feed::LogRecord> m_pending;
    QList<Alert> m_alerts;
    qint64 m_repeatsUntil = 0; // time of the last line that may come again
    QTimer m_flush;
    LogView m_view = LogView::Plain;
    bool m_isPaused = false;
};

} // namespace concierge::monitor
