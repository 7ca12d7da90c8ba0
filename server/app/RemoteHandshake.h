#pragma once

#include "shared/Clock.h"
#include "transport/Http.h"

namespace concierge::app {

/// `handshake` of a socket as Node's fetchSockets() gives it: a JSON object of headers, time, address,
/// xdomain, secure, issued, url, query and auth. Without what a client signs in with, which other servers
/// have no use for: the headers Cookie and Authorization, and all of auth. `since`: wall time of its
/// connection. Thread: any. Source: Socket.IO 4.8, Socket.buildHandshake().
QByteArray remoteHandshake(const transport::HttpRequest &request, Milliseconds since);

} // namespace concierge::app
