#pragma once

#include "shared/Feed.h"

#include <QSet>

namespace concierge::monitor {

struct AlertEntry
{
    Alert alert;
    bool isActive = true;
    bool isAcknowledged = false; ///< somebody knows of it
    qint64 endedAt = 0;          ///< time of day, where it is over

    friend bool operator==(const AlertEntry &, const AlertEntry &) = default;
};

/// The alerts of one server: those that last, and the last maxEnded that are over. An alert is the same one
/// as long as its code and its begin are. What is acknowledged stays so over a restart of the monitor.
class AlertBook
{
public:
    static constexpr int maxEnded = 100;

    /// `key`: under which QSettings keeps what was acknowledged; a server's socket.
    explicit AlertBook(QString key);

    /// What lasts now. Returns the ones that are new.
    QList<Alert> update(QList<Alert> lasting, qint64 now);
    void acknowledge(const Alert &alert);
    /// Those that last first, the worst one at the top; then those that are over, the latest first.
    const QList<AlertEntry> &entries() const noexcept { return m_entries; }
    /// The worst that nobody has acknowledged; else the worst.
    const AlertEntry *worst() const;
    int activeCount() const;

private:
    static QString idOf(const Alert &alert);
    void keep() const;
    void sort();

    const QString m_key;
    QList<AlertEntry> m_entries;
    QStringList m_acknowledged; // ids
};

} // namespace concierge::monitor
