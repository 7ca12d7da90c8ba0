#include "monitoring/PeerUser.h"

#include <QLocalSocket>

#include <array>
#include <memory>
#include <windows.h>

namespace concierge::monitoring {

namespace {

struct CloseHandleDeleter
{
    void operator()(HANDLE handle) const { ::CloseHandle(handle); }
};
using OwnedHandle = std::unique_ptr<void, CloseHandleDeleter>;

QString accountName(PSID sid)
{
    std::array<wchar_t, 256> name{};
    std::array<wchar_t, 256> domain{};
    auto nameSize = static_cast<DWORD>(name.size());
    auto domainSize = static_cast<DWORD>(domain.size());
    SID_NAME_USE use{};
    if (!::LookupAccountSidW(nullptr, sid, name.data(), &nameSize, domain.data(), &domainSize, &use))
        return {};
    return QString::fromWCharArray(domain.data()) + u'\\' + QString::fromWCharArray(name.data());
}

QString processUser(DWORD process)
{
    const OwnedHandle handle(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process));
    HANDLE raw = nullptr;
    if (!handle || !::OpenProcessToken(handle.get(), TOKEN_QUERY, &raw))
        return {};
    const OwnedHandle token(raw);
    alignas(TOKEN_USER) std::array<char, 512> room{};
    DWORD size = 0;
    if (!::GetTokenInformation(token.get(), TokenUser, room.data(), static_cast<DWORD>(room.size()), &size))
        return {};
    return accountName(reinterpret_cast<const TOKEN_USER *>(room.data())->User.Sid);
}

} // namespace

QString peerUser(const QLocalSocket &socket)
{
    ULONG process = 0;
    const auto pipe = reinterpret_cast<HANDLE>(socket.socketDescriptor());
    const QString user = ::GetNamedPipeClientProcessId(pipe, &process) ? processUser(process) : QString();
    return user.isEmpty() ? QStringLiteral("unknown") : user;
}

} // namespace concierge::monitoring
