#pragma once

#include "engineio/Engine.h"
#include "support/FakeClock.h"
#include "support/FakeTransport.h"
#include "transport/DeadlineWheel.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include <functional>
#include <memory>
#include <vector>

namespace concierge::test {

using engineio::CloseReason;
using transport::Frame;
using transport::FrameKind;
using transport::SendStatus;

/// What a session's listener heard; survives session and listener.
struct SessionLog
{
    engineio::Session *session = nullptr; ///< null once the listener is destroyed
    QList<Frame> messages;
    QList<QByteArray> closes; ///< reasons, in words
    QList<quint64> proven;    ///< marks
    std::function<void(const QByteArray &)> onMessage;
    std::function<void(quint64)> onProven;
    std::function<void()> onClosed;
    int drains = 0;

    QList<QByteArray> texts() const
    {
        QList<QByteArray> texts;
        for (const Frame &frame : messages)
            texts.append(frame.kind == FrameKind::Text ? frame.data : "<binary>" + frame.data);
        return texts;
    }
};

class RecordingListener final : public engineio::SessionListener
{
public:
    explicit RecordingListener(std::shared_ptr<SessionLog> log)
        : m_log(std::move(log))
    {}
    ~RecordingListener() override { m_log->session = nullptr; }
    void onSessionMessage(FrameKind kind, const QByteArray &data) override
    {
        const QByteArray own(data.constData(), data.size());
        m_log->messages.append({kind, own});
        if (m_log->onMessage)
            m_log->onMessage(own);
    }
    void onSessionDrained() override { ++m_log->drains; }
    void onSessionProven(quint64 mark) override
    {
        m_log->proven.append(mark);
        if (m_log->onProven)
            m_log->onProven(mark);
    }
    void onSessionClosed(CloseReason reason) override
    {
        m_log->closes.append(engineio::toString(reason).toByteArray());
        if (m_log->onClosed)
            m_log->onClosed();
    }

private:
    std::shared_ptr<SessionLog> m_log;
};

/// An engine between fake transports and recording listeners, with time that stands still.
class EngineFixture final : public engineio::EngineListener
{
public:
    using Exchange = std::shared_ptr<ExchangeLog>;
    using Socket = std::shared_ptr<WebSocketLog>;
    using Log = std::shared_ptr<SessionLog>;

    explicit EngineFixture(const engineio::EngineOptions &options = {})
        : wheel(clock)
        , engine(std::make_unique<engineio::Engine>(options, wheel, *this, counters))
    {}

    std::unique_ptr<engineio::SessionListener> onSession(engineio::Session &session) override
    {
        auto log = std::make_shared<SessionLog>();
        log->session = &session;
        logs.push_back(log);
        if (onOpened)
            onOpened(session);
        return std::make_unique<RecordingListener>(log);
    }

    Exchange request(transport::HttpRequest request)
    {
        auto log = std::make_shared<ExchangeLog>();
        engine->onRequest(std::make_unique<FakeExchange>(std::move(request), log));
        return log;
    }
    Exchange get(const QByteArray &sid) { return request(makeRequest("GET", polling(sid))); }
    Exchange post(const QByteArray &sid, const QByteArray &body)
    {
        return request(makeRequest("POST", polling(sid), body));
    }
    /// A WebSocket that the engine does not refuse; null where it does.
    Socket connect(const QByteArray &target, const QList<Frame> &early = {})
    {
        const auto upgrade = makeRequest("GET", target);
        if (engine->onUpgradeRequest(upgrade))
            return nullptr;
        auto log = std::make_shared<WebSocketLog>();
        log->early = early;
        engine->onWebSocket(upgrade, std::make_unique<FakeWebSocket>(log));
        return log;
    }
    /// A polling session; returns its sid. Its log is `logs.back()`.
    QByteArray openPolling()
    {
        const auto answer = request(makeRequest("GET", "/socket.io/?EIO=4&transport=polling"));
        turn();
        return sidIn(answer->body());
    }
    Socket openWebSocket() { return connect("/socket.io/?EIO=4&transport=websocket"); }
    Socket probe(const QByteArray &sid, const QList<Frame> &early = {})
    {
        return connect("/socket.io/?EIO=4&transport=websocket&sid=" + sid, early);
    }

    void turn() { engine->flush(); }
    /// Lets time pass in steps as small as the wheel's, with a turn after each.
    void wait(Milliseconds duration)
    {
        for (const Milliseconds end = clock.monotonic() + duration; clock.monotonic() < end; turn()) {
            clock.advance(std::min(Milliseconds(10), end - clock.monotonic()));
            wheel.advance();
        }
    }
    static SendStatus sendText(engineio::Session &session, const QByteArray &text, bool isVolatile = false)
    {
        const Frame frame{FrameKind::Text, '4' + text};
        return session.send(std::span(&frame, 1), isVolatile);
    }
    std::uint64_t count(metrics::Counter counter) const { return counters.read(counter); }

    static QByteArray polling(const QByteArray &sid)
    {
        return "/socket.io/?EIO=4&transport=polling&sid=" + sid;
    }
    static QJsonObject handshakeIn(const QByteArray &openPacket)
    {
        return QJsonDocument::fromJson(openPacket.mid(1)).object();
    }
    static QByteArray sidIn(const QByteArray &openPacket)
    {
        return handshakeIn(openPacket).value(QLatin1String("sid")).toString().toLatin1();
    }

    FakeClock clock;
    transport::DeadlineWheel wheel;
    metrics::ThreadCounters counters;
    std::vector<Log> logs; ///< one per session, in the order of opening
    std::function<void(engineio::Session &)> onOpened;
    std::unique_ptr<engineio::Engine> engine;
};

inline const QByteArray unknownSid = R"({"code":1,"message":"Session ID unknown"})";
inline const QByteArray badRequest = R"({"code":3,"message":"Bad request"})";

} // namespace concierge::test
