#include "redis/Subscriber.h"

#include <algorithm>
#include <optional>

namespace concierge::redis {

using metrics::Counter;

namespace {

/// Redis' words for each Subscription.
struct Words
{
    const char *subscribe;
    const char *unsubscribe;
    const char *message;
    std::size_t channelAt; // of a message's elements
};
constexpr std::array words{Words{"subscribe", "unsubscribe", "message", 1},
                           Words{"psubscribe", "punsubscribe", "pmessage", 2},
                           Words{"ssubscribe", "sunsubscribe", "smessage", 1}};

const Words &wordsOf(Subscription subscription)
{
    return words[static_cast<std::size_t>(subscription)];
}

} // namespace

Subscriber::Subscriber(Options options, const Clock &clock, metrics::ThreadCounters &counters,
                       SubscriberListener &listener)
    : m_listener(listener)
    , m_clock(clock)
    , m_counters(counters)
    , m_link(std::move(options), clock, counters, *this)
{}

Subscriber::~Subscriber() = default;

void Subscriber::start()
{
    m_link.start();
}

void Subscriber::stop()
{
    m_link.stop();
    m_isReady = false;
    m_open.clear();
}

Subscriber::Status Subscriber::subscribe(Subscription subscription, std::span<const QByteArray> wanted)
{
    Names &known = names(subscription);
    const auto fresh = std::count_if(wanted.begin(), wanted.end(),
                                     [&known](const QByteArray &name) { return !known.contains(name); });
    if (subscriptions() + fresh > m_link.options().maxSubscriptions)
        return Status::Full;
    for (const QByteArray &name : wanted) {
        known[name].isWanted = true;
        change(subscription, name);
    }
    return Status::Taken;
}

void Subscriber::unsubscribe(Subscription subscription, std::span<const QByteArray> unwanted)
{
    Names &known = names(subscription);
    for (const QByteArray &name : unwanted) {
        const auto at = known.find(name);
        if (at == known.end())
            continue;
        at->isWanted = false;
        if (at->askedBy != 0 && m_link.isReady())
            change(subscription, name);
        else
            known.erase(at);
    }
}

qsizetype Subscriber::subscriptions() const noexcept
{
    return m_names[0].size() + m_names[1].size() + m_names[2].size();
}

/// Without a connection nothing is kept: the next one begins with everything.
void Subscriber::change(Subscription subscription, const QByteArray &name)
{
    if (!m_link.isReady())
        return;
    m_changed[static_cast<std::size_t>(subscription)].push_back(name);
    m_link.flushLater();
}

void Subscriber::onLinkOpened()
{
    m_open.clear();
    m_initial = 0;
}

void Subscriber::onLinkReady()
{
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        m_changed[kind].clear();
        for (auto at = m_names[kind].begin(); at != m_names[kind].end();) {
            at->askedBy = 0;
            if (at->isWanted)
                m_changed[kind].push_back((at++).key());
            else
                at = m_names[kind].erase(at);
        }
    }
    onLinkFlush();
    for (Open &open : m_open)
        open.isInitial = true;
    m_initial = m_open.size();
    if (m_initial == 0) {
        m_isReady = true;
        m_listener.onReady();
    }
}

void Subscriber::onLinkFlush()
{
    ++m_flushes;
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        const auto subscription = static_cast<Subscription>(kind);
        std::vector<QByteArray> wanted;
        std::vector<QByteArray> unwanted;
        for (const QByteArray &name : std::exchange(m_changed[kind], {})) {
            const auto at = m_names[kind].find(name);
            if (at == m_names[kind].end() || at->isWanted == (at->askedBy != 0))
                continue; // came to nothing, or is done
            if (at->isWanted) {
                at->askedBy = m_flushes;
                wanted.push_back(name);
            } else {
                m_names[kind].erase(at);
                unwanted.push_back(name);
            }
        }
        ask(Kind::Unsubscribe, subscription, unwanted);
        ask(Kind::Subscribe, subscription, wanted);
    }
}

