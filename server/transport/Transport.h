#pragma once

#include "transport/Frame.h"
#include "transport/Http.h"

#include <memory>
#include <optional>

namespace concierge::transport {

/// Hears one WebSocket. Implemented above (engineio::Session). Thread: the transport's io thread.
class WebSocketListener
{
public:
    virtual ~WebSocketListener() = default;
    virtual void onWebSocketMessage(const Frame &message) = 0;
    /// After a send() that answered Buffered, once: bytesToWrite() has fallen to half the soft limit, or
    /// below. Not after close(), and never from within a call of the listener's.
    virtual void onWebSocketDrained() {}
    /// The last call; the transport may be destroyed from within it. Also after our own close().
    virtual void onWebSocketClosed() = 0;
};

/// One open WebSocket, as the layers above see it. WebSocketTransport is the real one, FakeWebSocket the
/// tests'. Thread: one io thread for life.
class WebSocketConnection
{
public:
    virtual ~WebSocketConnection() = default;
    /// Not owned; set before the next turn of the event loop. Messages that arrive earlier wait.
    virtual void setListener(WebSocketListener *listener) = 0;
    /// Writes are gathered and flushed at the end of the event loop's turn.
    virtual SendStatus send(const Frame &frame) = 0;
    /// Bytes accepted and not yet taken by the kernel.
    virtual qint64 bytesToWrite() const = 0;
    /// Flushes what was sent, then closes; what the peer sends from here on is not heard. Ends when the peer
    /// has answered, at the latest after GateOptions::closeTimeout. Without a code the close frame is empty.
    /// Idempotent.
    virtual void close(std::optional<quint16> code = {}) = 0;
};

/// What the HTTP gate asks of the layer above. Thread: the worker's io thread.
class GateListener
{
public:
    virtual ~GateListener() = default;
    /// Any request that is no WebSocket upgrade (OPTIONS preflight is answered by the gate itself).
    virtual void onRequest(std::unique_ptr<HttpExchange> exchange) = 0;
    /// Before the handshake is answered: nothing accepts, a response refuses.
    virtual std::optional<HttpResponse> onUpgradeRequest(const HttpRequest &request) = 0;
    /// The handshake is accepted: its answer goes out ahead of what is sent from here on.
    virtual void onWebSocket(const HttpRequest &request, std::unique_ptr<WebSocketConnection> socket) = 0;
    /// Index of the worker that must handle this request, when it is not the asking one: the connection
    /// (its descriptor and the bytes read so far) then moves there. Nothing: stay.
    virtual std::optional<int> ownerOf(const HttpRequest &request) const = 0;
    /// Whether that request begins a session. Asked where its Origin is foreign.
    virtual bool isHandshake(const HttpRequest & /*request*/) const { return false; }
    /// The answer to a request that is refused by its head alone: its body is not read, and the connection is
    /// closed. Nothing: it is taken.
    virtual std::optional<HttpResponse> refusalOf(const HttpRequest & /*head*/) { return std::nullopt; }
    /// The head of a request whose body is not complete yet. The result is dropped right before that
    /// request's onRequest, or with its connection; it tells the layer above how long the request is in
    /// progress.
    virtual std::shared_ptr<void> onBodyBegins(const HttpRequest & /*head*/) { return {}; }
};

} // namespace concierge::transport
