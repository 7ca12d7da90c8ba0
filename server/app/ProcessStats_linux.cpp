#include "app/ProcessStats.h"

#include <QByteArray>
#include <QFile>
#include <QList>

#include <malloc.h>
#include <unistd.h>

namespace concierge::app {

MemoryUsage memoryUsage()
{
    MemoryUsage usage;
    QFile statm(QStringLiteral("/proc/self/statm"));
    if (statm.open(QIODevice::ReadOnly)) {
        // size resident shared text lib data dirty, in pages
        const QList<QByteArray> fields = statm.readAll().split(' ');
        if (fields.size() > 1)
            usage.rss = fields[1].toLongLong() * ::sysconf(_SC_PAGESIZE);
    }
#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
    const struct mallinfo2 heap = ::mallinfo2();
    usage.heapTotal = static_cast<qint64>(heap.arena) + static_cast<qint64>(heap.hblkhd);
    usage.heapUsed = static_cast<qint64>(heap.uordblks) + static_cast<qint64>(heap.hblkhd);
    usage.external = static_cast<qint64>(heap.hblkhd);
#endif
    return usage;
}

} // namespace concierge::app
