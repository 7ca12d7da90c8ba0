#include "app/LogFile.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace concierge::app {

namespace {

constexpr std::chrono::seconds pause{1}; // between two tries of a file that fails

QString whyNot(const QFile &file)
{
    const QFileInfo info(file.fileName());
    if (!info.absoluteDir().exists())
        return QStringLiteral("there is no folder ") + info.absolutePath();
    return info.isDir() ? QStringLiteral("it is a folder") : file.errorString();
}

bool openAtEnd(QFile &file)
{
    return file.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered);
}

} // namespace

Result<std::unique_ptr<LogFile>, QString> LogFile::open(const LogFileOptions &options)
{
    std::unique_ptr<LogFile> log(new LogFile(options));
    if (!openAtEnd(log->m_file))
        return QStringLiteral("LOG_FILE: cannot write to %1: %2. Name a file that this user may write, or "
                              "none for stderr.")
            .arg(options.path, whyNot(log->m_file));
    log->m_thread = std::thread(&LogFile::run, log.get());
    return log;
}

LogFile::LogFile(LogFileOptions options)
    : m_options(std::move(options))
    , m_file(m_options.path)
{}

LogFile::~LogFile()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

void LogFile::append(QByteArrayView line)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_waiting.size() + line.size() > maxWaiting) {
            ++m_leftOut;
            return;
        }
        m_waiting.append(line);
    }
    m_wake.notify_one();
}

void LogFile::flush(std::chrono::milliseconds patience)
{
    std::unique_lock lock(m_mutex);
    m_written.wait_for(lock, patience, [this] { return m_waiting.isEmpty() && !m_isWriting; });
}

void LogFile::run()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return !m_waiting.isEmpty() || m_isStopping; });
        if (m_waiting.isEmpty())
            return;
        QByteArray batch = std::exchange(m_waiting, {});
        if (const qint64 leftOut = std::exchange(m_leftOut, 0); leftOut > 0)
            batch += m_options.leftOut(leftOut);
        m_isWriting = true;
        lock.unlock();
        const bool isWritten = write(batch);
        lock.lock();
        m_isWriting = false;
        if (isWritten) {
            m_written.notify_all();
            continue;
        }
        m_waiting.prepend(batch);
        if (m_isStopping)
            return;
        m_wake.wait_for(lock, pause, [this] { return m_isStopping; });
    }
}

/// Takes from `batch` what is in the file. False: there is a rest.
bool LogFile::write(QByteArray &batch)
{
    while (!batch.isEmpty()) {
        if (!reopen())
            return false;
        const qsizetype line = batch.indexOf('\n') + 1;
        if (m_file.size() > 0 && m_file.size() + line > m_options.maxBytes && !rotate())
            return false;
        // As many lines as there is room for, and one in any case.
        const qint64 room = std::clamp<qint64>(m_options.maxBytes - m_file.size(), 0, batch.size());
        const qsizetype length = std::max(line, batch.first(room).lastIndexOf('\n') + 1);
        const qint64 written = m_file.write(batch.constData(), length);
        batch.remove(0, std::max<qint64>(written, 0));
        if (written < length) {
            fails(written < 0 ? m_file.errorString() : QStringLiteral("the disk is full"));
            m_file.close();
            return false;
        }
    }
    if (std::exchange(m_isFailing, false))
        say(QStringLiteral("is written again"));
    return true;
}

/// Somebody may have moved the file away, removed it, or put another one in its place. Nobody else writes to
/// it: one of another size is another one.
bool LogFile::reopen()
{
    const QFileInfo there(m_options.path);
    if (m_file.isOpen() && there.isFile() && there.size() == m_file.size())
        return true;
    m_file.close();
    if (openAtEnd(m_file))
        return true;
    fails(whyNot(m_file));
    return false;
}

/// What cannot be renamed grows on. False: there is no file any more.
bool LogFile::rotate()
{
    const auto name = [this](int number) {
        return number == 0 ? m_options.path : m_options.path + u'.' + QString::number(number);
    };
    m_file.close();
    // The oldest one goes; the one before takes its place, and so on.
    bool isDone = !QFileInfo::exists(name(m_options.count - 1)) || QFile::remove(name(m_options.count - 1));
    for (int number = m_options.count - 1; number > 0; --number) {
        if (QFileInfo::exists(name(number - 1)))
            isDone = QFile::rename(name(number - 1), name(number)) && isDone;
    }
    if (std::exchange(m_isStuck, !isDone) == isDone)
        say(isDone ? QStringLiteral("is renamed again") : QStringLiteral("cannot be renamed, and grows on"));
    return reopen();
}

void LogFile::fails(const QString &why)
{
    if (!std::exchange(m_isFailing, true))
        say(QStringLiteral("cannot be written: %1. It is tried again each second.").arg(why));
}

void LogFile::say(const QString &what) const
{
    std::fprintf(stderr, "concierge: LOG_FILE %s %s\n", qPrintable(m_options.path), qPrintable(what));
}

} // namespace concierge::app
