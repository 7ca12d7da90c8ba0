#include "monitoring/MonitorSocket.h"

#include <QVariant>

#include <array>
#include <memory>
#include <windows.h>
// After windows.h, whose types it needs.
#include <sddl.h>

namespace concierge::monitoring {

namespace {

constexpr char guardProperty[] = "guard"; // handle of a QLocalServer's pipe

struct HandleCloser
{
    void operator()(HANDLE handle) const { ::CloseHandle(handle); }
};
using OwnedHandle = std::unique_ptr<void, HandleCloser>;

struct LocalFreeDeleter
{
    void operator()(void *memory) const { ::LocalFree(memory); }
};

QString ownUser()
{
    HANDLE raw = nullptr;
    if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &raw))
        return {};
    const OwnedHandle token(raw);
    alignas(TOKEN_USER) std::array<char, 512> room{};
    DWORD size = 0;
    LPWSTR text = nullptr;
    if (!::GetTokenInformation(token.get(), TokenUser, room.data(), DWORD(room.size()), &size) ||
        !::ConvertSidToStringSidW(reinterpret_cast<const TOKEN_USER *>(room.data())->User.Sid, &text))
        return {};
    const std::unique_ptr<void, LocalFreeDeleter> owned(text);
    return QString::fromWCharArray(text);
}

/// Whether a service manager started us, so that nobody at a desk is our user.
bool isService()
{
    std::array<BYTE, SECURITY_MAX_SID_SIZE> sid{};
    auto size = DWORD(sid.size());
    BOOL isMember = FALSE;
    return ::CreateWellKnownSid(WinServiceSid, nullptr, sid.data(), &size) &&
           ::CheckTokenMembership(nullptr, sid.data(), &isMember) && isMember;
}

/// Nobody over the network, whoever it is, and no anonymous one. All for our user, the system and
/// administrators; and to whoever has signed in on this computer, at its desk or its remote desktop, as much
/// as a client needs: an administrator's own programs run without that right until Windows has asked.
QString rightsOf(SocketAccess access)
{
    const bool isForAll = access == SocketAccess::Group || isService();
    return QStringLiteral("D:P(D;;GA;;;NU)(D;;GA;;;AN)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%1)%2")
        .arg(ownUser(), isForAll ? QStringLiteral("(A;;GRGW;;;IU)") : QString());
}

/// A pipe's rights are those of its first instance, and QLocalServer makes its own with the rights of a user
/// who is not the one at the desk. So the first one is ours: nobody can have been there before, and nobody is
/// answered by it, because it has had its only client.
OwnedHandle makeGuard(const QString &path, SocketAccess access)
{
    PSECURITY_DESCRIPTOR raw = nullptr;
    if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(
            reinterpret_cast<const wchar_t *>(rightsOf(access).utf16()), SDDL_REVISION_1, &raw, nullptr))
        return nullptr;
    const std::unique_ptr<void, LocalFreeDeleter> descriptor(raw);
    SECURITY_ATTRIBUTES attributes{sizeof attributes, raw, FALSE};
    const auto name = reinterpret_cast<const wchar_t *>(path.utf16());
    // Kind and number of instances as QLocalServer asks for: all of a pipe must agree.
    const HANDLE made = ::CreateNamedPipeW(
        name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES, 0, 0, 3'000, &attributes);
    if (made == INVALID_HANDLE_VALUE)
        return nullptr;
    OwnedHandle guard(made);
    const HANDLE client = ::CreateFileW(name, GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0, nullptr);
    if (client == INVALID_HANDLE_VALUE)
        return nullptr;
    ::CloseHandle(client);
    return guard;
}

/// Asked first, because not every system knows that of a first instance.
bool exists(const QString &path)
{
    constexpr DWORD patienceMs = 1;
    return ::WaitNamedPipeW(reinterpret_cast<const wchar_t *>(path.utf16()), patienceMs) ||
           ::GetLastError() != ERROR_FILE_NOT_FOUND;
}

SocketProblem whyNot(DWORD error)
{
    // Refused: there is a first instance already.
    if (error == ERROR_ACCESS_DENIED || error == ERROR_PIPE_BUSY || error == ERROR_ALREADY_EXISTS)
        return {true, QStringLiteral("another server uses it")};
    return {false, qt_error_string(int(error)).trimmed()};
}

} // namespace

std::optional<SocketProblem> listenOn(QLocalServer &server, const QString &name, SocketAccess access)
{
    const QString prefix = QStringLiteral("\\\\.\\pipe\\");
    const QString path = name.startsWith(prefix, Qt::CaseInsensitive) ? name : prefix + name;
    stopListening(server); // the guard of a server that has lost its pipe would be in its own way
    if (exists(path))
        return SocketProblem{true, QStringLiteral("another server uses it")};
    OwnedHandle guard = makeGuard(path, access);
    if (!guard)
        return whyNot(::GetLastError());
    if (!server.listen(name))
        return SocketProblem{false, server.errorString()};
    server.setProperty(guardProperty, QVariant(qulonglong(reinterpret_cast<quintptr>(guard.release()))));
    return std::nullopt;
}

void stopListening(QLocalServer &server)
{
    server.close();
    const auto guard = quintptr(server.property(guardProperty).toULongLong());
    server.setProperty(guardProperty, QVariant());
    if (guard != 0)
        ::CloseHandle(reinterpret_cast<HANDLE>(guard));
}

} // namespace concierge::monitoring
