#include "app/SystemWatch.h"

#include "app/ProcessStats.h"
#include "store/Backup.h"

#include <QStorageInfo>

#include <algorithm>
#include <utility>

namespace concierge::app {

SystemWatch::SystemWatch(QString folder)
    : m_folder(std::move(folder))
    , m_latest(look())
    , m_thread([this] { run(); })
{}

SystemWatch::~SystemWatch()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopping = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

SystemFigures SystemWatch::latest() const
{
    const std::lock_guard lock(m_mutex);
    return m_latest;
}

SystemFigures SystemWatch::look() const
{
    SystemFigures figures;
    const QStorageInfo disk(m_folder);
    if (disk.isValid()) {
        figures.diskFree = std::max<qint64>(disk.bytesAvailable(), 0);
        figures.diskTotal = std::max<qint64>(disk.bytesTotal(), 0);
    }
    const DescriptorUsage descriptors = descriptorUsage();
    figures.descriptors = descriptors.open;
    figures.descriptorsMax = descriptors.limit;
    figures.lastBackup = store::lastBackup(m_folder);
    return figures;
}

void SystemWatch::run()
{
    std::unique_lock lock(m_mutex);
    const auto isStopping = [this] { return m_isStopping; };
    while (!m_wake.wait_for(lock, std::chrono::seconds(intervalSeconds), isStopping)) {
        lock.unlock();
        const SystemFigures figures = look();
        lock.lock();
        m_latest = figures;
    }
}

} // namespace concierge::app
