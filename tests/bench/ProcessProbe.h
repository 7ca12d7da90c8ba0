#pragma once

#include <cstdint>

namespace concierge::bench {

struct ProcessUsage
{
    double cpuSeconds = 0; ///< user and system, all threads; in steps of a clock tick
    std::int64_t rssBytes = 0;
    std::int64_t peakRssBytes = 0; ///< the most it ever was
};

/// Reads /proc/<pid>; zeros for a pid of 0 or a process that is gone.
ProcessUsage usageOf(int pid);

} // namespace concierge::bench
