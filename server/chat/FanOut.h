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

    /// An event of one socket's stream.
    void sendMarked(const SocketRef &target, Push push, StreamMark mark);

private:
    OutboundSink &m_sink;
    std::vector<std::vector<SocketRef>> m_targets; // by worker
};

} // namespace concierge::chat
