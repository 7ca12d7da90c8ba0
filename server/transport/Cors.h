#pragma once

#include "transport/Http.h"
#include "transport/IoWorker.h"

namespace concierge::transport {

/// Whether a page of the request's Origin may talk to us: it is listed, or the same as ours (Host), or there
/// is no Origin, as with native clients. Source: Fetch, "CORS protocol". Thread: any.
bool isOriginAllowed(const CorsOptions &options, const HttpRequest &request);
/// Headers for an answer to `request`: `Vary: Origin`, and the permission where its Origin is listed. None at
/// all where CORS is off (no list, not any origin).
HeaderList corsHeaders(const CorsOptions &options, const HttpRequest &request);
/// The answer to a preflight.
HttpResponse preflightResponse(const HttpRequest &request);

} // namespace concierge::transport
