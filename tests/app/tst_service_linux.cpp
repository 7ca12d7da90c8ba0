#include "app/Service.h"

#include <QtTest>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace concierge;
using namespace concierge::app;

/// What systemd hears, by the socket that it would listen on.
class ServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void ready_tellsSoAndTheStatus_data();
    void ready_tellsSoAndTheStatus();
    void status_isOneLine();
    void stopping_tellsHowLong();
    void alive_isTold_whereAWatchdogAsksThisProcess();
    void all_withoutSystemd_doNothing();
    void command_saysWhatToUseInstead();
};

namespace {

/// A datagram socket; NOTIFY_SOCKET names it for as long as it lives.
class Manager
{
public:
    explicit Manager(const QByteArray &name)
        : m_socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));
        if (name.startsWith('@'))
            address.sun_path[0] = '\0';
        const auto length = offsetof(sockaddr_un, sun_path) + static_cast<std::size_t>(name.size());
        if (::bind(m_socket, reinterpret_cast<const sockaddr *>(&address), static_cast<socklen_t>(length)) !=
            0)
            qFatal("cannot bind %s: %s", name.constData(), std::strerror(errno));
        qputenv("NOTIFY_SOCKET", name);
    }
    ~Manager()
    {
        qunsetenv("NOTIFY_SOCKET");
        ::close(m_socket);
    }
    Manager(const Manager &) = delete;
    Manager &operator=(const Manager &) = delete;

    /// The next datagram; it is there by the time that the call which sent it returns.
    QByteArray heard()
    {
        QByteArray text(4'096, '\0');
        const auto size = ::recv(m_socket, text.data(), static_cast<std::size_t>(text.size()), 0);
        return size < 0 ? QByteArray("(nothing)") : text.first(size);
    }

private:
    const int m_socket;
};

QByteArray pathIn(const QTemporaryDir &folder)
{
    return QFile::encodeName(folder.filePath(QStringLiteral("notify")));
}

} // namespace

void ServiceTest::initTestCase()
{
    // As for a service with WatchdogSec=; they are looked at once.
    qputenv("WATCHDOG_USEC", "30000000");
    qputenv("WATCHDOG_PID", QByteArray::number(::getpid()));
}

void ServiceTest::ready_tellsSoAndTheStatus_data()
{
    QTest::addColumn<bool>("isAbstract");
    QTest::newRow("a path") << false;
    QTest::newRow("an abstract name") << true;
}

void ServiceTest::ready_tellsSoAndTheStatus()
{
    QFETCH(bool, isAbstract);
    const QTemporaryDir folder;
    Manager manager(isAbstract ? "@concierge-test-" + QByteArray::number(::getpid()) : pathIn(folder));
    serviceReady(QStringLiteral("listening on http://localhost:4000"));
    QCOMPARE(manager.heard(), QByteArray("READY=1\nSTATUS=listening on http://localhost:4000"));
    QCOMPARE(manager.heard(), QByteArray("(nothing)"));
}

void ServiceTest::status_isOneLine()
{
    const QTemporaryDir folder;
    Manager manager(pathIn(folder));
    serviceFailed(QStringLiteral("PORT: cannot\nlisten"));
    QCOMPARE(manager.heard(), QByteArray("STATUS=PORT: cannot listen"));
}

void ServiceTest::stopping_tellsHowLong()
{
    const QTemporaryDir folder;
    Manager manager(pathIn(folder));
    serviceStopping(Milliseconds(9'001));
    QCOMPARE(manager.heard(),
             QByteArray("STOPPING=1\nEXTEND_TIMEOUT_USEC=29001000\nSTATUS=stopping, within 10 s"));
}

void ServiceTest::alive_isTold_whereAWatchdogAsksThisProcess()
{
    const QTemporaryDir folder;
    Manager manager(pathIn(folder));
    serviceAlive();
    QCOMPARE(manager.heard(), QByteArray("WATCHDOG=1"));
}

void ServiceTest::all_withoutSystemd_doNothing()
{
    qunsetenv("NOTIFY_SOCKET");
    serviceReady(QStringLiteral("listening"));
    serviceAlive();
    serviceStopping(Milliseconds(1));
}

void ServiceTest::command_saysWhatToUseInstead()
{
    QCOMPARE(serviceCommand({QStringLiteral("start")}), std::optional(2));
}

QTEST_GUILESS_MAIN(ServiceTest)
#include "tst_service_linux.moc"
