#pragma once

#include "transport/Http.h"

namespace concierge::engineio {

/// Bodies below this many bytes are sent as they are.
inline constexpr qsizetype compressionThreshold = 1024;

/// Compresses the body with gzip or deflate where the request's Accept-Encoding prefers or allows it (RFC
/// 9110, section 12.5.3) and the body is large enough; gzip where both are equal. Thread: any.
void compress(transport::HttpResponse &response, const transport::HttpRequest &request);

} // namespace concierge::engineio
