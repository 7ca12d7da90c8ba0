#pragma once

#include "chat/Types.h"

#include <QByteArrayView>

namespace concierge::chat {

/// The contract's name of an error: "invalid_payload", "not_registered", …
QByteArrayView toString(ErrorCode code);

} // namespace concierge::chat