void Subscriber::ask(Kind kind, Subscription subscription, std::vector<QByteArray> &names)
{
    const Words &named = wordsOf(subscription);
    const Arg head(kind == Kind::Subscribe ? named.subscribe : named.unsubscribe);
    for (std::size_t begin = 0; begin < names.size(); begin += batch) {
        const std::size_t count = std::min(batch, names.size() - begin);
        const std::vector<Arg> part(names.begin() + static_cast<std::ptrdiff_t>(begin),
                                    names.begin() + static_cast<std::ptrdiff_t>(begin + count));
        m_link.write({std::span(&head, 1), std::span<const Arg>(part)});
        m_open.push_back({kind, subscription, count, m_flushes, false, m_clock.monotonic()});
        m_counters.add(Counter::RedisCommands);
    }
}

bool Subscriber::onLinkReply(Reply &reply)
{
    if (reply.isError()) {
        refused(reply);
        return true;
    }
    const bool isPong =
        reply.isStatus("PONG") || reply[0].bytes == "pong"; // before any subscription, and after
    if (isPong) {
        if (m_open.empty() || m_open.front().kind != Kind::Ping)
            return false;
        answered();
        return true;
    }
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        const auto subscription = static_cast<Subscription>(kind);
        const QByteArray &word = reply[0].bytes;
        if (word == words[kind].message)
            return takeMessage(reply, subscription);
        if (word == words[kind].subscribe)
            return takeConfirmation(reply, Kind::Subscribe, subscription);
        if (word == words[kind].unsubscribe)
            return takeConfirmation(reply, Kind::Unsubscribe, subscription);
    }
    return false;
}

bool Subscriber::takeMessage(const Reply &reply, Subscription subscription)
{
    const std::size_t channelAt = wordsOf(subscription).channelAt;
    if (reply.size() != channelAt + 2 || !reply[channelAt].isBulk() || !reply[channelAt + 1].isBulk())
        return false;
    m_counters.add(Counter::RedisMessages);
    const auto at = names(subscription).constFind(reply[1].bytes);
    if (at == names(subscription).constEnd() || !at->isWanted)
        return true; // published before Redis heard that it is unsubscribed from
    Message message{subscription, {}, reply[channelAt].bytes, reply[channelAt + 1].bytes};
    if (subscription == Subscription::Pattern)
        message.pattern = reply[1].bytes;
    m_listener.onMessage(message);
    return true;
}

bool Subscriber::takeConfirmation(const Reply &reply, Kind kind, Subscription subscription)
{
    if (m_open.empty() || m_open.front().kind != kind || m_open.front().subscription != subscription)
        return false;
    const quint64 number = m_open.front().number;
    const bool isLast = --m_open.front().answers == 0;
    if (kind == Kind::Subscribe) {
        const auto at = names(subscription).constFind(reply[1].bytes);
        const bool isAnswer = at != names(subscription).constEnd() && at->askedBy == number;
        if (isAnswer && at->isWanted)
            m_listener.onSubscribed(subscription, reply[1].bytes);
    }
    if (isLast && !m_open.empty()) // the listener may have stopped us
        answered();
    return true;
}

void Subscriber::answered()
{
    const bool isInitial = m_open.front().isInitial;
    m_open.pop_front();
    if (isInitial && --m_initial == 0) {
        m_isReady = true;
        m_listener.onReady();
    }
}

void Subscriber::refused(const Reply &reply)
{
    m_counters.add(Counter::RedisErrors);
    if (const auto reason = failoverReason(reply))
        m_link.drop(*reason);
    else if (reply.errorCode() == "NOPERM")
        m_link.drop(LossReason::Permission, QStringLiteral("a subscription, by its ACL"));
    else
        m_link.drop(LossReason::Rejected, QStringLiteral("a subscription"));
}

void Subscriber::onLinkIdle()
{
    m_link.write({"PING"});
    m_open.push_back({Kind::Ping, Subscription::Channel, 1, 0, false, m_clock.monotonic()});
}

std::optional<Milliseconds> Subscriber::unansweredSince() const
{
    return m_open.empty() ? std::nullopt : std::optional(m_open.front().since);
}

void Subscriber::onLinkLost(const Loss &loss)
{
    m_isReady = false;
    m_open.clear();
    m_listener.onLost(loss);
}

} // namespace concierge::redis
