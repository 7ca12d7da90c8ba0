#pragma once

#include "shared/Result.h"

#include <QByteArray>
#include <QFile>
#include <QString>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace concierge::app {

struct LogFileOptions
{
    QString path;
    qint64 maxBytes = 10'000'000;
    int count = 5;                             ///< files that are kept: `path`, `path.1`, …
    std::function<QByteArray(qint64)> leftOut; ///< the line that tells of so many that are missing before it
};

/// The file of LOG_FILE and those before it. Written by a thread of its own: whoever logs hands its line over
/// and goes on, also when the disk hangs. While the file cannot be written its lines wait, for `maxWaiting`
/// bytes; what was left out is counted in the log. The failure is said on stderr, once, and the file tried
/// again each second.
class LogFile
{
public:
    static constexpr qsizetype maxWaiting = 1'048'576; ///< bytes

    /// Opens the file, at its end. An error is one line that names it.
    static Result<std::unique_ptr<LogFile>, QString> open(const LogFileOptions &options);
    /// Writes what waits, if the file takes it.
    ~LogFile();
    LogFile(const LogFile &) = delete;
    LogFile &operator=(const LogFile &) = delete;

    /// One line with its line break. Thread: any; a lock is held for as long as a line takes to be copied.
    void append(QByteArrayView line);
    /// Returns when all lines before are in the file, or after `patience`: for who is about to abort.
    void flush(std::chrono::milliseconds patience);

private:
    explicit LogFile(LogFileOptions options);

    void run();
    bool write(QByteArray &batch);
    bool reopen();
    bool rotate();
    void fails(const QString &why);
    void say(const QString &what) const;

    const LogFileOptions m_options;
    QFile m_file;             // the writer's, once it runs; so are the two below
    bool m_isFailing = false; // to be written
    bool m_isStuck = false;   // it cannot be renamed
    std::mutex m_mutex;       // guards the five below
    std::condition_variable m_wake;
    std::condition_variable m_written;
    QByteArray m_waiting;
    qint64 m_leftOut = 0; // lines
    bool m_isWriting = false;
    bool m_isStopping = false;
    std::thread m_thread; // the last: it uses all of the above
};

} // namespace concierge::app
