#include "app/ProcessStats.h"

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
// After windows.h, whose types it needs.
#include <psapi.h>

namespace concierge::app {

MemoryUsage memoryUsage()
{
    MemoryUsage usage;
    PROCESS_MEMORY_COUNTERS_EX counters = {};
    counters.cb = sizeof(counters);
    auto *basic = reinterpret_cast<PROCESS_MEMORY_COUNTERS *>(&counters);
    if (GetProcessMemoryInfo(GetCurrentProcess(), basic, sizeof(counters)))
        usage = {static_cast<qint64>(counters.WorkingSetSize), static_cast<qint64>(counters.PrivateUsage),
                 static_cast<qint64>(counters.PrivateUsage), 0, 0};
    return usage;
}

} // namespace concierge::app
