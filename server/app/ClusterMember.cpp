#include "app/ClusterMember.h"

#include "app/RemoteHandshake.h"

#include <algorithm>
#include <utility>

namespace concierge::app {

ClusterMember::ClusterMember(MemberOptions options, ChatGateway &gateway, ClusterPost &cluster,
                             transport::DeadlineWheel &deadlines)
    : m_options(std::move(options))
    , m_gateway(gateway)
    , m_cluster(cluster)
    , m_deadlines(deadlines)
{}

ClusterMember::~ClusterMember()
{
    flush();
}

void ClusterMember::flush()
{
    if (!m_mail.empty())
        m_cluster.post(m_mail);
}

void ClusterMember::onSocketConnected(const socketio::Socket &socket)
{
    m_mail.emplace_back(
        SocketArrived{{m_options.worker, socket.tag}, socket.id(), m_deadlines.clock().wall()});
}

void ClusterMember::onSocketEnded(quint64 tag)
{
    m_offsets.remove(tag);
    m_mail.emplace_back(SocketGone{{m_options.worker, tag}});
}

void ClusterMember::onOffset(quint64 tag, const QByteArray &offset)
{
    m_offsets[tag] = offset;
}

void ClusterMember::take(std::vector<MemberTask> tasks, const std::shared_ptr<ClusterBacklog> &backlog)
{
    for (MemberTask &task : tasks) {
        const qint64 bytes = costOf(task);
        m_work.push_back({std::move(task), backlog, bytes, 0, 0, 0, {}, {}});
    }
    if (!m_isPosted)
        run();
}

void ClusterMember::run()
{
    qsizetype room = slice;
    while (!m_work.empty() && room > 0) {
        Work &work = m_work.front();
        const bool isDone = std::visit([&](auto &task) { return carryOut(work, task, room); }, work.task);
        if (!isDone)
            break;
        work.backlog->tasks.fetch_sub(1, std::memory_order_relaxed);
        work.backlog->bytes.fetch_sub(work.bytes, std::memory_order_relaxed);
        m_work.pop_front();
        --room; // also where it was for nobody
    }
    if (!m_work.empty())
        goOnLater();
}

/// The clients' turn comes before the rest.
void ClusterMember::goOnLater()
{
    if (std::exchange(m_isPosted, true))
        return;
    m_options.post([this, alive = std::weak_ptr<const char>(m_alive)] {
        if (alive.expired())
            return;
        m_isPosted = false;
        run();
    });
}

template <class Named, class Visit>
bool ClusterMember::visitNamed(Work &work, const std::vector<Named> &named, qsizetype &room, Visit visit)
{
    for (; work.at < named.size() && room > 0; ++work.at, --room)
        visit(named[work.at]);
    return work.at == named.size();
}

bool ClusterMember::carryOut(Work &work, RemoteEvent &event, qsizetype &room)
{
    if (event.isEveryone)
        return sendToAll(work, event, room);
    return visitNamed(work, event.sockets, room, [this, &event](quint64 tag) {
        m_gateway.visit(tag, [this, &event](socketio::Socket &socket) { send(socket, event); });
    });
}

/// Those that come meanwhile do not get it: it was said before they were there.
bool ClusterMember::sendToAll(Work &work, const RemoteEvent &event, qsizetype &room)
{
    if (work.until == 0) {
        work.until = m_gateway.lastTag();
        work.excepted.insert(event.sockets.begin(), event.sockets.end());
    }
    const auto visit = [&](socketio::Socket &socket) {
        --room;
        if (socket.isConnected() && socket.tag <= work.until && !work.excepted.contains(socket.tag))
            send(socket, event);
    };
    work.after = m_gateway.visitBehind(work.after, room, visit);
    return work.after == 0 || work.after >= work.until;
}

bool ClusterMember::carryOut(Work &work, EndSockets &end, qsizetype &room)
{
    return visitNamed(work, end.sockets, room, [this, &end](quint64 tag) {
        m_gateway.visit(tag, [&end](socketio::Socket &socket) { socket.disconnect(end.closes); });
    });
}

bool ClusterMember::carryOut(Work &work, DescribeSockets &describe, qsizetype &room)
{
    const auto write = [this, &work](const DescribeSockets::Asked &asked) {
        m_gateway.visit(asked.socket, [&](const socketio::Socket &socket) {
            work.description.sockets.push_back(
                {{m_options.worker, socket.tag}, remoteHandshake(socket.handshake(), asked.since)});
        });
    };
    if (!visitNamed(work, describe.sockets, room, write))
        return false;
    work.description.token = describe.token;
    m_mail.emplace_back(std::move(work.description));
    return true;
}

void ClusterMember::send(socketio::Socket &socket, const RemoteEvent &event)
{
    if (event.token != 0 && m_awaited < m_options.acksMax) {
        sendAsking(socket, event);
        return;
    }
    const RemoteEmit &emit = *event.emit;
    if (!m_options.recovers || !emit.endsWithText) {
        socket.send(emit.frames, event.isVolatile);
        return;
    }
    // A client takes the last text of an event for its offset, so it gets the one that it has once more.
    const QByteArray offset = m_offsets.value(socket.tag, noOffset.toByteArray());
    socket.send(cluster::toFrames(emit.emit, socket.nsp(), std::nullopt, offset), event.isVolatile);
}

/// An event that asks for an acknowledgement changes no offset.
void ClusterMember::sendAsking(socketio::Socket &socket, const RemoteEvent &event)
{
    const auto answered = [this, token = event.token](const std::vector<QByteArrayView> &arguments,
                                                      const QList<QByteArray> &attachments) {
        cluster::JsonValue value;
        if (!arguments.empty())
            value = {arguments.front().toByteArray(), attachments};
        m_mail.emplace_back(ClientAnswered{token, std::move(value)});
    };
    const quint64 ackId = socket.awaitAck(answered);
    const auto status =
        socket.send(cluster::toFrames(event.emit->emit, socket.nsp(), ackId), event.isVolatile);
    if (status == transport::SendStatus::Dropped)
        socket.forgetAck(ackId);
    else
        expect(event, {socket.tag, ackId});
}

void ClusterMember::expect(const RemoteEvent &event, Awaited awaited)
{
    auto question = m_questionOf.find(event.token);
    if (question == m_questionOf.end()) {
        const Milliseconds due = m_deadlines.clock().monotonic() + event.timeout;
        question = m_questionOf.insert(event.token, m_questions.emplace(due, Asked{event.token, {}}));
        if (*question == m_questions.begin())
            m_deadlines.arm(*this, std::max(Milliseconds(1), event.timeout));
    }
    (*question)->second.answers.push_back(awaited);
    ++m_awaited;
}

void ClusterMember::onDeadline()
{
    const Milliseconds now = m_deadlines.clock().monotonic();
    while (!m_questions.empty() && m_questions.begin()->first <= now) {
        const Asked over = std::move(m_questions.begin()->second);
        m_questions.erase(m_questions.begin());
        m_questionOf.remove(over.token);
        m_awaited -= static_cast<qsizetype>(over.answers.size());
        for (const Awaited &awaited : over.answers)
            m_gateway.visit(awaited.socket,
                            [&awaited](socketio::Socket &socket) { socket.forgetAck(awaited.ackId); });
    }
    if (!m_questions.empty())
        m_deadlines.arm(*this, std::max(Milliseconds(1), m_questions.begin()->first - now));
}

} // namespace concierge::app
