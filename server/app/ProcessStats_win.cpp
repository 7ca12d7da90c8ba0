#include "app/ProcessStats.h"

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
// After windows.h, whose types it needs.
#include <psapi.h>

namespace concierge::app {

namespace {

/// FILETIME counts in units of 100 ns.
std::chrono::microseconds toMicroseconds(const FILETIME &time)
{
    const ULARGE_INTEGER ticks{{time.dwLowDateTime, time.dwHighDateTime}};
    return std::chrono::microseconds(static_cast<qint64>(ticks.QuadPart / 10));
}

} // namespace

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

void releaseFreeMemory()
{
    HeapCompact(GetProcessHeap(), 0);
}

ProcessUsage processUsage()
{
    ProcessUsage usage;
    FILETIME created, exited, kernel, user;
    if (GetProcessTimes(GetCurrentProcess(), &created, &exited, &kernel, &user))
        usage.cpuTime = toMicroseconds(kernel) + toMicroseconds(user);
    PROCESS_MEMORY_COUNTERS counters = {};
    counters.cb = sizeof(counters);
    if (GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters)))
        usage.rss = static_cast<qint64>(counters.WorkingSetSize);
    return usage;
}

/// Handles, which sockets are among. Windows sets no limit that could be reached.
DescriptorUsage descriptorUsage()
{
    DWORD handles = 0;
    if (!GetProcessHandleCount(GetCurrentProcess(), &handles))
        return {};
    return {static_cast<qint64>(handles), 0};
}

} // namespace concierge::app
