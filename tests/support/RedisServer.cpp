#include "support/RedisServer.h"

#include "redis/ReplyReader.h"
#include "transport/TestCertificate.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QStandardPaths>
#include <QTcpServer>

#include <csignal>
#ifdef Q_OS_LINUX
#include <sys/prctl.h>
#endif

namespace concierge::test {

namespace {

constexpr int patience = 60'000; // ms

quint16 freePort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    return server.serverPort();
}

/// Debian's redis-tools has the program under this name only; what it is to be it knows by its own.
QString underAnotherName()
{
    return QStandardPaths::findExecutable(QStringLiteral("redis-check-rdb"));
}

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

} // namespace

RedisServer::RedisServer(QStringList arguments)
    : m_arguments(std::move(arguments))
    , m_port(freePort())
{}

RedisServer::~RedisServer()
{
    kill();
}

bool RedisServer::isInstalled()
{
    return !QStandardPaths::findExecutable(QStringLiteral("redis-server")).isEmpty() ||
           !underAnotherName().isEmpty();
}

bool RedisServer::start()
{
    return launch() && waitUntilReady();
}

bool RedisServer::launch()
{
    kill();
    m_log.clear();
    QString program = QStandardPaths::findExecutable(QStringLiteral("redis-server"));
    if (program.isEmpty()) {
        program = m_folder.filePath(QStringLiteral("redis-server"));
        QFile::link(underAnotherName(), program);
    }
    QStringList all{QStringLiteral("--port"),       QString::number(m_port),
                    QStringLiteral("--bind"),       QStringLiteral("127.0.0.1"),
                    QStringLiteral("--dir"),        m_folder.path(),
                    QStringLiteral("--unixsocket"), socketPath(),
                    QStringLiteral("--save"),       QString()};
    if (m_tlsPort != 0) {
        const QString key = m_folder.filePath(QStringLiteral("key.pem"));
        all << QStringLiteral("--tls-port") << QString::number(m_tlsPort) << QStringLiteral("--tls-cert-file")
            << caFile() << QStringLiteral("--tls-key-file") << key << QStringLiteral("--tls-ca-cert-file")
            << caFile() << QStringLiteral("--tls-auth-clients") << QStringLiteral("no");
    }
    m_process = std::make_unique<QProcess>();
    m_process->setProcessChannelMode(QProcess::MergedChannels);
#ifdef Q_OS_LINUX
    m_process->setChildProcessModifier([] { prctl(PR_SET_PDEATHSIG, SIGKILL); });
#endif
    m_process->start(program, all + m_arguments);
    return m_process->waitForStarted(patience);
}

bool RedisServer::waitUntilReady()
{
    QDeadlineTimer deadline(patience);
    while (!m_log.contains("Ready to accept connections")) {
        if (!m_process->waitForReadyRead(static_cast<int>(deadline.remainingTime()))) {
            qWarning("redis-server did not get ready: %s", m_log.constData());
            return false;
        }
        m_log += m_process->readAll();
    }
    return true;
}

void RedisServer::kill()
{
    m_asking.reset();
    if (!m_process)
        return;
    m_process->kill();
    m_process->waitForFinished(patience);
    m_process.reset();
}

void RedisServer::stop()
{
    m_asking.reset();
    if (!m_process)
        return;
    m_process->terminate();
    m_process->waitForFinished(patience);
    m_process.reset();
}

void RedisServer::pause()
{
    ::kill(static_cast<pid_t>(m_process->processId()), SIGSTOP);
}

void RedisServer::resume()
{
    ::kill(static_cast<pid_t>(m_process->processId()), SIGCONT);
}

void RedisServer::enableTls()
{
    m_tlsPort = freePort();
    write(caFile(), testCertificate().toPem());
    write(m_folder.filePath(QStringLiteral("key.pem")), testKey().toPem());
}

redis::Url RedisServer::url(int database) const
{
    redis::Url url;
    url.host = QStringLiteral("127.0.0.1");
    url.port = m_port;
    url.database = database;
    return url;
}

redis::Url RedisServer::tlsUrl() const
{
    redis::Url url = this->url();
    url.transport = redis::Url::Transport::Tls;
    url.port = m_tlsPort;
    return url;
}

redis::Url RedisServer::unixUrl(int database) const
{
    redis::Url url;
    url.transport = redis::Url::Transport::Unix;
    url.path = socketPath();
    url.database = database;
    return url;
}

bool RedisServer::connectToAsk()
{
    if (m_asking && m_asking->state() == QLocalSocket::ConnectedState)
        return true;
    m_asking = std::make_unique<QLocalSocket>();
    m_asking->connectToServer(socketPath());
    return m_asking->waitForConnected(patience);
}

redis::Reply RedisServer::ask(std::initializer_list<redis::Arg> words)
{
    if (!connectToAsk())
        return {};
    QByteArray command;
    redis::appendCommand(command, words);
    m_asking->write(command);
    redis::ReplyReader reader;
    QDeadlineTimer deadline(patience);
    for (;;) {
        switch (reader.next()) {
        case redis::ReplyReader::Step::Reply:
            return std::move(reader.reply());
        case redis::ReplyReader::Step::Garbage:
            return {};
        case redis::ReplyReader::Step::NeedMore:
            break;
        }
        if (m_asking->bytesAvailable() == 0 &&
            !m_asking->waitForReadyRead(static_cast<int>(deadline.remainingTime())))
            return {};
        reader.feed(m_asking->readAll());
    }
}

} // namespace concierge::test
