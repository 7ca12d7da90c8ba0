#pragma once

#include "AlertBook.h"
#include "FeedClient.h"
#include "LiveHistory.h"
#include "LogModel.h"
#include "Preferences.h"
#include "Situation.h"

#include <memory>

namespace concierge::monitor {

class LocalServer;

/// All that is known of one server: its feed, its last ten minutes, its alerts and its log. Views show one
/// and keep nothing of it. Thread: the GUI's.
class ServerSession : public QObject
{
    Q_OBJECT

public:
    ServerSession(ServerEntry entry, LocalServer &local, FeedTimes times = {}, QObject *parent = nullptr);

    const ServerEntry &entry() const noexcept { return m_entry; }
    void rename(const QString &name) { m_entry.name = name; }
    FeedClient &feed() noexcept { return m_feed; }
    const FeedClient &feed() const noexcept { return m_feed; }
    const LiveHistory &history() const noexcept { return m_history; }
    AlertBook &alerts() noexcept { return m_alerts; }
    const AlertBook &alerts() const noexcept { return m_alerts; }
    LogModel &log() noexcept { return m_log; }
    LocalServer &local() noexcept { return m_local; }
    Situation situation() const;
    /// The server's time of day, as far as its last snapshot told.
    qint64 now() const;
    /// Its socket is of this computer's own default server, so that it can be started from here.
    bool isLocal() const noexcept { return m_isLocal; }

    /// It can be started from here.
    bool canStart() const;
    /// It can be stopped from here though it does not answer, by the service manager.
    bool canEndFrozen() const;

    void start();
    void acknowledge(const Alert &alert);
    /// By the service manager where the server is a service, else by the feed.
    void stopServer(std::function<void(const FeedClient::Reply &)> done);

Q_SIGNALS:
    void snapshotTaken();
    void alertsChanged();
    void alertRaised(const concierge::Alert &alert);
    void situationChanged();
    /// The whole history is another one: it was merged, not only appended.
    void historyMerged();

private:
    void greeted();
    void took();
    void stateChanged();
    void markAlert(const feed::AlertChange &change);
    void updateAlerts();
    QMap<QString, double> whyUnreachable() const;
    void askHistory();
    std::optional<qint64> drainEnds() const;

    ServerEntry m_entry;
    const bool m_isLocal;
    LocalServer &m_local;
    FeedClient m_feed;
    LiveHistory m_history;
    AlertBook m_alerts;
    LogModel m_log;
    qint64 m_clockAhead = 0; // of the server's time of day before ours
    qint64 m_startTime = 0;  // of the server that was greeted last
    qint64 m_lostAt = 0;     // 0: it is there
    qint64 m_stoppedAt = 0;  // 0: it was not seen to stop since
    qint64 m_drainSince = 0; // 0: it is not draining
};

} // namespace concierge::monitor
