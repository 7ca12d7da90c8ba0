#include "chat/Reading.h"
#include "chat/Streams.h"

#include <algorithm>

/// Streams, of what senders were told is not taken, or expired, while a socket may turn out to have it.
namespace concierge::chat {

namespace {

constexpr std::size_t maxDoubts = 1'000; // of a user

} // namespace

/// Sockets that have not been sent it yet will not be.
void Streams::dropKept(const UserId &userId, InboxPosition position)
{
    const User *user = m_users.find(userId);
    if (!user)
        return;
    for (const SocketRef &ref : user->sockets) {
        if (const auto &reading = m_users.find(ref)->stream->reading)
            reading->drop(position);
    }
}

bool Streams::isInALog(const UserId &userId, InboxPosition position) const
{
    const auto has = [position](const Socket &socket) {
        const auto &log = socket.stream->log;
        const auto at =
            std::lower_bound(log.begin(), log.end(), position,
                             [](const Sent &sent, InboxPosition wanted) { return sent.cursor < wanted; });
        return at != log.end() && at->position == position;
    };
    const User *user = m_users.find(userId);
    const auto lost = m_lost.of(userId);
    return (user && std::any_of(user->sockets.begin(), user->sockets.end(),
                                [&](const SocketRef &ref) { return has(*m_users.find(ref)); })) ||
           std::any_of(lost.begin(), lost.end(), [&](const Socket *socket) { return has(*socket); });
}

void Streams::doubt(const UserId &user, InboxPosition position, quint64 evidence)
{
    if (!isInALog(user, position))
        return;
    auto &doubts = m_lines[user].doubts;
    if (doubts.size() == maxDoubts)
        doubts.erase(doubts.begin());
    doubts.push_back({position, evidence});
    tidy(user); // somebody has to look at it again
}

/// What no socket can prove any more is certain: nobody has it.
void Streams::dropCertain(const UserId &user, Line &line) const
{
    std::erase_if(line.doubts, [&](const Doubt &doubt) { return !isInALog(user, doubt.position); });
}

bool Streams::isInDoubt(const UserId &user, quint64 evidence)
{
    const auto line = m_lines.find(user);
    if (line == m_lines.end())
        return false;
    auto &doubts = line->second.doubts;
    const auto doubt = std::find_if(doubts.begin(), doubts.end(),
                                    [evidence](const Doubt &each) { return each.evidence == evidence; });
    if (doubt == doubts.end())
        return false;
    if (isInALog(user, doubt->position))
        return true;
    doubts.erase(doubt);
    return false;
}

bool Streams::takeDoubt(const UserId &user, InboxPosition position)
{
    const auto line = m_lines.find(user);
    return line != m_lines.end() && std::erase_if(line->second.doubts, [position](const Doubt &doubt) {
                                        return doubt.position == position;
                                    }) > 0;
}

} // namespace concierge::chat
