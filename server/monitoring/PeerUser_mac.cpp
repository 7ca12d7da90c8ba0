#include "monitoring/PeerUser.h"
#include "monitoring/UserName.h"

#include <QLocalSocket>

#include <unistd.h>

namespace concierge::monitoring {

QString peerUser(const QLocalSocket &socket)
{
    uid_t user = 0;
    gid_t group = 0;
    if (::getpeereid(static_cast<int>(socket.socketDescriptor()), &user, &group) != 0)
        return QStringLiteral("unknown");
    return userName(user);
}

} // namespace concierge::monitoring
