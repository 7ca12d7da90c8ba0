#pragma once

#include <cstdio>

namespace concierge::app {

/// Whether `stream` is a terminal that a human looks at. Thread: any.
bool isTerminal(FILE *stream);
/// Whether it may get colours and control sequences; on Windows it is made to take them. NO_COLOR is the
/// caller's business. Thread: any.
bool takesSequences(FILE *stream);

} // namespace concierge::app
