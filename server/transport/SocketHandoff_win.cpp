#include "transport/SocketHandoff.h"

#include <winsock2.h>

#include <windows.h>

#include <limits>

namespace concierge::transport {

qintptr duplicateDescriptor(qintptr descriptor)
{
    WSAPROTOCOL_INFOW info;
    if (WSADuplicateSocketW(static_cast<SOCKET>(descriptor), GetCurrentProcessId(), &info) != 0)
        return -1;
    const SOCKET copy =
        WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    return copy == INVALID_SOCKET ? -1 : static_cast<qintptr>(copy);
}

void endWriting(qintptr descriptor)
{
    ::shutdown(static_cast<SOCKET>(descriptor), SD_SEND);
}

void closeDescriptor(qintptr descriptor)
{
    ::closesocket(static_cast<SOCKET>(descriptor));
}

// Windows has no limit of this kind.
qintptr descriptorLimit()
{
    return std::numeric_limits<qintptr>::max();
}

qintptr raiseDescriptorLimit()
{
    return descriptorLimit();
}

} // namespace concierge::transport
