#include "monitoring/MonitorSocket.h"

#include <QLocalSocket>

namespace concierge::monitoring {

namespace {

constexpr int patienceMs = 2'000;

bool isAnswered(const QString &name)
{
    QLocalSocket probe;
    probe.connectToServer(name);
    return probe.waitForConnected(patienceMs) || probe.error() != QLocalSocket::ServerNotFoundError;
}

} // namespace

// A pipe's owner group is the administrators' where an administrator's process makes it: with the group they
// have access too.
std::optional<SocketProblem> listenOn(QLocalServer &server, const QString &name, SocketAccess)
{
    if (isAnswered(name))
        return SocketProblem{true, QStringLiteral("another server uses it")};
    server.setSocketOptions(QLocalServer::UserAccessOption | QLocalServer::GroupAccessOption);
    if (!server.listen(name))
        return SocketProblem{false, server.errorString()};
    return std::nullopt;
}

void stopListening(QLocalServer &server)
{
    server.close();
}

} // namespace concierge::monitoring
