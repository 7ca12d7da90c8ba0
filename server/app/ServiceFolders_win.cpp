#include "app/Config.h"
#include "app/InstalledLayout.h"
#include "app/ServiceSetup_win.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

#include <memory>
#include <windows.h>
// After windows.h, whose types they need.
#include <aclapi.h>
#include <sddl.h>

namespace concierge::app {

namespace {

enum class Rights : quint8 {
    Read,
    Modify,
    ModifyAndDrop ///< and whoever has signed in may put files there, and read none
};

struct LocalFreeDeleter
{
    void operator()(void *memory) const { ::LocalFree(memory); }
};

/// The service's own identity, which exists by its name alone: S-1-5-80 and the SHA-1 of the name in
/// capitals, as five numbers. So it need not be asked for, and is there before the service is.
QString serviceSid()
{
    const QString name = QString::fromWCharArray(serviceName).toUpper();
    const QByteArray hash = QCryptographicHash::hash(
        QByteArrayView(reinterpret_cast<const char *>(name.utf16()), name.size() * 2),
        QCryptographicHash::Sha1);
    QString sid = QStringLiteral("S-1-5-80");
    for (qsizetype at = 0; at < hash.size(); at += 4)
        sid += u'-' + QString::number(qFromLittleEndian<quint32>(hash.constData() + at));
    return sid;
}

/// Everything for the system and administrators, `rights` for the service; inherited by what is in it. Others
/// may at most see names, on their way to the backups.
bool protect(const QString &folder, Rights rights)
{
    // FILE_GENERIC_READ with EXECUTE; the same with WRITE and DELETE.
    const QLatin1String service(rights == Rights::Read ? "0x1200a9" : "0x1301bf");
    const QLatin1String desk(rights == Rights::Read            ? "(A;;0x1200a9;;;IU)"
                             : rights == Rights::ModifyAndDrop ? "(A;;0x1200ab;;;IU)"
                                                               : "");
    const QString text = QStringLiteral("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;%1;;;%2)%3")
                             .arg(service, serviceSid(), desk);
    PSECURITY_DESCRIPTOR raw = nullptr;
    if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(
            reinterpret_cast<const wchar_t *>(text.utf16()), SDDL_REVISION_1, &raw, nullptr))
        return false;
    const std::unique_ptr<void, LocalFreeDeleter> descriptor(raw);
    BOOL isPresent = FALSE;
    BOOL isDefault = FALSE;
    PACL acl = nullptr;
    if (!::GetSecurityDescriptorDacl(raw, &isPresent, &acl, &isDefault))
        return false;
    std::wstring path = QDir::toNativeSeparators(folder).toStdWString();
    const DWORD error = ::SetNamedSecurityInfoW(
        path.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr,
        nullptr, acl, nullptr);
    ::SetLastError(error);
    return error == ERROR_SUCCESS;
}

std::optional<QString> makeFolder(const QString &path, Rights rights)
{
    if (QDir().mkpath(path) && protect(path, rights))
        return std::nullopt;
    return QStringLiteral("%1 cannot be made for the service: %2. Is this window an administrator's?")
        .arg(QDir::toNativeSeparators(path), qt_error_string(int(::GetLastError())).trimmed());
}

std::optional<QString> writeConfig(const QString &path)
{
    QFile file(path);
    if (file.exists())
        return std::nullopt;
    const QByteArray text = installedConfig().toUtf8();
    if (file.open(QIODevice::WriteOnly | QIODevice::NewOnly | QIODevice::Text) &&
        file.write(text) == text.size() && file.flush())
        return std::nullopt;
    return QStringLiteral("%1 cannot be written: %2").arg(QDir::toNativeSeparators(path), file.errorString());
}

} // namespace

std::optional<QString> prepareFolders()
{
    const InstalledLayout &layout = installedLayout();
    if (auto error = makeFolder(QFileInfo(layout.configFile).path(), Rights::Read))
        return error;
    // The server writes backups where the monitor's user says, and this is where it may.
    const QString backups = QFileInfo(layout.configFile).path() + QStringLiteral("/backups");
    if (auto error = makeFolder(backups, Rights::ModifyAndDrop))
        return error;
    if (auto error = makeFolder(layout.dataDir, Rights::Modify))
        return error;
    if (auto error = makeFolder(QFileInfo(layout.logFile).path(), Rights::Modify))
        return error;
    return writeConfig(layout.configFile);
}

} // namespace concierge::app
