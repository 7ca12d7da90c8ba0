#pragma once

#include <QString>

class QLocalSocket;

namespace concierge::monitoring {

/// Who is at the other end of a local socket, for the log: "anna (uid 1000)", or "unknown" where the system
/// does not tell. Thread: the socket's.
QString peerUser(const QLocalSocket &socket);

} // namespace concierge::monitoring
