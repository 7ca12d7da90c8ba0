#include "app/ProcessStats.h"

#include <mach/mach.h>
#include <malloc/malloc.h>

namespace concierge::app {

MemoryUsage memoryUsage()
{
    MemoryUsage usage;
    mach_task_basic_info info = {};
    mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
    if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info), &count) ==
        KERN_SUCCESS)
        usage.rss = static_cast<qint64>(info.resident_size);
    malloc_statistics_t heap = {};
    malloc_zone_statistics(nullptr, &heap); // nullptr: all zones
    usage.heapTotal = static_cast<qint64>(heap.size_allocated);
    usage.heapUsed = static_cast<qint64>(heap.size_in_use);
    return usage;
}

} // namespace concierge::app
