#include "app/Logging.h"

#include "app/EventEncoder.h"
#include "app/LogFile.h"
#include "shared/Clock.h"
#include "socketio/Json.h"

#include <QLoggingCategory>

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcProcess, "concierge.process")

namespace {

std::atomic<LogFormat> logFormat{LogFormat::Text};
std::atomic<LogLevel> logLevel{LogLevel::Info};
std::atomic<LogFile *> logFile{nullptr}; // none: stderr

/// Of the process. What is logged after it has ended goes to stderr.
struct OwnLogFile
{
    ~OwnLogFile() { logFile.store(nullptr); }
    std::unique_ptr<LogFile> file;
};

QByteArrayView levelName(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return "debug";
    case QtInfoMsg:
        return "info";
    case QtWarningMsg:
        return "warn";
    case QtCriticalMsg:
    case QtFatalMsg:
        return "error";
    }
    return "info";
}

/// A line break in a message, or a terminal's control sequence, must not pass for something the server wrote.
void appendEscaped(QByteArray &line, QByteArrayView message)
{
    for (const char c : message) {
        const auto unit = static_cast<unsigned char>(c);
        if (c == '\\')
            line += "\\\\";
        else if (c == '\n')
            line += "\\n";
        else if (unit < 0x20 || unit == 0x7F)
            line += "\\x" + QByteArray::number(unit, 16).rightJustified(2, '0');
        else
            line += c;
    }
}

QByteArray textLine(QByteArrayView time, QByteArrayView level, QByteArrayView category,
                    QByteArrayView message)
{
    QByteArray line;
    line.reserve(time.size() + level.size() + category.size() + message.size() + 8);
    for (const QByteArrayView part : {time, level, category}) {
        line.append(part);
        line += ' ';
    }
    appendEscaped(line, message);
    return line + '\n';
}

QByteArray jsonLine(QByteArrayView time, QByteArrayView level, QByteArrayView category,
                    QByteArrayView message)
{
    QByteArray line = "{\"time\":";
    json::appendQuoted(line, time);
    line += ",\"level\":";
    json::appendQuoted(line, level);
    line += ",\"category\":";
    json::appendQuoted(line, category);
    line += ",\"message\":";
    json::appendQuoted(line, message);
    return line + "}\n";
}

void writeToStderr(const QByteArray &line)
{
    // One call: stdio locks the stream, so lines of different threads do not mix.
    std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stderr);
}

void writeLine(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    const Milliseconds now = SystemClock().wall();
    const char *const category = context.category ? context.category : "default";
    const QByteArray line = logLine(logFormat.load(std::memory_order_relaxed), now, type, category, message);
    if (LogFile *const file = logFile.load(std::memory_order_acquire)) {
        file->append(line);
        if (type == QtFatalMsg) // the process ends with it
            file->flush(std::chrono::seconds(2));
    } else {
        writeToStderr(line);
    }
    logTap().append(
        {now.count(), QString::fromLatin1(levelName(type)), QString::fromUtf8(category), message});
}

/// Who changed something is in the log at every level.
QLatin1String rulesOf(LogLevel level)
{
    switch (level) {
    case LogLevel::Error:
        return QLatin1String("*.debug=false\n*.info=false\n*.warning=false\nconcierge.audit.info=true");
    case LogLevel::Warn:
        return QLatin1String("*.debug=false\n*.info=false\nconcierge.audit.info=true");
    case LogLevel::Info:
        return QLatin1String("*.debug=false");
    case LogLevel::Debug:
        return QLatin1String("concierge.*.debug=true\nqt.*.debug=false");
    }
    return {};
}

} // namespace

QByteArray logLine(LogFormat format, Milliseconds time, QtMsgType type, QByteArrayView category,
                   const QString &message)
{
    const QByteArray timestamp = isoTimestamp(time);
    const QByteArray text = message.toUtf8();
    return format == LogFormat::Json ? jsonLine(timestamp, levelName(type), category, text)
                                     : textLine(timestamp, levelName(type), category, text);
}

void installLogging(LogLevel level, LogFormat format)
{
    logFormat.store(format, std::memory_order_relaxed);
    setLogLevel(level);
    qInstallMessageHandler(writeLine);
}

std::optional<QString> logToFile(const QString &path, qint64 maxBytes, int count)
{
    static OwnLogFile own;
    const auto leftOut = [](qint64 lines) {
        return logLine(logFormat.load(std::memory_order_relaxed), SystemClock().wall(), QtWarningMsg,
                       "concierge.log",
                       QStringLiteral("%1 lines are missing: the log file could not be written").arg(lines));
    };
    auto file = LogFile::open({path, maxBytes, count, leftOut});
    if (!file)
        return file.error();
    own.file = std::move(file).value();
    logFile.store(own.file.get(), std::memory_order_release);
    return std::nullopt;
}

void complain(const QString &line)
{
    writeToStderr("concierge: " + line.toUtf8() + '\n');
    if (logFile.load() != nullptr)
        qCCritical(lcProcess).noquote() << line;
}

void setLogLevel(LogLevel level)
{
    logLevel.store(level, std::memory_order_relaxed);
    QLoggingCategory::setFilterRules(rulesOf(level));
}

QString logLevelName()
{
    constexpr std::array<const char *, 4> names{"error", "warn", "info", "debug"};
    return QLatin1String(names[static_cast<std::size_t>(logLevel.load(std::memory_order_relaxed))]);
}

monitoring::LogTap &logTap()
{
    static monitoring::LogTap tap;
    return tap;
}

} // namespace concierge::app
