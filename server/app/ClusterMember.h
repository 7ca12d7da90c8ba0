#pragma once

#include "app/ChatGateway.h"
#include "app/ClusterMail.h"
#include "transport/DeadlineWheel.h"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <unordered_set>
#include <vector>

namespace concierge::app {

/// What the cluster's thread has given an io thread, and that has not been carried out. Thread: any.
struct ClusterBacklog
{
    std::atomic<qsizetype> tasks{0};
    std::atomic<qint64> bytes{0};
};

struct MemberOptions
{
    quint32 worker = 0;
    bool recovers = true;        ///< GatewayOptions::recovers
    qsizetype acksMax = 250'000; ///< answers that are awaited; beyond, events go out without asking
    std::function<void(std::function<void()> task)> post; ///< runs it in a later turn of this thread
};

/// One io worker's part in the cluster: tells it of the sockets, and brings them what others have for them,
/// some sockets a turn, in order for each. Outlives the worker's sockets. Thread: the worker's.
class ClusterMember final : public SocketWatch, private transport::Deadline
{
public:
    static constexpr qsizetype slice = 256; ///< sockets a turn

    /// What is passed by reference outlives this object, but for `gateway`, which is only visited by take()
    /// and what that puts off.
    ClusterMember(MemberOptions options, ChatGateway &gateway, ClusterPost &cluster,
                  transport::DeadlineWheel &deadlines);
    ~ClusterMember() override;

    /// The end of a turn: what was gathered goes to the cluster, before anything that was sent to clients
    /// leaves.
    void flush();
    /// `backlog` counts them until they are carried out.
    void take(std::vector<MemberTask> tasks, const std::shared_ptr<ClusterBacklog> &backlog);

    void onSocketConnected(const socketio::Socket &socket) override;
    void onSocketEnded(quint64 tag) override;
    void onOffset(quint64 tag, const QByteArray &offset) override;
    void onRooms(const chat::SpeaksFor &change) override { m_mail.emplace_back(change); }
    void onRooms(const chat::ChatJoined &change) override { m_mail.emplace_back(change); }
    void onRooms(const chat::ChatLeft &change) override { m_mail.emplace_back(change); }

private:
    /// A task, and how far it has come.
    struct Work
    {
        MemberTask task;
        std::shared_ptr<ClusterBacklog> backlog;
        qint64 bytes = 0;
        std::size_t at = 0;                   // of the named sockets
        quint64 after = 0;                    // of all, by tag
        quint64 until = 0;                    // there, when it began
        std::unordered_set<quint64> excepted; // of all
        SocketsDescribed description;
    };
    struct Awaited
    {
        quint64 socket = 0;
        quint64 ackId = 0;
    };
    struct Asked
    {
        cluster::RequestToken token = 0;
        std::vector<Awaited> answers;
    };
    using Questions = std::multimap<Milliseconds, Asked>; // by when they are over, monotonic

    void onDeadline() override; // answers that are awaited no longer
    void run();
    void goOnLater();
    bool carryOut(Work &work, RemoteEvent &event, qsizetype &room);
    bool carryOut(Work &work, EndSockets &end, qsizetype &room);
    bool carryOut(Work &work, DescribeSockets &describe, qsizetype &room);
    bool sendToAll(Work &work, const RemoteEvent &event, qsizetype &room);
    /// Calls `visit` for the named sockets that are still there. True: for all of them.
    template <class Named, class Visit>
    bool visitNamed(Work &work, const std::vector<Named> &named, qsizetype &room, Visit visit);
    void send(socketio::Socket &socket, const RemoteEvent &event);
    void sendAsking(socketio::Socket &socket, const RemoteEvent &event);
    void expect(const RemoteEvent &event, Awaited awaited);

    const MemberOptions m_options;
    ChatGateway &m_gateway;
    ClusterPost &m_cluster;
    transport::DeadlineWheel &m_deadlines;
    std::vector<ClusterMail> m_mail; // of this turn
    std::deque<Work> m_work;
    bool m_isPosted = false;
    QHash<quint64, QByteArray> m_offsets; // that each socket's client has, by tag
    Questions m_questions;
    QHash<cluster::RequestToken, Questions::iterator> m_questionOf;
    qsizetype m_awaited = 0;                                              // answers of them all
    const std::shared_ptr<const char> m_alive = std::make_shared<char>(); // what was put off may come later
};

} // namespace concierge::app
