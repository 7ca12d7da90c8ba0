#pragma once

#include "engineio/Outbox.h"
#include "engineio/Packet.h"
#include "shared/TokenBucket.h"
#include "transport/DeadlineWheel.h"
#include "transport/PollingTransport.h"
#include "transport/TurnQueue.h"

#include <functional>
#include <memory>

namespace concierge::engineio {

/// A packet without data; static bytes, no allocation.
QByteArray controlPacket(PacketType type);

/// A POST of more packets than one share of a turn. Answered in the end, whatever becomes of it.
class UnheardPost : public transport::TurnTask
{
public:
    UnheardPost(std::unique_ptr<transport::HttpExchange> httpExchange, const PayloadReader &rest);
    ~UnheardPost() override;

    std::unique_ptr<transport::HttpExchange> exchange;
    const QByteArray body; ///< packets are views into it, whatever becomes of the exchange
    PayloadReader packets;
};

/// What a session needs while it polls; freed when it has moved to WebSocket. As a Deadline it is the
/// upgrade's time-out. Answering a GET may bring the next request, pipelined behind it, before the answering
/// function returns. Thread: one io thread.
class PollingState final : public transport::Deadline
{
public:
    PollingState(std::function<void()> onAbort, std::function<void()> onUpgradeTimeout);

    /// See PollingTransport::offer().
    bool offer(std::unique_ptr<transport::HttpExchange> &exchange) { return m_transport.offer(exchange); }
    bool isWaiting() const noexcept { return m_transport.isWaiting(); }
    /// Answer the waiting GET.
    void respond(QByteArray payload);
    void letGo() { respond(controlPacket(PacketType::Noop)); }

    /// Answers to handshake (the open packet) and POST.
    static void respondOpen(transport::HttpExchange &exchange, QByteArray openPacket);
    static void respondOk(transport::HttpExchange &exchange);
    /// The same, later; at the latest when this is destroyed.
    void holdPost(std::unique_ptr<transport::HttpExchange> exchange, transport::DeadlineWheel &deadlines,
                  Milliseconds wait);
    bool holdsPost() const noexcept { return unheard || (m_post && m_post->isArmed()); }

    Outbox outbox;
    TokenBucket received; ///< bytes of POSTs
    std::unique_ptr<UnheardPost> unheard;
    std::weak_ptr<void> body; ///< alive while a POST is arriving
    bool isProbed = false;    ///< `3probe` was sent: waiting GETs are let go at once

private:
    struct HeldPost final : transport::Deadline
    {
        ~HeldPost() override;
        void onDeadline() override;
        std::unique_ptr<transport::HttpExchange> exchange;
    };

    void onDeadline() override { m_onUpgradeTimeout(); }

    transport::PollingTransport m_transport;
    std::unique_ptr<HeldPost> m_post; // from the first one that had to wait
    std::function<void()> m_onUpgradeTimeout;
};

} // namespace concierge::engineio
