#include "engineio/Admission.h"

#include "transport/ClientAddress.h"

#include <QHashFunctions>
#include <QtEndian>

#include <algorithm>

namespace concierge::engineio {

using metrics::Refused;

namespace {

constexpr int busyRetrySeconds = 5;     ///< the server's own limits: others leave all the time
constexpr int addressRetrySeconds = 10; ///< somebody else of that address has to leave

transport::HeaderList retryAfter(int seconds)
{
    return {{QByteArrayLiteral("retry-after"), QByteArray::number(seconds)}};
}

} // namespace

Admission::Admission(AdmissionLimits limits)
    : m_limits(limits)
{}

std::size_t Admission::KeyHash::operator()(const Key &key) const noexcept
{
    return qHashMulti(QHashSeed::globalSeed(), key.high, key.low); // clients may choose their addresses
}

/// IPv6 networks are given out by 64 bits and more: whoever has one has all addresses in it.
Admission::Key Admission::keyOf(const QHostAddress &address)
{
    const QHostAddress plain = transport::plainAddress(address);
    if (plain.protocol() == QAbstractSocket::IPv4Protocol)
        return {0, 0xFFFF'0000'0000ULL | plain.toIPv4Address()};
    const Q_IPV6ADDR bytes = plain.toIPv6Address();
    return {qFromBigEndian<quint64>(bytes.c), 0};
}

bool Admission::isFull() const noexcept
{
    return m_limits.sessions > 0 && m_sessions.load(std::memory_order_relaxed) >= m_limits.sessions;
}

std::optional<Admission::Refusal> Admission::admit(const QHostAddress &address, Microseconds now)
{
    if (isMemoryScarce())
        return Refusal{Refused::Memory, 503, busyRetrySeconds,
                       QByteArrayLiteral("The server is short of memory, try again later")};
    const qint64 before = m_sessions.fetch_add(1, std::memory_order_relaxed);
    std::optional<Refusal> refusal;
    if (m_limits.sessions > 0 && before >= m_limits.sessions)
        refusal =
            Refusal{Refused::MaxConnections, 503, busyRetrySeconds,
                    QByteArrayLiteral("The server has as many connections as it may have, try again later")};
    else if (limitsAddresses())
        refusal = admitAddress(address, now);
    if (refusal)
        m_sessions.fetch_sub(1, std::memory_order_relaxed);
    return refusal;
}

std::optional<Admission::Refusal> Admission::admitAddress(const QHostAddress &address, Microseconds now)
{
    const Key key = keyOf(address);
    Shard &shard = shardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto [found, isNew] = shard.entries.try_emplace(key);
    Entry &entry = found->second;
    if (isNew)
        entry.idle = shard.idle.insert(shard.idle.end(), key);
    if (m_limits.sessionsPerAddress > 0 && entry.sessions >= m_limits.sessionsPerAddress)
        return Refusal{Refused::AddressConnections, 429, addressRetrySeconds,
                       QByteArrayLiteral("Too many connections from this address, try again later")};
    if (!entry.handshakes.take(m_limits.handshakesPerAddress, now)) {
        const Microseconds wait = entry.handshakes.untilNext(m_limits.handshakesPerAddress, now);
        forgetIdle(shard, now);
        return Refusal{
            Refused::AddressRate, 429, static_cast<int>(wait.count() / 1'000'000) + 1,
            QByteArrayLiteral("Too many new connections from this address, try again in a moment")};
    }
    if (entry.sessions++ == 0)
        shard.idle.erase(entry.idle);
    forgetIdle(shard, now);
    return std::nullopt;
}

void Admission::release(const QHostAddress &address, Microseconds now)
{
    m_sessions.fetch_sub(1, std::memory_order_relaxed);
    if (!limitsAddresses())
        return;
    const Key key = keyOf(address);
    Shard &shard = shardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end() || found->second.sessions == 0)
        return;
    if (--found->second.sessions == 0)
        found->second.idle = shard.idle.insert(shard.idle.end(), key);
    forgetIdle(shard, now);
}

/// Those that are as good as new, a few at a time, and those that are too many.
void Admission::forgetIdle(Shard &shard, Microseconds now) const
{
    const qsizetype most = std::max<qsizetype>(m_limits.idleAddresses / qsizetype(m_shards.size()), 1);
    for (int i = 0; i < 4 && !shard.idle.empty(); ++i) {
        const auto oldest = shard.entries.find(shard.idle.front());
        if (qsizetype(shard.idle.size()) <= most && !oldest->second.handshakes.isFull(now))
            return;
        shard.idle.pop_front();
        shard.entries.erase(oldest);
    }
}

qsizetype Admission::addresses() const
{
    qsizetype sum = 0;
    for (const Shard &shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        sum += qsizetype(shard.entries.size());
    }
    return sum;
}

transport::HttpResponse jsonAnswer(const Admission::Refusal &refusal)
{
    return {refusal.status, QByteArrayLiteral("application/json"),
            QByteArrayLiteral("{\"code\":4,\"message\":\"") + refusal.message + QByteArrayLiteral("\"}"),
            retryAfter(refusal.retryAfter)};
}

transport::HttpResponse textAnswer(const Admission::Refusal &refusal)
{
    return {refusal.status, QByteArrayLiteral("text/plain; charset=UTF-8"), refusal.message,
            retryAfter(refusal.retryAfter)};
}

} // namespace concierge::engineio
