#include "transport/SocketHandoff.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <limits>

namespace concierge::transport {

qintptr duplicateDescriptor(qintptr descriptor)
{
    return ::fcntl(static_cast<int>(descriptor), F_DUPFD_CLOEXEC, 0);
}

void endWriting(qintptr descriptor)
{
    ::shutdown(static_cast<int>(descriptor), SHUT_WR);
}

void closeDescriptor(qintptr descriptor)
{
    ::close(static_cast<int>(descriptor));
}

qintptr descriptorLimit()
{
    constexpr qintptr none = std::numeric_limits<qintptr>::max();
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return none;
    return static_cast<qintptr>(std::min(limit.rlim_cur, static_cast<rlim_t>(none)));
}

qintptr raiseDescriptorLimit()
{
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
#ifdef OPEN_MAX
        // macOS says that there is no hard limit and refuses more than this.
        limit.rlim_cur = std::min(limit.rlim_cur, static_cast<rlim_t>(OPEN_MAX));
#endif
        ::setrlimit(RLIMIT_NOFILE, &limit); // refused: the old one stays
    }
    return descriptorLimit();
}

} // namespace concierge::transport
