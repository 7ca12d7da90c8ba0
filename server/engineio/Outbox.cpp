#include "engineio/Outbox.h"

#include "engineio/Packet.h"

namespace concierge::engineio {

using transport::Frame;

void Outbox::append(const Frame &frame)
{
    m_cost += costOf(std::span(&frame, 1));
    m_frames.append(frame);
}

QByteArray Outbox::takePayload(qint64 most)
{
    qsizetype count = 0;
    for (qint64 bytes = 0; count < m_frames.size(); ++count) {
        bytes += payloadBytes(m_frames[count]);
        if (count > 0 && bytes > most)
            break;
    }
    const auto taken = std::span(std::as_const(m_frames)).first(static_cast<std::size_t>(count));
    QByteArray payload = encodePayload(taken);
    m_cost -= costOf(taken);
    if (count == m_frames.size())
        m_frames.clear();
    else
        m_frames.remove(0, count);
    return payload;
}

qint64 Outbox::costOf(std::span<const Frame> frames) noexcept
{
    qint64 cost = 0;
    for (const Frame &frame : frames)
        cost += frame.data.size() + static_cast<qint64>(sizeof(Frame));
    return cost;
}

} // namespace concierge::engineio
