#pragma once

#include <QByteArray>

namespace concierge::transport {

enum class FrameKind : quint8 { Text, Binary };

/// One message on the wire: a WebSocket message, or one packet of a polling payload. Text is UTF-8.
/// Immutable and implicitly shared: encode once, send to many.
struct Frame
{
    FrameKind kind = FrameKind::Text;
    QByteArray data;

    friend bool operator==(const Frame &, const Frame &) = default;
};

/// Sent: handed to the kernel or to Qt's write buffer below the soft limit. Buffered: accepted, but the
/// peer is slow (ask again before sending volatile data). Dropped: not accepted; the outbox is full.
enum class SendStatus : quint8 { Sent, Buffered, Dropped };

} // namespace concierge::transport
