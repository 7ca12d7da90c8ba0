#include "monitoring/MonitorSocket.h"

#include <QLocalServer>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace concierge::monitoring;

namespace {

/// Leaves this process so many descriptors, while it lives.
class DescriptorsLeft
{
public:
    explicit DescriptorsLeft(rlim_t count)
    {
        ::getrlimit(RLIMIT_NOFILE, &m_before);
        const int lowestFree = ::fcntl(STDERR_FILENO, F_DUPFD, 0);
        ::close(lowestFree);
        rlimit limit = m_before;
        limit.rlim_cur = static_cast<rlim_t>(lowestFree) + count;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    ~DescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &m_before); }
    DescriptorsLeft(const DescriptorsLeft &) = delete;
    DescriptorsLeft &operator=(const DescriptorsLeft &) = delete;

private:
    rlimit m_before = {};
};

} // namespace

class TestMonitorSocket : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void outOfDescriptors_isSaidInPlainWords_data()
    {
        QTest::addColumn<int>("left");
        QTest::newRow("none for the lock") << 0;
        QTest::newRow("one for the lock, none for the socket") << 1;
    }

    void outOfDescriptors_isSaidInPlainWords()
    {
        QFETCH(int, left);
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("monitor.sock"));
        QLocalServer server;
        std::optional<SocketProblem> problem;
        {
            const DescriptorsLeft few(static_cast<rlim_t>(left));
            problem = listenOn(server, path, SocketAccess::User);
        }
        QVERIFY(problem);
        QVERIFY(!problem->isInUse);
        QVERIFY2(problem->text.contains(QLatin1String("too many files are open")), qPrintable(problem->text));
        QVERIFY(!listenOn(server, path, SocketAccess::User));
    }
};

QTEST_GUILESS_MAIN(TestMonitorSocket)
#include "tst_monitor_socket.moc"
