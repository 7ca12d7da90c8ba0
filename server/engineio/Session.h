#pragma once

#include "engineio/Packet.h"
#include "shared/Ids.h"
#include "transport/DeadlineWheel.h"
#include "transport/Transport.h"

#include <span>

namespace concierge::engineio {

enum class CloseReason : quint8 {
    TransportClose, ///< the peer went away or sent packet `1`
    TransportError, ///< aborted poll, broken WebSocket
    PingTimeout,
    ParseError,   ///< malformed packet
    ForcedClose,  ///< the layer above asked for it
    SlowConsumer, ///< outbox over its limit
    ServerShutdown,
};
QByteArrayView toString(CloseReason reason); ///< Socket.IO's words: "transport close", "ping timeout", …

class Session;

/// Hears one session; implemented above (socketio::Connection). Thread: the session's io thread.
class SessionListener
{
public:
    virtual ~SessionListener() = default;
    /// One message packet. `data` is valid during the call only. Text is valid UTF-8.
    virtual void onSessionMessage(transport::FrameKind kind, const QByteArray &data) = 0;
    /// After a send() that answered Buffered: the session is writable again. From the event loop.
    virtual void onSessionDrained() {}
    /// The peer's Engine.IO layer has read everything that was sent before requestProof(`mark`), and before
    /// every request with a lower mark; told once for each mark that is news, in ascending order.
    virtual void onSessionProven(quint64 /*mark*/) {}
    /// The last call. The listener is destroyed right after it.
    virtual void onSessionClosed(CloseReason reason) = 0;
};

/// One Engine.IO connection ("Socket" in Engine.IO's own words), over polling, WebSocket, or moving from the
/// one to the other. Made and ended by Engine only. Thread: one io thread for life.
class Session
{
public:
    virtual ~Session() = default;
    virtual const SessionId &sid() const = 0;
    /// The handshake request: headers, query, address.
    virtual const transport::HttpRequest &handshake() const = 0;
    virtual bool isWebSocket() const = 0;
    /// What waits to be taken by the peer is within the soft limit.
    virtual bool isWritable() const = 0;
    /// Bytes that wait to be taken by the peer.
    virtual qint64 bytesToWrite() const = 0;
    /// Sends encoded message packets (see encode()) in order, all or none. Dropped has closed (or will at the
    /// end of this call's turn) the session with SlowConsumer, unless `isVolatile`.
    virtual transport::SendStatus send(std::span<const transport::Frame> frames, bool isVolatile = false) = 0;
    /// Asks for onSessionProven(`mark`), for what was sent so far. The marks of one session never decrease.
    /// Costs one ping at the end of the turn, for all marks of that turn, and at most one in
    /// EngineOptions::proofInterval; the regular heartbeat's carry the marks too, and go on as if these were
    /// not. While 64 pings wait for their pongs, marks wait too. Nothing once the session is closed or
    /// closing. Source: EVENTS.md, "Delivery", 3.
    virtual void requestProof(quint64 mark) = 0;
    /// Flushes, sends packet `1`, ends. onSessionClosed is called from the event loop, never from within
    /// close().
    virtual void close(CloseReason reason = CloseReason::ForcedClose) = 0;
};

} // namespace concierge::engineio
