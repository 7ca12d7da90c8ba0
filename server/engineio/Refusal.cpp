#include "engineio/Refusal.h"

namespace concierge::engineio {

using transport::HttpResponse;

namespace {

QByteArray textType()
{
    return QByteArrayLiteral("text/plain; charset=UTF-8");
}

QByteArray messageOf(Refusal refusal)
{
    switch (refusal) {
    case Refusal::UnknownTransport:
        return QByteArrayLiteral("Transport unknown");
    case Refusal::NoWebSocket:
        return QByteArrayLiteral("Transport unknown: this server was built without WebSocket, use polling");
    case Refusal::UnknownSid:
        return QByteArrayLiteral("Session ID unknown");
    case Refusal::BadHandshakeMethod:
        return QByteArrayLiteral("Bad handshake method");
    case Refusal::BadRequest:
        return QByteArrayLiteral("Bad request");
    case Refusal::UnsupportedProtocol:
        return QByteArrayLiteral("Unsupported protocol version");
    }
    Q_UNREACHABLE();
}

/// The reference server's error codes; 4 is the gate's.
int codeOf(Refusal refusal)
{
    switch (refusal) {
    case Refusal::UnknownTransport:
    case Refusal::NoWebSocket:
        return 0;
    case Refusal::UnknownSid:
        return 1;
    case Refusal::BadHandshakeMethod:
        return 2;
    case Refusal::BadRequest:
        return 3;
    case Refusal::UnsupportedProtocol:
        return 5;
    }
    Q_UNREACHABLE();
}

} // namespace

metrics::Refused reasonOf(Refusal refusal)
{
    switch (refusal) {
    case Refusal::UnknownTransport:
    case Refusal::NoWebSocket:
        return metrics::Refused::UnknownTransport;
    case Refusal::UnknownSid:
        return metrics::Refused::UnknownSession;
    case Refusal::BadHandshakeMethod:
        return metrics::Refused::BadMethod;
    case Refusal::BadRequest:
        return metrics::Refused::BadRequest;
    case Refusal::UnsupportedProtocol:
        return metrics::Refused::UnsupportedProtocol;
    }
    Q_UNREACHABLE();
}

HttpResponse jsonAnswer(Refusal refusal)
{
    QByteArray body = QByteArrayLiteral("{\"code\":") + QByteArray::number(codeOf(refusal)) +
                      QByteArrayLiteral(",\"message\":\"") + messageOf(refusal) + QByteArrayLiteral("\"}");
    return {400, QByteArrayLiteral("application/json"), std::move(body), {}};
}

HttpResponse textAnswer(Refusal refusal)
{
    return {400, textType(), messageOf(refusal), {}};
}

HttpResponse notFound()
{
    return {404, textType(), QByteArrayLiteral("Not found"), {}};
}

HttpResponse methodNotAllowed()
{
    return {405,
            textType(),
            QByteArrayLiteral("Method not allowed"),
            {{QByteArrayLiteral("allow"), QByteArrayLiteral("GET, POST")}}};
}

HttpResponse shuttingDown()
{
    return {503,
            textType(),
            QByteArrayLiteral("The server is shutting down, try again in a moment"),
            {{QByteArrayLiteral("retry-after"), QByteArrayLiteral("1")}}};
}

} // namespace concierge::engineio
