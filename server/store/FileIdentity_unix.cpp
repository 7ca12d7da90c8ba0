#include "store/FileIdentity.h"

#include <QFile>
#include <QHashFunctions>

#include <sys/stat.h>

namespace concierge::store {

quint64 fileIdentity(const QString &path)
{
    struct stat status = {};
    if (stat(QFile::encodeName(path).constData(), &status) != 0)
        return 0;
    return qHashMulti(0, static_cast<quint64>(status.st_dev), static_cast<quint64>(status.st_ino)) | 1U;
}

} // namespace concierge::store
