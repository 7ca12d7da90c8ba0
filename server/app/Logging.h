#pragma once

#include "app/Config.h"
#include "monitoring/LogTap.h"
#include "shared/Clock.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace concierge::app {

/// One event as one line, with its line break: `time level category message`, or a JSON object with these
/// keys. Control characters within the message are escaped. Thread: any.
QByteArray logLine(LogFormat format, Milliseconds time, QtMsgType type, QByteArrayView category,
                   const QString &message);

/// Routes Qt's log to stderr, see logLine(), and into logTap(). QT_LOGGING_RULES still rules single
/// categories. Thread: main, once; logging itself: any.
void installLogging(LogLevel level, LogFormat format);
/// From here on to that file in place of stderr, until the end of the process. An error is one line. Thread:
/// main, once.
[[nodiscard]] std::optional<QString> logToFile(const QString &path, qint64 maxBytes, int count);
/// Why there is no server: a line on stderr, and in the log file where there is one. Thread: main.
void complain(const QString &line);

/// Takes effect at once, on all threads. Thread: any.
void setLogLevel(LogLevel level);
/// "error", "warn", "info" or "debug".
QString logLevelName();

/// What was logged last, for monitors. Thread: any.
monitoring::LogTap &logTap();

} // namespace concierge::app
