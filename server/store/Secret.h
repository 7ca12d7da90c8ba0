#pragma once

#include <QByteArray>

namespace concierge::store {

/// 32 bytes that nobody can guess, for Inbox::secret(). Thread: any.
QByteArray makeSecret();

} // namespace concierge::store
