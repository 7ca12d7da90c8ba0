#pragma once

#include "shared/Feed.h"

#include <QElapsedTimer>
#include <QHash>
#include <QLocalSocket>
#include <QPointer>
#include <QTimer>

#include <chrono>
#include <functional>
#include <optional>

namespace concierge::monitor {

enum class FeedState {
    Connecting,   ///< asked, or connected and not greeted yet
    Connected,    ///< greeted, and figures come
    NotRunning,   ///< there is no such socket, or nobody listens to it
    Denied,       ///< this user may not open the socket
    Refused,      ///< the server has closed the feed, and said why: refusal()
    Stale,        ///< connected, but no figures came for FeedTimes::stale
    Incompatible, ///< what answers there speaks no feed, or one that cannot be read: refusal()
};

struct FeedTimes
{
    std::chrono::milliseconds stale{5'000};
    std::chrono::milliseconds firstRetry{250}; ///< doubled by every attempt that fails
    std::chrono::milliseconds lastRetry{2'000};
    std::chrono::milliseconds answer{10'000}; ///< a request without an answer fails with "timeout"
};

/// One server's feed, as its monitor sees it. Connects again by itself for as long as it lives. Bounded: a
/// line of feed::maxAnswerLine, and maxRequests that wait for their answers. Thread: the GUI's.
class FeedClient : public QObject
{
    Q_OBJECT

public:
    using Reply = Result<QJsonObject, feed::ReplyError>;
    using Callback = std::function<void(const Reply &)>;
    static constexpr int maxRequests = 64;

    /// `socket`: a local socket's name or path, see QLocalSocket::connectToServer().
    explicit FeedClient(QString socket, FeedTimes times = {}, QObject *parent = nullptr);
    ~FeedClient() override;

    void start();
    /// Not in a second, but now: somebody knows that the server has come.
    void retryNow();

    const QString &socketName() const noexcept { return m_name; }
    FeedState state() const noexcept { return m_state; }
    bool isConnected() const noexcept { return m_state == FeedState::Connected; }
    /// One sentence in the server's words (English), or empty.
    const QString &refusal() const noexcept { return m_refusal; }
    const std::optional<feed::Hello> &hello() const noexcept { return m_hello; }
    /// The last one there was, also of a server that has gone.
    const std::optional<MonitorSnapshot> &snapshot() const noexcept { return m_snapshot; }
    bool isNewerServer() const noexcept { return m_hello && m_hello->protocol > feed::protocol; }

    /// `callback` is called once, unless `context` goes before. Errors of our own beside the server's:
    /// "disconnected", "timeout", "busy".
    void request(QLatin1String type, QJsonObject fields, QObject *context, Callback callback);

Q_SIGNALS:
    void stateChanged();
    void helloReceived();
    void snapshotReceived();
    void alertChanged(const concierge::feed::AlertChange &change);
    void logReceived(const concierge::feed::LogRecord &record);

private:
    struct Waiting
    {
        QPointer<QObject> context;
        Callback callback;
        qint64 deadline = 0; // of m_clock
    };

    void connectNow();
    void ended(FeedState state);
    void failed(QLocalSocket::LocalSocketError error);
    void readLines();
    void readLine(const QByteArray &line);
    void greeted(const QJsonObject &object);
    void took(const QJsonObject &object);
    void answered(const QJsonObject &object);
    void broken(const QString &why);
    void failRequests(const char *code, const QString &message);
    void expireRequests();
    void setState(FeedState state);

    const QString m_name;
    const FeedTimes m_times;
    QLocalSocket m_socket;
    std::optional<feed::LineBuffer> m_lines; // of this connection
    QTimer m_retry;
    QTimer m_stale;
    QTimer m_expiry;
    QElapsedTimer m_clock;
    std::chrono::milliseconds m_pause;
    FeedState m_state = FeedState::Connecting;
    QString m_refusal;
    std::optional<feed::Hello> m_hello;
    std::optional<MonitorSnapshot> m_snapshot;
    QHash<qint64, Waiting> m_waiting; // by id
    qint64 m_nextId = 1;
    bool m_isGreeted = false; // this connection
    bool m_isFull = false;    // the server has too many monitors; it gets one look, and does without it
};

} // namespace concierge::monitor
