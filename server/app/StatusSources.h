#pragma once

#include <QString>

#include <functional>

namespace concierge::app {

/// Where the health endpoint and the minute's log line get their figures. Each is called on the main thread
/// and returns at once.
struct StatusSources
{
    std::function<qint64()> connections;   ///< Engine.IO sessions now
    std::function<qint64()> usersOnline;   ///< users with a live socket
    std::function<qint64()> usersIdle;     ///< of them, those who are idle
    std::function<qint64()> totalMessages; ///< `sendMessage` taken since the start
    std::function<bool()> isDraining;      ///< a stop was asked for
    std::function<QString()> storeProblem; ///< why what has to wait is refused; empty: it is not
};

} // namespace concierge::app
