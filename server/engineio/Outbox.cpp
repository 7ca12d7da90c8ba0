#include "engineio/Outbox.h"

#include "engineio/Packet.h"

namespace concierge::engineio {

using transport::Frame;

void Outbox::append(const Frame &frame)
{
    m_cost += costOf(std::span(&frame, 1));
    m_frames.append(frame);
}

QByteArray Outbox::takePayload()
{
    QByteArray payload = encodePayload(m_frames);
    m_frames.clear();
    m_cost = 0;
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
