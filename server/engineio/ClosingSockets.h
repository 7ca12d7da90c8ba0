#pragma once

#include "transport/DeadlineWheel.h"
#include "transport/Transport.h"

#include <memory>
#include <vector>

namespace concierge::engineio {

/// WebSockets that no session owns any more, until they have closed. A peer that does not answer the close is
/// cut off after `patience`. Thread: one io thread.
class ClosingSockets
{
public:
    ClosingSockets(transport::DeadlineWheel &deadlines, Milliseconds patience);
    ~ClosingSockets();

    /// Flushes and closes. May be called from within the WebSocket's own callbacks.
    void close(std::unique_ptr<transport::WebSocketConnection> socket);
    /// Takes one that has closed, or must not be waited for; it is destroyed by the next sweep().
    void discard(std::unique_ptr<transport::WebSocketConnection> socket);
    /// Destroys what has closed. Not from within a WebSocket's callback.
    void sweep();
    qsizetype count() const noexcept { return static_cast<qsizetype>(m_sockets.size()); }

private:
    class Closing;

    transport::DeadlineWheel &m_deadlines;
    const Milliseconds m_patience;
    std::vector<std::unique_ptr<Closing>> m_sockets;
    bool m_needsSweep = false;
};

} // namespace concierge::engineio
