#include "auth/KeyFile.h"

#include <QFile>

namespace concierge::auth {

QByteArray keyFileContent(const QString &path, const char *setting, QString &error)
{
    constexpr qsizetype fileMaxBytes = 1'048'576;
    if (path.isEmpty())
        return {};
    QFile file(path);
    QString why;
    QByteArray bytes;
    if (!file.open(QIODevice::ReadOnly))
        why = file.errorString();
    else if (bytes = file.read(fileMaxBytes + 1); file.error() != QFileDevice::NoError)
        why = file.errorString();
    else if (bytes.size() > fileMaxBytes)
        why = QStringLiteral("it is larger than 1 MiB");
    if (!why.isEmpty() && error.isEmpty())
        error = QStringLiteral("%1: cannot read %2: %3").arg(QLatin1String(setting), path, why);
    return bytes;
}

} // namespace concierge::auth
