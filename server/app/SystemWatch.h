#pragma once

#include <QString>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace concierge::app {

/// What the system tells of the server's surroundings.
struct SystemFigures
{
    qint64 diskFree = 0;  ///< bytes that the server may take
    qint64 diskTotal = 0; ///< bytes
    qint64 descriptors = 0;
    qint64 descriptorsMax = 0;
    std::optional<qint64> lastBackup; ///< time of day
};

/// Asks the system every ten seconds, on a thread of its own: a file system that hangs holds up nobody else.
/// Thread: any.
class SystemWatch
{
public:
    static constexpr int intervalSeconds = 10;

    /// `folder`: DATA_DIR. Asks once before it returns.
    explicit SystemWatch(QString folder);
    ~SystemWatch();
    SystemWatch(const SystemWatch &) = delete;
    SystemWatch &operator=(const SystemWatch &) = delete;

    SystemFigures latest() const;

private:
    SystemFigures look() const;
    void run();

    const QString m_folder;
    mutable std::mutex m_mutex; // guards the three below
    std::condition_variable m_wake;
    SystemFigures m_latest;
    bool m_isStopping = false;
    std::thread m_thread; // the last: it uses all of the above
};

} // namespace concierge::app
