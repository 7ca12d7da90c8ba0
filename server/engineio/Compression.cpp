#include "engineio/Compression.h"

#include <zlib.h>

#include <limits>

namespace concierge::engineio {

using transport::HttpRequest;
using transport::HttpResponse;

namespace {

struct Preferences
{
    double gzip = 0;
    double deflate = 0;
};

double qualityOf(QByteArrayView parameters)
{
    const qsizetype at = parameters.indexOf('=');
    if (at < 0 || parameters.first(at).trimmed().compare("q", Qt::CaseInsensitive) != 0)
        return 1;
    bool isNumber = false;
    const double quality = parameters.sliced(at + 1).trimmed().toDouble(&isNumber);
    return isNumber ? quality : 0;
}

Preferences preferencesOf(QByteArrayView acceptEncoding)
{
    std::optional<double> gzip;
    std::optional<double> deflate;
    double others = 0;
    while (!acceptEncoding.isEmpty()) {
        const qsizetype comma = acceptEncoding.indexOf(',');
        const QByteArrayView item = comma < 0 ? acceptEncoding : acceptEncoding.first(comma);
        acceptEncoding = comma < 0 ? QByteArrayView() : acceptEncoding.sliced(comma + 1);

        const qsizetype semicolon = item.indexOf(';');
        const QByteArrayView coding = (semicolon < 0 ? item : item.first(semicolon)).trimmed();
        const double quality = semicolon < 0 ? 1 : qualityOf(item.sliced(semicolon + 1));
        if (coding.compare("gzip", Qt::CaseInsensitive) == 0)
            gzip = quality;
        else if (coding.compare("deflate", Qt::CaseInsensitive) == 0)
            deflate = quality;
        else if (coding == "*")
            others = quality;
    }
    return {gzip.value_or(others), deflate.value_or(others)};
}

/// Nothing where zlib has no memory.
std::optional<QByteArray> deflated(const QByteArray &body, bool isGzip)
{
    constexpr int largestWindow = 15;
    constexpr int gzipHeader = 16; // zlib's flag, added to the window
    constexpr int memoryLevel = 8;
    if (body.size() > std::numeric_limits<int>::max())
        return std::nullopt;
    z_stream stream{};
    // The fastest level: chat texts gain little from the others, and an io thread waits for it.
    const int window = isGzip ? largestWindow + gzipHeader : largestWindow;
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window, memoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
        return std::nullopt;
    QByteArray out(static_cast<qsizetype>(deflateBound(&stream, static_cast<uLong>(body.size()))),
                   Qt::Uninitialized);
    stream.next_in =
        reinterpret_cast<Bytef *>(const_cast<char *>(body.constData())); // zlib does not write to it
    stream.avail_in = static_cast<uInt>(body.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool isComplete = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(static_cast<qsizetype>(stream.total_out));
    deflateEnd(&stream);
    return isComplete ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace

void compress(HttpResponse &response, const HttpRequest &request)
{
    if (response.body.size() < compressionThreshold)
        return;
    const Preferences wanted = preferencesOf(request.header("accept-encoding").value_or(QByteArray()));
    if (wanted.gzip <= 0 && wanted.deflate <= 0)
        return;
    const bool isGzip = wanted.gzip >= wanted.deflate;
    auto body = deflated(response.body, isGzip);
    if (!body)
        return;
    response.body = std::move(*body);
    response.headers.emplaceBack(QByteArrayLiteral("content-encoding"),
                                 isGzip ? QByteArrayLiteral("gzip") : QByteArrayLiteral("deflate"));
}

} // namespace concierge::engineio
