#include "store/DataFolder.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStorageInfo>

namespace concierge::store {

namespace {

constexpr auto ownersFolder = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;
constexpr auto ownersFile = QFile::ReadOwner | QFile::WriteOwner;

/// Like QDir::mkpath(), but every folder it makes is its owner's alone.
bool makeFolder(const QString &path)
{
    const QFileInfo info(path);
    if (info.isDir())
        return true;
    if (info.exists() || info.dir().path() == path || !makeFolder(info.dir().path()))
        return false;
    return QDir().mkdir(path, ownersFolder) || QFileInfo(path).isDir();
}

/// The nearest part of the path that is there.
QFileInfo nearest(const QString &path)
{
    QFileInfo info(path);
    while (!info.exists() && !info.isRoot())
        info.setFile(info.dir().path());
    return info;
}

QString readOnlyDisk()
{
    return QStringLiteral("the disk is read-only; name a folder that can be written to");
}

QString whyNoFolder(const QString &path)
{
    const QFileInfo info = nearest(path);
    if (!info.isDir()) {
        return (info.filePath() == path ? QStringLiteral("it is a file")
                                        : info.filePath() + QStringLiteral(" is a file")) +
               QStringLiteral("; name a folder");
    }
    if (QStorageInfo(info.filePath()).isReadOnly())
        return readOnlyDisk();
    if (!info.isWritable())
        return QStringLiteral("the folder cannot be made, for this user may not write to ") +
               info.filePath() + QStringLiteral("; make it, and give it to this user");
    return QStringLiteral("the folder cannot be made within ") + info.filePath() +
           QStringLiteral("; is the disk full?");
}

QString whyNoLock(const QLockFile &lock, const QString &path)
{
    if (lock.error() == QLockFile::LockFailedError) {
        qint64 process = 0;
        QString host;
        QString program;
        QString who;
        if (lock.getLockInfo(&process, &host, &program))
            who = QStringLiteral(" (process %1)").arg(process);
        return QStringLiteral("another concierge%1 is using it; stop it, or give each server a folder of its "
                              "own")
            .arg(who);
    }
    constexpr qint64 nearlyNothing = 100'000;
    const QStorageInfo disk(path);
    if (disk.isReadOnly())
        return readOnlyDisk();
    if (lock.error() == QLockFile::PermissionError)
        return QStringLiteral("this user may not write to it; give it to this user");
    if (disk.bytesAvailable() < nearlyNothing)
        return QStringLiteral("the disk is full; make room on it");
    return QStringLiteral("concierge.lock cannot be made in it; look at the disk");
}

} // namespace

DataFolder::DataFolder(const QString &path)
    : m_path(path)
    , m_lock(path + QStringLiteral("/concierge.lock"))
{
    m_lock.setStaleLockTime(0);
}

Result<std::unique_ptr<DataFolder>, StoreError> DataFolder::claim(const QString &given)
{
    const QString path = absolutePath(given);
    if (!makeFolder(path))
        return cannotUse(path, whyNoFolder(path));
    std::unique_ptr<DataFolder> folder(new DataFolder(path)); // its constructor is ours alone
    QLockFile &lock = folder->m_lock;
    // The file may name a process of an earlier container: its number tells nothing, for there another
    // program has it now. Whether somebody holds the file tells all, and one that is held is not removed.
    const auto isFreed = [&lock] {
        return lock.error() == QLockFile::LockFailedError && lock.removeStaleLockFile() && lock.tryLock(0);
    };
    if (!lock.tryLock(0) && !isFreed())
        return cannotUse(path, whyNoLock(lock, path));
    QFile::setPermissions(lock.fileName(), ownersFile);
    return folder;
}

QString DataFolder::absolutePath(const QString &path)
{
    return QDir::cleanPath(QDir().absoluteFilePath(path));
}

QString DataFolder::databasePath(const QString &folder)
{
    return folder + QStringLiteral("/concierge.db");
}

QString DataFolder::backupNotePath(const QString &folder)
{
    return folder + QStringLiteral("/concierge.last-backup");
}

QString DataFolder::unfinishedPath(const QString &folder)
{
    return folder + QStringLiteral("/concierge.db.restoring");
}

} // namespace concierge::store
