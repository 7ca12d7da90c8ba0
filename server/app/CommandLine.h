#pragma once

#include "app/Config.h"
#include "shared/Result.h"

#include <QStringList>

namespace concierge::app {

struct ExitCode
{
    int value = 0; ///< 0: done, 1: it could not be done, 2: wrong flags or settings
};

/// What happens before there is a server: reads the settings (flags, this process's environment, the
/// configuration file), answers --help and its like on stdout, backs up, restores and shows the status,
/// and sets up the log. Yields what to run with, or the code to exit with; an error was then said in one line
/// on stderr. `arguments` without the program's name. Thread: main.
Result<Config, ExitCode> commandLine(const QStringList &arguments);

} // namespace concierge::app
