#pragma once

#include "shared/DotEnv.h"

#include <QString>

namespace concierge::monitor {

/// Where the feed of this computer's own server is.
struct OwnSocket
{
    enum class Source {
        Setting, ///< MONITOR_SOCKET, which a server that is started here reads as well
        Standard ///< what is installed here, else the server's default
    };
    QString name;
    Source source = Source::Standard;

    /// As the server finds it: MONITOR_SOCKET of the environment, else of the `.env` in the folder that the
    /// monitor was started in. "none" leaves the standard.
    static OwnSocket find();
    static OwnSocket find(const QString &environment, const QString &dotEnvPath);
};

} // namespace concierge::monitor
