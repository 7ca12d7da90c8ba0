#pragma once

#include "chat/ChatOptions.h"
#include "chat/Cluster.h"
#include "chat/FanOut.h"
#include "chat/Inbox.h"
#include "chat/LostSockets.h"
#include "chat/Outbound.h"
#include "chat/Users.h"
#include "metrics/Metrics.h"

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace concierge::chat {

/// What became of a message at one receiver.
enum class Outcome : quint8 {
    Delivered, ///< a client has read it
    Stored,    ///< the inbox has it
    Failed     ///< neither: the inbox could not take it
};

/// Waits for what becomes of one message. Thread: chat.
class Settling
{
public:
    virtual ~Settling() = default;
    /// Once for each receiver.
    virtual void settled(const UserId &receiver, Outcome outcome) = 0;
    /// A repetition by its sender would be known for one, also after a crash: nobody else has to remember.
    virtual bool isRecorded() const = 0;
};

/// Implemented above: hears what clients have read. Thread: chat.
class StreamsListener
{
public:
    virtual ~StreamsListener() = default;
    /// Once for each message and user. `wasStored`: whoever waited was told something else before: that the
    /// inbox has it, or that it was in doubt.
    virtual void wasRead(const UserId &user, const std::shared_ptr<const Message> &message,
                         bool wasStored) = 0;
};

/// Brings entries to the sockets of users, each socket's in the order of their positions, and keeps them
/// until a client is known to have read them.
///
/// An entry that goes to a socket at once is held here until the proof comes: then it never sees the inbox,
/// which is the fate of most. What is not proven within `proofPatience`, or loses the last socket that hears
/// at once, goes to the inbox; what finds no such socket goes there straight away. A socket that is Reading
/// has not had everything that waited before: InboxDelivery brings it that, and what comes meanwhile.
///
/// Order: positions in the inbox of a user are always below those of what is held for it. Thread: chat.
class Streams
{
public:
    Streams(const ChatOptions &options, Inbox &inbox, Users &users, LostSockets &lost, OutboundSink &sink,
            metrics::ThreadCounters &counters, StreamsListener &listener, Cluster *cluster);

    /// Whether the user's inbox has room for one more message, those held counted.
    bool hasRoom(const UserId &user) const;
    /// `settling` may be nullptr. `evidence`: the message's, when its sender may repeat it; else 0. `readAt`:
    /// SendMessage's.
    void post(const UserId &user, Entry entry, std::shared_ptr<Settling> settling, quint64 evidence,
              Milliseconds now, std::optional<Microseconds> readAt = {});
    /// An event for the user's sockets but one, which nobody keeps for them once they have ended.
    void tell(const UserId &user, const SocketRef &except, const Push &push);
    /// Sockets that have been sent all up to `position` have the message of that hash; a crash could bring it
    /// once more until `settling` is recorded.
    void remember(const UserId &user, quint64 evidence, InboxPosition position,
                  std::shared_ptr<Settling> settling);
    /// For an event that is sent once more.
    StreamMark markOf(const Sent &sent);
    /// A mark for a state that is told to that socket alone.
    StreamMark markFor(const Socket &socket);

    /// The socket's client has read everything up to `order`.
    void proven(Socket &socket, qint64 order);
    /// A client has read this one.
    void prove(const UserId &user, InboxPosition position, const Entry &entry);

    /// The socket begins to speak for the user; it is Reading until somebody says caughtUp().
    void joined(Socket &socket, const User &user);
    /// Sends one entry that waited to a socket that is Reading.
    void sendWaiting(Socket &socket, const WaitingEntry &waiting);
    /// The socket has had everything there is for its user.
    void caughtUp(Socket &socket);
    /// The socket, detached by now, spoke for the user.
    void left(Socket &socket, const UserId &user);
    /// The same, but it may be recovered; nullptr: it has ended meanwhile.
    void suspended(Socket *socket, const UserId &user);
    /// What is held for the user and not in the inbox, from behind `after`.
    std::vector<WaitingEntry> heldBehind(const UserId &user, InboxPosition after) const;
    /// Those held, in the inbox or not, that `isRead` says yes to are proven.
    void proveHeld(const UserId &user, const std::function<bool(const WaitingEntry &)> &isRead);
    bool hasHeld(const UserId &user) const;
    /// The inbox does not have it any more, but a socket that was sent it may still prove it: then wasRead()
    /// is told. Nothing, where there is no such socket.
    void doubt(const UserId &user, InboxPosition position, quint64 evidence);
    /// Whether a client may still turn out to have the message of that hash, which the inbox does not have.
    bool isInDoubt(const UserId &user, quint64 evidence);

    /// The inbox's answer.
    void appended(const UserId &user, InboxPosition position, StoreResult result);
    /// Gives all that is held to the inbox.
    void flush();
    /// How many entries are neither proven nor in the inbox yet.
    qsizetype unsettled() const noexcept { return m_unsettled; }

    void run(Milliseconds now);
    std::optional<Milliseconds> next() const;

private:
    struct Held
    {
        WaitingEntry waiting;
        std::shared_ptr<Settling> settling;
        Milliseconds since{};
        quint64 evidence = 0;
    };
    struct Doubt
    {
        InboxPosition position = 0;
        quint64 evidence = 0;
    };
    struct Recent
    {
        InboxPosition position = 0;
        quint64 evidence = 0;
        std::shared_ptr<Settling> settling;
    };
    /// What a user's sockets have not proven.
    struct Line
    {
        Fifo<Held> held;          // by position
        std::size_t appended = 0; // so many of them, the first, are on their way to the inbox
        Fifo<Recent> recent;      // not recorded when looked at last
        std::vector<Doubt> doubts;
        qsizetype messages = 0; // held and not in the inbox
        bool isScheduled = false;
        bool isLeftOver = false;
        bool isDoubtful = false;
    };
    using Lines = std::unordered_map<UserId, Line, SeededHash>;

    /// The user's sockets at other servers hear everything as well.
    bool hasOthers() const { return m_cluster && m_cluster->isHeard(); }
    bool sendLive(const User &user, Line &line, const WaitingEntry &waiting,
                  std::optional<Microseconds> readAt);
    void postToLost(const UserId &user, const WaitingEntry &waiting);
    void logLost(Socket &socket, const UserId &user, InboxPosition position, const Push &push);
    StreamMark log(Socket &socket, const UserId &user, InboxPosition position, const Push &push);
    std::vector<quint64> recentOf(Line &line, InboxPosition upTo) const;
    std::vector<quint64> recentOf(const UserId &user, InboxPosition upTo);
    static std::optional<std::size_t> find(const Fifo<Held> &held, InboxPosition position);
    static Held take(Line &line, std::size_t index);
    void append(const UserId &user, Line &line);
    std::optional<Milliseconds> appendHeld(const UserId &user, Milliseconds before);
    void schedule(const UserId &user, Line &line, Milliseconds due);
    void settle(Held held, const UserId &user, Outcome outcome);
    void dropKept(const UserId &user, InboxPosition position);
    bool isInALog(const UserId &user, InboxPosition position) const;
    void dropCertain(const UserId &user, Line &line) const;
    bool takeDoubt(const UserId &user, InboxPosition position);
    void lostSocket(const UserId &user);
    void addRecent(Line &line, Recent recent);
    static void dropRecorded(Line &line);
    void tidy(const UserId &user);
    void tidyLeftovers(Milliseconds now);

    const ChatOptions &m_options;
    Inbox &m_inbox;
    Users &m_users;
    LostSockets &m_lost;
    OutboundSink &m_sink;
    metrics::ThreadCounters &m_counters;
    StreamsListener &m_listener;
    Cluster *const m_cluster; // nullptr: this is the only server
    Lines m_lines;
    std::multimap<Milliseconds, UserId> m_schedule; // when to look at whom
    std::vector<UserId> m_leftovers;                // gone, but for what is not recorded yet
    std::vector<UserId> m_doubtful;                 // gone, but for their doubts
    Milliseconds m_doubtsDue{};                     // when to look at those
    qint64 m_nextOrder;
    qsizetype m_unsettled = 0;
};

} // namespace concierge::chat
