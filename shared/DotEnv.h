#pragma once

#include "shared/Result.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

namespace concierge {

using DotEnv = QHash<QString, QString>;

struct OddLine
{
    qsizetype number = 0; ///< from 1
    QString text;         ///< which may hold a secret
};

/// One line for the operator: which file, why not, and what to do.
struct DotEnvError
{
    QString line;
};

/// Reads a dotenv file, by the grammar of the npm package of that name: `NAME=value`, `export`, three kinds
/// of quotes (double ones know \n and \r), values of several lines, comments, CRLF. UTF-8, or UTF-16 with a
/// byte order mark. A missing file is an empty one. Limit: 1 MiB. Thread: any.
/// `oddLines`: lines that are neither a value nor a comment, which dotenv passes over, are appended there.
Result<DotEnv, DotEnvError> readDotEnv(const QString &path, QList<OddLine> *oddLines = nullptr);
/// The same of a file's bytes, however many. Errors: why not, as the end of a sentence.
Result<DotEnv, QString> parseDotEnv(const QByteArray &bytes, QList<OddLine> *oddLines = nullptr);

} // namespace concierge
