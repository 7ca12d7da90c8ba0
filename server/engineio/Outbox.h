#pragma once

#include "transport/Frame.h"

#include <QList>

#include <span>

namespace concierge::engineio {

/// Packets that wait for a GET. The bound is its owner's: see cost().
class Outbox
{
public:
    void append(const transport::Frame &frame);
    /// Everything as one payload; leaves the outbox empty.
    QByteArray takePayload();

    bool isEmpty() const noexcept { return m_frames.isEmpty(); }
    const QList<transport::Frame> &frames() const noexcept { return m_frames; }
    /// Bytes that the frames take in memory, so that many tiny ones are no way around a limit.
    qint64 cost() const noexcept { return m_cost; }
    static qint64 costOf(std::span<const transport::Frame> frames) noexcept;

private:
    QList<transport::Frame> m_frames;
    qint64 m_cost = 0;
};

} // namespace concierge::engineio
