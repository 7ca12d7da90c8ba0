#include "app/StartWarnings.h"

#include "app/Privileges.h"
#include "transport/WebSocketGate.h"

#include <QLoggingCategory>

namespace concierge::app {

Q_DECLARE_LOGGING_CATEGORY(lcServer)

namespace {

void warnOfApi(const Config &config)
{
    if (config.values.value(QStringLiteral("API_KEY")).origin == QLatin1String("flag"))
        qCWarning(lcServer)
            << "API_KEY was given as a flag, which everybody on this machine can read in the list"
               " of processes: put it into the environment, or into a file (API_KEY_FILE)";
    if (config.api.url.scheme() == QLatin1String("http") && config.environment == NodeEnvironment::Production)
        qCWarning(lcServer)
            << "API_URL is http, so messages can be read on their way to it; use https, unless it is"
               " on this machine or in a network of your own";
    if (!config.api.keys.isEmpty() && !config.healthBind.isLoopback())
        qCWarning(lcServer)
            << "HEALTH_BIND opens /api to other machines, and HEALTH_PORT speaks http: let only a"
               " network of your own, or a proxy with TLS, reach it";
}

void warnOfRedis(const Config &config)
{
    const auto &url = config.redis.url;
    if (!url)
        return;
    if (!url->password.isEmpty() &&
        config.values.value(QStringLiteral("REDIS_URL")).origin == QLatin1String("flag"))
        qCWarning(lcServer)
            << "REDIS_URL, which holds a password, was given as a flag, which everybody on this machine can"
               " read in the list of processes: put it into the environment, or into a file";
    if (!config.keys.isEmpty() && !config.chatsByToken)
        qCWarning(lcServer)
            << "CHAT_AUTH is open, and users and chats are rooms of one cluster: who joins a chat that has a"
               " user's id hears what other servers send to that user; give them different ids, or set"
               " CHAT_AUTH=token";
}

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
    warnOfApi(config);
    warnOfRedis(config);
    if (!transport::WebSocketGate::isBuiltIn())
        qCWarning(lcServer) << "built without WebSocket: clients use long polling, and those that insist on"
                               " WebSocket are refused";
}

} // namespace concierge::app
