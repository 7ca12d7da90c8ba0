#pragma once

#include <QByteArray>
#include <QString>

namespace concierge::auth {

/// What the file named by a setting holds; nothing where `path` is empty. Where it cannot be read, or is
/// larger than 1 MiB, that is put into `error`, unless there is one already. Thread: any; reads a file.
QByteArray keyFileContent(const QString &path, const char *setting, QString &error);

} // namespace concierge::auth
