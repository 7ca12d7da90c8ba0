#include "app/Privileges.h"

#include "app/ConfigTable.h"
#include "store/DataFolder.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef Q_OS_LINUX
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

namespace concierge::app {

namespace {

struct Account
{
    uid_t user = 0;
    gid_t group = 0;
    QByteArray name; ///< empty: a number without a name, as in containers
};

std::optional<Account> accountOf(const QString &user)
{
    const passwd *entry = ::getpwnam(QFile::encodeName(user).constData());
    if (!entry)
        return std::nullopt;
    return Account{entry->pw_uid, entry->pw_gid, entry->pw_name};
}

/// Whom the folder belongs to; or, as long as it is not there, the one it will be made in.
Account ownerOf(const QString &folder)
{
    QFileInfo info(store::DataFolder::absolutePath(folder));
    while (!info.exists() && !info.isRoot())
        info.setFile(info.dir().path());
    Account account{info.ownerId(), info.groupId(), {}};
    if (const passwd *entry = ::getpwuid(account.user)) {
        account.name = entry->pw_name;
        account.group = entry->pw_gid;
    }
    return account;
}

#ifdef Q_OS_LINUX

/// A change of user takes all capabilities from the thread but those that are kept by force.
void keepCapabilities(bool doesKeep)
{
    ::prctl(PR_SET_KEEPCAPS, doesKeep ? 1 : 0, 0, 0, 0);
}

/// All but the right to listen on ports below 1024. Where that was none of ours, nothing.
void leaveCapabilities()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capget, &header, had) != 0)
        return;
    constexpr __u32 listens = 1U << CAP_NET_BIND_SERVICE;
    __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {};
    has[0].permitted = had[0].permitted & listens;
    has[0].effective = has[0].permitted;
    ::syscall(SYS_capset, &header, has);
}

#else

void keepCapabilities(bool) {}
void leaveCapabilities() {}

#endif

bool become(const Account &account)
{
    const bool hasGroups = account.name.isEmpty()
                               ? ::setgroups(0, nullptr) == 0
                               : ::initgroups(account.name.constData(), static_cast<int>(account.group)) == 0;
    if (!hasGroups || ::setgid(account.group) != 0)
        return false;
    keepCapabilities(true);
    const bool isUser = ::setuid(account.user) == 0;
    keepCapabilities(false);
    if (!isUser)
        return false;
    leaveCapabilities();
    return ::setuid(0) != 0; // there is no way back
}

} // namespace

bool isRoot()
{
    return ::geteuid() == 0;
}

bool isUser(const QString &user)
{
    return user.isEmpty() || accountOf(user);
}

Result<QString, PrivilegeError> leaveRoot(const QString &user, const QString &dataDir)
{
    const auto named = accountOf(user);
    if (!isRoot()) {
        if (named && named->user != ::geteuid())
            return PrivilegeError{
                QStringLiteral(
                    "RUN_AS: only root can become %1; start the server as root or as %1, or remove RUN_AS")
                    .arg(user)};
        return QString();
    }
    const Account account = user.isEmpty() ? ownerOf(dataDir) : named.value_or(Account{});
    if (account.user == 0)
        return QString();
    const QString name =
        account.name.isEmpty() ? QString::number(account.user) : QString::fromLocal8Bit(account.name);
    if (!become(account))
        return PrivilegeError{QStringLiteral("RUN_AS: cannot become %1 (%2)")
                                  .arg(name, QString::fromLocal8Bit(std::strerror(errno)))};
    return name;
}

void giveToOwnerOf(const QString &folder)
{
    const QFileInfo owner(store::DataFolder::absolutePath(folder));
    if (!isRoot() || owner.ownerId() == 0)
        return;
    for (const QFileInfo &file : QDir(owner.filePath()).entryInfoList(QDir::Files | QDir::Hidden)) {
        if (file.ownerId() == 0) [[maybe_unused]]
            const auto done =
                ::lchown(QFile::encodeName(file.filePath()).constData(), owner.ownerId(), owner.groupId());
    }
}

bool isWritableByAll(const QString &folder)
{
    return QFileInfo(folder).permissions().testFlag(QFile::WriteOther);
}

void setCoreDumps(bool areAllowed)
{
    if (!areAllowed) {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        return;
    }
#ifdef Q_OS_LINUX
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); // which a change of user takes
#endif
}

void hideSecretArguments(int argc, char **argv)
{
    for (const Setting &setting : settings()) {
        if (!setting.isSecret)
            continue;
        const QByteArray flag = flagOf(setting).toLatin1();
        for (int i = 1; i < argc; ++i) {
            const QByteArrayView word(argv[i]);
            if (word == flag && i + 1 < argc)
                std::memset(argv[i + 1], '*', std::strlen(argv[i + 1]));
            else if (word.startsWith(flag) && word.size() > flag.size() && word[flag.size()] == '=')
                std::memset(argv[i] + flag.size() + 1, '*',
                            static_cast<std::size_t>(word.size() - flag.size() - 1));
        }
    }
}

} // namespace concierge::app
