#include "app/ProcessStats.h"

#include <QByteArray>
#include <QFile>
#include <QList>

#include <malloc.h>
#include <time.h>
#include <unistd.h>

namespace concierge::app {

namespace {

qint64 residentSet()
{
    QFile statm(QStringLiteral("/proc/self/statm"));
    if (!statm.open(QIODevice::ReadOnly))
        return 0;
    // size resident shared text lib data dirty, in pages
    const QList<QByteArray> fields = statm.readAll().split(' ');
    return fields.size() > 1 ? fields[1].toLongLong() * ::sysconf(_SC_PAGESIZE) : 0;
}

} // namespace

MemoryUsage memoryUsage()
{
    MemoryUsage usage;
    usage.rss = residentSet();
#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
    const struct mallinfo2 heap = ::mallinfo2();
    usage.heapTotal = static_cast<qint64>(heap.arena) + static_cast<qint64>(heap.hblkhd);
    usage.heapUsed = static_cast<qint64>(heap.uordblks) + static_cast<qint64>(heap.hblkhd);
    usage.external = static_cast<qint64>(heap.hblkhd);
#endif
    return usage;
}

void releaseFreeMemory()
{
#if defined(__GLIBC__)
    ::malloc_trim(0);
#endif
}

ProcessUsage processUsage()
{
    timespec cpu = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return {std::chrono::microseconds(cpu.tv_sec * 1'000'000 + cpu.tv_nsec / 1'000), residentSet()};
}

} // namespace concierge::app
