#pragma once

#include "transport/Http.h"

#include <QByteArrayView>

#include <memory>

namespace concierge::transport {

enum class ParseStatus : quint8 { NeedMore, Done, BadRequest, HeadTooLarge, BodyTooLarge };

/// One HTTP/1.0 or 1.1 request, fed as it arrives. Boost.Beast does the parsing. Limits: limits::headMaxBytes
/// for request line and headers, `maxBody` for the body (Content-Length or chunked). Source: RFC 9112.
/// Thread: any.
class RequestParser
{
public:
    explicit RequestParser(qint64 maxBody);
    ~RequestParser();

    struct Fed
    {
        ParseStatus status = ParseStatus::NeedMore;
        qsizetype consumed = 0;
    };
    /// Before the head is complete, `bytes` must hold all of it that came so far, and nothing is consumed
    /// until it is.
    Fed feed(QByteArrayView bytes);

    bool isHeadDone() const;
    // Of the head, valid once isHeadDone(); nothing that a trailer says counts.
    bool keepsAlive() const;
    bool expectsContinue() const;
    bool isWebSocketUpgrade() const;
    /// Without the body.
    HttpRequest head() const;
    QByteArray takeBody();

private:
    struct Private;

    Fed feedBody(QByteArrayView bytes, qsizetype consumed);

    std::unique_ptr<Private> d;
};

QByteArrayView reasonPhrase(int status);

} // namespace concierge::transport
