#include "app/StartWarnings.h"

#include "app/Privileges.h"
#include "transport/WebSocketGate.h"

#include <QLoggingCategory>

namespace concierge::app {

Q_DECLARE_LOGGING_CATEGORY(lcServer)

namespace {

void warnOfTrust(const Config &config)
{
    if (isRoot() && config.runAs.isEmpty())
        qCWarning(lcServer)
            << "runs as root, for DATA_DIR is root's: give it to a user, or name one in RUN_AS;"
               " RUN_AS=root says that root is meant";
    if (!config.keys.isEmpty()) {
        if (config.cors.anyOrigin && !config.authCookie.isEmpty())
            qCWarning(lcServer)
                << "CLIENT_URL is *, and tokens are taken from a cookie: any page that a user opens can"
                   " connect as that user; name the origins in CLIENT_URL, or set AUTH_COOKIE=none";
        if (config.values.value(QStringLiteral("JWT_SECRET")).origin == QLatin1String("flag"))
            qCWarning(lcServer)
                << "JWT_SECRET was given as a flag, which everybody on this machine can read in the list"
                   " of processes: put it into the environment, or into a file (JWT_SECRET_FILE)";
        return;
    }
    if (config.environment == NodeEnvironment::Production)
        qCWarning(lcServer) << "OPEN MODE IN PRODUCTION: anyone who reaches the port may be any user;"
                               " set JWT_SECRET or JWT_PUBLIC_KEY_FILE, or let only trusted networks in";
    else
        qCWarning(lcServer) << "open mode: clients are who they say they are";
}

} // namespace

void warnBeforeServing(const Config &config)
{
    warnOfTrust(config);
    if (isWritableByAll(config.dataDir))
        qCWarning(lcServer).noquote()
            << QStringLiteral("DATA_DIR %1 can be written to by everybody on this machine,"
                              " who may put other files in place of its own: chmod 700 it")
                   .arg(config.dataDir);
    if (!transport::WebSocketGate::isBuiltIn())
        qCWarning(lcServer) << "built without WebSocket: clients use long polling, and those that insist on"
                               " WebSocket are refused";
    if (!config.redisUrl.isEmpty())
        qCWarning(lcServer)
            << "REDIS_URL is set, but this version runs as a single server and does not use it";
}

} // namespace concierge::app
