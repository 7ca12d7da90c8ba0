#pragma once

#include "metrics/Histogram.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace concierge::metrics {

/// What is counted. Counters only grow; a "now" figure is the difference of two of them.
enum class Counter : std::uint8_t {
    TcpAccepted,
    TcpClosed,
    HttpRequests,
    HttpRefused,    ///< answered 4xx/5xx by the gate or the Engine.IO checks; each has a Refused
    SessionsOpened, ///< Engine.IO handshakes
    SessionsClosed,
    SessionsUpgraded, ///< polling to WebSocket
    WebSocketsOpened, ///< sessions that began on a WebSocket, or moved to one
    WebSocketsClosed,
    SlowConsumers,    ///< sessions closed because their outbox was full
    SocketsConnected, ///< Socket.IO CONNECTs accepted
    SocketsClosed,
    SocketsRecovered, ///< got their session back after a gap
    SocketsExpired,   ///< lost their connection because their token had expired
    BytesIn,          ///< payload bytes of HTTP bodies and WebSocket messages
    BytesOut,
    MessagesIn,        ///< sendMessage accepted
    MessagesDelivered, ///< getMessage written, one per receiving user
    MessagesStored,
    MessagesRead, ///< by messageRead, one per reading user
    MessagesExpired,
    MessagesDuplicate, ///< sent again with their messageId, and answered as before
    EventsRejected,    ///< answered with an error code
    PresenceRounds,
    PresenceBytes,
    MailboxRefused,       ///< events answered `unavailable` because the chat mailbox was full
    ReadPauses,           ///< times that a client was read from later, for it sent more than it may
    AcceptPauses,         ///< times that no more connections were taken, for want of descriptors
    TlsHandshakes,        ///< that were completed
    TlsReloads,           ///< certificates that were taken while the server ran
    TlsReloadFailures,    ///< pairs of files that were not
    RedisConnected,       ///< connections to Redis that became ready; with RedisLost, how many are now
    RedisLost,            ///< of them, that have ended
    RedisConnectFailures, ///< attempts that failed
    RedisCommands,        ///< answered, or subscribed with
    RedisErrors,          ///< of them, that were answered with an error
    RedisUnanswered,      ///< commands whose connection ended before their answer
    RedisProtocolErrors,  ///< connections that were dropped because of what was said on them
    RedisMessages,        ///< that came by a subscription
    RedisBytesIn,
    RedisBytesOut,
    CounterCount
};

/// Why a request was refused, and with it mostly a connection.
enum class Refused : std::uint8_t {
    Origin,
    Draining,
    BadRequest,
    UnknownSession, ///< a sid of before a restart, or of a session that has ended
    UnknownTransport,
    BadMethod,
    UnsupportedProtocol, ///< an Engine.IO version other than 4
    NotFound,
    TooLarge,
    Timeout,
    TokenMissing, ///< token mode, a CONNECT without a token; and with one that is none, not good, …
    TokenMalformed,
    TokenAlgorithm, ///< signed in a way that no key is for
    TokenKey,       ///< its `kid` is none of ours
    TokenSignature,
    TokenExpired,
    TokenNotYetValid,
    TokenIssuer,
    TokenAudience,
    TokenUser,      ///< names no user
    TlsPlainHttp,   ///< HTTP to a port that speaks https
    TlsVersion,     ///< a client that knows TLS 1.1 at most
    TlsRejected,    ///< the client does not trust our certificate, or has no cipher of ours
    TlsFailed,      ///< no TLS, or a handshake that broke off
    TlsTimeout,     ///< a handshake that was not done in time
    ForeignOrigin,  ///< served over polling, but a browser keeps the answer from a page that is not listed
    MaxConnections, ///< the limits, from here on
    AddressConnections, ///< of one address
    AddressRate,        ///< new ones of one address
    UserConnections,    ///< a newUser of somebody who has too many sockets
    Memory,
    ConnectTimeout,  ///< a session that joined no namespace in time
    RegisterTimeout, ///< a socket that said no newUser in time
    RefusedCount
};
const char *toString(Refused reason) noexcept; ///< "origin", "bad_request", …

/// What is told as a histogram.
enum class Latency : std::uint8_t {
    Delivery, ///< from reading a message to writing it to a receiver who is online, µs
    Proof,    ///< from a ping that proves to its pong, µs
    Redis,    ///< from a command's turn to its answer, µs
    LatencyCount
};

