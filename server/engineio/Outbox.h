#pragma once

#include "transport/Frame.h"

#include <QList>

#include <limits>
#include <span>

namespace concierge::engineio {

/// Packets that wait for a GET. The bound is its owner's: see cost().
class Outbox
{
public:
    void append(const transport::Frame &frame);
    /// The first packets as one payload, of `most` bytes on the wire or a single packet that is larger. What
    /// an answer holds is encoded and compressed in one turn of the io loop: the rest waits for the next GET.
    QByteArray takePayload(qint64 most = answerBytes);
    QByteArray takeAll() { return takePayload(std::numeric_limits<qint64>::max()); }
    static constexpr qint64 answerBytes = 131'072;

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
