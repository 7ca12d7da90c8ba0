#pragma once

#include "metrics/Metrics.h"
#include "transport/Http.h"

namespace concierge::engineio {

/// Why a request was refused: the reference server's error codes. Forbidden (4) is the gate's, which knows
/// the origins.
enum class Refusal : quint8 {
    UnknownTransport = 0,
    UnknownSid = 1,
    BadHandshakeMethod = 2,
    BadRequest = 3,
    UnsupportedProtocol = 5,
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
