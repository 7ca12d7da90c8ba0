#include "chat/Users.h"

#include "chat/EarlyEvents.h"

#include <algorithm>

namespace concierge::chat {

Socket::Socket(SocketRef name)
    : ref(name)
{}

Socket::~Socket() = default;

Socket *Users::find(const SocketRef &ref)
{
    const auto found = m_sockets.find(ref);
    return found == m_sockets.end() ? nullptr : &found->second;
}

User *Users::find(const UserId &id)
{
    const auto found = m_users.find(id);
    return found == m_users.end() ? nullptr : &found->second;
}

void Users::attach(Socket &socket, User &user)
{
    socket.user = &user;
    const auto at =
        std::upper_bound(user.sockets.begin(), user.sockets.end(), socket.ref.worker,
                         [](quint32 worker, const SocketRef &ref) { return worker < ref.worker; });
    user.sockets.insert(at, socket.ref);
}

void Users::detach(Socket &socket)
{
    std::erase(socket.user->sockets, socket.ref);
    socket.user = nullptr;
}

} // namespace concierge::chat
