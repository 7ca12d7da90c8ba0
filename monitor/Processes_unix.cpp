#include "Processes.h"

#include <QFile>

#include <cerrno>
#include <csignal>

namespace concierge::monitor {

bool isRunning(qint64 pid)
{
    if (::kill(pid_t(pid), 0) != 0 && errno == ESRCH)
        return false;
    // One that has ended, but that nobody has asked for, still has its number. Source: proc(5); other systems
    // than Linux have no such file.
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return true;
    const QByteArray line = file.readAll();
    return line.mid(line.lastIndexOf(')') + 2, 1) != "Z";
}

} // namespace concierge::monitor
