#pragma once

#include "redis/Command.h"
#include "redis/Reply.h"
#include "redis/Url.h"

#include <QLocalSocket>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

#include <memory>

namespace concierge::test {

/// A redis-server of the test's own: on a free port of 127.0.0.1 and on a unix socket, in a temporary folder,
/// empty and without persistence unless `arguments` say otherwise. It ends with this object, and with the
/// thread that has started it. Thread: that one.
class RedisServer
{
public:
    /// `arguments`: of redis-server, for example `{"--appendonly", "yes"}`; what a line of redis.conf says,
    /// with `--` before it. Not started yet.
    explicit RedisServer(QStringList arguments = {});
    ~RedisServer();
    RedisServer(const RedisServer &) = delete;
    RedisServer &operator=(const RedisServer &) = delete;

    /// Whether there is a redis-server on this machine (also as redis-check-rdb, of Debian's redis-tools). A
    /// test that finds none says so with QSKIP.
    static bool isInstalled();

    /// Starts it, or starts it again: same port, same socket, same folder. False: it did not get ready.
    [[nodiscard]] bool start();
    /// The same without waiting until it takes commands.
    [[nodiscard]] bool launch();
    [[nodiscard]] bool waitUntilReady();
    void kill();   ///< as kill -9; waits until it is gone
    void stop();   ///< as SIGTERM; waits
    void pause();  ///< SIGSTOP: connections stay, nothing is answered
    void resume(); ///< SIGCONT
    bool isRunning() const { return m_process && m_process->state() != QProcess::NotRunning; }

    /// Adds TLS on a port of its own, with support/TestCertificate (for localhost and 127.0.0.1). Before
    /// start().
    void enableTls();
    QString caFile() const { return m_folder.filePath(QStringLiteral("certificate.pem")); }

    quint16 port() const noexcept { return m_port; }
    quint16 tlsPort() const noexcept { return m_tlsPort; }
    QString folder() const { return m_folder.path(); }
    redis::Url url(int database = 0) const;     ///< redis://127.0.0.1:port
    redis::Url tlsUrl() const;                  ///< rediss://127.0.0.1:tlsPort
    redis::Url unixUrl(int database = 0) const; ///< unix:///…

    /// Asks on a connection of its own, over the unix socket, and waits. A Nil where there is no answer
    /// within a minute.
    redis::Reply ask(std::initializer_list<redis::Arg> words);
    qint64 askInteger(std::initializer_list<redis::Arg> words) { return ask(words).integer; }

    QByteArray log() const { return m_log; } ///< what it has printed since it was started last

private:
    QString socketPath() const { return m_folder.filePath(QStringLiteral("redis.sock")); }
    bool connectToAsk();

    QTemporaryDir m_folder;
    QStringList m_arguments;
    quint16 m_port;
    quint16 m_tlsPort = 0;
    std::unique_ptr<QProcess> m_process;
    std::unique_ptr<QLocalSocket> m_asking;
    QByteArray m_log;
};

} // namespace concierge::test
