#include "app/ClusterLink.h"

#include "app/EventEncoder.h"
#include "transport/IoWorker.h"

#include <QLoggingCategory>

#include <algorithm>
#include <array>
#include <utility>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcCluster, "concierge.cluster")

namespace {

constexpr Milliseconds tickEvery{1'000};
constexpr int countEvery = 2; // ticks
constexpr char ownMarker[] = "1";

bool isSharded(const ClusterOptions &options)
{
    return options.adapter.protocol == cluster::Protocol::Sharded;
}

redis::Options named(redis::Options options, QByteArray name)
{
    options.name = std::move(name);
    options.isQuiet = true; // one line tells of both connections
    return options;
}

QByteArray everybodyOf(const ClusterOptions &options)
{
    const cluster::Channels channels(options.adapter.key, options.adapter.nsp);
    return isSharded(options) ? channels.everybody() : channels.request();
}

/// What clients here are sent, for those elsewhere: what stands behind `42`, or `45N-`.
cluster::Emit emitOf(const chat::Push &push)
{
    const QList<transport::Frame> frames = encodePush(push);
    cluster::Emit emit;
    const QByteArray &text = frames.front().data;
    emit.args = text.sliced(text.indexOf('['));
    for (qsizetype i = 1; i < frames.size(); ++i)
        emit.attachments.append(frames[i].data);
    return emit;
}

} // namespace

ClusterLink::ClusterLink(const ClusterOptions &options, std::vector<ClusterWorker> workers,
                         const Clock &clock, metrics::ThreadCounters &counters, ClusterHealth &health,
                         std::function<void()> drain, std::function<void()> changed)
    : m_options(options)
    , m_clock(clock)
    , m_health(health)
    , m_drain(std::move(drain))
    , m_changed(std::move(changed))
    , m_sockets(*this, clock)
    , m_adapter(options.adapter, m_sockets, *this, clock)
    , m_everybody(everybodyOf(options))
    , m_ours(options.adapter.key + "-concierge#" + options.adapter.nsp + '#')
    , m_client(named(options.redis, "concierge"), clock, counters, m_saying)
    , m_subscriber(named(options.redis, "concierge-subscriber"), clock, counters, *this)
{
    for (ClusterWorker &worker : workers) {
        m_links.emplace_back();
        m_links.back().worker = std::move(worker);
    }
    m_sockets.setAdapter(m_adapter);
    const auto kind = isSharded(options) ? redis::Subscription::Shard : redis::Subscription::Channel;
    auto wanted = m_adapter.subscriptions();
    wanted.channels.append(m_ours);
    // Of so few there is always room.
    static_cast<void>(m_subscriber.subscribe(redis::Subscription::Pattern, wanted.patterns));
    static_cast<void>(m_subscriber.subscribe(kind, wanted.channels));
    QObject::connect(&m_timer, &QTimer::timeout, &m_context, [this] { onTimer(); });
    m_timer.start(tickEvery);
    m_client.start();
    m_subscriber.start();
}

ClusterLink::~ClusterLink() = default;

void ClusterLink::begin(bool &connection)
{
    connection = true;
    if (!m_canSay || !m_canHear)
        return;
    m_health.up();
    m_hasBegun = true;
    const QString place = m_options.redis.url.place();
    if (m_lostAt)
        qCInfo(lcCluster).noquote() << QStringLiteral("in the cluster again, by Redis at %1, after %2 s")
                                           .arg(place)
                                           .arg((m_clock.monotonic() - *m_lostAt).count() / 1'000);
    else
        qCInfo(lcCluster).noquote() << QStringLiteral("in the cluster %1, by Redis at %2")
                                           .arg(QString::fromUtf8(m_options.adapter.key), place);
    m_lostAt.reset();
    m_toldReason.reset();
    m_others.reset();
    countOthers();
    m_changed();
}

void ClusterLink::end(bool &connection, const redis::Loss &loss)
{
    const bool wasUp = m_canSay && m_canHear;
    connection = false;
    if (!m_lostAt)
        m_lostAt = m_clock.monotonic();
    m_health.down(loss.text);
    tell(loss, wasUp);
    m_changed();
}

/// Not each attempt: only when something is new about it.
void ClusterLink::tell(const redis::Loss &loss, bool wasUp)
{
    if (!wasUp && (m_toldReason == loss.reason || (m_options.isRequired && !m_hasBegun)))
        return;
    m_toldReason = loss.reason;
    if (wasUp)
        qCWarning(lcCluster).noquote()
            << QStringLiteral("out of the cluster: %1. Users here go on chatting; "
                              "what other servers say is not heard until Redis is back")
                   .arg(loss.text);
    else
        qCWarning(lcCluster).noquote()
            << QStringLiteral("not in the cluster: %1. The server works alone until "
                              "Redis answers")
                   .arg(loss.text);
}

void ClusterLink::onMessage(const redis::Message &message)
{
    m_drain(); // whoever was told that he is registered is in his room
    if (message.channel != m_ours)
        m_adapter.receive(message.channel, message.payload);
    flushLater();
}

void ClusterLink::take(std::vector<ClusterMail> &mail)
{
    const auto visitor = [this](const auto &item) {
        if constexpr (std::is_same_v<std::decay_t<decltype(item)>, ToldOthers>)
            take(item);
        else
            m_sockets.take(item);
    };
    for (const ClusterMail &item : mail)
        std::visit(visitor, item);
    mail.clear();
    flushLater();
}

void ClusterLink::take(const ToldOthers &told)
{
    if (!m_health.isHeard()) {
        m_health.tellDropped();
        return;
    }
    cluster::BroadcastOptions options;
    if (!told.user.isEmpty())
        options.rooms.append({told.user.utf8()});
    options.flags.isVolatile = std::holds_alternative<chat::TypingPush>(told.push);
    options.flags.marker = ownMarker;
    if (m_adapter.publish(options, emitOf(told.push)))
        m_health.tellDropped();
}

void ClusterLink::publish(const QByteArray &channel, const QByteArray &payload)
{
    const auto status = m_client.send({isSharded(m_options) ? "SPUBLISH" : "PUBLISH", channel, payload});
    if (status != redis::SendStatus::Taken)
        m_health.tellDropped();
}

void ClusterLink::subscribe(const QByteArray &channel)
{
    if (m_subscriber.subscribe(redis::Subscription::Shard, channel) == redis::Subscriber::Status::Full)
        m_health.subscriptionRefused();
}

void ClusterLink::unsubscribe(const QByteArray &channel)
{
    m_subscriber.unsubscribe(redis::Subscription::Shard, channel);
}

bool ClusterLink::give(std::size_t worker, MemberTask task)
{
    Link &link = m_links[worker];
    const qint64 bytes = costOf(task);
    if (link.backlog->tasks.load(std::memory_order_relaxed) >= m_options.backlogMax ||
        link.backlog->bytes.load(std::memory_order_relaxed) + bytes > m_options.backlogMaxBytes) {
        m_health.eventDropped();
        return false;
    }
    link.backlog->tasks.fetch_add(1, std::memory_order_relaxed);
    link.backlog->bytes.fetch_add(bytes, std::memory_order_relaxed);
    link.outbox.push_back(std::move(task));
    return true;
}

/// Once for all messages that were read together.
void ClusterLink::flushLater()
{
    if (std::exchange(m_isFlushPosted, true))
        return;
    QMetaObject::invokeMethod(
        &m_context,
        [this] {
            m_isFlushPosted = false;
            flush();
        },
        Qt::QueuedConnection);
}

void ClusterLink::flush()
{
    for (Link &link : m_links) {
        if (link.outbox.empty())
            continue;
        link.worker.thread->post([member = link.worker.member, tasks = std::exchange(link.outbox, {}),
                                  backlog = link.backlog]() mutable {
            if (ClusterMember *there = member())
                there->take(std::move(tasks), backlog);
        });
    }
    m_health.setAdapter(m_adapter.counters());
}

void ClusterLink::onTimer()
{
    m_adapter.tick();
    m_sockets.tick();
    m_health.setAdapter(m_adapter.counters());
    if (++m_ticks % countEvery == 0)
        countOthers();
}

/// How many listen. Where that may not be asked, somebody may.
void ClusterLink::countOthers()
{
    if (!m_canSay || !m_canHear)
        return;
    // What is not answered now is asked again.
    static_cast<void>(
        m_client.send({"PUBSUB", isSharded(m_options) ? "SHARDNUMSUB" : "NUMSUB", m_everybody, m_ours},
                      [this](const redis::Answer &answer) { counted(answer); }));
}

void ClusterLink::counted(const redis::Answer &answer)
{
    if (!answer || !m_canSay || !m_canHear)
        return;
    const redis::Reply &reply = *answer;
    if (!reply[1].isInteger() || !reply[3].isInteger()) {
        if (!std::exchange(m_isCountRefused, true))
            qCWarning(lcCluster).noquote()
                << "Redis does not tell how many servers listen, so everything is published:"
                << reply.errorCode().toByteArray();
        m_health.setOthers(0, 1);
        return;
    }
    const qint64 others = std::max<qint64>(reply[1].integer - 1, 0);
    const qint64 foreign = std::max<qint64>(reply[1].integer - reply[3].integer, 0);
    m_health.setOthers(others, foreign);
    if (m_others != others)
        qCInfo(lcCluster).noquote() << QStringLiteral("other servers in the cluster: %1, of them Node's: %2")
                                           .arg(others)
                                           .arg(foreign);
    m_others = others;
}

} // namespace concierge::app