/// Sessions now, and the highest that they were: a sampler would miss a peak between two looks. Shared by the
/// threads, which touch it once when a session begins and once when it ends. Thread: any.
class SessionPeak
{
public:
    void opened() noexcept
    {
        const std::int64_t now = m_now.fetch_add(1, std::memory_order_relaxed) + 1;
        std::int64_t peak = m_peak.load(std::memory_order_relaxed);
        while (peak < now && !m_peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
        }
    }
    void closed() noexcept { m_now.fetch_sub(1, std::memory_order_relaxed); }
    /// The highest since the last take().
    std::int64_t highest() const noexcept { return m_peak.load(std::memory_order_relaxed); }
    /// The same, and begins anew with as many as there are now.
    std::int64_t take() noexcept
    {
        const std::int64_t now = m_now.load(std::memory_order_relaxed);
        return std::max(now, m_peak.exchange(now, std::memory_order_relaxed));
    }

private:
    std::atomic<std::int64_t> m_now{0};
    std::atomic<std::int64_t> m_peak{0};
};

inline constexpr std::size_t maxCodes = 16; ///< of errors that events are answered with

/// One thread's counters. Only that thread adds (plain load and store, relaxed); any thread reads.
class alignas(64) ThreadCounters
{
public:
    /// `peak` outlives this object. Without one, no peak is known.
    explicit ThreadCounters(SessionPeak *peak = nullptr) noexcept
        : m_peak(peak)
    {}

    void add(Counter counter, std::uint64_t n = 1) noexcept
    {
        grow(m_cells[static_cast<std::size_t>(counter)], n);
    }
    std::uint64_t read(Counter counter) const noexcept
    {
        return m_cells[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
    }

    std::uint64_t read(Refused reason) const noexcept
    {
        return m_refused[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
    }
    std::uint64_t readRejected(std::uint8_t code) const noexcept
    {
        return m_rejected[code].load(std::memory_order_relaxed);
    }
    void refused(Refused reason) noexcept
    {
        add(Counter::HttpRefused);
        turnedAway(reason);
    }
    /// For that reason, but not by the answer to an HTTP request.
    void turnedAway(Refused reason) noexcept { grow(m_refused[static_cast<std::size_t>(reason)]); }
    /// An event was answered with an error. `code`: the chat's, as a number.
    void rejected(std::uint8_t code) noexcept
    {
        add(Counter::EventsRejected);
        grow(m_rejected[code]);
    }
    Histogram &latency(Latency of) noexcept { return m_latencies[static_cast<std::size_t>(of)]; }

    void sessionOpened() noexcept
    {
        add(Counter::SessionsOpened);
        if (m_peak)
            m_peak->opened();
    }
    void sessionClosed() noexcept
    {
        add(Counter::SessionsClosed);
        if (m_peak)
            m_peak->closed();
    }

private:
    friend class Metrics;

    using Cell = std::atomic<std::uint64_t>;
    static void grow(Cell &cell, std::uint64_t by = 1) noexcept
    {
        cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }

    SessionPeak *const m_peak;
    std::array<Cell, static_cast<std::size_t>(Counter::CounterCount)> m_cells{};
    std::array<Cell, static_cast<std::size_t>(Refused::RefusedCount)> m_refused{};
    std::array<Cell, maxCodes> m_rejected{};
    std::array<Histogram, static_cast<std::size_t>(Latency::LatencyCount)> m_latencies;
};

struct Snapshot
{
    std::array<std::uint64_t, static_cast<std::size_t>(Counter::CounterCount)> values{};
    std::array<std::uint64_t, static_cast<std::size_t>(Refused::RefusedCount)> refused{};
    std::array<std::uint64_t, maxCodes> rejected{}; ///< by the chat's error code

    std::uint64_t operator[](Counter counter) const noexcept
    {
        return values[static_cast<std::size_t>(counter)];
    }
};

/// Owns the threads' counters. Thread: registerThread and snapshot from any.
class Metrics
{
public:
    /// The block stays valid as long as this object lives.
    ThreadCounters &registerThread();
    Snapshot snapshot() const;
    HistogramSnapshot latency(Latency of) const;
    SessionPeak &sessionPeak() noexcept { return m_sessionPeak; }
    const SessionPeak &sessionPeak() const noexcept { return m_sessionPeak; }

private:
    SessionPeak m_sessionPeak;
    mutable std::mutex m_mutex; // guards the list only, never a count
    std::vector<std::unique_ptr<ThreadCounters>> m_threads;
};

} // namespace concierge::metrics
