#include "ProcessProbe.h"

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace concierge::bench {

ProcessUsage usageOf(int pid)
{
    ProcessUsage usage;
    if (pid == 0)
        return usage;
    const std::string folder = "/proc/" + std::to_string(pid);
    std::ifstream stat(folder + "/stat");
    std::string line;
    if (!std::getline(stat, line) || line.rfind(')') == std::string::npos)
        return usage;
    // The name in parentheses may hold anything; counted from behind it, utime and stime are fields 12
    // and 13.
    std::istringstream fields(line.substr(line.rfind(')') + 2));
    std::string field;
    double ticks = 0;
    for (int i = 1; i <= 13 && fields >> field; ++i) {
        if (i >= 12)
            ticks += std::stod(field);
    }
    usage.cpuSeconds = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    std::ifstream statm(folder + "/statm");
    std::int64_t size = 0;
    std::int64_t resident = 0;
    if (statm >> size >> resident)
        usage.rssBytes = resident * ::sysconf(_SC_PAGESIZE);
    std::ifstream status(folder + "/status");
    constexpr std::string_view peak = "VmHWM:";
    while (std::getline(status, line)) {
        if (line.starts_with(peak))
            usage.peakRssBytes = std::stoll(line.substr(peak.size())) * 1'024;
    }
    return usage;
}

} // namespace concierge::bench
