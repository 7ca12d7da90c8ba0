#pragma once

#include "app/CommandLine.h"

namespace concierge::app {

/// `concierge status`: asks the server on MONITOR_SOCKET and prints what it says. Exit codes: 0 healthy; 1 an
/// alert that is more than a notice, stopping, or no answer within five seconds; 2 not running. Errors are
/// one line on stderr. With --watch it goes on until it is ended. Thread: main; needs no event loop.
ExitCode showStatus(const Invocation &invocation);

} // namespace concierge::app
