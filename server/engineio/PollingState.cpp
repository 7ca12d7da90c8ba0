#include "engineio/PollingState.h"

#include "engineio/Compression.h"

namespace concierge::engineio {

using transport::HttpExchange;
using transport::HttpResponse;

namespace {

HttpResponse answer(QByteArray contentType, QByteArray body)
{
    return {200,
            std::move(contentType),
            std::move(body),
            {{QByteArrayLiteral("cache-control"), QByteArrayLiteral("no-store")}}};
}

/// With the encoding spelled out, for pages that are not UTF-8 themselves.
HttpResponse textAnswer(QByteArray body)
{
    return answer(QByteArrayLiteral("text/plain; charset=UTF-8"), std::move(body));
}

} // namespace

UnheardPost::UnheardPost(std::unique_ptr<HttpExchange> httpExchange, const PayloadReader &rest)
    : exchange(std::move(httpExchange))
    , body(exchange->request().body)
    , packets(rest)
{}

UnheardPost::~UnheardPost()
{
    if (exchange)
        PollingState::respondOk(*exchange);
}

QByteArray controlPacket(PacketType type)
{
    static constexpr char digits[] = "0123456";
    return QByteArray::fromRawData(digits + static_cast<int>(type), 1);
}

PollingState::PollingState(std::function<void()> onAbort, std::function<void()> onUpgradeTimeout)
    : m_onUpgradeTimeout(std::move(onUpgradeTimeout))
{
    m_transport.setAbortHandler(std::move(onAbort));
}

void PollingState::respond(QByteArray payload)
{
    HttpResponse response = textAnswer(std::move(payload));
    compress(response, *m_transport.request());
    m_transport.respond(std::move(response));
}

void PollingState::respondOpen(HttpExchange &exchange, QByteArray openPacket)
{
    exchange.respond(textAnswer(std::move(openPacket)));
}

void PollingState::holdPost(std::unique_ptr<HttpExchange> exchange, transport::DeadlineWheel &deadlines,
                            Milliseconds wait)
{
    if (!m_post)
        m_post = std::make_unique<HeldPost>();
    m_post->exchange = std::move(exchange);
    deadlines.arm(*m_post, wait);
}

PollingState::HeldPost::~HeldPost()
{
    if (exchange)
        respondOk(*exchange);
}

void PollingState::HeldPost::onDeadline()
{
    const auto answered = std::move(exchange);
    respondOk(*answered);
}

void PollingState::respondOk(HttpExchange &exchange)
{
    // text/html, because some browsers offer text/plain for download.
    exchange.respond(answer(QByteArrayLiteral("text/html"), QByteArrayLiteral("ok")));
}

} // namespace concierge::engineio
