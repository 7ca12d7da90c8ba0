#include "ServiceControl.h"

#include <QProcess>

namespace concierge::monitor {

void ServiceControl::setStatus(Status status)
{
    if (m_status == status)
        return;
    m_status = status;
    Q_EMIT statusChanged();
}

void ServiceControl::runTool(const QString &program, const QStringList &arguments, ToolCallback done)
{
    auto *process = new QProcess(this);
    process->setProcessChannelMode(QProcess::MergedChannels);
    connect(process, &QProcess::finished, this, [process, done](int code) {
        done(code, QString::fromLocal8Bit(process->readAll()));
        process->deleteLater();
    });
    connect(process, &QProcess::errorOccurred, this, [process, done](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart)
            return; // finished() follows
        done(-1, process->errorString());
        process->deleteLater();
    });
    process->start(program, arguments);
}

} // namespace concierge::monitor
