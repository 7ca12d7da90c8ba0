#include "chat/InboxDelivery.h"

#include <algorithm>
#include <utility>

namespace concierge::chat {

using metrics::Counter;

namespace {

constexpr qsizetype pageBytes = 32 * 1024; // half of what may wait at a socket that counts as writable
constexpr qsizetype messageOverhead = 256; // fields that are added, frames

qsizetype costOf(const Message &message)
{
    qsizetype cost = message.data.size() + messageOverhead;
    for (const QByteArray &attachment : message.attachments)
        cost += attachment.size();
    return cost;
}

} // namespace

InboxDelivery::InboxDelivery(Inbox &inbox, Users &users, OutboundSink &sink, Replies &replies,
                             metrics::ThreadCounters &counters)
    : m_inbox(inbox)
    , m_users(users)
    , m_sink(sink)
    , m_fanOut(sink)
    , m_replies(replies)
    , m_counters(counters)
{}

void InboxDelivery::begin(const Registration &registration)
{
    const auto running = m_runs.find(registration.user);
    if (running != m_runs.end()) {
        running->second.guests.push_back({registration});
        return;
    }
    if (m_inbox.waiting(registration.user) == 0) {
        m_replies.send(registration.origin, QByteArrayLiteral("newUser"), Registered{registration.user, 0});
        return;
    }
    m_runs[registration.user].guests.push_back({registration});
    load(registration.user);
}

void InboxDelivery::load(const UserId &user)
{
    const std::weak_ptr<const char> alive = m_alive;
    m_inbox.load(user, [this, alive, user = UserId(user)](auto waiting) {
        if (!alive.expired())
            loaded(user, std::move(waiting));
    });
}

void InboxDelivery::loaded(const UserId &user, std::vector<std::shared_ptr<const Message>> waiting)
{
    Run &run = m_runs.at(user);
    run.waiting = std::move(waiting);
    run.pageBegin = run.pageEnd = 0;
    advance(user);
}

/// Sends the next page, asks for what came meanwhile, or ends.
void InboxDelivery::advance(const UserId &user)
{
    Run &run = m_runs.at(user);
    if (run.pageBegin < run.waiting.size()) {
        if (!sendPage(user, run))
            finish(user); // every socket that registered is gone or somebody else's: the rest waits on
        return;
    }
    if (!run.waiting.empty() && m_inbox.waiting(user) > 0)
        load(user);
    else
        finish(user);
}

bool InboxDelivery::sendPage(const UserId &user, Run &run)
{
    run.awaited = targets(user, run);
    if (run.awaited.empty())
        return false;
    run.isTaken = false;
    qsizetype room = pageBytes;
    for (run.pageEnd = run.pageBegin; run.pageEnd < run.waiting.size() && room > 0; ++run.pageEnd) {
        const auto &message = run.waiting[run.pageEnd];
        room -= costOf(*message);
        m_fanOut.add(run.awaited);
        m_fanOut.send(GetMessage{message});
    }
    for (const SocketRef &socket : run.awaited)
        m_sink.deliver(socket.worker, ReportDrained{socket});
    for (Guest &guest : run.guests) {
        if (std::find(run.awaited.begin(), run.awaited.end(), guest.registration.origin.socket) !=
            run.awaited.end())
            guest.got += static_cast<qsizetype>(run.pageEnd - run.pageBegin);
    }
    return true;
}

std::vector<SocketRef> InboxDelivery::targets(const UserId &user, const Run &run)
{
    std::vector<SocketRef> list;
    for (const Guest &guest : run.guests) {
        const Socket *socket = m_users.find(guest.registration.origin.socket);
        const bool isThere = socket && socket->user && socket->user->id == user;
        if (isThere && std::find(list.begin(), list.end(), socket->ref) == list.end())
            list.push_back(socket->ref);
    }
    return list;
}

void InboxDelivery::drained(const Socket &socket)
{
    if (socket.user)
        answered(socket.user->id, socket.ref, true);
}

void InboxDelivery::left(const UserId &user, const SocketRef &socket)
{
    answered(user, socket, false);
}

void InboxDelivery::answered(const UserId &user, const SocketRef &socket, bool hasTaken)
{
    const auto found = m_runs.find(user);
    if (found == m_runs.end())
        return;
    Run &run = found->second;
    if (std::erase(run.awaited, socket) == 0)
        return;
    run.isTaken = run.isTaken || hasTaken;
    if (run.awaited.empty())
        endPage(UserId(user), run);
}

void InboxDelivery::endPage(const UserId &user, Run &run)
{
    if (run.isTaken) {
        std::vector<MessageId> ids;
        ids.reserve(run.pageEnd - run.pageBegin);
        for (std::size_t i = run.pageBegin; i < run.pageEnd; ++i)
            ids.push_back(std::exchange(run.waiting[i], nullptr)->id);
        m_inbox.remove(user, ids);
        m_counters.add(Counter::MessagesDelivered, ids.size());
        run.pageBegin = run.pageEnd;
    }
    advance(user);
}

void InboxDelivery::finish(const UserId &user)
{
    const auto node = m_runs.extract(user);
    for (const Guest &guest : node.mapped().guests) {
        const Registration &registration = guest.registration;
        m_replies.send(registration.origin, QByteArrayLiteral("newUser"),
                       Registered{registration.user, guest.got});
    }
}

} // namespace concierge::chat
