#include "transport/SocketHandoff.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

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

} // namespace concierge::transport
