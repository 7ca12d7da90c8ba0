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

} // namespace

metrics::Refused reasonOf(Refusal refusal)
{
    switch (refusal) {
    case Refusal::UnknownTransport:
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
    QByteArray body = QByteArrayLiteral("{\"code\":") + QByteArray::number(static_cast<int>(refusal)) +
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
