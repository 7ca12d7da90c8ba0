#pragma once

#include <QtGlobal>

namespace concierge::store {

/// What a commit survives.
enum class Durability : quint8 {
    Full,   ///< also that the power fails: it waits for the disk
    Relaxed ///< the end of the process; the last commits may be gone after the power has failed
};

} // namespace concierge::store
