#include "transport/RequestParser.h"

#include "shared/Limits.h"

// Beast asserts that at least five bytes of "0\r\n\r\n" are there once it has seen three, which a peer that
// sends them one by one does not grant. Without the assertion it waits for the rest, as it should.
#define BOOST_DISABLE_ASSERTS
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <limits>

namespace concierge::transport {

namespace http = boost::beast::http;

struct RequestParser::Private
{
    http::request_parser<http::string_body> parser;
    std::uint64_t maxBody = 0;
    // What the head said. Beast adds a chunked body's trailer to its fields, and who sends one could so say,
    // behind all proxies, what only they may.
    HttpRequest head;
    bool keepsAlive = false;
    bool expectsContinue = false;
    bool isWebSocketUpgrade = false;

    void keepHead();
    ParseStatus feedHead(QByteArrayView bytes);
    ParseStatus checkHead();
};

namespace {

QByteArray bytesOf(boost::beast::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

ParseStatus statusOf(const boost::beast::error_code &error)
{
    if (error == http::error::body_limit)
        return ParseStatus::BodyTooLarge;
    if (error == http::error::header_limit)
        return ParseStatus::HeadTooLarge;
    return ParseStatus::BadRequest;
}

/// RFC 9112, 6.1 and 6.3: where the body ends is said once at most, in one way. Beast takes a length that is
/// said twice, and any coding before chunked: a proxy before us may take it for another, and what we read as
/// the next request for a body.
template <class Message>
bool hasOneLength(const Message &message)
{
    const std::size_t codings = message.count(http::field::transfer_encoding);
    if (codings + message.count(http::field::content_length) > 1)
        return false;
    const auto coding = message[http::field::transfer_encoding];
    const auto length = message[http::field::content_length];
    return (codings == 0 || (boost::beast::iequals(coding, "chunked") && message.version() >= 11)) &&
           std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <class Message>
bool asksForWebSocket(const Message &message)
{
    // A list may be spread over several fields of its name. RFC 9110, 5.3.
    const auto hasToken = [&message](http::field name, boost::beast::string_view token) {
        const auto [begin, end] = message.equal_range(name);
        return std::any_of(
            begin, end, [token](const auto &field) { return http::token_list{field.value()}.exists(token); });
    };
    return message.method() == http::verb::get && message.version() >= 11 &&
           hasToken(http::field::connection, "upgrade") && hasToken(http::field::upgrade, "websocket");
}

/// application/x-www-form-urlencoded, as URLSearchParams reads it.
HeaderList parseQuery(QByteArrayView text)
{
    HeaderList query;
    for (QByteArray part : text.toByteArray().split('&')) {
        if (part.isEmpty())
            continue;
        part.replace('+', ' ');
        const qsizetype equals = part.indexOf('=');
        const QByteArray key = equals < 0 ? part : part.first(equals);
        const QByteArray value = equals < 0 ? QByteArray() : part.sliced(equals + 1);
        query.append({QByteArray::fromPercentEncoding(key), QByteArray::fromPercentEncoding(value)});
    }
    return query;
}

/// Splits origin-form (`/a?b`) and absolute-form (`http://host/a?b`) targets. Source: RFC 9112, 3.2.
void splitTarget(HttpRequest &request)
{
    QByteArrayView rest = request.target;
    if (!rest.startsWith('/')) {
        const qsizetype scheme = rest.indexOf("://");
        const qsizetype slash = scheme < 0 ? -1 : rest.indexOf('/', scheme + 3);
        if (slash < 0) {
            request.path = scheme < 0 ? request.target : QByteArrayLiteral("/");
            return;
        }
        rest = rest.sliced(slash);
    }
    const qsizetype hash = rest.indexOf('#');
    if (hash >= 0)
        rest = rest.first(hash);
    const qsizetype mark = rest.indexOf('?');
    request.path = (mark < 0 ? rest : rest.first(mark)).toByteArray();
    if (mark >= 0)
        request.query = parseQuery(rest.sliced(mark + 1));
}

} // namespace

RequestParser::RequestParser(qint64 maxBody)
    : d(std::make_unique<Private>())
{
    d->maxBody = static_cast<std::uint64_t>(maxBody);
    d->parser.header_limit(static_cast<std::uint32_t>(limits::headMaxBytes));
    // checkHead() sets the real one: an error before the head is done would hide the head. Not boost::none,
    // which Boost 1.74 takes for a limit below any length.
    d->parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    d->parser.eager(false);
}

RequestParser::~RequestParser() = default;

void RequestParser::Private::keepHead()
{
    const auto &message = parser.get();
    head.method = bytesOf(message.method_string());
    head.target = bytesOf(message.target());
    for (const auto &field : message)
        head.headers.append({bytesOf(field.name_string()), bytesOf(field.value())});
    splitTarget(head);
    keepsAlive = message.keep_alive();
    expectsContinue =
        message.version() >= 11 && boost::beast::iequals(message[http::field::expect], "100-continue");
    isWebSocketUpgrade = asksForWebSocket(message);
}

ParseStatus RequestParser::Private::feedHead(QByteArrayView bytes)
{
    // RFC 9112, 5.2: who does not know of folding takes the second line for a field.
    if (bytes.contains("\r\n ") || bytes.contains("\r\n\t"))
        return ParseStatus::BadRequest;
    boost::beast::error_code error;
    parser.put(boost::asio::const_buffer(bytes.data(), static_cast<std::size_t>(bytes.size())), error);
    if (error)
        return statusOf(error);
    keepHead();
    const ParseStatus status = checkHead();
    parser.body_limit(maxBody);
    parser.eager(true);
    return status;
}

/// What Beast leaves to its user. NeedMore: the head is good.
ParseStatus RequestParser::Private::checkHead()
{
    const auto &message = parser.get();
    if (!hasOneLength(message))
        return ParseStatus::BadRequest;
    // RFC 9112, 3.2
    const std::size_t hosts = message.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && message.version() >= 11))
        return ParseStatus::BadRequest;
    if (const auto length = parser.content_length(); length && *length > maxBody)
        return ParseStatus::BodyTooLarge;
    return ParseStatus::NeedMore;
}

RequestParser::Fed RequestParser::feed(QByteArrayView bytes)
{
    qsizetype consumed = 0;
    if (!isHeadDone()) {
        // RFC 9112, 2.2: empty lines before the request are passed over.
        while (bytes.sliced(consumed).startsWith("\r\n"))
            consumed += 2;
        const QByteArrayView text = bytes.sliced(consumed);
        // No method begins like this. Said at once, since a TLS hello, say, may contain no end of a head.
        if (!text.isEmpty() && text[0] != '\r' && (text[0] <= ' ' || text[0] > '~'))
            return {ParseStatus::BadRequest, 0};
        constexpr auto limit = static_cast<qsizetype>(limits::headMaxBytes);
        const qsizetype end = text.indexOf("\r\n\r\n");
        if (end < 0 && bytes.size() < limit)
            return {ParseStatus::NeedMore, 0};
        if (end < 0 || consumed + end + 4 > limit)
            return {ParseStatus::HeadTooLarge, 0};
        const ParseStatus status = d->feedHead(text.first(end + 4));
        if (status != ParseStatus::NeedMore)
            return {status, 0};
        consumed += end + 4;
    }
    return feedBody(bytes, consumed);
}

RequestParser::Fed RequestParser::feedBody(QByteArrayView bytes, qsizetype consumed)
{
    boost::beast::error_code error;
    while (!d->parser.is_done() && consumed < bytes.size()) {
        const auto rest = bytes.sliced(consumed);
        const std::size_t taken = d->parser.put(
            boost::asio::const_buffer(rest.data(), static_cast<std::size_t>(rest.size())), error);
        consumed += static_cast<qsizetype>(taken);
        if (error == http::error::need_more || (!error && taken == 0))
            break;
        if (error)
            return {statusOf(error), consumed};
    }
    return {d->parser.is_done() ? ParseStatus::Done : ParseStatus::NeedMore, consumed};
}

bool RequestParser::isHeadDone() const
{
    return d->parser.is_header_done();
}

bool RequestParser::keepsAlive() const
{
    return d->keepsAlive;
}

bool RequestParser::expectsContinue() const
{
    return d->expectsContinue;
}

bool RequestParser::isWebSocketUpgrade() const
{
    return d->isWebSocketUpgrade;
}

HttpRequest RequestParser::head() const
{
    return d->head;
}

QByteArray RequestParser::takeBody()
{
    const std::string &body = d->parser.get().body();
    return QByteArray(body.data(), static_cast<qsizetype>(body.size()));
}

QByteArrayView reasonPhrase(int status)
{
    const auto phrase = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
    return QByteArrayView(phrase.data(), static_cast<qsizetype>(phrase.size()));
}

} // namespace concierge::transport
