#pragma once

#include "app/Config.h"

namespace concierge::app {

/// Logs what an operator must know before the first client comes. Thread: main.
void warnBeforeServing(const Config &config);

} // namespace concierge::app
