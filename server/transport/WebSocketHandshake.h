#pragma once

#include "transport/Http.h"

#include <optional>

namespace concierge::transport {

/// What is wrong with a request that asks for a WebSocket (RequestParser::isWebSocketUpgrade), as the answer
/// that says so and what would be right; nothing: accept it. Source: RFC 6455, 4.2.1 and 4.4. Thread: any.
std::optional<HttpResponse> refuseHandshake(const HttpRequest &request);
/// The answer to a request that refuseHandshake() has passed, complete. Of the subprotocols and extensions
/// that it may offer none is taken. Source: RFC 6455, 4.2.2. Thread: any.
QByteArray acceptHandshake(const HttpRequest &request);

} // namespace concierge::transport
