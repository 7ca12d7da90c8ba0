#pragma once

#include "app/ClusterHealth.h"
#include "app/ClusterMember.h"
#include "app/ClusterSockets.h"
#include "cluster/Channels.h"
#include "redis/Client.h"
#include "redis/Subscriber.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

namespace concierge::transport {
class IoWorker;
}

namespace concierge::app {

struct ClusterOptions
{
    redis::Options redis;
    cluster::AdapterOptions adapter; ///< of namespace /
    qsizetype backlogMax = 65'536;   ///< tasks that an io thread may be behind by
    qint64 backlogMaxBytes = 64 * 1'048'576;
    qsizetype tellsMax = 65'536; ///< of the chat, that may wait for this thread
    bool isRequired = false;     ///< whoever starts it tells of a first failure, and there is no second
};

/// One io thread. `member` is asked on it, and is nullptr once its layers are gone.
struct ClusterWorker
{
    transport::IoWorker *thread = nullptr;
    std::function<ClusterMember *()> member;
};

/// The connections to Redis, and the Adapter between them and the sockets. Thread: the cluster's, from its
/// making to its end.
class ClusterLink final : private redis::SubscriberListener,
                          private cluster::AdapterSink,
                          private ClusterWorkers
{
public:
    /// `drain`: has take() called with whatever mail there is; so before each message. `changed`: it is up,
    /// or an attempt has failed; ClusterHealth knows.
    ClusterLink(const ClusterOptions &options, std::vector<ClusterWorker> workers, const Clock &clock,
                metrics::ThreadCounters &counters, ClusterHealth &health, std::function<void()> drain,
                std::function<void()> changed);
    ~ClusterLink() override;

    void take(std::vector<ClusterMail> &mail);

private:
    struct Link
    {
        ClusterWorker worker;
        std::vector<MemberTask> outbox; // of this turn
        std::shared_ptr<ClusterBacklog> backlog = std::make_shared<ClusterBacklog>();
    };

    /// Of the connection that says, as SubscriberListener is of the one that hears.
    struct Saying final : redis::ClientListener
    {
        explicit Saying(ClusterLink &owner)
            : link(owner)
        {}
        void onReady() override { link.begin(link.m_canSay); }
        void onLost(const redis::Loss &loss) override { link.end(link.m_canSay, loss); }
        ClusterLink &link;
    };

    void begin(bool &connection);
    void end(bool &connection, const redis::Loss &loss);
    void tell(const redis::Loss &loss, bool wasUp);
    void onReady() override { begin(m_canHear); }
    void onLost(const redis::Loss &loss) override { end(m_canHear, loss); }
    void onMessage(const redis::Message &message) override;
    void publish(const QByteArray &channel, const QByteArray &payload) override;
    void subscribe(const QByteArray &channel) override;
    void unsubscribe(const QByteArray &channel) override;
    std::size_t workerCount() const override { return m_links.size(); }
    bool give(std::size_t worker, MemberTask task) override;

    void take(const ToldOthers &told);
    void flushLater();
    void flush();
    void onTimer();
    void countOthers();
    void counted(const redis::Answer &answer);

    const ClusterOptions &m_options;
    const Clock &m_clock;
    ClusterHealth &m_health;
    const std::function<void()> m_drain;
    const std::function<void()> m_changed;
    std::vector<Link> m_links; // by worker
    QObject m_context;         // of what is put off
    bool m_isFlushPosted = false;
    ClusterSockets m_sockets;
    cluster::Adapter m_adapter;
    const QByteArray m_everybody; // the channel that all nodes listen on, of whatever kind
    const QByteArray m_ours;      // that only those of this kind listen on
    Saying m_saying{*this};
    redis::Client m_client;
    redis::Subscriber m_subscriber;
    QTimer m_timer;
    int m_ticks = 0;
    bool m_canSay = false;
    bool m_canHear = false;
    std::optional<Milliseconds> m_lostAt;          // monotonic
    std::optional<redis::LossReason> m_toldReason; // in the log
    bool m_hasBegun = false;                       // it was up once
    bool m_isCountRefused = false;
    std::optional<qint64> m_others; // as told last
};

} // namespace concierge::app
