#pragma once

#include "chat/Commands.h"
#include "chat/Outbound.h"
#include "metrics/Metrics.h"

#include <utility>

namespace concierge::chat {

/// Answers commands; counts the refusals. Thread: chat.
class Replies
{
public:
    Replies(OutboundSink &sink, metrics::ThreadCounters &counters)
        : m_sink(sink)
        , m_counters(counters)
    {}

    template <class T>
    void send(const Origin &origin, const QByteArray &event, T result)
    {
        m_sink.deliver(origin.socket.worker, Reply{origin.socket, origin.ackId, event, std::move(result)});
    }
    void refuse(const Origin &origin, const QByteArray &event, ErrorCode code, QByteArray message)
    {
        m_counters.rejected(static_cast<quint8>(code));
        send(origin, event, Error{code, std::move(message)});
    }

private:
    OutboundSink &m_sink;
    metrics::ThreadCounters &m_counters;
};

} // namespace concierge::chat
