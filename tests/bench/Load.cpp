#include "Load.h"

#include "Figures.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/epoll.h>
#include <unistd.h>

namespace concierge::bench {

Load::Load(const Options &options)
    : m_options(options)
    , m_deadline(now() + nanoseconds(options.timeout))
    , m_epoll(::epoll_create1(EPOLL_CLOEXEC))
{
    if (m_epoll < 0)
        throw LoadError(std::string("epoll_create1: ") + std::strerror(errno));
}

Load::~Load()
{
    ::close(m_epoll);
}

std::string Load::run()
{
    switch (m_options.mode) {
    case Mode::PingPong:
        return runPingPong();
    case Mode::Online:
        return runOnline();
    case Mode::Idle:
        return runIdle();
    case Mode::Send:
        return runSend();
    case Mode::Waiting:
        return runWaiting();
    case Mode::Disk:
        return runDisk(m_options);
    }
    return {};
}

std::string Load::runPingPong()
{
    connectAll(m_options.clients, true, m_options.window);
    connectAll(m_options.idle, false, m_options.window);
    waitForQuiet();
    m_isPlaying = true;
    for (int i = 0; i < m_options.clients; ++i) {
        Connection &connection = *m_connections[static_cast<std::size_t>(i)];
        connection.setPartner(userName(i ^ 1));
        for (int k = 0; k < m_options.inFlight; ++k)
            connection.sendMessage();
        if (const auto error = connection.flush(); !error.empty())
            throw LoadError(error);
        watch(connection);
    }
    runFor(m_options.warmup);
    m_isMeasuring = true;
    const ProcessUsage before = usageOf(m_options.serverPid);
    const ProcessUsage ownBefore = usageOf(::getpid());
    const std::uint64_t begin = now();
    const std::uint64_t bytesBefore = bytesReceived();
    runFor(m_options.seconds);
    const double seconds = secondsBetween(begin, now());
    const ProcessUsage after = usageOf(m_options.serverPid);
    const ProcessUsage ownAfter = usageOf(::getpid());
    const double messages = static_cast<double>(std::max<std::uint64_t>(m_messages, 1));
    return formatted("{\"mode\":\"pingpong\",\"clients\":%d,\"inFlight\":%d,\"idle\":%d,\"seconds\":%.3f,"
                     "\"messages\":%llu,"
                     "\"messagesPerSecond\":%.1f,\"p50Us\":%u,\"p99Us\":%u,\"bytesReceived\":%llu,"
                     "\"serverCpuSeconds\":%.2f,"
                     "\"serverCpuUsPerMessage\":%.3f,\"serverRssBytes\":%lld,\"loadCpuSeconds\":%.2f}",
                     m_options.clients, m_options.inFlight, m_options.idle, seconds,
                     static_cast<unsigned long long>(m_messages), static_cast<double>(m_messages) / seconds,
                     percentile(m_latencies, 0.5), percentile(m_latencies, 0.99),
                     static_cast<unsigned long long>(bytesReceived() - bytesBefore),
                     after.cpuSeconds - before.cpuSeconds,
                     (after.cpuSeconds - before.cpuSeconds) * 1e6 / messages,
                     static_cast<long long>(after.rssBytes), ownAfter.cpuSeconds - ownBefore.cpuSeconds);
}

std::string Load::runOnline()
{
    const ProcessUsage before = usageOf(m_options.serverPid);
    const std::uint64_t begin = now();
    connectAll(m_options.clients, true, m_options.window);
    const double registered = secondsBetween(begin, now());
    waitForQuiet();
    const double quiet = secondsBetween(begin, m_lastData);
    const ProcessUsage after = usageOf(m_options.serverPid);
    return formatted("{\"mode\":\"online\",\"clients\":%d,\"bytesReceived\":%llu,\"secondsRegistered\":%.3f,"
                     "\"secondsQuiet\":%.3f,\"serverCpuSeconds\":%.2f}",
                     m_options.clients, static_cast<unsigned long long>(bytesReceived()), registered, quiet,
                     after.cpuSeconds - before.cpuSeconds);
}

std::string Load::runIdle()
{
    // The first few make the server load what it loads once; they do not count.
    constexpr int few = 20;
    connectAll(few, false, m_options.window);
    runFor(0.5);
    const ProcessUsage before = usageOf(m_options.serverPid);
    const std::uint64_t begin = now();
    connectAll(m_options.clients, false, m_options.window);
    const double connected = secondsBetween(begin, now());
    const ProcessUsage atOnce = usageOf(m_options.serverPid);
    runFor(m_options.seconds);
    const ProcessUsage after = usageOf(m_options.serverPid);
    return formatted("{\"mode\":\"idle\",\"clients\":%d,\"secondsConnected\":%.3f,\"connectCpuSeconds\":%.2f,"
                     "\"rssBytesBefore\":%lld,\"rssBytesAfter\":%lld,\"rssBytesPerConnection\":%.0f}",
                     m_options.clients, connected, atOnce.cpuSeconds - before.cpuSeconds,
                     static_cast<long long>(before.rssBytes), static_cast<long long>(after.rssBytes),
                     static_cast<double>(after.rssBytes - before.rssBytes) / m_options.clients);
}

/// Sets up `count` more connections, `window` at a time, and returns when all are ready.
void Load::connectAll(int count, bool registering, int window)
{
    const int all = static_cast<int>(m_connections.size()) + count;
    while (m_ready < all) {
        while (static_cast<int>(m_connections.size()) < all &&
               static_cast<int>(m_connections.size()) - m_ready < window)
            openNext(registering);
        turn(100);
    }
}

void Load::openNext(bool registering)
{
    const int index = static_cast<int>(m_connections.size());
    Connection::Listener &listener = *this;
    const bool isWaiting = m_options.mode == Mode::Waiting;
    const bool hasChoice = isWaiting || m_options.mode == Mode::Send;
    const std::string user = isWaiting ? awayName(static_cast<std::uint64_t>(index)) : userName(index);
    const auto token = m_options.tokens.find(user);
    m_connections.push_back(
        std::make_unique<Connection>(index, registering ? user : std::string(),
                                     token == m_options.tokens.end() ? std::string() : token->second,
                                     hasChoice ? m_options.presence : Presence::List, listener));
    m_isWatchingWrite.push_back(true);
    Connection &connection = *m_connections.back();
    if (const auto error = connection.open(m_options.host, m_options.port, m_options.path); !error.empty())
        throw LoadError("connection " + std::to_string(index) + ": " + error);
    epoll_event event = {};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.u32 = static_cast<std::uint32_t>(index);
    if (::epoll_ctl(m_epoll, EPOLL_CTL_ADD, connection.fd(), &event) != 0)
        throw LoadError(std::string("epoll_ctl: ") + std::strerror(errno));
}

/// Watches for writability only while something waits to be written.
void Load::watch(const Connection &connection)
{
    const auto index = static_cast<std::size_t>(connection.index());
    const bool wants = connection.wantsWrite();
    if (wants == m_isWatchingWrite[index])
        return;
    m_isWatchingWrite[index] = wants;
    epoll_event event = {};
    event.events = wants ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(connection.index());
    ::epoll_ctl(m_epoll, EPOLL_CTL_MOD, connection.fd(), &event);
}

void Load::turn(int timeoutMs)
{
    if (now() > m_deadline)
        throw LoadError("not finished within --timeout; ready: " + std::to_string(m_ready) + " of " +
                        std::to_string(m_connections.size()));
    std::array<epoll_event, 512> events{};
    const int count = ::epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), timeoutMs);
    for (int i = 0; i < count; ++i) {
        const epoll_event &event = events[static_cast<std::size_t>(i)];
        Connection &connection = *m_connections[event.data.u32];
        const std::uint64_t bytes = connection.bytesReceived();
        const bool canRead = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
        const bool canWrite = (event.events & (EPOLLOUT | EPOLLERR)) != 0;
        const Connection::State state = connection.state();
        if (const auto error = connection.handle(canRead, canWrite); !error.empty())
            throw LoadError("connection " + std::to_string(event.data.u32) + " (" + Connection::name(state) +
                            "): " + error);
        // A heartbeat is a few bytes, and there is always one somewhere: it is no news.
        if (connection.bytesReceived() - bytes > 8)
            m_lastData = now();
        watch(connection);
    }
}

