#pragma once

#include "shared/Ids.h"

#include <QByteArrayView>

#include <optional>

namespace concierge::engineio {

/// Workers that a sid can name.
inline constexpr int sidMaxWorkers = 64 * 64;

/// A new sid: 20 characters of base64url, the first two for the worker's index, the other 108 bits from the
/// system's random source. Nothing in it tells when or after whom it was made. Thread: any.
SessionId makeSessionId(int workerIndex);
/// The worker's index in a sid; nothing where the text cannot be one of ours.
std::optional<int> workerOf(QByteArrayView sid);

} // namespace concierge::engineio
