#include "app/PeerUser.h"
#include "app/UserName.h"

#include <QLocalSocket>

#include <unistd.h>

namespace concierge::app {

QString peerUser(const QLocalSocket &socket)
{
    uid_t user = 0;
    gid_t group = 0;
    if (::getpeereid(static_cast<int>(socket.socketDescriptor()), &user, &group) != 0)
        return QStringLiteral("unknown");
    return userName(user);
}

} // namespace concierge::app
