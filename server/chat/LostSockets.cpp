#include "chat/LostSockets.h"

#include "chat/Inbox.h"

#include <utility>

namespace concierge::chat {

namespace {

constexpr qint64 socketBytes = 1'000; // a lost socket itself, with its ids and places in the maps

} // namespace

void LostSockets::insert(Socket &socket)
{
    if (!socket.pid.isEmpty())
        m_byPid.insert(socket.pid, &socket);
}

void LostSockets::remove(Socket &socket)
{
    if (socket.lost)
        forget(socket);
    if (!socket.pid.isEmpty())
        m_byPid.remove(socket.pid);
}

bool LostSockets::lose(Socket &socket, Lost lost, Milliseconds now)
{
    if (socket.pid.isEmpty() || m_options.recoveryWindow <= Milliseconds(0))
        return false;
    lost.until = now + m_options.recoveryWindow;
    lost.bytes = socketBytes;
    if (socket.stream) {
        for (const Sent &sent : socket.stream->log)
            lost.bytes += costOf(sent.push);
    }
    m_bytes += lost.bytes;
    if (!lost.user.isEmpty())
        m_byUser[lost.user].push_back(&socket);
    socket.lost = std::make_unique<Lost>(std::move(lost));
    m_places[&socket] = m_order.insert(m_order.end(), &socket);
    endOverLimit();
    return true;
}

std::span<Socket *const> LostSockets::of(const UserId &user) const
{
    if (m_byUser.empty())
        return {};
    const auto found = m_byUser.find(user);
    return found == m_byUser.end() ? std::span<Socket *const>() : std::span<Socket *const>(found->second);
}

void LostSockets::grew(Socket &socket, qint64 bytes)
{
    socket.lost->bytes += bytes;
    m_bytes += bytes;
    endOverLimit();
}

void LostSockets::forget(Socket &socket)
{
    const auto place = m_places.find(&socket);
    m_order.erase(place->second);
    m_places.erase(place);
    m_bytes -= socket.lost->bytes;
    if (const auto found = m_byUser.find(socket.lost->user); found != m_byUser.end()) {
        std::erase(found->second, &socket);
        if (found->second.empty())
            m_byUser.erase(found);
    }
}

void LostSockets::end(Socket &socket)
{
    remove(socket);
    m_users.disconnect(socket);
}

void LostSockets::endOverLimit()
{
    while (m_bytes > m_options.recoveryMaxBytes && !m_order.empty())
        end(*m_order.front());
}

void LostSockets::run(Milliseconds now)
{
    while (!m_order.empty() && m_order.front()->lost->until <= now)
        end(*m_order.front());
}

std::optional<Milliseconds> LostSockets::next() const
{
    return m_order.empty() ? std::nullopt : std::optional(m_order.front()->lost->until);
}

} // namespace concierge::chat
