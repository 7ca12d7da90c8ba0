#include "redis/Client.h"

#include <QLoggingCategory>

namespace concierge::redis {

using metrics::Counter;

Q_DECLARE_LOGGING_CATEGORY(lcRedis)

namespace {

constexpr int maxRepeats = 3; ///< of a script that Redis goes on forgetting

} // namespace

Client::Client(Options options, const Clock &clock, metrics::ThreadCounters &counters,
               ClientListener &listener)
    : m_listener(listener)
    , m_clock(clock)
    , m_counters(counters)
    , m_roundTrips(counters.latency(metrics::Latency::Redis))
    , m_link(std::move(options), clock, counters, *this)
{}

Client::~Client() = default;

void Client::start()
{
    m_link.start();
}

void Client::stop()
{
    m_isReady = false;
    m_link.stop();
    answerAll();
}

SendStatus Client::send(std::span<const Arg> words, Callback callback)
{
    if (const auto refused = refusal(encodedBytes({words})))
        return *refused;
    beginTurn();
    m_link.write({words});
    opened(Kind::Command, std::move(callback));
    return SendStatus::Taken;
}

SendStatus Client::run(ScriptId script, std::span<const Arg> keys, std::span<const Arg> arguments,
                       Callback callback)
{
    const Arg head[]{"EVALSHA", m_scripts.sha(script), keys.size()};
    if (const auto refused = refusal(encodedBytes({head, keys, arguments})))
        return *refused;
    auto call = std::make_unique<ScriptCall>();
    call->script = script;
    appendCommand(call->command, {head, keys, arguments});
    beginTurn();
    m_link.writeEncoded(call->command);
    opened(Kind::Script, std::move(callback), std::move(call));
    return SendStatus::Taken;
}

std::optional<SendStatus> Client::refusal(qint64 bytes) const
{
    if (!m_isReady)
        return SendStatus::NotReady;
    const Options &options = m_link.options();
    if (unanswered() >= options.maxUnanswered || unansweredBytes() + bytes > options.maxUnansweredBytes)
        return SendStatus::Full;
    return std::nullopt;
}

/// One look at the clock for all that is written at once.
void Client::beginTurn()
{
    if (!m_link.hasGathered())
        m_turnAt = m_clock.precise();
}

/// Of what was just written.
void Client::opened(Kind kind, Callback callback, std::unique_ptr<ScriptCall> call)
{
    m_open.push_back({std::move(callback), std::move(call), m_turnAt, m_link.given(), kind});
}

void Client::load(ScriptId script)
{
    beginTurn();
    m_link.write({"SCRIPT", "LOAD", m_scripts.source(script)});
    m_scripts.setLoadedUpTo(script, m_link.given());
    opened(Kind::Load);
}

void Client::onLinkOpened()
{
    m_answeredUpTo = m_link.given();
    for (std::size_t index = 0; index < m_scripts.count(); ++index)
        load(m_scripts.at(index));
}

void Client::onLinkReady()
{
    m_isReady = true;
    m_listener.onReady();
}

bool Client::onLinkReply(Reply &reply)
{
    if (m_open.empty())
        return false;
    Open open = std::move(m_open.front());
    m_open.pop_front();
    m_answeredUpTo = open.end;
    if (const auto reason = failoverReason(reply); reason && !m_leaving) {
        m_leaving = reason;
        m_isReady = false;
    }
    switch (open.kind) {
    case Kind::Command:
        answer(open, reply);
        break;
    case Kind::Script:
        if (!isRepeated(open, reply))
            answer(open, reply);
        break;
    case Kind::Load:
        if (reply.isError())
            qCWarning(lcRedis).noquote()
                << m_link.options().name + ": Redis at" << m_link.options().url.place()
                << "does not load a script:" << reply.errorCode().toByteArray();
        break;
    case Kind::Ping:
        break;
    }
    if (m_leaving && m_open.empty())
        m_link.drop(*m_leaving);
    return true;
}

void Client::answer(Open &open, Reply &reply)
{
    m_counters.add(Counter::RedisCommands);
    if (reply.isError())
        m_counters.add(Counter::RedisErrors);
    m_roundTrips.add(static_cast<std::uint64_t>((m_link.heardAt() - open.since).count()));
    if (open.callback)
        open.callback(std::move(reply));
}

/// Redis has forgotten the script: loads it, unless that is on its way already, and sends the call again.
bool Client::isRepeated(Open &open, const Reply &reply)
{
    if (reply.errorCode() != "NOSCRIPT" || m_leaving || open.call->repeats == maxRepeats)
        return false;
    if (!m_scripts.isLoadedBehind(open.call->script, open.end))
        load(open.call->script);
    ++open.call->repeats;
    m_link.writeEncoded(open.call->command);
    open.end = m_link.given();
    m_open.push_back(std::move(open));
    return true;
}

void Client::onLinkIdle()
{
    beginTurn();
    m_link.write({"PING"});
    opened(Kind::Ping);
}

std::optional<Milliseconds> Client::unansweredSince() const
{
    if (m_open.empty())
        return std::nullopt;
    return std::chrono::duration_cast<Milliseconds>(m_open.front().since);
}

void Client::onLinkLost(const Loss &loss)
{
    m_isReady = false;
    answerAll();
    if (m_link.isStarted()) // a callback may have stopped it
        m_listener.onLost(loss);
}

void Client::answerAll()
{
    m_leaving.reset();
    for (const Open &open : std::exchange(m_open, {})) {
        if (open.kind != Kind::Command && open.kind != Kind::Script)
            continue;
        m_counters.add(Counter::RedisUnanswered);
        if (open.callback)
            open.callback(open.end > m_link.taken() ? Unanswered::NotSent : Unanswered::Lost);
    }
}

} // namespace concierge::redis
