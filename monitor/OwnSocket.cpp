#include "OwnSocket.h"

#include "ServiceControl.h"

#include <QDir>

namespace concierge::monitor {

OwnSocket OwnSocket::find()
{
    return find(qEnvironmentVariable("MONITOR_SOCKET"), QDir::current().filePath(QStringLiteral(".env")));
}

OwnSocket OwnSocket::find(const QString &environment, const QString &dotEnvPath)
{
    QString name = environment;
    if (name.isEmpty()) {
        // One that cannot be read stops the server, which says why.
        const auto file = readDotEnv(dotEnvPath);
        name = file ? file->value(QStringLiteral("MONITOR_SOCKET")) : QString();
    }
    if (name.isEmpty() || name.compare(QLatin1String("none"), Qt::CaseInsensitive) == 0)
        return {standardSocket(), Source::Standard};
    return {name, Source::Setting};
}

} // namespace concierge::monitor
