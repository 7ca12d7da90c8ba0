#include "Figures.h"
#include "Load.h"

#include <algorithm>
#include <unistd.h>

namespace concierge::bench {

namespace {

using Count = unsigned long long;

} // namespace

/// Message number n goes to away-(n mod users) and says n / users: the next of that user.
std::string Load::runSend()
{
    connectAll(m_options.clients, true, m_options.window);
    waitForQuiet();
    const ProcessUsage empty = usageOf(m_options.serverPid);
    m_isSending = true;
    const std::uint64_t start = now();
    if (m_options.rate == 0) {
        for (int k = 0; k < m_options.inFlight; ++k) {
            for (const auto &connection : m_connections)
                sendNext(*connection, now());
        }
        for (const auto &connection : m_connections)
            flush(*connection);
    }
    const bool isCounted = m_options.messages > 0;
    const auto runUntil = [&](std::uint64_t end) {
        while (isCounted ? !isSendingDone() : now() < end) {
            sendDue(start);
            turn(1);
        }
    };
    if (!isCounted)
        runUntil(start + nanoseconds(m_options.warmup));
    m_isMeasuring = true;
    const ProcessUsage before = usageOf(m_options.serverPid);
    const ProcessUsage ownBefore = usageOf(::getpid());
    const std::uint64_t sentBefore = m_intended.size();
    const std::uint64_t begin = now();
    runUntil(begin + nanoseconds(m_options.seconds));
    const double seconds = secondsBetween(begin, now());
    const ProcessUsage after = usageOf(m_options.serverPid);
    const ProcessUsage ownAfter = usageOf(::getpid());
    // Answers that are still on their way count for nothing but that they come.
    m_isMeasuring = isCounted;
    m_isSending = false;
    const auto sent = static_cast<std::uint64_t>(m_intended.size());
    while (m_options.acks && m_answered < sent)
        turn(10);
    waitForQuiet();
    const ProcessUsage end = usageOf(m_options.serverPid);
    // At a rate, answers to what was sent before come while this is measured, and some come after.
    const std::uint64_t counted = m_options.rate > 0 && !isCounted ? sent - sentBefore : m_taken;
    const double cpu = after.cpuSeconds - before.cpuSeconds;
    if (!m_refusal.empty())
        std::fprintf(stderr, "refused, the first: %.200s\n", m_refusal.c_str());
    return formatted(
        "{\"mode\":\"send\",\"clients\":%d,\"inFlight\":%d,\"rate\":%.0f,\"acks\":%d,\"ownIds\":%d,"
        "\"seconds\":%.3f,\"sent\":%llu,\"answered\":%llu,\"refused\":%llu,\"got\":%llu,"
        "\"messagesPerSecond\":%.1f,\"ackP50Us\":%u,\"ackP99Us\":%u,\"ackMaxUs\":%u,"
        "\"p50Us\":%u,\"p99Us\":%u,\"serverCpuSeconds\":%.2f,\"serverCpuUsPerMessage\":%.3f,"
        "\"loadCpuSeconds\":%.2f,\"rssBytesBefore\":%lld,\"rssBytesAfter\":%lld,"
        "\"rssBytesPeak\":%lld}",
        m_options.clients, m_options.inFlight, m_options.rate, int(m_options.acks), int(m_options.ownIds),
        seconds, static_cast<Count>(sent), static_cast<Count>(m_answered), static_cast<Count>(m_refused),
        static_cast<Count>(m_got), static_cast<double>(counted) / seconds, percentile(m_ackLatencies, 0.5),
        percentile(m_ackLatencies, 0.99), percentile(m_ackLatencies, 1), percentile(m_latencies, 0.5),
        percentile(m_latencies, 0.99), cpu,
        cpu * 1e6 / static_cast<double>(std::max<std::uint64_t>(counted, 1)),
        ownAfter.cpuSeconds - ownBefore.cpuSeconds, static_cast<long long>(empty.rssBytes),
        static_cast<long long>(end.rssBytes), static_cast<long long>(end.peakRssBytes));
}

bool Load::isSendingDone() const
{
    const auto all = static_cast<std::uint64_t>(m_options.messages);
    return m_intended.size() >= all && (!m_options.acks || m_answered >= all);
}

/// Sends what should have been sent by now, however late: what the server's delays delay counts as its own.
void Load::sendDue(std::uint64_t begin)
{
    if (m_options.rate == 0)
        return;
    const std::uint64_t time = now();
    const auto clients = m_connections.size();
    const auto first = static_cast<std::size_t>(m_intended.size());
    for (;;) {
        const auto number = m_intended.size();
        const std::uint64_t due = begin + nanoseconds(static_cast<double>(number) / m_options.rate);
        if (due > time ||
            (m_options.messages > 0 && number >= static_cast<std::uint64_t>(m_options.messages)))
            break;
        sendNext(*m_connections[number % clients], due);
    }
    for (std::size_t i = 0; i < std::min(m_intended.size() - first, clients); ++i)
        flush(*m_connections[(first + i) % clients]);
}

void Load::sendNext(Connection &connection, std::uint64_t intended)
{
    const std::uint64_t number = m_intended.size();
    if (m_options.messages > 0 && number >= static_cast<std::uint64_t>(m_options.messages))
        return;
    m_intended.push_back(intended);
    const bool isAway = m_options.target == Target::Offline;
    const auto users = static_cast<std::uint64_t>(m_options.users);
    const std::string receiver = isAway ? awayName(number % users) : userName(connection.index() ^ 1);
    connection.send({receiver, isAway ? number / users : number, static_cast<std::size_t>(m_options.textSize),
                     m_options.acks ? std::optional(number + 1) : std::nullopt, m_options.ownIds});
}

void Load::flush(Connection &connection)
{
    if (const auto error = connection.flush(); !error.empty())
        throw LoadError(error);
    watch(connection);
}

void Load::onAck(Connection &connection, std::uint64_t id, std::string_view error)
{
    ++m_answered;
    if (!error.empty()) {
        ++m_refused;
        if (m_refusal.empty())
            m_refusal = error;
    } else if (m_isMeasuring) {
        ++m_taken;
        m_ackLatencies.push_back(static_cast<std::uint32_t>((now() - m_intended[id - 1]) / 1'000U));
    }
    if (m_isSending && m_options.rate == 0)
        sendNext(connection, now()); // handle() flushes
}

std::string Load::runWaiting()
{
    const auto clients = static_cast<std::uint64_t>(m_options.clients);
    m_next.resize(clients);
    const ProcessUsage before = usageOf(m_options.serverPid);
    const std::uint64_t begin = now();
    connectAll(m_options.clients, true, m_options.clients);
    const double registered = secondsBetween(begin, now());
    const std::uint64_t expected = clients * static_cast<std::uint64_t>(m_options.waiting);
    while (m_messages < expected)
        turn(10);
    waitForQuiet(); // for what comes twice
    const ProcessUsage after = usageOf(m_options.serverPid);
    const auto complete =
        std::count(m_next.begin(), m_next.end(), static_cast<std::uint32_t>(m_options.waiting));
    return formatted(
        "{\"mode\":\"waiting\",\"clients\":%d,\"complete\":%lld,\"messages\":%llu,\"expected\":%llu,"
        "\"misplaced\":%llu,\"secondsRegistered\":%.3f,\"secondsToLastMessage\":%.3f,"
        "\"bytesReceived\":%llu,\"serverCpuSeconds\":%.2f,\"rssBytesBefore\":%lld,"
        "\"rssBytesAfter\":%lld,\"rssBytesPeak\":%lld}",
        m_options.clients, static_cast<long long>(complete), static_cast<Count>(m_messages),
        static_cast<Count>(expected), static_cast<Count>(m_misplaced), registered,
        m_lastMessage > 0 ? secondsBetween(begin, m_lastMessage) : 0.0, static_cast<Count>(bytesReceived()),
        after.cpuSeconds - before.cpuSeconds, static_cast<long long>(before.rssBytes),
        static_cast<long long>(after.rssBytes), static_cast<long long>(after.peakRssBytes));
}

} // namespace concierge::bench
