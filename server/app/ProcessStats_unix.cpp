#include "app/ProcessStats.h"

#include <dirent.h>
#include <sys/resource.h>

namespace concierge::app {

DescriptorUsage descriptorUsage()
{
    DescriptorUsage usage;
    if (DIR *folder = ::opendir("/dev/fd")) {
        while (const dirent *entry = ::readdir(folder))
            usage.open += entry->d_name[0] == '.' ? 0 : 1;
        ::closedir(folder);
        --usage.open; // the folder's own
    }
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        usage.limit = static_cast<qint64>(limit.rlim_cur);
    return usage;
}

} // namespace concierge::app
