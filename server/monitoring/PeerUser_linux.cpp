#include "monitoring/PeerUser.h"
#include "monitoring/UserName.h"

#include <QLocalSocket>

#include <sys/socket.h>

namespace concierge::monitoring {

QString peerUser(const QLocalSocket &socket)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    const auto descriptor = static_cast<int>(socket.socketDescriptor());
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return QStringLiteral("unknown");
    return userName(peer.uid);
}

} // namespace concierge::monitoring
