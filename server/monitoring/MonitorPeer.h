#pragma once

#include "shared/Feed.h"

#include <QLocalSocket>
#include <QObject>

#include <memory>

namespace concierge::monitoring {

class MonitorPeer;

/// Implemented by MonitorFeed. Thread: main.
class MonitorPeerListener
{
public:
    virtual ~MonitorPeerListener() = default;
    /// One command, which is none of the protocol's errors. The peer's next one comes after answer().
    virtual void onCommand(MonitorPeer &peer, const QJsonObject &request) = 0;
    /// It is being closed, for one of the protocol's errors.
    virtual void onPeerFailed(MonitorPeer &peer, const QString &code) = 0;
    /// The last call; the peer must outlive it.
    virtual void onPeerEnded(MonitorPeer &peer) = 0;
};

/// One connected monitor. Bounded: one command at a time, the rest waits unread in its socket; 100 commands a
/// second; lines of feed::maxLine; what it does not read is at most feed::maxAnswerLine, and more closes the
/// connection. Thread: main.
class MonitorPeer final : public QObject
{
    Q_OBJECT

public:
    static constexpr int ticksPerSecond = 4;
    static constexpr int commandsPerTick = 25;
    static constexpr int closingTicks = 8; ///< that it may take for its last line
    static constexpr int lingeringTicks = 2;
    static constexpr qint64 lingeringBytes = 2 * 1024 * 1024;

    MonitorPeer(quint64 number, std::unique_ptr<QLocalSocket> socket, QString user,
                MonitorPeerListener &listener);
    ~MonitorPeer() override;

    quint64 number() const noexcept { return m_number; }
    const QString &user() const noexcept { return m_user; }
    bool isEnding() const noexcept { return m_isEnding; }
    /// All that it was sent is taken by the system.
    bool isIdle() const { return m_socket->bytesToWrite() == 0; }

    /// A line that cannot be left out. More than it may keep waiting: the connection is closed, "too_slow".
    void send(const QByteArray &line);
    /// The reply to its command. What waits in its socket is read from the next turn of the event loop on.
    void answer(const QByteArray &line);
    /// The last line; then the connection is closed. Not at once: who is still sending would be told that it
    /// cannot before it has read why. What it sends is dropped, for half a second and 2 MiB.
    void fail(const QString &code, const QString &message);
    /// MonitorFeed's, `ticksPerSecond`: lets it go on with commands, and ends who does not take its last
    /// line.
    void tick();

    // The feed's own notes.
    feed::Subscribe subscription;
    qint64 snapshotDue = 0; ///< monotonic, ms
    quint64 nextLog = 0;    ///< LogTap's number

private:
    void read();
    void take(const QByteArray &line);
    void drop();
    void resumeLater();

    const quint64 m_number;
    const std::unique_ptr<QLocalSocket> m_socket;
    const QString m_user;
    MonitorPeerListener &m_listener;
    feed::LineBuffer m_lines{feed::maxLine};
    int m_commandsLeft = commandsPerTick;
    int m_ticksLeft = closingTicks + lingeringTicks;
    qint64 m_dropped = 0; // bytes
    bool m_isBusy = false;
    bool m_isEnding = false;
};

} // namespace concierge::monitoring
