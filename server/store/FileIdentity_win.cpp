#include "store/FileIdentity.h"

#include <QFile>

namespace concierge::store {

quint64 fileIdentity(const QString &path)
{
    return QFile::exists(path) ? 1 : 0;
}

} // namespace concierge::store
