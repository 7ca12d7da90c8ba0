#include "transport/PollingTransport.h"

#include <utility>

namespace concierge::transport {

bool PollingTransport::offer(std::unique_ptr<HttpExchange> &exchange)
{
    if (m_waiting)
        return false;
    m_waiting = std::move(exchange);
    m_waiting->setAbortHandler([this] {
        // The exchange calls this from its own member: keep it alive until we return.
        const auto aborted = std::exchange(m_waiting, nullptr);
        if (m_onAbort)
            m_onAbort();
    });
    return true;
}

void PollingTransport::respond(HttpResponse response)
{
    const auto exchange = std::exchange(m_waiting, nullptr);
    exchange->respond(std::move(response));
}

} // namespace concierge::transport
