#pragma once

#include "transport/DeadlineWheel.h"

#include <functional>
#include <optional>
#include <vector>

namespace concierge::engineio {

/// Which pings are on their way, and what the pong to each of them proves: that the peer has read everything
/// before that ping. A session has one from the first requestProof() on. As a Deadline it is the time at
/// which the next proof ping may be sent. Source: EVENTS.md, "Delivery", 3. Thread: one io thread.
class ProofPings final : public transport::Deadline
{
public:
    /// More are not sent to a peer that does not answer; a heartbeat's may come on top.
    static constexpr std::size_t maxOutstanding = 64;

    /// `isPingOutstanding`: a ping was sent before there was this object. `onDue` must lead to takeTurn().
    ProofPings(bool isPingOutstanding, std::function<void()> onDue);

    void request(quint64 mark);
    /// Whether what was requested waits for a ping, and not for a pong that is still to come.
    bool wantsPing() const noexcept;
    /// At the end of a turn. True: send a proof ping now, and tell with onPing(). Otherwise, where a ping is
    /// wanted, comes back by the deadline when `interval` since the last one is over.
    bool takeTurn(transport::DeadlineWheel &deadlines, Milliseconds interval);
    /// A ping was sent, for a proof or as a heartbeat: it is behind everything that was requested.
    void onPing(Microseconds now);

    bool isOutstanding() const noexcept { return !m_outstanding.empty(); }
    struct Pong
    {
        std::optional<quint64> mark;        ///< that it proves, where that is news
        std::optional<Microseconds> sentAt; ///< its ping; nothing: before there was this object
    };
    /// A pong answers the oldest ping; one must be outstanding.
    Pong takePong();

private:
    using Mark = std::optional<quint64>; // none is below all
    struct Ping
    {
        Mark mark;
        std::optional<Microseconds> sentAt;
    };

    void onDeadline() override { m_onDue(); }

    Mark m_requested;
    Mark m_sent; // with the latest ping
    Mark m_proven;
    std::vector<Ping> m_outstanding; // oldest first; a handful
    std::optional<Milliseconds> m_lastProofPing;
    std::function<void()> m_onDue;
};

} // namespace concierge::engineio