void Load::runFor(double seconds)
{
    const std::uint64_t end = now() + nanoseconds(seconds);
    for (std::uint64_t time = now(); time < end; time = now())
        turn(static_cast<int>(std::min<std::uint64_t>((end - time) / 1'000'000U, 100)));
}

/// Returns when no connection has heard anything for --quiet seconds.
void Load::waitForQuiet()
{
    while (now() - m_lastData < nanoseconds(m_options.quiet))
        turn(10);
}

std::uint64_t Load::bytesReceived() const
{
    std::uint64_t bytes = 0;
    for (const auto &connection : m_connections)
        bytes += connection->bytesReceived();
    return bytes;
}

void Load::onReady(Connection &)
{
    ++m_ready;
}

void Load::onMessage(Connection &connection, std::uint64_t number)
{
    if (m_options.mode == Mode::Waiting) {
        std::uint32_t &next = m_next[static_cast<std::size_t>(connection.index())];
        m_misplaced += number == next ? 0 : 1;
        ++next;
        ++m_messages;
        m_lastMessage = now();
        return;
    }
    if (m_options.mode == Mode::Send) {
        ++m_got;
        if (m_isMeasuring)
            m_latencies.push_back(static_cast<std::uint32_t>((now() - m_intended[number]) / 1'000U));
        return;
    }
    if (!m_isPlaying)
        return;
    if (m_isMeasuring) {
        ++m_messages;
        m_latencies.push_back(static_cast<std::uint32_t>((now() - number) / 1'000U));
    }
    connection.sendMessage();
}

} // namespace concierge::bench
