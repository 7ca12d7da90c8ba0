#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QList>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace concierge::transport {

using HeaderList = QList<std::pair<QByteArray, QByteArray>>;

/// A parsed request. Header names keep their case; look-ups ignore it.
struct HttpRequest
{
    QByteArray method;
    QByteArray target; ///< as sent
    QByteArray path;   ///< percent-encoded path of origin- or absolute-form targets
    HeaderList query;  ///< percent-decoded, in order
    HeaderList headers;
    QByteArray body;
    QHostAddress remoteAddress; ///< the client's, behind trusted proxies too; see clientAddress()
    quint16 remotePort = 0;     ///< of the connection: a proxy's where there is one
    bool secure = false;        ///< came over TLS

    /// First value of that header, or nothing.
    std::optional<QByteArray> header(QByteArrayView name) const;
    /// First value of that query key, or nothing.
    std::optional<QByteArray> queryValue(QByteArrayView key) const;
};

struct HttpResponse
{
    int status = 200;
    QByteArray contentType; ///< empty: no body, no content-type header
    QByteArray body;
    HeaderList headers; ///< further headers; content-length, connection, date and CORS are added by the gate
};

/// One request that waits for its answer, however long (long polling). Lives on one io thread.
/// Destroying it unanswered closes the TCP connection.
class HttpExchange
{
public:
    virtual ~HttpExchange() = default;
    virtual const HttpRequest &request() const = 0;
    /// Exactly once. After an abort it does nothing.
    virtual void respond(HttpResponse response) = 0;
    /// Called at most once, when the peer goes away before respond(); not from within respond().
    virtual void setAbortHandler(std::function<void()> handler) = 0;
};

} // namespace concierge::transport
