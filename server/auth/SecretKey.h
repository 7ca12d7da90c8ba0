#pragma once

#include "auth/Key.h"

namespace concierge::auth {

/// HMAC with SHA-2: HS256, HS384, HS512. `secret` is not empty.
std::shared_ptr<const Key> makeSecretKey(QByteArray secret);

/// Takes as long for texts that differ early as for those that differ late.
bool isEqualInConstantTime(QByteArrayView a, QByteArrayView b) noexcept;

} // namespace concierge::auth
