#pragma once

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
    HttpRefused,    ///< answered 4xx/5xx by the gate or the Engine.IO checks
    SessionsOpened, ///< Engine.IO handshakes
    SessionsClosed,
    SessionsUpgraded, ///< polling to WebSocket
    SlowConsumers,    ///< sessions closed because their outbox was full
    SocketsConnected, ///< Socket.IO CONNECTs accepted
    SocketsClosed,
    BytesIn, ///< payload bytes of HTTP bodies and WebSocket messages
    BytesOut,
    MessagesIn,        ///< sendMessage accepted
    MessagesDelivered, ///< getMessage written, one per receiving user
    MessagesStored,
    EventsRejected, ///< answered with an error code
    PresenceRounds,
    PresenceBytes,
    MailboxRefused, ///< events answered `unavailable` because the chat mailbox was full
    AcceptPauses,   ///< times that no more connections were taken, for want of descriptors
    CounterCount
};

/// One thread's counters. Only that thread adds (plain load and store, relaxed); any thread reads.
class alignas(64) ThreadCounters
{
public:
    void add(Counter counter, std::uint64_t n = 1) noexcept
    {
        auto &cell = m_cells[static_cast<std::size_t>(counter)];
        cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t read(Counter counter) const noexcept
    {
        return m_cells[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
    }

private:
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Counter::CounterCount)> m_cells{};
};

struct Snapshot
{
    std::array<std::uint64_t, static_cast<std::size_t>(Counter::CounterCount)> values{};
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

private:
    mutable std::mutex m_mutex; // guards the list only, never a count
    std::vector<std::unique_ptr<ThreadCounters>> m_threads;
};

} // namespace concierge::metrics
