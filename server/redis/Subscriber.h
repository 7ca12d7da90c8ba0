#pragma once

#include "redis/Link.h"

#include <QHash>

#include <array>
#include <deque>
#include <span>
#include <vector>

namespace concierge::redis {

/// What is subscribed to.
enum class Subscription : quint8 {
    Channel, ///< SUBSCRIBE
    Pattern, ///< PSUBSCRIBE: glob, as Redis has it
    Shard    ///< SSUBSCRIBE: sharded pub/sub, since Redis 7; on a single Redis, not a Redis Cluster
};

/// One message. The views end with the call.
struct Message
{
    Subscription subscription = Subscription::Channel; ///< that it came by
    QByteArrayView pattern;                            ///< with Subscription::Pattern
    QByteArrayView channel;                            ///< that it was published to
    QByteArrayView payload;
};

/// Hears a Subscriber. None of it is called from within the subscriber's calls. Thread: the subscriber's.
class SubscriberListener
{
public:
    virtual ~SubscriberListener() = default;
    /// In the order of Redis, for what is subscribed to at this moment. Messages may come before onReady().
    virtual void onMessage(const Message &message) = 0;
    /// Redis has confirmed it: from now on messages come.
    virtual void onSubscribed(Subscription /*subscription*/, QByteArrayView /*name*/) {}
    /// All is confirmed that was subscribed to when the connection was made. What was published meanwhile did
    /// not come and never will: read again whatever the messages tell of.
    virtual void onReady() = 0;
    /// A connection has ended, or an attempt has failed. The subscriber tries again by itself, for ever.
    virtual void onLost(const Loss &loss) = 0;
};

/// A connection to Redis in pub/sub mode that comes back by itself, and then subscribes to everything again.
///
/// Subscriptions are wishes: they are taken with or without a connection. Those of one turn of the event loop
/// go out together, up to 1,000 names a command. Memory: the names and, of what is read, one message of at
/// most Options::limits. A subscription that Redis refuses ends the connection (LossReason::Permission or
/// Rejected), and is tried again with the next: a node that is deaf has to say so.
///
/// Thread: one, with an event loop, from its making to its end. It may not be destroyed from within its
/// listener.
class Subscriber final : private LinkListener
{
public:
    /// What is passed by reference outlives the subscriber. Nothing happens before start().
    Subscriber(Options options, const Clock &clock, metrics::ThreadCounters &counters,
               SubscriberListener &listener);
    ~Subscriber() override;

    void start();
    void stop(); ///< ends the connection at once, without onLost(); the subscriptions stay
    /// Between onReady() and onLost().
    bool isReady() const noexcept { return m_isReady; }

    enum class Status : quint8 {
        Taken,
        Full ///< it would be more than Options::maxSubscriptions; nothing of it is subscribed to
    };
    /// What is subscribed to already stays so.
    [[nodiscard]] Status subscribe(Subscription subscription, std::span<const QByteArray> names);
    [[nodiscard]] Status subscribe(Subscription subscription, const QByteArray &name)
    {
        return subscribe(subscription, std::span(&name, 1));
    }
    /// No message comes by it any more, from this moment on.
    void unsubscribe(Subscription subscription, std::span<const QByteArray> names);
    void unsubscribe(Subscription subscription, const QByteArray &name)
    {
        unsubscribe(subscription, std::span(&name, 1));
    }
    qsizetype subscriptions() const noexcept;

private:
    static constexpr std::size_t kinds = 3;
    static constexpr std::size_t batch = 1'000; ///< names a command

    struct State
    {
        bool isWanted = true;
        quint64 askedBy = 0; ///< Open::number: Redis knows, or will when it reads on; 0: it was not asked
    };
    using Names = QHash<QByteArray, State>;
    enum class Kind : quint8 { Subscribe, Unsubscribe, Ping };
    struct Open
    {
        Kind kind;
        Subscription subscription;
        std::size_t answers; // that are still to come
        quint64 number;      // of the flush that it left with
        bool isInitial;      // onReady() waits for it
        Milliseconds since;
    };

    void onLinkOpened() override;
    void onLinkReady() override;
    bool onLinkReply(Reply &reply) override;
    void onLinkFlush() override;
    void onLinkIdle() override;
    std::optional<Milliseconds> unansweredSince() const override;
    void onLinkLost(const Loss &loss) override;

    Names &names(Subscription subscription) { return m_names[static_cast<std::size_t>(subscription)]; }
    void change(Subscription subscription, const QByteArray &name);
    void ask(Kind kind, Subscription subscription, std::vector<QByteArray> &names);
    bool takeMessage(const Reply &reply, Subscription subscription);
    bool takeConfirmation(const Reply &reply, Kind kind, Subscription subscription);
    void refused(const Reply &reply);
    void answered();

    SubscriberListener &m_listener;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    Link m_link;
    std::array<Names, kinds> m_names;
    std::array<std::vector<QByteArray>, kinds> m_changed; // since the last flush, perhaps more than once
    std::deque<Open> m_open;
    std::size_t m_initial = 0; // of m_open
    quint64 m_flushes = 0;
    bool m_isReady = false;
};

} // namespace concierge::redis
