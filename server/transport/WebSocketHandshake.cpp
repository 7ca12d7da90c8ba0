#include "transport/WebSocketHandshake.h"

#include <QCryptographicHash>

namespace concierge::transport {

namespace {

constexpr char keyName[] = "Sec-WebSocket-Key";
constexpr char versionName[] = "Sec-WebSocket-Version";

QByteArrayList valuesOf(const HttpRequest &request, QByteArrayView name)
{
    QByteArrayList values;
    for (const auto &[key, value] : request.headers) {
        if (name.compare(key, Qt::CaseInsensitive) == 0)
            values.append(value);
    }
    return values;
}

/// Base64 of 16 bytes.
bool isKey(const QByteArray &text)
{
    const auto key = QByteArray::fromBase64Encoding(text, QByteArray::AbortOnBase64DecodingErrors);
    return text.size() == 24 && key && key.decoded.size() == 16;
}

bool hasBody(const HttpRequest &request)
{
    const QByteArray length = request.header("content-length").value_or("0");
    return length.toULongLong() != 0 || request.header("transfer-encoding");
}

HttpResponse refusal(QByteArray text)
{
    return {400, QByteArrayLiteral("text/plain; charset=UTF-8"), std::move(text), {}};
}

} // namespace

std::optional<HttpResponse> refuseHandshake(const HttpRequest &request)
{
    if (hasBody(request))
        return refusal("A WebSocket handshake has no body: send a GET without Content-Length and "
                       "Transfer-Encoding.\n");
    if (valuesOf(request, versionName) != QByteArrayList{"13"}) {
        HttpResponse response = refusal("Sec-WebSocket-Version must be given once, and be 13.\n");
        response.headers.emplaceBack(versionName, "13");
        return response;
    }
    const QByteArrayList keys = valuesOf(request, keyName);
    if (keys.size() != 1 || !isKey(keys.front()))
        return refusal("Sec-WebSocket-Key must be given once, and be 16 bytes in base64: 24 characters.\n");
    return std::nullopt;
}

QByteArray acceptHandshake(const HttpRequest &request)
{
    QByteArray key = request.header(keyName).value_or(QByteArray());
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           QCryptographicHash::hash(key, QCryptographicHash::Sha1).toBase64() + "\r\n\r\n";
}

} // namespace concierge::transport
