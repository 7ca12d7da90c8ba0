#include "engineio/LiveSession.h"

#include <utility>

/// A session's pings and pongs: heartbeat and proof.
namespace concierge::engineio {

using transport::Frame;
using transport::FrameKind;

// Heartbeat: Engine.IO protocol 4, "Heartbeat". While closing: nobody fetched the close.
void LiveSession::onDeadline()
{
    if (m_state == State::Closing || m_awaitsPong) {
        fail(CloseReason::PingTimeout);
        return;
    }
    m_awaitsPong = true;
    m_context.deadlines.armNext(*this, m_context.options.pingTimeout);
    sendPing();
}

void LiveSession::onPong()
{
    if (m_state != State::Open || !(m_proof ? m_proof->isOutstanding() : m_awaitsPong))
        return;
    // Whichever ping it answers: a client that answers two at once is alive.
    if (std::exchange(m_awaitsPong, false))
        m_context.deadlines.arm(*this, m_context.options.pingInterval);
    if (!m_proof)
        return;
    const ProofPings::Pong pong = m_proof->takePong();
    if (pong.sentAt)
        noteRoundTrip(*pong.sentAt);
    if (m_proof->wantsPing())
        markDirty();
    if (pong.mark)
        m_listener->onSessionProven(*pong.mark);
}

void LiveSession::noteRoundTrip(Microseconds sentAt)
{
    const Microseconds took = m_context.deadlines.clock().precise() - sentAt;
    m_context.counters.latency(metrics::Latency::Proof).add(static_cast<std::uint64_t>(took.count()));
}

/// Of whatever kind: a pong does not say which ping it answers.
void LiveSession::sendPing()
{
    const Frame frame{FrameKind::Text, controlPacket(PacketType::Ping)};
    send(std::span(&frame, 1), false);
    if (m_proof)
        m_proof->onPing(m_context.deadlines.clock().precise());
}

void LiveSession::requestProof(quint64 mark)
{
    if (m_state != State::Open)
        return;
    if (!m_proof)
        m_proof = std::make_unique<ProofPings>(m_awaitsPong, [this] { markDirty(); });
    m_proof->request(mark);
    if (m_proof->wantsPing() && !m_proof->isArmed())
        markDirty();
}

void LiveSession::sendProofPing()
{
    if (m_proof && m_proof->takeTurn(m_context.deadlines, m_context.options.proofInterval))
        sendPing();
}

void LiveSession::stopTimers()
{
    cancel();
    m_proof.reset();
}

} // namespace concierge::engineio
