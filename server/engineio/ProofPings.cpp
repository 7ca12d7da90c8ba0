#include "engineio/ProofPings.h"

#include <algorithm>

namespace concierge::engineio {

ProofPings::ProofPings(bool isPingOutstanding, std::function<void()> onDue)
    : m_onDue(std::move(onDue))
{
    if (isPingOutstanding)
        m_outstanding.emplace_back(); // its pong proves nothing that is asked for from now on
}

void ProofPings::request(quint64 mark)
{
    m_requested = std::max(m_requested, Mark(mark));
}

bool ProofPings::wantsPing() const noexcept
{
    return m_requested > m_sent && m_outstanding.size() < maxOutstanding;
}

bool ProofPings::takeTurn(transport::DeadlineWheel &deadlines, Milliseconds interval)
{
    if (!wantsPing() || isArmed())
        return false;
    const Milliseconds now = deadlines.clock().monotonic();
    const Milliseconds next = m_lastProofPing ? *m_lastProofPing + interval : now;
    if (now < next) {
        deadlines.arm(*this, next - now);
        return false;
    }
    m_lastProofPing = now;
    return true;
}

void ProofPings::onPing(Microseconds now)
{
    m_sent = m_requested;
    m_outstanding.push_back({m_sent, now});
}

ProofPings::Pong ProofPings::takePong()
{
    Q_ASSERT(isOutstanding());
    const Ping ping = m_outstanding.front();
    m_outstanding.erase(m_outstanding.begin());
    if (ping.mark <= m_proven)
        return {std::nullopt, ping.sentAt};
    m_proven = ping.mark;
    return {ping.mark, ping.sentAt};
}

} // namespace concierge::engineio
