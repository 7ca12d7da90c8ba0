#pragma once

#include "chat/Outbound.h"

#include <span>
#include <vector>

namespace concierge::chat {

/// Gathers the sockets that one push goes to and hands it over once per worker. Thread: chat.
class FanOut
{
public:
    explicit FanOut(OutboundSink &sink)
        : m_sink(sink)
    {}

    void add(const SocketRef &target);
    void add(std::span<const SocketRef> targets);
    /// Gives `push` to everything added since the last call.
    void send(const Push &push);

    /// The short way for few sockets that are sorted by worker, as a user's are.
    void sendSorted(std::span<const SocketRef> targets, const Push &push);

private:
    OutboundSink &m_sink;
    std::vector<std::vector<SocketRef>> m_targets; // by worker
};

} // namespace concierge::chat
