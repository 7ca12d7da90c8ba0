#pragma once

#include "app/ClusterMail.h"
#include "cluster/Adapter.h"

#include <QHash>

#include <vector>

namespace concierge::app {

/// The io threads, as the cluster's sees them. Implemented by ClusterLink and by tests. Thread: the
/// cluster's.
class ClusterWorkers
{
public:
    virtual ~ClusterWorkers() = default;
    virtual std::size_t workerCount() const = 0;
    /// False: it is dropped, for that thread is behind by as much as it may be. Order: of the calls.
    virtual bool give(std::size_t worker, MemberTask task) = 0;
};

/// The sockets of all io threads, by their ids: brings what an Adapter says to those that it is for, and
/// tells it who comes, goes, and speaks for whom. Without I/O. Thread: the cluster's.
class ClusterSockets final : public cluster::AdapterHost
{
public:
    /// What is passed by reference outlives this object. setAdapter() before anything else.
    ClusterSockets(ClusterWorkers &workers, const Clock &clock)
        : m_workers(workers)
        , m_clock(clock)
    {}
    void setAdapter(cluster::Adapter &adapter) noexcept { m_adapter = &adapter; }

    void take(const SocketArrived &arrived);
    void take(const SocketGone &gone);
    void take(const chat::SpeaksFor &change);
    void take(const chat::ChatJoined &change);
    void take(const chat::ChatLeft &change);
    void take(const ClientAnswered &answer) { m_adapter->acknowledged(answer.token, answer.value); }
    void take(const SocketsDescribed &described);

    qsizetype count() const noexcept { return m_known.size(); }
    /// Forgets what was not described in time.
    void tick();

    void emitEvent(const cluster::Audience &audience, const cluster::Emit &emit,
                   const cluster::EmitFlags &flags) override;
    void emitWithAck(cluster::RequestToken token, const cluster::Audience &audience,
                     const cluster::Emit &emit, const cluster::EmitFlags &flags,
                     Milliseconds timeout) override;
    void onJoined(const QList<SocketId> &, const QList<QByteArray> &) override {} // the adapter keeps rooms
    void onLeft(const QList<SocketId> &, const QList<QByteArray> &) override {}
    void disconnectSockets(const QList<SocketId> &sockets, bool closes) override;
    void describe(cluster::RequestToken token, const QList<SocketId> &sockets) override;
    /// What nodes of this kind tell with a marker is for those of other kinds alone.
    bool takesMarked(QByteArrayView) override { return false; }
    void onDropped(QByteArrayView channel, cluster::DecodeError error) override;

private:
    struct Known
    {
        chat::SocketRef ref;
        Milliseconds since{}; // wall
        UserId user;          // empty: it speaks for nobody
    };
    /// A description that not all threads have answered.
    struct Gathering
    {
        std::size_t missing = 0;
        QList<cluster::RemoteSocket> sockets;
        Milliseconds until{}; // monotonic
    };

    Known *find(const chat::SocketRef &ref);
    void forget(const chat::SocketRef &ref);
    /// Calls `put` with each known socket.
    template <class Put>
    void forEach(const QList<SocketId> &sockets, Put put) const;
    void send(RemoteEvent event, const cluster::Audience &audience, const cluster::Emit &emit);

    ClusterWorkers &m_workers;
    const Clock &m_clock;
    cluster::Adapter *m_adapter = nullptr;
    QHash<SocketId, Known> m_known;
    QHash<chat::SocketRef, SocketId> m_sids;
    QHash<cluster::RequestToken, Gathering> m_gatherings;
    quint64 m_droppedUntold = 0; // messages, since the last that was logged
    std::optional<Milliseconds> m_droppedTold;
};

} // namespace concierge::app
