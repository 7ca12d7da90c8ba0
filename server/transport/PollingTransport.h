#pragma once

#include "transport/Transport.h"

#include <functional>

namespace concierge::transport {

/// The waiting GET of a long-polling session. Knows nothing of payloads: bytes in, bytes out. Thread: one io
/// thread.
class PollingTransport
{
public:
    /// Takes a GET to be answered later. False when one waits already (the caller then refuses the newcomer
    /// and closes the session); the exchange is left untouched in that case.
    bool offer(std::unique_ptr<HttpExchange> &exchange);
    bool isWaiting() const noexcept { return m_waiting != nullptr; }
    /// Answers the waiting GET. Must be waiting.
    void respond(HttpResponse response);
    /// Called when the waiting GET's peer goes away.
    void setAbortHandler(std::function<void()> handler) { m_onAbort = std::move(handler); }
    const HttpRequest *request() const { return m_waiting ? &m_waiting->request() : nullptr; }

private:
    std::unique_ptr<HttpExchange> m_waiting;
    std::function<void()> m_onAbort;
};

} // namespace concierge::transport
