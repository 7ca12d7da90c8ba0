#pragma once

#include "monitoring/LogTap.h"
#include "monitoring/MonitorCommands.h"
#include "monitoring/MonitorHost.h"
#include "monitoring/MonitorPeer.h"
#include "monitoring/MonitorSocket.h"
#include "shared/Clock.h"

#include <QHash>
#include <QLocalServer>
#include <QObject>
#include <QTimer>

#include <memory>
#include <unordered_map>
#include <vector>

namespace concierge::monitoring {

/// The local socket for monitors; shared/Feed.h says what is spoken on it. It costs the server nothing: it
/// lives on the main thread, snapshots are made for who has read the one before, the log is read from a ring
/// of fixed size, and everything else is bounded by MonitorPeer. Every command is logged, with who gave it:
/// what changes something one by one, and whatever the log's level is, as `concierge.audit`; questions as
/// `concierge.monitor`, the same ones of a user once a minute with their number.
/// Thread: main.
class MonitorFeed final : public QObject, private MonitorPeerListener
{
    Q_OBJECT

public:
    /// All outlive this object.
    MonitorFeed(MonitorHost &host, const LogTap &log, const Clock &clock);
    ~MonitorFeed() override;

    [[nodiscard]] std::optional<SocketProblem> listen(const QString &name, SocketAccess access);
    /// To be called each second, after listen(): QLocalServer gives up where a connection cannot be taken, as
    /// for want of descriptors; here it begins anew.
    void keepListening();
    QString fullName() const { return m_server.fullServerName(); }
    /// To all who want alerts.
    void tellAlert(const feed::AlertChange &change);
    qsizetype peerCount() const noexcept { return static_cast<qsizetype>(m_peers.size()); }

private:
    void onCommand(MonitorPeer &peer, const QJsonObject &request) override;
    void onPeerFailed(MonitorPeer &peer, const QString &code) override;
    void onPeerEnded(MonitorPeer &peer) override;

    void acceptPeers();
    void remove(quint64 number);
    void refuse(std::unique_ptr<QLocalSocket> socket);
    void endRefused();
    void sayFailure(const QString &user, const QString &code);
    void tick();
    void sendSnapshots();
    void sendSnapshot(MonitorPeer &peer, const QByteArray &line);
    void sendLog(MonitorPeer &peer);
    QByteArray snapshotLine();
    Result<QJsonObject, feed::ReplyError> subscribe(MonitorPeer &peer, const QJsonObject &request);
    struct Asked
    {
        QString type;
        QString what; ///< for the log
        QString filter;
        QJsonValue id;
    };
    void finish(quint64 peer, const Asked &asked, const Result<QJsonObject, feed::ReplyError> &result);
    void logQuestion(const QString &user, const Asked &asked, const QString &code, const QString &outcome);
    void logQuestionsAgain(bool isEnd);
    qint64 now() const { return m_clock.monotonic().count(); }

    MonitorHost &m_host;
    const LogTap &m_log;
    const Clock &m_clock;
    MonitorCommands m_commands;
    QLocalServer m_server;
    QString m_name; // once it listens
    SocketAccess m_access = SocketAccess::User;
    bool m_isLost = false;                                             // it should listen, and cannot
    QTimer m_timer;                                                    // while there are peers
    std::unordered_map<quint64, std::unique_ptr<MonitorPeer>> m_peers; // by number
    quint64 m_lastNumber = 0;
    QByteArray m_lastLook; // what those get who are one too many, until the next tick

    struct Refused
    {
        std::unique_ptr<QLocalSocket> socket;
        int ticksLeft = MonitorPeer::closingTicks; // to read it
    };
    std::vector<Refused> m_refused; // at most maxRefused

    QHash<QString, qint64> m_saidAt; // by error code; monotonic, ms

    struct Repeats
    {
        qint64 since = 0; // monotonic, ms
        qint64 count = 0; // that the log does not have yet
    };
    QHash<QString, Repeats> m_questions; // by user, type, filter and outcome
};

} // namespace concierge::monitoring
