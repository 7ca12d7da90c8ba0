#include "monitoring/MonitorSocket.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocalSocket>
#include <QLockFile>
#include <QVariant>

#include <cerrno>
#include <cstdio>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace concierge::monitoring {

namespace {

constexpr int patienceMs = 2'000;
constexpr char inodeProperty[] = "inode"; // of the socket file, of a QLocalServer
const QString lockSuffix = QStringLiteral(".lock");
/// QLocalServer binds in a folder of its own in that of the socket, "/.XXXXXX/s", and then renames.
constexpr qsizetype longestFolder = sizeof(sockaddr_un::sun_path) - 1 - 10;

QString pathOf(const QString &name)
{
    return name.startsWith(u'/') ? name : QDir::cleanPath(QDir::tempPath()) + u'/' + name;
}

bool isAnswered(const QString &path)
{
    QLocalSocket probe;
    probe.connectToServer(path);
    if (probe.waitForConnected(patienceMs))
        return true;
    // Refused: nobody listens any more. Everything else leaves the doubt that somebody does.
    return probe.error() != QLocalSocket::ConnectionRefusedError &&
           probe.error() != QLocalSocket::ServerNotFoundError;
}

/// Invalid: there is no such file.
QVariant inodeOf(const QString &path)
{
    struct stat info = {};
    return lstat(QFile::encodeName(path).constData(), &info) == 0 ? QVariant(qulonglong(info.st_ino))
                                                                  : QVariant();
}

std::optional<SocketProblem> whyTaken(const QString &path)
{
    struct stat info = {};
    if (lstat(QFile::encodeName(path).constData(), &info) != 0)
        return std::nullopt;
    if (!S_ISSOCK(info.st_mode))
        return SocketProblem{false, QStringLiteral("there is another file of that name")};
    return isAnswered(path) ? std::optional(SocketProblem{true, QStringLiteral("another server uses it")})
                            : std::nullopt;
}

SocketProblem whyNoLock(QLockFile::LockError error, const QString &folder)
{
    if (error == QLockFile::LockFailedError)
        return {true, QStringLiteral("another server is about to use it")};
    if (error == QLockFile::PermissionError)
        return {false, QStringLiteral("this user may not make files in ") + folder};
    return {false, QStringLiteral("no file can be made in %1: its disk is full, or too many files are open")
                       .arg(folder)};
}

/// What QLocalServer, which does not know what it means to be out of descriptors, calls an unknown error.
SocketProblem whyNoSocket(const QString &words)
{
    const int probe = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (probe < 0 && (errno == EMFILE || errno == ENFILE))
        return {false, QStringLiteral("too many files are open")};
    if (probe >= 0)
        ::close(probe);
    return {false, words};
}

} // namespace

std::optional<SocketProblem> listenOn(QLocalServer &server, const QString &name, SocketAccess access)
{
    const QString path = pathOf(name);
    const QString folder = QFileInfo(path).absolutePath();
    if (!QFileInfo(folder).isDir())
        return SocketProblem{false, QStringLiteral("there is no folder ") + folder};
    const qsizetype bytes = QFile::encodeName(folder).size();
    if (bytes > longestFolder)
        return SocketProblem{false,
                             QStringLiteral("its folder's path has %1 bytes, and a socket's may have %2")
                                 .arg(bytes)
                                 .arg(longestFolder)};
    // QLocalServer puts its socket in the place of any other, also that of one that lives: look first, and
    // let nobody else look meanwhile.
    QLockFile lock(path + lockSuffix);
    if (!lock.tryLock(patienceMs))
        return whyNoLock(lock.error(), folder);
    if (auto problem = whyTaken(path))
        return problem;
    server.setSocketOptions(access == SocketAccess::Group
                                ? QLocalServer::UserAccessOption | QLocalServer::GroupAccessOption
                                : QLocalServer::UserAccessOption);
    if (!server.listen(path))
        return whyNoSocket(server.errorString());
    if (access == SocketAccess::Group) // 0660 for 0770: the x bits mean nothing
        QFile::setPermissions(path,
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::WriteGroup);
    server.setProperty(inodeProperty, inodeOf(path));
    return std::nullopt;
}

void stopListening(QLocalServer &server)
{
    if (!server.isListening())
        return;
    QLockFile lock(server.fullServerName() + lockSuffix); // nobody else listens or ends meanwhile
    (void)lock.tryLock(patienceMs);
    const QByteArray path = QFile::encodeName(server.fullServerName());
    const QVariant inode = inodeOf(server.fullServerName());
    const bool isOthers = inode.isValid() && inode != server.property(inodeProperty);
    const QByteArray aside = path + ".aside-" + QByteArray::number(QCoreApplication::applicationPid());
    const bool isAside = isOthers && std::rename(path.constData(), aside.constData()) == 0;
    server.close();
    if (isAside)
        (void)std::rename(aside.constData(), path.constData());
}

} // namespace concierge::monitoring
