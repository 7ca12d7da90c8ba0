#pragma once

#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "shared/TokenBucket.h"
#include "transport/Http.h"

#include <QHostAddress>

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace concierge::engineio {

/// 0: no such limit.
struct AdmissionLimits
{
    qint64 sessions = 0;              ///< of all clients
    qint64 sessionsPerAddress = 0;    ///< of one address; an IPv6 network of 64 bits counts as one
    RateLimit handshakesPerAddress{}; ///< the same
    qsizetype idleAddresses = 65'536; ///< that have no session and are remembered for their rate
};

/// Whom the server lets in. One for all workers, so that its counts are exact whatever worker a client comes
/// to. Costs one lock of a shard at a handshake and one at a session's end, none in between. Its memory is
/// bounded: an entry an address that has a session, and `idleAddresses` more; the longest idle is forgotten,
/// which at worst gives somebody a new burst. Thread: any.
class Admission
{
public:
    explicit Admission(AdmissionLimits limits);

    struct Refusal
    {
        metrics::Refused reason;
        int status;         ///< 503: for everybody; 429: for that address
        int retryAfter;     ///< seconds
        QByteArray message; ///< one sentence
    };
    /// Takes a place that release() gives back; or says why there is none.
    std::optional<Refusal> admit(const QHostAddress &address, Microseconds now);
    void release(const QHostAddress &address, Microseconds now);

    /// Memory is over its watermark: nobody comes in. Thread: any.
    void setMemoryScarce(bool isScarce) noexcept { m_isMemoryScarce.store(isScarce); }
    bool isMemoryScarce() const noexcept { return m_isMemoryScarce.load(); }
    /// There are as many sessions as there may be.
    bool isFull() const noexcept;
    /// Addresses that are remembered, for tests.
    qsizetype addresses() const;

private:
    struct Key
    {
        quint64 high = 0;
        quint64 low = 0;
        friend bool operator==(const Key &, const Key &) = default;
    };
    struct KeyHash
    {
        std::size_t operator()(const Key &key) const noexcept;
    };
    struct Entry
    {
        qint64 sessions = 0;
        TokenBucket handshakes;
        std::list<Key>::iterator idle; // valid where there are no sessions
    };
    struct Shard
    {
        mutable std::mutex mutex; // guards the others
        std::unordered_map<Key, Entry, KeyHash> entries;
        std::list<Key> idle; // the longest idle first
    };

    static Key keyOf(const QHostAddress &address);
    Shard &shardOf(const Key &key) { return m_shards[KeyHash()(key) % m_shards.size()]; }
    std::optional<Refusal> admitAddress(const QHostAddress &address, Microseconds now);
    void forgetIdle(Shard &shard, Microseconds now) const;
    bool limitsAddresses() const noexcept
    {
        return m_limits.sessionsPerAddress > 0 || !m_limits.handshakesPerAddress.isOff();
    }

    const AdmissionLimits m_limits;
    std::atomic<qint64> m_sessions{0};
    std::atomic<bool> m_isMemoryScarce{false};
    std::array<Shard, 16> m_shards;
};

/// The answer to a plain request, with Retry-After; the reference server's code 4.
transport::HttpResponse jsonAnswer(const Admission::Refusal &refusal);
/// The answer to a WebSocket handshake: the message as text.
transport::HttpResponse textAnswer(const Admission::Refusal &refusal);

} // namespace concierge::engineio
