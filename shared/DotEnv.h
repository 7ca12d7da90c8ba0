#pragma once

#include "shared/Result.h"

#include <QByteArray>
#include <QHash>
#include <QString>

namespace concierge {

using DotEnv = QHash<QString, QString>;

/// One line for the operator: which file, why not, and what to do.
struct DotEnvError
{
    QString line;
};

/// Reads a dotenv file, by the grammar of the npm package of that name: `NAME=value`, `export`, three kinds
/// of quotes (double ones know \n and \r), values of several lines, comments, CRLF. UTF-8, or UTF-16 with a
/// byte order mark. A missing file is an empty one. Limit: 1 MiB. Thread: any.
Result<DotEnv, DotEnvError> readDotEnv(const QString &path);
/// The same of a file's bytes, however many. Errors: why not, as the end of a sentence.
Result<DotEnv, QString> parseDotEnv(const QByteArray &bytes);

} // namespace concierge
