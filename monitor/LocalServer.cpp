#include "LocalServer.h"

#include "OwnSocket.h"
#include "Processes.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

#include <utility>

namespace concierge::monitor {

namespace {

constexpr int patienceMs = 20'000;
constexpr int watchMs = 200;
constexpr qint64 logTail = 4'096; // bytes

QString lastLine(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    if (file.size() > logTail)
        file.seek(file.size() - logTail);
    const QStringList lines = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    return lines.isEmpty() ? QString() : lines.constLast();
}

} // namespace

LocalServer::LocalServer(std::unique_ptr<ServiceControl> service, QString program, QObject *parent)
    : QObject(parent)
    , m_service(std::move(service))
    , m_program(program.isEmpty() ? findProgram() : std::move(program))
{
    m_patience.setSingleShot(true);
    m_patience.setInterval(patienceMs);
    connect(&m_patience, &QTimer::timeout, this, &LocalServer::gaveUp);
    m_watch.setInterval(watchMs);
    connect(&m_watch, &QTimer::timeout, this, &LocalServer::watchProgram);
    connect(m_service.get(), &ServiceControl::statusChanged, this, &LocalServer::changed);
    connect(m_service.get(), &ServiceControl::failed, this, [this](const QString &why) {
        setStarting(false);
        Q_EMIT failed(why);
    });
    m_service->refresh();
}

QString LocalServer::findProgram()
{
    const QString name = QStringLiteral("concierge");
    const QString beside = QStandardPaths::findExecutable(name, {QCoreApplication::applicationDirPath()});
    return beside.isEmpty() ? QStandardPaths::findExecutable(name) : beside;
}

QString LocalServer::logPath()
{
    return QDir(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation))
        .filePath(QStringLiteral("server.log"));
}

/// Where its .env and its data are, when the monitor was started there; else a folder of its own.
QString LocalServer::workingFolder()
{
    const QDir here = QDir::current();
    if (here.exists(QStringLiteral(".env")) || here.exists(QStringLiteral("concierge-data")))
        return here.absolutePath();
    return QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation);
}

QString LocalServer::manner() const
{
    if (m_service->isInstalled())
        return tr("It is a service of this computer (%1).").arg(m_service->managerName());
    if (m_program.isEmpty())
        return tr("No service “concierge” is installed here, and the server's program was not found.");
    return tr("No service is installed here: the monitor starts the server itself. It goes on when the "
              "monitor "
              "is closed; its log is %1.")
        .arg(QDir::toNativeSeparators(logPath()));
}

void LocalServer::start(const QString &socket)
{
    if (m_isStarting)
        return;
    if (!canStart()) {
        Q_EMIT failed(manner());
        return;
    }
    setStarting(true);
    m_patience.start();
    if (m_service->isInstalled())
        m_service->start();
    else
        startProgram(socket);
}

void LocalServer::startProgram(const QString &socket)
{
    const QString folder = workingFolder();
    QDir().mkpath(folder);
    QDir().mkpath(QFileInfo(logPath()).absolutePath());
    QProcess process;
    process.setProgram(m_program);
    // Who reads it in MONITOR_SOCKET, as this monitor did, need not be told.
    const OwnSocket own = OwnSocket::find();
    if (own.source != OwnSocket::Source::Setting || own.name != socket)
        process.setArguments({QStringLiteral("--monitor-socket"), socket});
    process.setWorkingDirectory(folder);
    process.setStandardOutputFile(logPath());
    process.setStandardErrorFile(logPath(), QIODevice::Append);
    process.setStandardInputFile(QProcess::nullDevice());
    if (process.startDetached(&m_pid)) {
        m_watch.start();
        return;
    }
    setStarting(false);
    Q_EMIT failed(tr("%1 cannot be started: %2").arg(m_program, process.errorString()));
}

bool LocalServer::stopService()
{
    if (!m_service->isInstalled() || m_service->status() == ServiceControl::Status::Stopped)
        return false;
    m_service->stop();
    return true;
}

void LocalServer::arrived()
{
    m_patience.stop();
    setStarting(false);
    m_service->refresh();
}

/// What fails at once, with a wrong setting for example, is told at once.
void LocalServer::watchProgram()
{
    if (isRunning(m_pid))
        return;
    m_patience.stop();
    setStarting(false);
    const QString word = lastLine(logPath());
    Q_EMIT failed(word.isEmpty()
                      ? tr("The server was started, but has ended.")
                      : tr("The server was started, but has ended. The last line of its log: %1").arg(word));
}

void LocalServer::gaveUp()
{
    setStarting(false);
    const QString word = m_service->isInstalled() ? QString() : lastLine(logPath());
    if (word.isEmpty())
        Q_EMIT failed(tr("The server was started, but does not answer."));
    else
        Q_EMIT failed(
            tr("The server was started, but does not answer. The last line of its log: %1").arg(word));
}

void LocalServer::setStarting(bool isStarting)
{
    if (m_isStarting == isStarting)
        return;
    m_isStarting = isStarting;
    if (!isStarting)
        m_watch.stop();
    Q_EMIT changed();
}

void LocalServer::restore(const QString &backup, const QString &dataDir)
{
    if (m_program.isEmpty()) {
        Q_EMIT failed(tr("The server's program was not found on this computer."));
        return;
    }
    auto *process = new QProcess(this);
    process->setProcessChannelMode(QProcess::MergedChannels);
    process->setWorkingDirectory(workingFolder());
    connect(process, &QProcess::finished, this, [this, process](int code) {
        const QString output = QString::fromUtf8(process->readAll()).trimmed();
        process->deleteLater();
        if (code == 0)
            Q_EMIT restored(output);
        else
            Q_EMIT failed(output.isEmpty() ? tr("Restoring has failed.") : output);
    });
    connect(process, &QProcess::errorOccurred, this, [this, process](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart)
            return; // finished() follows
        process->deleteLater();
        Q_EMIT failed(process->errorString());
    });
    QStringList arguments{QStringLiteral("restore"), backup};
    if (!dataDir.isEmpty())
        arguments += {QStringLiteral("--data-dir"), dataDir};
    process->start(m_program, arguments);
}

} // namespace concierge::monitor
