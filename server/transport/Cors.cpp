#include "transport/Cors.h"

#include <algorithm>

namespace concierge::transport {

namespace {

/// Nothing else is ever echoed.
bool isPrintable(QByteArrayView text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool isEnabled(const CorsOptions &options)
{
    return options.anyOrigin || !options.origins.isEmpty();
}

/// host[:port] with the port written out.
QByteArray withPort(QByteArrayView authority, bool isTls)
{
    QByteArray text = authority.toByteArray().toLower();
    const bool hasPort = text.lastIndexOf(':') > text.lastIndexOf(']'); // the latter: an IPv6 address
    return hasPort ? text : text + (isTls ? ":443" : ":80");
}

/// Whether that is the origin under which the request's Host is known. The scheme is the page's: behind a
/// proxy that ends TLS we do not see ours.
bool isOwn(QByteArrayView origin, const HttpRequest &request)
{
    const auto host = request.header("host");
    const qsizetype scheme = origin.indexOf("://");
    if (!host || scheme <= 0)
        return false;
    const bool isTls = origin.first(scheme).compare("https", Qt::CaseInsensitive) == 0;
    return withPort(origin.sliced(scheme + 3), isTls) == withPort(*host, isTls);
}

bool isListed(const CorsOptions &options, const QByteArray &origin)
{
    return options.anyOrigin || options.origins.contains(origin.toLower());
}

} // namespace

bool isOriginAllowed(const CorsOptions &options, const HttpRequest &request)
{
    const auto origin = request.header("origin");
    return !origin || isListed(options, *origin) || isOwn(*origin, request);
}

HeaderList corsHeaders(const CorsOptions &options, const HttpRequest &request)
{
    if (!isEnabled(options))
        return {};
    if (options.anyOrigin && !options.credentials)
        return {{QByteArrayLiteral("Access-Control-Allow-Origin"), QByteArrayLiteral("*")}};
    HeaderList headers{{QByteArrayLiteral("Vary"), QByteArrayLiteral("Origin")}};
    const auto origin = request.header("origin");
    if (origin && isPrintable(*origin) && !origin->contains(' ') && isListed(options, *origin)) {
        headers.append({QByteArrayLiteral("Access-Control-Allow-Origin"), *origin});
        headers.append({QByteArrayLiteral("Access-Control-Allow-Credentials"), QByteArrayLiteral("true")});
    }
    return headers;
}

HttpResponse preflightResponse(const HttpRequest &request)
{
    HttpResponse response;
    response.status = 204;
    response.headers.append(
        {QByteArrayLiteral("Access-Control-Allow-Methods"), QByteArrayLiteral("GET,POST")});
    const auto wanted = request.header("access-control-request-headers");
    if (wanted && isPrintable(*wanted)) {
        response.headers.append({QByteArrayLiteral("Access-Control-Allow-Headers"), *wanted});
        response.headers.append(
            {QByteArrayLiteral("Vary"), QByteArrayLiteral("Access-Control-Request-Headers")});
    }
    return response;
}

} // namespace concierge::transport
