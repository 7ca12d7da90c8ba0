#include "metrics/Metrics.h"

namespace concierge::metrics {

namespace {

template <std::size_t size>
void addTo(std::array<std::uint64_t, size> &sums, const std::array<std::atomic<std::uint64_t>, size> &cells)
{
    for (std::size_t i = 0; i < size; ++i)
        sums[i] += cells[i].load(std::memory_order_relaxed);
}

} // namespace

const char *toString(Refused reason) noexcept
{
    switch (reason) {
    case Refused::Origin:
        return "origin";
    case Refused::Draining:
        return "draining";
    case Refused::BadRequest:
        return "bad_request";
    case Refused::UnknownSession:
        return "unknown_session";
    case Refused::UnknownTransport:
        return "unknown_transport";
    case Refused::BadMethod:
        return "bad_method";
    case Refused::UnsupportedProtocol:
        return "unsupported_protocol";
    case Refused::NotFound:
        return "not_found";
    case Refused::TooLarge:
        return "too_large";
    case Refused::Timeout:
        return "timeout";
    case Refused::TokenMissing:
        return "token_missing";
    case Refused::TokenMalformed:
        return "token_malformed";
    case Refused::TokenAlgorithm:
        return "token_algorithm";
    case Refused::TokenKey:
        return "token_key";
    case Refused::TokenSignature:
        return "token_signature";
    case Refused::TokenExpired:
        return "token_expired";
    case Refused::TokenNotYetValid:
        return "token_not_yet_valid";
    case Refused::TokenIssuer:
        return "token_issuer";
    case Refused::TokenAudience:
        return "token_audience";
    case Refused::TokenUser:
        return "token_user";
    case Refused::TlsPlainHttp:
        return "tls_plain_http";
    case Refused::TlsVersion:
        return "tls_version";
    case Refused::TlsRejected:
        return "tls_rejected";
    case Refused::TlsFailed:
        return "tls_failed";
    case Refused::TlsTimeout:
        return "tls_timeout";
    case Refused::ForeignOrigin:
        return "foreign_origin";
    case Refused::MaxConnections:
        return "max_connections";
    case Refused::AddressConnections:
        return "address_connections";
    case Refused::AddressRate:
        return "address_rate";
    case Refused::UserConnections:
        return "user_connections";
    case Refused::Memory:
        return "memory";
    case Refused::ConnectTimeout:
        return "connect_timeout";
    case Refused::RegisterTimeout:
        return "register_timeout";
    case Refused::RefusedCount:
        break;
    }
    return ""; // not reached: the switch is complete
}

ThreadCounters &Metrics::registerThread()
{
    const std::lock_guard lock(m_mutex);
    return *m_threads.emplace_back(std::make_unique<ThreadCounters>(&m_sessionPeak));
}

Snapshot Metrics::snapshot() const
{
    Snapshot sum;
    const std::lock_guard lock(m_mutex);
    for (const auto &thread : m_threads) {
        addTo(sum.values, thread->m_cells);
        addTo(sum.refused, thread->m_refused);
        addTo(sum.rejected, thread->m_rejected);
    }
    return sum;
}

HistogramSnapshot Metrics::latency(Latency of) const
{
    HistogramSnapshot sum;
    const std::lock_guard lock(m_mutex);
    for (const auto &thread : m_threads)
        sum += thread->m_latencies[static_cast<std::size_t>(of)].read();
    return sum;
}

} // namespace concierge::metrics
