#pragma once

#include "shared/Clock.h"

#include <QString>
#include <QStringList>

#include <optional>

namespace concierge::app {

/// The system's service manager, where one has started this process: systemd (Service_linux.cpp), launchd
/// (Service_mac.cpp) or Windows' (Service_win.cpp). Without one all of this does nothing beyond what it
/// says. Its wish that we stop is one of SignalHandler's. Thread of all: main.

/// Has `serve` run as this process's main function, on whatever thread the service manager wants it to run
/// on. Yields its exit code.
int runService(int argc, char **argv, int (*serve)(int argc, char **argv));

/// `concierge service WORDS`: the exit code, when all was done and said; nothing: go on as a server, with the
/// flags behind the first of `words`.
std::optional<int> serviceCommand(const QStringList &words);

/// The server serves now. `status`: a few words, for those systems that show them.
void serviceReady(const QString &status);
/// All threads answered just now; called each second while they do.
void serviceAlive();
/// It will have stopped after `most`, at the latest.
void serviceStopping(Milliseconds most);
/// There will be no server: one line for the operator, on stderr, in the log file, and where the service
/// manager shows such.
void serviceFailed(const QString &line);

} // namespace concierge::app
