#include "app/Service.h"

#include "app/Logging.h"

#include <QByteArray>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace concierge::app {

namespace {

enum class Delivery : quint8 {
    Sure,      ///< waits for its turn, if need be
    BestEffort ///< another one follows
};

/// One datagram to systemd. Source: sd_notify(3), "Notes". Nothing happens where it did not ask for any.
void notify(const QByteArray &state, Delivery delivery = Delivery::Sure)
{
    QByteArray path = qgetenv("NOTIFY_SOCKET");
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const bool isAddress = path.startsWith('/') || path.startsWith('@');
    if (!isAddress || static_cast<std::size_t>(path.size()) >= sizeof address.sun_path)
        return;
    std::memcpy(address.sun_path, path.constData(), static_cast<std::size_t>(path.size()));
    if (path.startsWith('@')) // of the abstract name space
        address.sun_path[0] = '\0';
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return;
    const timeval patience{2, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int flags = MSG_NOSIGNAL | (delivery == Delivery::BestEffort ? MSG_DONTWAIT : 0);
    const auto length =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + static_cast<std::size_t>(path.size()));
    const auto sent = ::sendto(socket, state.constData(), static_cast<std::size_t>(state.size()), flags,
                               reinterpret_cast<const sockaddr *>(&address), length);
    if (sent < 0 && delivery == Delivery::Sure)
        std::fprintf(stderr, "concierge: systemd could not be told: %s\n", std::strerror(errno));
    ::close(socket);
}

/// Values of sd_notify are one line.
QByteArray statusLine(const QString &text)
{
    return "STATUS=" + text.simplified().toUtf8();
}

/// Whether systemd wants to hear from this very process. Source: sd_watchdog_enabled(3).
bool isWatched()
{
    static const bool isWatched =
        qgetenv("WATCHDOG_USEC").toLongLong() > 0 &&
        (qEnvironmentVariableIsEmpty("WATCHDOG_PID") || qgetenv("WATCHDOG_PID").toLongLong() == ::getpid());
    return isWatched;
}

} // namespace

int runService(int argc, char **argv, int (*serve)(int, char **))
{
    return serve(argc, argv);
}

std::optional<int> serviceCommand(const QStringList &)
{
    std::fputs("concierge: systemd has the service here: sudo systemctl start concierge (or stop, restart, "
               "status, enable, disable).\n",
               stderr);
    return 2;
}

void serviceReady(const QString &status)
{
    notify("READY=1\n" + statusLine(status));
}

void serviceAlive()
{
    if (isWatched())
        notify("WATCHDOG=1", Delivery::BestEffort);
}

void serviceStopping(Milliseconds most)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(most).count();
    // Longer than TimeoutStopSec=, if need be; what follows the drain takes its time too.
    constexpr Microseconds margin = std::chrono::seconds(20);
    notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + QByteArray::number(qint64((most + margin).count())) + '\n' +
           statusLine(QStringLiteral("stopping, within %1 s").arg(seconds)));
}

void serviceFailed(const QString &line)
{
    complain(line);
    notify(statusLine(line));
}

} // namespace concierge::app
