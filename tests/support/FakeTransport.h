#pragma once

#include "transport/Transport.h"

#include <QList>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace concierge::test {

/// What became of a FakeExchange; lives as long as someone looks at it.
struct ExchangeLog
{
    std::optional<transport::HttpResponse> response;
    bool isDestroyed = false;
    std::function<void()> abort;      ///< the peer goes away; nothing once answered
    std::function<void()> onAnswered; ///< called from within respond(), as a pipelined request would be

    bool isAnswered() const { return response.has_value(); }
    int status() const { return response ? response->status : 0; }
    QByteArray body() const { return response ? response->body : QByteArray(); }
    QByteArray header(QByteArrayView name) const
    {
        if (response) {
            for (const auto &[key, value] : response->headers) {
                if (name.compare(key, Qt::CaseInsensitive) == 0)
                    return value;
            }
        }
        return {};
    }
};

/// An HttpExchange without a socket. Answering twice is a failure of its own: it aborts the test program.
class FakeExchange final : public transport::HttpExchange
{
public:
    FakeExchange(transport::HttpRequest request, std::shared_ptr<ExchangeLog> log)
        : m_request(std::move(request))
        , m_log(std::move(log))
    {
        m_log->abort = [this] {
            if (const auto handler = std::move(m_onAbort))
                handler();
        };
    }
    ~FakeExchange() override
    {
        m_log->isDestroyed = true;
        m_log->abort = [] {};
    }

    const transport::HttpRequest &request() const override { return m_request; }
    void respond(transport::HttpResponse response) override
    {
        if (m_log->isAnswered())
            qFatal("an exchange was answered twice");
        m_log->response = std::move(response);
        m_onAbort = nullptr;
        if (const auto then = std::move(m_log->onAnswered))
            then();
    }
    void setAbortHandler(std::function<void()> handler) override { m_onAbort = std::move(handler); }

private:
    transport::HttpRequest m_request;
    std::shared_ptr<ExchangeLog> m_log;
    std::function<void()> m_onAbort;
};

/// The peer's side of a FakeWebSocket, and the knobs of its network.
struct WebSocketLog
{
    QList<transport::Frame> sent;
    bool isClosing = false; ///< our side called close()
    std::optional<quint16> closeCode;
    bool isDestroyed = false;
    qint64 bytesToWrite = 0;
    std::optional<transport::SendStatus> nextStatus; ///< instead of Sent, for every send
    transport::WebSocketListener *listener = nullptr;
    QList<transport::Frame> early; ///< arrived before there was a listener

    QList<QByteArray> texts() const
    {
        QList<QByteArray> texts;
        for (const transport::Frame &frame : sent)
            texts.append(frame.kind == transport::FrameKind::Text ? frame.data : "<binary>" + frame.data);
        return texts;
    }
    void receive(const transport::Frame &frame)
    {
        if (listener)
            listener->onWebSocketMessage(frame);
    }
    void receiveText(QByteArray text) { receive({transport::FrameKind::Text, std::move(text)}); }
    /// The peer has read on, after a send that was answered Buffered.
    void drain()
    {
        bytesToWrite = 0;
        nextStatus.reset();
        if (listener && !isClosing)
            listener->onWebSocketDrained();
    }
    /// The peer is gone, or has answered our close.
    void disconnect()
    {
        if (auto *last = std::exchange(listener, nullptr))
            last->onWebSocketClosed();
    }
};

class FakeWebSocket final : public transport::WebSocketConnection
{
public:
    explicit FakeWebSocket(std::shared_ptr<WebSocketLog> log)
        : m_log(std::move(log))
    {}
    ~FakeWebSocket() override
    {
        m_log->isDestroyed = true;
        m_log->listener = nullptr;
    }

    void setListener(transport::WebSocketListener *listener) override
    {
        m_log->listener = listener;
        if (!listener)
            return;
        for (const transport::Frame &frame : std::exchange(m_log->early, {}))
            listener->onWebSocketMessage(frame);
    }
    transport::SendStatus send(const transport::Frame &frame) override
    {
        const auto status = m_log->nextStatus.value_or(transport::SendStatus::Sent);
        if (status != transport::SendStatus::Dropped && !m_log->isClosing)
            m_log->sent.append(frame);
        return status;
    }
    qint64 bytesToWrite() const override { return m_log->bytesToWrite; }
    void close(std::optional<quint16> code) override
    {
        m_log->isClosing = true;
        m_log->closeCode = code;
    }

private:
    std::shared_ptr<WebSocketLog> m_log;
};

/// A request as the gate would hand it over. `target` is path and query; the query is taken as decoded.
inline transport::HttpRequest makeRequest(QByteArray method, QByteArray target, QByteArray body = {},
                                          transport::HeaderList headers = {})
{
    transport::HttpRequest request;
    request.method = std::move(method);
    const qsizetype question = target.indexOf('?');
    request.path = question < 0 ? target : target.left(question);
    if (question >= 0) {
        for (const QByteArray &part : target.mid(question + 1).split('&')) {
            const qsizetype equals = part.indexOf('=');
            request.query.emplaceBack(part.left(equals), equals < 0 ? QByteArray() : part.mid(equals + 1));
        }
    }
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.body = std::move(body);
    request.remoteAddress = QHostAddress(QHostAddress::LocalHost);
    request.remotePort = 40'000;
    return request;
}

} // namespace concierge::test
