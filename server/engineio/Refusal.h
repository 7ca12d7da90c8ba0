#pragma once

#include "metrics/Metrics.h"
#include "transport/Http.h"

namespace concierge::engineio {

/// Why a request was refused. Forbidden is the gate's, which knows the origins.
enum class Refusal : quint8 {
    UnknownTransport,
    NoWebSocket, ///< a transport unknown to this build
    UnknownSid,
    BadHandshakeMethod,
    BadRequest,
    UnsupportedProtocol,
};

metrics::Refused reasonOf(Refusal refusal); ///< as it is counted

/// The answer to a plain request: `{"code":…,"message":"…"}`. Thread: any.
transport::HttpResponse jsonAnswer(Refusal refusal);
/// The answer to a WebSocket handshake: the message as text.
transport::HttpResponse textAnswer(Refusal refusal);

/// Further answers that refuse.
transport::HttpResponse notFound();
transport::HttpResponse methodNotAllowed(); ///< names GET and POST
transport::HttpResponse shuttingDown();     ///< 503, with Retry-After

} // namespace concierge::engineio
