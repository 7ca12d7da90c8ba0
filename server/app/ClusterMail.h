#pragma once

#include "chat/Outbound.h"
#include "cluster/AdapterHost.h"
#include "transport/Frame.h"

#include <memory>
#include <variant>
#include <vector>

/// What the cluster's thread and the io threads tell each other: values only.
namespace concierge::app {

// From an io thread, of its sockets. Each one's in order: it arrives, speaks for users, is gone.
struct SocketArrived
{
    chat::SocketRef socket;
    SocketId sid;
    Milliseconds at{}; ///< wall time
};
struct SocketGone
{
    chat::SocketRef socket;
};
/// A client's answer to a RemoteEvent.
struct ClientAnswered
{
    cluster::RequestToken token = 0;
    cluster::JsonValue value; ///< the first argument, or null
};
/// Answers DescribeSockets.
struct SocketsDescribed
{
    struct Description
    {
        chat::SocketRef socket;
        QByteArray handshake; ///< RemoteSocket's
    };
    cluster::RequestToken token = 0;
    std::vector<Description> sockets; ///< those that are still there
};
/// From the chat: what sockets at other servers may want to hear. See chat::Cluster.
struct ToldOthers
{
    UserId user; ///< empty: it is for everybody
    chat::Push push;
};
using ClusterMail = std::variant<SocketArrived, SocketGone, chat::SpeaksFor, chat::ChatJoined, chat::ChatLeft,
                                 ClientAnswered, SocketsDescribed, ToldOthers>;

/// Where that is put. Implemented by ClusterNode and by tests. Thread: any.
class ClusterPost
{
public:
    virtual ~ClusterPost() = default;
    /// Leaves the vector empty. In order for each caller; taken before any message of Redis that comes later.
    virtual void post(std::vector<ClusterMail> &mail) = 0;
};

/// An event of another server, made ready once for all threads and sockets.
struct RemoteEmit
{
    cluster::Emit emit;
    QList<transport::Frame> frames; ///< for whoever need not acknowledge it
    /// The last of its arguments, or else its name, is a text: clients take that for an offset.
    bool endsWithText = false;

    qint64 bytes() const
    {
        qint64 sum = emit.args.size();
        for (const transport::Frame &frame : frames)
            sum += frame.data.size();
        return sum;
    }
};

// To an io thread. Sockets are named by their serials.
struct RemoteEvent
{
    std::shared_ptr<const RemoteEmit> emit;
    bool isEveryone = false; ///< all of the thread's sockets but those named; otherwise those
    std::vector<quint64> sockets;
    bool isVolatile = false;
    cluster::RequestToken token = 0; ///< its clients are asked for an acknowledgement; 0: they are not
    Milliseconds timeout{};          ///< for that
};
/// They leave the namespace, or with `closes` end their connections.
struct EndSockets
{
    std::vector<quint64> sockets;
    bool closes = false;
};
struct DescribeSockets
{
    struct Asked
    {
        quint64 socket = 0;
        Milliseconds since{}; ///< wall time of its connection
    };
    cluster::RequestToken token = 0;
    std::vector<Asked> sockets;
};
using MemberTask = std::variant<RemoteEvent, EndSockets, DescribeSockets>;

/// Bytes that it keeps in memory, about.
inline qint64 costOf(const MemberTask &task)
{
    struct Cost
    {
        qint64 operator()(const RemoteEvent &event) const
        {
            return event.emit->bytes() + words(event.sockets.size());
        }
        qint64 operator()(const EndSockets &end) const { return words(end.sockets.size()); }
        qint64 operator()(const DescribeSockets &describe) const
        {
            return 2 * words(describe.sockets.size());
        }
        static qint64 words(std::size_t count) { return static_cast<qint64>(count) * 8; }
    };
    return std::visit(Cost(), task);
}

} // namespace concierge::app
