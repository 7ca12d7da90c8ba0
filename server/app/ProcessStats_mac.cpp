#include "app/ProcessStats.h"

#include <mach/mach.h>
#include <malloc/malloc.h>
#include <sys/resource.h>

namespace concierge::app {

namespace {

qint64 residentSet()
{
    mach_task_basic_info info = {};
    mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
    if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info), &count) !=
        KERN_SUCCESS)
        return 0;
    return static_cast<qint64>(info.resident_size);
}

std::chrono::microseconds toMicroseconds(const timeval &time)
{
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

} // namespace

MemoryUsage memoryUsage()
{
    MemoryUsage usage;
    usage.rss = residentSet();
    malloc_statistics_t heap = {};
    malloc_zone_statistics(nullptr, &heap); // nullptr: all zones
    usage.heapTotal = static_cast<qint64>(heap.size_allocated);
    usage.heapUsed = static_cast<qint64>(heap.size_in_use);
    return usage;
}

void releaseFreeMemory()
{
    malloc_zone_pressure_relief(nullptr, 0); // all zones, all they can
}

ProcessUsage processUsage()
{
    rusage used = {};
    ::getrusage(RUSAGE_SELF, &used);
    return {toMicroseconds(used.ru_utime) + toMicroseconds(used.ru_stime), residentSet()};
}

} // namespace concierge::app
